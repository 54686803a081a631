//! The frames of one side, judged as they come.

use std::collections::BTreeMap;
use std::mem;

use wsspec_core::Role;
use wsspec_core::close::split_body;
use wsspec_core::deflate::message::{Context, Inflator};
use wsspec_core::frame::{FrameHeader, Opcode};
use wsspec_core::message::Incoming;
use wsspec_core::observe::{Consequences, Observation, ObservationKind, Observer};
use wsspec_core::violation::{Fault, Violation};

use super::found::{Ledger, Place};
use super::unjudged::Unjudged;
use crate::exchange::counts_after_close;
use crate::run::requirement_of_close_code;

/// Masking keys kept of one connection. Of so few random ones, two are equal with a chance of one in
/// two millions.
const MAX_KEYS: usize = 64;

/// Bytes that are inflated to find out whether a message is compressed.
const MAX_INFLATED: u64 = 1 << 20;

/// What a side has sent in frames.
#[derive(Debug, Clone, Default)]
pub(super) struct Sent {
    /// Messages that are complete.
    pub(super) messages: u64,
    /// Pings and pongs.
    pub(super) controls: u64,
    /// Close frames, by their code.
    pub(super) closes: BTreeMap<u16, u64>,
    /// The first masking keys of a client.
    pub(super) keys: Vec<[u8; 4]>,
}

/// The code that stands for a Close frame without one (RFC 6455 §7.1.5).
pub(super) const NO_CODE: u16 = 1005;

impl Sent {
    /// Adds what was sent on another stream.
    pub(super) fn add(&mut self, other: &Sent) {
        self.messages += other.messages;
        self.controls += other.controls;
        for (code, count) in &other.closes {
            *self.closes.entry(*code).or_default() += count;
        }
        let room = MAX_KEYS.saturating_sub(self.keys.len());
        self.keys.extend(other.keys.iter().take(room));
    }
}

/// Reads what one side sends after the opening handshake.
#[derive(Debug)]
pub(super) struct Frames {
    sender: Role,
    /// The stream of HTTP/2 that they are on.
    stream: Option<u32>,
    observer: Observer,
    /// permessage-deflate was agreed on.
    compresses: bool,
    /// The message that is complete now is compressed and not marked so.
    unmarked: bool,
    consequences: Consequences,
    /// Faults of the frame under way.
    noted: Vec<Fault>,
    /// The header of the frame under way.
    header: Option<FrameHeader>,
    /// The body of the Close frame that was sent.
    close: Option<Vec<u8>>,
    /// Why nothing more is read.
    lost: Option<Unjudged>,
    pub(super) sent: Sent,
}

impl Frames {
    /// The first frame begins at `offset` of the stream.
    pub(super) fn new(
        sender: Role,
        offset: u64,
        compression: Option<Context>,
        max_message: u64,
    ) -> Frames {
        Frames {
            sender,
            stream: None,
            compresses: compression.is_some(),
            unmarked: false,
            observer: Observer::new(sender)
                .already_open()
                .starting_at(offset)
                .max_message(max_message)
                .compression(compression),
            consequences: Consequences::default(),
            noted: Vec::new(),
            header: None,
            close: None,
            lost: None,
            sent: Sent::default(),
        }
    }

    /// They are on this stream of HTTP/2.
    pub(super) fn on(self, stream: u32) -> Frames {
        Frames {
            stream: Some(stream),
            ..self
        }
    }

    /// Why nothing more is read, if so.
    pub(super) fn lost(&self) -> Option<Unjudged> {
        self.lost
    }

    /// Reads bytes, which are unmasked in place.
    pub(super) fn read(&mut self, mut bytes: &mut [u8], found: &mut Ledger) {
        while self.lost.is_none()
            && let Some(observation) = self.observer.next(&mut bytes)
        {
            self.take(observation, found);
        }
    }

    /// The stream has ended: what was noted of a frame under way counts.
    pub(super) fn end(&mut self, found: &mut Ledger) {
        if self.lost.is_none() && self.close.is_none() {
            self.settle(None, found);
        }
    }

    fn take(&mut self, observation: Observation, found: &mut Ledger) {
        match observation.kind {
            ObservationKind::Fault(fault) => self.noted.push(fault),
            ObservationKind::Frame(header) => self.begin(&header, observation.start, found),
            ObservationKind::Incoming(incoming) => self.complete(incoming, found),
            // Only a message above our limit is not tolerated.
            ObservationKind::Failed(_) => {
                self.settle(None, found);
                self.lost = Some(Unjudged::TooBig);
            }
            // Heads and bodies are read elsewhere.
            ObservationKind::Interim(_) | ObservationKind::Head(_) | ObservationKind::Body(_) => {}
        }
    }

    fn begin(&mut self, header: &FrameHeader, start: u64, found: &mut Ledger) {
        if let Some(key) = header.mask
            && self.sender == Role::Client
            && self.sent.keys.len() < MAX_KEYS
        {
            self.sent.keys.push(key);
        }
        if self.close.is_some() {
            // Whether it counts is known when it is complete.
            self.header = Some(*header);
            return;
        }
        let own = self.noted.iter().position(|fault| fault.offset >= start);
        let own = self.noted.split_off(own.unwrap_or(self.noted.len()));
        self.settle(None, found);
        self.noted = own;
        self.header = Some(*header);
        if self.sender == Role::Server && is_http(header) {
            // As a frame it breaks more rules, but it is none.
            self.noted.truncate(1);
            self.settle(Some(header), found);
            self.lost = Some(Unjudged::Http);
            return;
        }
        self.settle(Some(header), found);
        if self.consequences.has_lost_framing() {
            self.lost = Some(Unjudged::Framing);
        }
    }

    fn complete(&mut self, incoming: Incoming, found: &mut Ledger) {
        if self.close.is_some() {
            if counts_after_close(&self.noted) {
                self.settle(None, found);
            }
            self.noted.clear();
            return;
        }
        match incoming {
            Incoming::Close(body) => {
                let code = split_body(&body).map_or(NO_CODE, |(code, _)| code.0);
                self.sent.closes.insert(code, 1);
                self.close = Some(body);
            }
            Incoming::Message(_, payload) => {
                self.sent.messages += 1;
                self.unmarked = self.compresses
                    && self
                        .noted
                        .iter()
                        .any(|fault| fault.violation == Violation::TextNotUtf8)
                    && is_deflate(&payload);
            }
            Incoming::Ping(_) | Incoming::Pong(_) => self.sent.controls += 1,
            Incoming::Reserved(..) => {}
        }
        self.settle(None, found);
    }

    /// The requirement that was broken, where it is not the usual one of the rule.
    fn narrower(&self, violation: Violation) -> Option<&'static str> {
        match violation {
            Violation::CloseCodeForbidden => {
                let code = self.close.as_deref().and_then(split_body);
                requirement_of_close_code(code.map(|(code, _)| code.0))
            }
            Violation::TextNotUtf8 => self.unmarked.then_some("RFC7692-6.1-1"),
            _ => None,
        }
    }

    /// Reports what was noted, but for what only follows from an earlier fault.
    fn settle(&mut self, header: Option<&FrameHeader>, found: &mut Ledger) {
        self.consequences.drop_from(header, &mut self.noted);
        if self.noted.is_empty() {
            return;
        }
        let mut header = Vec::new();
        if let Some(under_way) = self.header {
            under_way.write(&mut header);
        }
        for fault in mem::take(&mut self.noted) {
            let place = Place {
                stream: self.stream,
                header: &header,
                narrower: self.narrower(fault.violation),
            };
            found.note(self.sender, fault, place);
        }
    }
}

/// Whether this is a whole compressed message that refers to none before it.
fn is_deflate(payload: &[u8]) -> bool {
    let mut inflated = Vec::new();
    let mut inflator = Inflator::new(15, MAX_INFLATED);
    inflator.next_message();
    inflator.push(payload, &mut inflated).is_ok()
        && inflator
            .finish(&mut inflated)
            .is_ok_and(|summary| summary.complete)
}

/// Whether a frame begins with `HTT`, as an HTTP message does: no frame of a server does, since it
/// would be a fragmented Close.
fn is_http(header: &FrameHeader) -> bool {
    !header.fin
        && header.rsv == 4
        && header.opcode == Opcode::CLOSE
        && header.mask.is_none()
        && header.length == u64::from(b'T')
}
