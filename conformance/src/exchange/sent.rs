//! Our side of the story: what the target has to make of what we sent.
//!
//! A decoder reads our own frames as a right target would. From it follow the debts (messages that an echo may
//! pay), whether a barrier ping could be sent now, and whether we have closed.

use std::collections::VecDeque;

use wsspec_core::Role;
use wsspec_core::frame::{Decoder, Event, MessageKind, Sequence};
use wsspec_core::violation::ViolationSet;

/// A message that an echo may pay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Debt {
    pub(crate) kind: MessageKind,
    pub(crate) payload: Vec<u8>,
    /// We broke a rule in or before it; a target that fails the connection owes nothing.
    pub(crate) doubtful: bool,
}

/// What we sent, as a right target reads it.
#[derive(Debug)]
pub(crate) struct Sent {
    decoder: Decoder,
    message: Vec<u8>,
    pub(crate) debts: VecDeque<Debt>,
    /// Messages sent, debts paid included.
    pub(crate) messages: usize,
    /// We have broken a rule.
    pub(crate) broke: bool,
    /// We have sent a Close frame.
    pub(crate) closed: bool,
    /// We have ended or reset our direction.
    pub(crate) ended: bool,
}

impl Sent {
    pub(crate) fn new(target: Role) -> Sent {
        Sent {
            decoder: Decoder::new(target).tolerating(ViolationSet::ALL),
            message: Vec::new(),
            debts: VecDeque::new(),
            messages: 0,
            broke: false,
            closed: false,
            ended: false,
        }
    }

    /// Takes frames that go out.
    pub(crate) fn frames(&mut self, bytes: &[u8]) {
        let mut copy = bytes.to_vec();
        let mut input = copy.as_mut_slice();
        loop {
            let event = self.decoder.decode(&mut input);
            let mut whole = None;
            match event {
                Ok(Some(Event::Data(data))) => {
                    if data.first {
                        self.message.clear();
                    }
                    self.message.extend_from_slice(data.payload);
                    whole = data.last.then_some(data.kind);
                }
                Ok(Some(Event::Close(_))) => self.closed = true,
                Ok(Some(_)) => {}
                Ok(None) | Err(_) => break,
            }
            self.broke |= !self.decoder.noted().is_empty();
            if let Some(kind) = whole
                && !self.closed
            {
                self.messages += 1;
                let payload = std::mem::take(&mut self.message);
                self.debts.push_back(Debt { kind, payload, doubtful: self.broke });
            }
        }
        self.broke |= !self.decoder.noted().is_empty();
    }

    /// Whether a control frame could follow now.
    pub(crate) fn takes_control(&self) -> bool {
        self.decoder.at_boundary() && !self.closed && !self.ended
    }

    /// Whether a whole message could follow now.
    pub(crate) fn takes_message(&self) -> bool {
        self.takes_control() && self.decoder.sequence() == Sequence::Idle
    }

    /// Takes the debt that this message pays. Echoes are in order, so it can only be the first.
    pub(crate) fn pay(&mut self, kind: MessageKind, payload: &[u8]) -> Option<Debt> {
        let pays = self.debts.front().is_some_and(|d| d.kind == kind && d.payload == payload);
        if pays { self.debts.pop_front() } else { None }
    }
}
