//! One conversation after its opening, sans-I/O: what was sent, and what the peer did about it.

use std::collections::VecDeque;
use std::mem;

use wsspec_core::Role;
use wsspec_core::close::split_body;
use wsspec_core::frame::MessageKind;
use wsspec_core::message::Incoming;
use wsspec_core::observe::{ObservationKind, Observer};
use wsspec_core::violation::ViolationSet;

use super::alphabet::{Act, Symbol, ping};
use super::output::{Event, Output};

/// A conversation with a server.
pub(super) struct Talk {
    /// Reads what we send, as a peer that tolerates everything.
    ours: Observer,
    theirs: Observer,
    /// Messages whose echo has not come.
    owed: VecDeque<(MessageKind, Vec<u8>)>,
    /// Application data of the ping that is an input and was not answered.
    asked: Option<Vec<u8>>,
    /// Pings that are no input, sent so far.
    barriers: u32,
    /// The last of them has not been answered.
    barrier_due: bool,
    events: Vec<Event>,
    /// We have broken a rule.
    faulty: bool,
    /// We have sent a Close frame, or ended our direction.
    we_close: bool,
    they_close: bool,
    over: bool,
}

/// What tells that an input has had its effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Evidence {
    /// Nothing can follow.
    Over,
    /// The pong to the ping that was the input.
    Answered,
    /// The pong to a ping that is sent for it.
    Barrier,
    /// Only time, until the connection ends: a Close frame was sent, or we ended our direction.
    Time,
}

impl Talk {
    pub(super) fn new() -> Talk {
        Talk {
            ours: Observer::new(Role::Client)
                .already_open()
                .tolerating(ViolationSet::ALL),
            theirs: Observer::new(Role::Server).already_open(),
            owed: VecDeque::new(),
            asked: None,
            barriers: 0,
            barrier_due: false,
            events: Vec::new(),
            faulty: false,
            we_close: false,
            they_close: false,
            over: false,
        }
    }

    /// The bytes of an input; `None` for the end of our direction.
    pub(super) fn send(&mut self, symbol: &Symbol) -> Option<Vec<u8>> {
        self.asked = None;
        let Act::Send(frame) = symbol.act else {
            self.we_close = true;
            return None;
        };
        let bytes = frame.bytes();
        let mut copy = bytes.clone();
        let mut input = copy.as_mut_slice();
        while let Some(observation) = self.ours.next(&mut input) {
            match observation.kind {
                ObservationKind::Fault(_) | ObservationKind::Failed(_) => self.faulty = true,
                ObservationKind::Incoming(Incoming::Message(kind, payload)) => {
                    self.owed.push_back((kind, payload));
                }
                ObservationKind::Incoming(Incoming::Ping(payload)) => self.asked = Some(payload),
                ObservationKind::Incoming(Incoming::Close(_)) => self.we_close = true,
                _ => {}
            }
        }
        Some(bytes)
    }

    /// A ping that asks whether everything before it was read.
    pub(super) fn barrier(&mut self) -> Vec<u8> {
        self.barriers += 1;
        self.barrier_due = true;
        ping(&self.barriers.to_be_bytes())
    }

    /// What to wait for.
    pub(super) fn evidence(&self) -> Evidence {
        if self.over {
            Evidence::Over
        } else if self.is_closing() {
            Evidence::Time
        } else if self.asked.is_some() {
            Evidence::Answered
        } else {
            Evidence::Barrier
        }
    }

    /// Whether the last barrier, or the ping that was the input, is still to be answered.
    pub(super) fn pong_is_due(&self) -> bool {
        self.barrier_due || self.asked.is_some()
    }

    /// Whether something may still come that a pong has overtaken: an echo, or what is done about a broken
    /// rule.
    pub(super) fn may_be_overtaken(&self) -> bool {
        !self.owed.is_empty() || self.faulty
    }

    /// Whether everything that we have sent is legal.
    pub(super) fn is_legal(&self) -> bool {
        !self.faulty
    }

    /// Whether either side has sent a Close frame, or we have ended our direction.
    pub(super) fn is_closing(&self) -> bool {
        self.we_close || self.they_close
    }

    pub(super) fn is_over(&self) -> bool {
        self.over
    }

    /// Takes what the peer sent.
    pub(super) fn received(&mut self, bytes: &mut [u8]) {
        let mut input = bytes;
        while let Some(observation) = self.theirs.next(&mut input) {
            match observation.kind {
                ObservationKind::Fault(fault) | ObservationKind::Failed(fault) => {
                    self.events.push(Event::Broke(fault.violation));
                }
                ObservationKind::Incoming(incoming) => self.incoming(incoming),
                _ => {}
            }
        }
    }

    fn incoming(&mut self, incoming: Incoming) {
        match incoming {
            Incoming::Message(kind, payload) => {
                let message = (kind, payload);
                let place = self.owed.iter().position(|owed| *owed == message);
                self.events.push(match place {
                    Some(place) => {
                        self.owed.remove(place);
                        Event::Echo(kind)
                    }
                    None => Event::Message(kind),
                });
            }
            Incoming::Pong(payload) => {
                if self.asked.as_ref() == Some(&payload) {
                    self.asked = None;
                    self.events.push(Event::Pong);
                } else if payload == self.barriers.to_be_bytes() {
                    self.barrier_due = false;
                }
            }
            Incoming::Close(body) => {
                self.they_close = true;
                let code = split_body(&body).map(|(code, _)| code.0);
                self.events.push(Event::Close(code));
            }
            // Pings of its own are its right at any time.
            Incoming::Ping(_) | Incoming::Reserved(..) => {}
        }
    }

    /// Notes that the peer has ended the connection.
    pub(super) fn ended(&mut self) {
        if !self.over {
            self.events.push(Event::End);
        }
        self.over = true;
    }

    /// Takes what the peer did since the last time. Nothing follows the end of our direction, nor a
    /// closing handshake, whether TCP has ended or not (RFC 6455 §5.5.1).
    pub(super) fn take(&mut self, symbol: &Symbol) -> Output {
        self.over |= symbol.act == Act::End || self.we_close && self.they_close;
        Output {
            events: mem::take(&mut self.events),
            over: self.over,
        }
    }
}
