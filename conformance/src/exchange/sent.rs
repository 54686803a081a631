//! Our side of the story: what the target has to make of what we sent.
//!
//! A reader takes in our own frames as a right target would. From it follow the debts (messages that an echo may
//! pay), whether a barrier ping could be sent now, and whether we have closed.

use std::collections::VecDeque;

use wsspec_core::Role;
use wsspec_core::deflate::message::Context;
use wsspec_core::frame::{MessageKind, Sequence};
use wsspec_core::message::{Incoming, MessageReader};
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
    reader: MessageReader,
    pub(crate) debts: VecDeque<Debt>,
    /// Messages sent, debts paid included.
    pub(crate) messages: usize,
    /// Pings sent.
    pub(crate) pings: usize,
    /// Messages and control frames sent.
    pub(crate) frames: u64,
    /// Bytes of the messages sent, inflated.
    pub(crate) bytes: u64,
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
            reader: MessageReader::new(target).tolerating(ViolationSet::ALL),
            debts: VecDeque::new(),
            messages: 0,
            pings: 0,
            frames: 0,
            bytes: 0,
            broke: false,
            closed: false,
            ended: false,
        }
    }

    /// What we compress from here on, a right target inflates.
    pub(crate) fn agree(&mut self, context: Context) {
        self.reader = self.reader.clone().compression(Some(context));
    }

    /// Takes frames that go out.
    pub(crate) fn take(&mut self, bytes: &[u8]) {
        let mut copy = bytes.to_vec();
        let mut input = copy.as_mut_slice();
        loop {
            let read = self.reader.read(&mut input);
            self.broke |= !self.reader.take_tolerated().is_empty();
            self.frames += u64::from(matches!(read, Ok(Some(_))));
            match read {
                Ok(Some(Incoming::Message(kind, payload))) if !self.closed => {
                    self.messages += 1;
                    self.bytes += payload.len() as u64;
                    self.debts.push_back(Debt {
                        kind,
                        payload,
                        doubtful: self.broke,
                    });
                }
                Ok(Some(Incoming::Close(_))) => self.closed = true,
                Ok(Some(Incoming::Ping(_))) => self.pings += 1,
                Ok(Some(_)) => {}
                Ok(None) | Err(_) => break,
            }
        }
    }

    /// Whether a control frame could follow now.
    pub(crate) fn takes_control(&self) -> bool {
        self.reader.at_boundary() && !self.closed && !self.ended
    }

    /// Whether a whole message could follow now.
    pub(crate) fn takes_message(&self) -> bool {
        self.takes_control() && self.reader.sequence() == Sequence::Idle
    }

    /// Takes the debt that this message pays. Echoes are in order, so it can only be the first.
    pub(crate) fn pay(&mut self, kind: MessageKind, payload: &[u8]) -> Option<Debt> {
        let pays = self
            .debts
            .front()
            .is_some_and(|d| d.kind == kind && d.payload == payload);
        if pays { self.debts.pop_front() } else { None }
    }
}
