//! One of the two connections of a gateway, seen from our end of it.

use wsspec_core::Violation;
use wsspec_core::deflate::message::Deflator;
use wsspec_core::deflate::negotiation::Parameters;
use wsspec_vectors::{End, OpensBy};

use super::head::{Answered, Asked, Head};
use super::way::Way;
use crate::binding::{Breach, Field};

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
    /// The rules of HTTP/2 or HTTP/3 that the gateway broke on it.
    pub(super) breaches: Vec<Breach>,
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
            breaches: Vec::new(),
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

    /// Takes a section of fields of one side.
    pub(super) fn read_fields(&mut self, whose: Whose, fields: Vec<Field>, end: bool) {
        if self.way(whose).read_fields(fields, end) {
            self.agree();
        }
    }

    /// Keeps to what the heads agree on, once both are there.
    fn agree(&mut self) {
        let (Some(Ok(asked)), Some(Ok(answered))) = (self.asked(), self.answered()) else {
            return;
        };
        self.agreed = answered.terms(&asked);
        if let Some(agreed) = self.agreed {
            let role = self.end.role();
            self.ours.agree(agreed.context(role));
            self.theirs.agree(agreed.context(role.peer()));
            self.deflator = Some(Deflator::new(agreed.context(role)));
        }
    }

    /// The request on this connection, or what makes it unreadable.
    pub(super) fn asked(&self) -> Option<Result<Asked<'_>, Violation>> {
        let way = match self.end {
            End::Client => &self.ours,
            End::Server => &self.theirs,
        };
        way.head.as_ref().map(Head::asked)
    }

    /// The final response on it, or what makes it unreadable.
    pub(super) fn answered(&self) -> Option<Result<Answered<'_>, Violation>> {
        let way = match self.end {
            End::Client => &self.theirs,
            End::Server => &self.ours,
        };
        way.head.as_ref().map(Head::answered)
    }

    /// How it opens, once there is a request.
    pub(super) fn opens_by(&self) -> Option<OpensBy> {
        let head = match self.end {
            End::Client => &self.ours.head,
            End::Server => &self.theirs.head,
        };
        head.as_ref().map(Head::by)
    }

    /// The Sec-WebSocket-Key of the request.
    pub(super) fn key(&self) -> String {
        let asked = self.asked().and_then(Result::ok);
        asked.map_or("", |asked| asked.key()).to_owned()
    }

    /// The status of the response.
    pub(super) fn status(&self) -> Option<u16> {
        Some(self.answered()?.ok()?.status())
    }

    /// What is wrong with the request; nothing where there is none.
    pub(super) fn request_violations(&self) -> Vec<Violation> {
        match self.asked() {
            Some(Ok(asked)) => asked.violations(),
            Some(Err(violation)) => vec![violation],
            None => Vec::new(),
        }
    }

    /// What is wrong with the response as the answer to the request.
    pub(super) fn response_violations(&self) -> Vec<Violation> {
        match (self.asked(), self.answered()) {
            (Some(Ok(asked)), Some(Ok(answered))) => answered.violations(&asked),
            (Some(Err(violation)), Some(_)) | (Some(_), Some(Err(violation))) => vec![violation],
            (None, _) | (_, None) => Vec::new(),
        }
    }

    /// Whether a WebSocket is open on it.
    pub(super) fn is_open(&self) -> bool {
        let opens = self.answered().and_then(Result::ok);
        opens.is_some_and(|answered| answered.opens()) && self.response_violations().is_empty()
    }

    /// The head that the gateway sent.
    pub(super) fn head(&self) -> Option<&Head> {
        self.theirs.head.as_ref()
    }
}
