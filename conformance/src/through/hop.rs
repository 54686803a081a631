//! One of the two connections of a gateway, seen from our end of it.

use wsspec_core::Violation;
use wsspec_core::deflate::message::Deflator;
use wsspec_core::deflate::negotiation::{self, Parameters};
use wsspec_core::handshake::{HeadReader, Offered, Request};
use wsspec_vectors::End;

use super::way::Way;

/// A connection between an end of ours and the gateway.
#[derive(Debug)]
pub(super) struct Hop {
    pub(super) end: End,
    /// Whether there is a connection.
    pub(super) begun: bool,
    /// What we send.
    pub(super) ours: Way,
    /// What the gateway sends.
    pub(super) theirs: Way,
    /// What was agreed on for compression.
    pub(super) agreed: Option<Parameters>,
    /// Compresses what we send, as agreed.
    pub(super) deflator: Option<Deflator>,
    /// Data messages that an expectation has dealt with.
    pub(super) messages: usize,
    /// Pings and pongs, likewise.
    pub(super) controls: usize,
}

/// Whose bytes they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Whose {
    Ours,
    Theirs,
}

impl Hop {
    pub(super) fn at(end: End) -> Hop {
        let ours = end.role();
        Hop {
            end,
            begun: false,
            ours: Way::of(ours),
            theirs: Way::of(ours.peer()),
            agreed: None,
            deflator: None,
            messages: 0,
            controls: 0,
        }
    }

    fn way(&mut self, whose: Whose) -> &mut Way {
        match whose {
            Whose::Ours => &mut self.ours,
            Whose::Theirs => &mut self.theirs,
        }
    }

    /// Reads what one side sends.
    pub(super) fn read(&mut self, whose: Whose, bytes: &[u8]) {
        if let Some(taken) = self.way(whose).read(bytes) {
            self.agree();
            self.way(whose).read(&bytes[taken..]);
        }
    }

    /// Keeps to what the heads agree on, once both are there.
    fn agree(&mut self) {
        let (Some(request), Some(response)) = (self.request(), self.response()) else {
            return;
        };
        let offered = request.parse_request().map(|r| r.extensions());
        let answered = response.parse_response().map(|r| r.extensions());
        let (Ok(offered), Ok(answered)) = (offered, answered) else {
            return;
        };
        self.agreed = negotiation::judge(&answered, &offered).0;
        if let Some(agreed) = self.agreed {
            let role = self.end.role();
            self.ours.agree(agreed.context(role));
            self.theirs.agree(agreed.context(role.peer()));
            self.deflator = Some(Deflator::new(agreed.context(role)));
        }
    }

    /// The request on this connection.
    pub(super) fn request(&self) -> Option<&HeadReader> {
        match self.end {
            End::Client => self.ours.head.as_ref(),
            End::Server => self.theirs.head.as_ref(),
        }
    }

    /// The final response on it.
    pub(super) fn response(&self) -> Option<&HeadReader> {
        match self.end {
            End::Client => self.theirs.head.as_ref(),
            End::Server => self.ours.head.as_ref(),
        }
    }

    /// The Sec-WebSocket-Key of the request.
    pub(super) fn key(&self) -> String {
        let request = self.request().and_then(|head| head.parse_request().ok());
        let key = request.as_ref().and_then(Request::key);
        key.unwrap_or_default().to_owned()
    }

    /// The status of the response.
    pub(super) fn status(&self) -> Option<u16> {
        let response = self.response()?.parse_response().ok()?;
        Some(response.status)
    }

    /// What is wrong with the request; nothing where there is none.
    pub(super) fn request_violations(&self) -> Vec<Violation> {
        let parsed = self.request().map(HeadReader::parse_request);
        match parsed {
            Some(Ok(request)) => request.violations(),
            Some(Err(fault)) => vec![fault.violation],
            None => Vec::new(),
        }
    }

    /// What is wrong with the response as the answer to the request.
    pub(super) fn response_violations(&self) -> Vec<Violation> {
        let (Some(request), Some(response)) = (self.request(), self.response()) else {
            return Vec::new();
        };
        let (request, response) = match (request.parse_request(), response.parse_response()) {
            (Ok(request), Ok(response)) => (request, response),
            (Err(fault), _) | (_, Err(fault)) => return vec![fault.violation],
        };
        let subprotocols: Vec<String> = request.subprotocols().map(str::to_owned).collect();
        response.violations(&Offered {
            key: request.key().unwrap_or_default(),
            subprotocols: &subprotocols,
            extensions: &request.extensions(),
        })
    }

    /// Whether a WebSocket is open on it.
    pub(super) fn is_open(&self) -> bool {
        self.status() == Some(101) && self.response_violations().is_empty()
    }

    /// The head that the gateway sent.
    pub(super) fn head(&self) -> Option<&HeadReader> {
        self.theirs.head.as_ref()
    }
}
