//! The opening handshake of an endpoint (RFC 6455 §4): reads the peer's head, and writes its own.

use std::mem;

use super::config::{ChooseOffer, ClientConfig, ServerConfig};
use super::states::{Action, OpeningEvent, OpeningState};
use crate::Role;
use crate::deflate::negotiation::{self, Parameters, Support};
use crate::handshake::{Extension, HeadReader, HeadWriter, Offered, Request, accept_for};
use crate::policy::Policy;
use crate::violation::{Fault, Violation};

/// What was agreed in the opening handshake.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Opened {
    /// The request target.
    pub target: String,
    /// The Host field of the request.
    pub host: String,
    /// The subprotocol, if one was agreed on.
    pub subprotocol: Option<String>,
    /// The subprotocols the client offered.
    pub offered: Vec<String>,
    /// The Sec-WebSocket-Accept value that answers the key.
    pub accept: String,
    /// The parameters of permessage-deflate, if it was agreed on.
    pub compression: Option<Parameters>,
}

/// The opening handshake of one connection.
pub(super) struct Opening {
    pub(super) state: OpeningState,
    head: HeadReader,
    side: Side,
}

enum Side {
    Server {
        subprotocols: Vec<String>,
        compression: Option<Support>,
        choose_offer: ChooseOffer,
    },
    Client(Box<ClientConfig>),
}

/// A whole head, and what follows if it is accepted.
pub(super) struct Judged {
    /// Bytes of the head.
    pub(super) length: u64,
    /// The rules it breaks, in order.
    pub(super) violations: Vec<Violation>,
    pub(super) opened: Opened,
    /// What a server answers; empty for a client.
    pub(super) answer: Vec<u8>,
}

impl Opening {
    pub(super) fn of_server(config: ServerConfig) -> Opening {
        let head = HeadReader::request().max_head(config.max_head);
        let side = Side::Server {
            subprotocols: config.subprotocols,
            compression: config.compression,
            choose_offer: config.choose_offer,
        };
        Opening::new(head, &config.policy, side)
    }

    pub(super) fn of_client(config: ClientConfig) -> Opening {
        let head = HeadReader::response().max_head(config.max_head);
        let policy = config.policy.clone();
        Opening::new(head, &policy, Side::Client(Box::new(config)))
    }

    fn new(head: HeadReader, policy: &Policy, side: Side) -> Opening {
        Opening {
            state: OpeningState::Reading,
            head: head.tolerating(policy.ignored()),
            side,
        }
    }

    /// Changes the state, and returns what is to be done.
    pub(super) fn happens(&mut self, event: OpeningEvent) -> Action {
        let action;
        (self.state, action) = self.state.next(event);
        action
    }

    pub(super) fn role(&self) -> Role {
        match self.side {
            Side::Server { .. } => Role::Server,
            Side::Client(_) => Role::Client,
        }
    }

    /// The request of a client; empty for a server.
    pub(super) fn request(&self) -> Vec<u8> {
        let Side::Client(config) = &self.side else {
            return Vec::new();
        };
        let mut head = HeadWriter::new(format!("GET {} HTTP/1.1", config.target))
            .field("Host", &config.host)
            .field("Upgrade", "websocket")
            .field("Connection", "Upgrade")
            .field("Sec-WebSocket-Key", &config.key)
            .field("Sec-WebSocket-Version", "13");
        if !config.subprotocols.is_empty() {
            head = head.field("Sec-WebSocket-Protocol", config.subprotocols.join(", "));
        }
        if !config.compression.is_empty() {
            let offers: Vec<String> = config.compression.iter().map(ToString::to_string).collect();
            head = head.field("Sec-WebSocket-Extensions", offers.join(", "));
        }
        for (name, value) in &config.headers {
            head = head.field(name, value);
        }
        head.finish()
    }

    /// Reads from the front of `input`, and shortens it by what was used. `None` while the head is
    /// not whole; an error if it cannot be read.
    pub(super) fn read(&mut self, input: &mut &mut [u8]) -> Result<Option<Judged>, Fault> {
        let mut rest: &[u8] = input;
        let whole = self.head.read(&mut rest);
        let used = input.len() - rest.len();
        *input = &mut mem::take(input)[used..];
        if !whole? {
            return Ok(None);
        }
        let head = mem::replace(&mut self.head, HeadReader::request());
        let length = head.bytes().len() as u64;
        match &self.side {
            Side::Server { .. } => {
                let request = head.parse_request()?;
                let (opened, answer) = self.answer(&request);
                Ok(Some(Judged {
                    length,
                    violations: request.violations(),
                    opened,
                    answer,
                }))
            }
            Side::Client(config) => judge_response(config, &head).map(Some),
        }
    }

    /// The fault of a stream that ends now: in the middle of a head.
    pub(super) fn end(&self) -> Option<Fault> {
        let last = self.head.bytes().len().checked_sub(1)?;
        Some(Violation::EndInHead.at(last as u64))
    }

    /// What a server agrees to, and the 101 that says so.
    fn answer(&self, request: &Request<'_>) -> (Opened, Vec<u8>) {
        let Side::Server {
            subprotocols,
            compression,
            choose_offer,
        } = &self.side
        else {
            return Default::default();
        };
        let offered: Vec<String> = request.subprotocols().map(str::to_owned).collect();
        let opened = Opened {
            target: request.target.to_owned(),
            host: request.fields.get("host").unwrap_or_default().to_owned(),
            subprotocol: subprotocols.iter().find(|p| offered.contains(p)).cloned(),
            offered,
            accept: accept_for(request.key().unwrap_or_default()),
            compression: compression
                .and_then(|support| choose_offer(&support, &request.extensions())),
        };
        let mut head = HeadWriter::new("HTTP/1.1 101 Switching Protocols")
            .field("Upgrade", "websocket")
            .field("Connection", "Upgrade")
            .field("Sec-WebSocket-Accept", &opened.accept);
        if let Some(subprotocol) = &opened.subprotocol {
            head = head.field("Sec-WebSocket-Protocol", subprotocol);
        }
        if let Some(parameters) = &opened.compression {
            head = head.field("Sec-WebSocket-Extensions", parameters.to_string());
        }
        (opened, head.finish())
    }
}

fn judge_response(config: &ClientConfig, head: &HeadReader) -> Result<Judged, Fault> {
    let response = head.parse_response()?;
    let extensions: Vec<Extension> = config
        .compression
        .iter()
        .copied()
        .map(Extension::from)
        .collect();
    let offered = Offered {
        key: &config.key,
        subprotocols: &config.subprotocols,
        extensions: &extensions,
    };
    let opened = Opened {
        target: config.target.clone(),
        host: config.host.clone(),
        subprotocol: response.subprotocol().map(str::to_owned),
        offered: config.subprotocols.clone(),
        accept: accept_for(&config.key),
        compression: negotiation::judge(&response.extensions(), &extensions).0,
    };
    Ok(Judged {
        length: head.bytes().len() as u64,
        violations: response.violations(&offered),
        opened,
        answer: Vec::new(),
    })
}

/// The response of a server that refuses a request with `status` because of `fault`.
pub(super) fn refusal(status: u16, fault: Fault) -> Vec<u8> {
    let (reason, connection) = match status {
        405 => ("Method Not Allowed", "close"),
        426 => ("Upgrade Required", "Upgrade, close"),
        431 => ("Request Header Fields Too Large", "close"),
        _ => ("Bad Request", "close"),
    };
    let body = format!("{fault}\n");
    let mut head = HeadWriter::new(format!("HTTP/1.1 {status} {reason}"))
        .field("Connection", connection)
        .field("Content-Type", "text/plain")
        .field("Content-Length", body.len().to_string())
        .field("Sec-WebSocket-Version", "13");
    match status {
        405 => head = head.field("Allow", "GET"),
        426 => head = head.field("Upgrade", "websocket"),
        _ => {}
    }
    [head.finish(), body.into_bytes()].concat()
}
