//! The machine that the tables of the reference endpoint say it is: the order of frames
//! ([`Sequence`]), what happens to a connection ([`ConnectionState`]), and the answer to each
//! [`Violation`].

use wsspec_core::close::{check_body, split_body};
use wsspec_core::endpoint::{ConnectionEvent, ConnectionState};
use wsspec_core::frame::{FrameKind, MessageKind, Opcode, Sequence};
use wsspec_core::utf8::Validator;
use wsspec_core::violation::Answer as Reaction;
use wsspec_core::{Role, Violation};

use super::alphabet::{ALPHABET, Act, Frame};
use super::machine::{Input, Machine};
use super::output::{Event, Output};

/// Most states of the machine, whose number follows from the alphabet.
const MOST_STATES: usize = 64;

/// The state of an endpoint that has read whole frames.
#[derive(Debug, Clone, PartialEq, Eq)]
struct State {
    connection: ConnectionState,
    sequence: Sequence,
    /// The kind of the message under way.
    kind: Option<MessageKind>,
    /// The bytes of a character of the text under way, of which the rest is to come.
    cut: Vec<u8>,
    over: bool,
}

/// The machine of a server that conforms and echoes.
pub(crate) fn machine() -> Machine<Output> {
    let first = State {
        connection: ConnectionState::Open,
        sequence: Sequence::Idle,
        kind: None,
        cut: Vec::new(),
        over: false,
    };
    Machine::explore(first, ALPHABET.len(), MOST_STATES, State::step).unwrap_or_else(|| {
        unreachable!("the states are combinations of those of the tables, and the frames are few")
    })
}

impl State {
    fn step(&self, input: Input) -> (Output, State) {
        let mut next = self.clone();
        let mut events = Vec::new();
        if !self.over {
            match ALPHABET[input].act {
                Act::Send(frame) => next.read(frame, &mut events),
                Act::End => {
                    next.happens(ConnectionEvent::TransportEnded, None, &mut events);
                    next.over = true;
                }
            }
        }
        if next.over {
            // Nothing of what came before is of any importance.
            next.sequence = Sequence::Closed;
            next.kind = None;
            next.cut.clear();
            next.connection = ConnectionState::Closed;
        }
        let over = next.over;
        (Output { events, over }, next)
    }

    fn read(&mut self, frame: Frame, events: &mut Vec<Event>) {
        let opcode = frame.opcode();
        let kind = FrameKind::of(opcode, frame.fin);
        let (sequence, out_of_order) = self.sequence.next(kind);
        let broken = broken_by_itself(frame).or(out_of_order);
        self.sequence = sequence;
        if let Some(violation) = broken.or_else(|| self.take_text(frame)) {
            return self.fail(violation, events);
        }
        match opcode {
            Opcode::PING => events.push(Event::Pong),
            Opcode::PONG => {}
            Opcode::CLOSE => {
                let code = split_body(frame.payload).map(|(code, _)| code.0);
                self.happens(
                    ConnectionEvent::ClosedByPeer,
                    Some(Event::Close(code)),
                    events,
                );
            }
            _ => {
                let begun = match opcode {
                    Opcode::TEXT => Some(MessageKind::Text),
                    Opcode::BINARY => Some(MessageKind::Binary),
                    _ => self.kind,
                };
                self.kind = begun.filter(|_| !frame.fin);
                events.extend(begun.filter(|_| frame.fin).map(Event::Echo));
            }
        }
    }

    /// Reads the text of a data frame.
    fn take_text(&mut self, frame: Frame) -> Option<Violation> {
        let of_text = match frame.opcode() {
            Opcode::TEXT => true,
            Opcode::CONTINUATION => self.kind == Some(MessageKind::Text),
            _ => false,
        };
        if !of_text {
            return None;
        }
        let mut text = Validator::new();
        self.cut.extend_from_slice(frame.payload);
        let bytes = std::mem::take(&mut self.cut);
        let valid = text.push(&bytes).is_ok();
        if !valid || frame.fin && !text.is_complete() {
            return Some(Violation::TextNotUtf8);
        }
        if !text.is_complete() {
            let whole = match std::str::from_utf8(&bytes) {
                Ok(_) => bytes.len(),
                Err(error) => error.valid_up_to(),
            };
            self.cut = bytes[whole..].to_vec();
        }
        None
    }

    fn fail(&mut self, violation: Violation, events: &mut Vec<Event>) {
        let close = match violation.answer() {
            Reaction::Close(code) => Some(Event::Close(Some(code))),
            _ => None,
        };
        self.happens(ConnectionEvent::Failed, close, events);
    }

    /// What the table of the connection says; `close` is the Close frame if one is sent.
    fn happens(&mut self, event: ConnectionEvent, close: Option<Event>, events: &mut Vec<Event>) {
        let (connection, action) = self.connection.next(event);
        self.connection = connection;
        events.extend(close.filter(|_| action.sends));
        if action.ends.applies_to(Role::Server) {
            events.push(Event::End);
            self.over = true;
        }
    }
}

/// The rule that a frame breaks whatever came before it, in the order of the bytes that show it.
fn broken_by_itself(frame: Frame) -> Option<Violation> {
    let opcode = frame.opcode();
    let control = opcode.is_control();
    let close = (opcode == Opcode::CLOSE).then(|| check_body(frame.payload).err());
    let rules = [
        (frame.rsv != 0, Violation::RsvSet),
        (opcode.is_reserved(), Violation::OpcodeReserved),
        (control && !frame.fin, Violation::ControlFragmented),
        (!frame.masked, Violation::MaskMissing),
        (
            control && frame.payload.len() > 125,
            Violation::ControlTooLong,
        ),
    ];
    let broken = rules.into_iter().find(|(broken, _)| *broken);
    broken
        .map(|(_, violation)| violation)
        .or_else(|| close.flatten().map(|(violation, _)| violation))
}
