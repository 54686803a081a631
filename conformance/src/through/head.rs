//! The head of a message on a hop, whichever HTTP it is of.

use wsspec_core::Violation;
use wsspec_core::deflate::negotiation;
use wsspec_core::handshake::{
    ConnectRequest, ConnectResponse, Extension, Fields, HeadReader, Offered, Request, Response,
};
use wsspec_vectors::OpensBy;

use crate::binding::Field;
use crate::binding::connect::readable;

/// A complete head.
#[derive(Debug, Clone)]
pub(super) enum Head {
    /// Of HTTP/1.1.
    Upgrade(HeadReader),
    /// A section of fields of HTTP/2 or HTTP/3; whether the stream ended with it.
    Connect(Vec<Field>, bool),
}

/// A request, whichever HTTP it is of.
#[derive(Debug)]
pub(super) struct Asked<'a> {
    by: OpensBy,
    /// Its parts; over HTTP/2 and HTTP/3 the pseudo-fields are among the fields.
    pub(super) request: Request<'a>,
}

/// A final response, whichever HTTP it is of.
#[derive(Debug)]
pub(super) enum Answered<'a> {
    Upgrade(Response<'a>),
    Connect(Fields<'a>, bool),
}

impl Head {
    /// How it opens a WebSocket.
    pub(super) const fn by(&self) -> OpensBy {
        match self {
            Head::Upgrade(_) => OpensBy::Upgrade,
            Head::Connect(..) => OpensBy::Connect,
        }
    }

    /// The head as a request, or the rule that makes it unreadable as one.
    pub(super) fn asked(&self) -> Result<Asked<'_>, Violation> {
        let request = match self {
            Head::Upgrade(head) => head.parse_request().map_err(|fault| fault.violation)?,
            Head::Connect(fields, _) => {
                let fields = readable(fields);
                Request {
                    method: fields.get(":method").unwrap_or_default(),
                    target: fields.get(":path").unwrap_or_default(),
                    minor: 1,
                    fields,
                }
            }
        };
        let by = self.by();
        Ok(Asked { by, request })
    }

    /// The head as a response, or the rule that makes it unreadable as one.
    pub(super) fn answered(&self) -> Result<Answered<'_>, Violation> {
        Ok(match self {
            Head::Upgrade(head) => {
                Answered::Upgrade(head.parse_response().map_err(|fault| fault.violation)?)
            }
            Head::Connect(fields, end) => Answered::Connect(readable(fields), *end),
        })
    }
}

impl<'a> Asked<'a> {
    /// The lines of a field; Host is `:authority` in HTTP/2 and HTTP/3.
    pub(super) fn lines(&self, name: &str) -> Vec<&'a [u8]> {
        let name = match self.by {
            OpensBy::Connect if name.eq_ignore_ascii_case("host") => ":authority",
            _ => name,
        };
        self.request.fields.all(name).collect()
    }

    /// The Sec-WebSocket-Key; empty where there is none.
    pub(super) fn key(&self) -> &'a str {
        self.request.key().unwrap_or_default()
    }

    /// What is wrong with it.
    pub(super) fn violations(&self) -> Vec<Violation> {
        match self.by {
            OpensBy::Upgrade => self.request.violations(),
            OpensBy::Connect => ConnectRequest {
                fields: self.request.fields.clone(),
            }
            .violations(),
        }
    }

    /// Whether HTTP/2 or HTTP/3 is asked for something else than a WebSocket, in whatever case that is
    /// written (RFC 9110 §7.8).
    pub(super) fn asks_for_other(&self) -> bool {
        let protocol = self.request.fields.get(":protocol").unwrap_or_default();
        let connects = self.request.method == "CONNECT";
        self.by == OpensBy::Connect && !(connects && protocol.eq_ignore_ascii_case("websocket"))
    }
}

impl<'a> Answered<'a> {
    /// The fields.
    pub(super) fn fields(&self) -> &Fields<'a> {
        match self {
            Answered::Upgrade(response) => &response.fields,
            Answered::Connect(fields, _) => fields,
        }
    }

    /// The status; 0 where HTTP/2 or HTTP/3 has none.
    pub(super) fn status(&self) -> u16 {
        match self {
            Answered::Upgrade(response) => response.status,
            Answered::Connect(fields, _) => {
                let status = fields.get(":status").and_then(|status| status.parse().ok());
                status.unwrap_or_default()
            }
        }
    }

    /// Whether the final response follows (RFC 9110 §15.2).
    pub(super) fn is_interim(&self) -> bool {
        (100..200).contains(&self.status()) && self.status() != 101
    }

    /// Whether it opens: 101 of HTTP/1.1, any 2xx of an extended CONNECT (RFC 8441 §5).
    pub(super) fn opens(&self) -> bool {
        match self {
            Answered::Upgrade(response) => response.status == 101,
            Answered::Connect(_, end) => (200..300).contains(&self.status()) && !end,
        }
    }

    /// The extensions that it agrees to.
    pub(super) fn extensions(&self) -> Vec<Extension> {
        match self {
            Answered::Upgrade(response) => response.extensions(),
            Answered::Connect(fields, _) => ConnectResponse {
                fields: fields.clone(),
            }
            .extensions(),
        }
    }

    /// What is wrong with it as the answer to this request.
    pub(super) fn violations(&self, asked: &Asked<'_>) -> Vec<Violation> {
        let subprotocols: Vec<String> = asked.request.subprotocols().map(str::to_owned).collect();
        let offered = Offered {
            key: asked.key(),
            subprotocols: &subprotocols,
            extensions: &asked.request.extensions(),
        };
        match self {
            Answered::Upgrade(response) => response.violations(&offered),
            Answered::Connect(fields, _) => ConnectResponse {
                fields: fields.clone(),
            }
            .violations(&offered),
        }
    }

    /// The terms of permessage-deflate that it agrees to.
    pub(super) fn terms(&self, asked: &Asked<'_>) -> Option<negotiation::Parameters> {
        negotiation::judge(&self.extensions(), &asked.request.extensions()).0
    }
}
