//! Our side of a conversation: what a conforming target makes of what we sent.
//!
//! An observer reads our own frames. From it follow the debts (messages that an echo may pay),
//! whether a barrier ping could be sent now, and whether we have closed.

use std::collections::VecDeque;

use wsspec_core::Role;
use wsspec_core::deflate::message::Context;
use wsspec_core::frame::{MessageKind, Sequence};
use wsspec_core::handshake::HeadReader;
use wsspec_core::message::Incoming;
use wsspec_core::observe::{ObservationKind, Observer};
use wsspec_core::violation::{Violation, ViolationSet};

/// Bytes of our frames that are read at once, so that large ones are not held twice.
const READ_SIZE: usize = 64 << 10;

/// A message that an echo may pay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Debt {
    pub(crate) kind: MessageKind,
    pub(crate) payload: Vec<u8>,
    /// We broke a rule in or before it; a target that fails the connection owes nothing.
    pub(crate) doubtful: bool,
}

/// What we sent, as a conforming target reads it.
#[derive(Debug)]
pub(crate) struct Sent {
    observer: Observer,
    pub(crate) debts: VecDeque<Debt>,
    /// The messages sent, as one reads them who overlooks every fault; if they are kept.
    pub(crate) kept: Vec<(MessageKind, Vec<u8>)>,
    keeps: bool,
    /// Messages sent before any rule was broken.
    pub(crate) sound: usize,
    /// Messages sent, debts paid included.
    pub(crate) messages: usize,
    /// Pings sent.
    pub(crate) pings: usize,
    /// Messages and control frames sent.
    pub(crate) frames: u64,
    /// Bytes of the messages sent, inflated.
    pub(crate) bytes: u64,
    /// We have broken a rule: the first one.
    pub(crate) broke: Option<Violation>,
    /// Every rule that we have broken.
    pub(crate) broken: ViolationSet,
    /// The rule that our opening request breaks, for which a server refuses it.
    pub(crate) head_fault: Option<Violation>,
    /// We have sent a Close frame.
    pub(crate) closed: bool,
    /// Our Close frame itself breaks a rule.
    pub(crate) faulty_close: bool,
    /// A rule was broken since the last message or control frame.
    faulty: bool,
    /// We have ended or reset our direction.
    pub(crate) ended: bool,
}

/// What a server refuses a request for, of all that is wrong with it: a body, which it may skip as
/// well, only if there is nothing else.
fn refused_for(violations: &[Violation]) -> Option<Violation> {
    let graver = violations.iter().find(|v| **v != Violation::BodyPresent);
    graver.or(violations.first()).copied()
}

impl Sent {
    /// `keeps`: the messages, of which a control is made.
    pub(crate) fn new(target: Role, keeps: bool) -> Sent {
        Sent {
            observer: Observer::new(target.peer())
                .already_open()
                .tolerating(ViolationSet::ALL),
            debts: VecDeque::new(),
            kept: Vec::new(),
            keeps,
            sound: 0,
            messages: 0,
            pings: 0,
            frames: 0,
            bytes: 0,
            broke: None,
            broken: ViolationSet::NONE,
            head_fault: None,
            closed: false,
            faulty_close: false,
            faulty: false,
            ended: false,
        }
    }

    /// What we compress from here on, a conforming target inflates.
    pub(crate) fn agree(&mut self, context: Context) {
        self.observer.agree(context);
    }

    /// Takes an opening request that goes out.
    pub(crate) fn take_request(&mut self, bytes: &[u8]) {
        let mut reader = HeadReader::request().tolerating(ViolationSet::ALL);
        self.head_fault = match reader.read(&mut &*bytes) {
            Ok(_) => match reader.parse_request() {
                Ok(request) => refused_for(&request.violations()),
                Err(fault) => Some(fault.violation),
            },
            Err(fault) => Some(fault.violation),
        };
    }

    /// Takes frames that go out.
    pub(crate) fn take(&mut self, bytes: &[u8]) {
        for piece in bytes.chunks(READ_SIZE) {
            let mut copy = piece.to_vec();
            let mut input = copy.as_mut_slice();
            while let Some(observation) = self.observer.next(&mut input) {
                match observation.kind {
                    ObservationKind::Fault(fault) => {
                        self.broke.get_or_insert(fault.violation);
                        self.broken = self.broken.with(fault.violation);
                        self.faulty = true;
                    }
                    ObservationKind::Incoming(incoming) => {
                        self.faulty_close |= self.faulty && matches!(incoming, Incoming::Close(_));
                        self.faulty = false;
                        self.account(incoming);
                    }
                    _ => {}
                }
            }
        }
    }

    fn account(&mut self, incoming: Incoming) {
        self.frames += 1;
        match incoming {
            Incoming::Message(kind, payload) if !self.closed => {
                self.messages += 1;
                self.bytes += payload.len() as u64;
                self.sound += usize::from(self.broke.is_none());
                if self.keeps {
                    self.kept.push((kind, payload.clone()));
                }
                self.debts.push_back(Debt {
                    kind,
                    payload,
                    doubtful: self.broke.is_some(),
                });
            }
            Incoming::Close(_) => self.closed = true,
            Incoming::Ping(_) => self.pings += 1,
            Incoming::Message(..) | Incoming::Pong(_) | Incoming::Reserved(..) => {}
        }
    }

    /// Whether a control frame could follow now.
    pub(crate) fn takes_control(&self) -> bool {
        self.observer.at_boundary() && !self.closed && !self.ended
    }

    /// Whether a whole message could follow now.
    pub(crate) fn takes_message(&self) -> bool {
        self.takes_control() && self.observer.sequence() == Sequence::Idle
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

#[cfg(test)]
mod tests {
    use super::*;

    /// What a request with these fields is to be refused for.
    fn refused_with(lines: &str) -> Option<Violation> {
        let mut sent = Sent::new(Role::Server, false);
        let head = format!("GET / HTTP/1.1\r\nHost: a\r\n{lines}\r\n");
        sent.take_request(head.as_bytes());
        sent.head_fault
    }

    #[test]
    fn a_request_with_a_body_is_refused_for_what_else_is_wrong_with_it() {
        let upgrade = "Upgrade: websocket\r\nConnection: Upgrade\r\n";
        let key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
        let body = "Content-Length: 5\r\n";
        let (version, unsupported) = (
            "Sec-WebSocket-Version: 13\r\n",
            "Sec-WebSocket-Version: 99\r\n",
        );
        for (lines, wrong) in [
            (
                format!("{body}{upgrade}{key}{unsupported}"),
                Some(Violation::VersionUnsupported),
            ),
            (
                format!("{upgrade}{version}{body}"),
                Some(Violation::KeyMissing),
            ),
            (
                format!("{upgrade}{key}{version}{body}"),
                Some(Violation::BodyPresent),
            ),
            (format!("{upgrade}{key}{version}"), None),
        ] {
            assert_eq!(refused_with(&lines), wrong, "{lines}");
        }
    }
}
