//! The steps of a script with two ends.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::Deserialize;
use wsspec_core::Role;

use super::Arrival;
use crate::json::OneOrMany;
use crate::{Frame, Head};

/// One of the two ends of a gateway. Both are ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub enum End {
    /// The client that connects to the gateway.
    Client,
    /// The server that the gateway connects to.
    Server,
}

impl End {
    /// The other end.
    #[must_use]
    pub const fn other(self) -> End {
        match self {
            End::Client => End::Server,
            End::Server => End::Client,
        }
    }

    /// The role of this end, in which it sends.
    pub const fn role(self) -> Role {
        match self {
            End::Client => Role::Client,
            End::Server => Role::Server,
        }
    }
}

/// One line of a script.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ThroughStep {
    /// The end that does it.
    pub at: End,
    /// What it does.
    pub does: Move,
}

/// What an end does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Move {
    /// The client sends the opening request.
    Open(Arc<Head>),
    /// The server answers it.
    Accept(Arc<Head>),
    /// It sends frames in one write.
    Send(Arc<[Frame]>),
    /// It waits until one of the alternatives is decided.
    Expect(Arc<[Arrival]>),
    /// It ends its direction.
    Fin,
    /// It resets the connection.
    Rst,
}

/// One step: exactly one of open, accept, send, expect and end.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "through-step")]
pub(crate) struct ThroughStepSource {
    /// the end that does it
    at: End,
    /// the opening request
    open: Option<Head>,
    /// the response to it
    accept: Option<Head>,
    send: Option<OneOrMany<Frame>>,
    expect: Option<OneOrMany<Arrival>>,
    end: Option<EndName>,
    #[allow(dead_code)]
    note: Option<String>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
enum EndName {
    Fin,
    Rst,
}

impl ThroughStepSource {
    pub(super) fn resolve(self) -> Result<ThroughStep, String> {
        let at = self.at;
        let words = [
            self.open.map(|head| Move::Open(head.into())),
            self.accept.map(|head| Move::Accept(head.into())),
            self.send.map(|frames| Move::Send(frames.into())),
            self.expect.map(|arrivals| Move::Expect(arrivals.into())),
            self.end.map(|end| match end {
                EndName::Fin => Move::Fin,
                EndName::Rst => Move::Rst,
            }),
        ];
        let mut words = words.into_iter().flatten();
        let (Some(does), None) = (words.next(), words.next()) else {
            return Err("a step has exactly one of open, accept, send, expect and end".into());
        };
        match &does {
            Move::Open(_) if at == End::Server => Err("the server does not `open`".into()),
            Move::Accept(_) if at == End::Client => Err("the client does not `accept`".into()),
            Move::Open(head) | Move::Accept(head) if head.split.is_some() => {
                Err("`split` has no meaning here: a gateway may cut and join".into())
            }
            _ => Ok(ThroughStep { at, does }),
        }
    }
}
