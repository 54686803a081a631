//! One connection of HTTP/3, in either role.
//!
//! What came on a stream goes in ([`Connection::receive`], [`Connection::was_reset`],
//! [`Connection::was_stopped`]); what it means comes out as [`Event`]s. What is to be sent is
//! written with the methods of the module `write` and taken with [`Connection::output`]. Nothing is
//! sent unasked: HTTP/3 has neither acknowledgements nor windows of its own, and what to do about a
//! violation is the caller's decision ([`Connection::answer`] is the one RFC 9114 §8 asks for).
//!
//! QUIC does not order streams among each other, so settings of the peer may come later than its
//! first request.

mod control;
mod incoming;
mod request;
mod write;

use std::collections::{BTreeMap, BTreeSet};

use super::qpack;
use super::settings::{self, Setting};
use super::{ErrorCode, Field, Found, Violation};
use crate::Role;
use incoming::Incoming;

/// The limits of a connection, and how it writes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// The largest payload that is buffered, in bytes. DATA is not buffered.
    pub largest_frame: u64,
    /// The largest list of fields, in bytes as RFC 9114 §4.2.2 counts them.
    pub largest_list: usize,
    /// The largest sum of payloads that are being buffered, in bytes.
    pub largest_sum: u64,
    /// The most streams that the peer may use in all.
    pub most_streams: usize,
    /// How field sections are written.
    pub style: qpack::Style,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            largest_frame: 1 << 16,
            largest_list: 1 << 18,
            largest_sum: 1 << 22,
            most_streams: 1 << 16,
            style: qpack::Style::default(),
        }
    }
}

/// What the peer did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// It announced these settings, in the order of the wire.
    Settings(Vec<Setting>),
    /// A field section came on a request stream: a request, a response (interim or final), or
    /// trailers.
    Headers {
        /// The request stream.
        stream: u64,
        /// As they were sent, faulty or not.
        fields: Vec<Field>,
    },
    /// A part of a DATA frame came on a request stream.
    Data {
        /// The request stream.
        stream: u64,
        /// Never empty. Frames and chunks do not show.
        bytes: Vec<u8>,
    },
    /// The peer ended its direction of a request stream (FIN).
    End {
        /// The request stream.
        stream: u64,
    },
    /// The peer reset its direction of a request stream.
    Reset {
        /// The request stream.
        stream: u64,
        /// Why.
        code: ErrorCode,
    },
    /// The peer wants no more of our direction of a request stream.
    Stopped {
        /// The request stream.
        stream: u64,
        /// Why.
        code: ErrorCode,
    },
    /// GOAWAY with the id of a stream (of a server) or of a push (of a client).
    GoAway {
        /// The first that is not processed any more.
        id: u64,
    },
    /// A rule is broken. Reading goes on.
    Violation(Found),
    /// A frame was not read because of our own limits, or because it refers to a dynamic table that
    /// we allowed. Nothing is wrong with it.
    Skipped {
        /// The stream.
        stream: u64,
        /// Its type.
        kind: u64,
        /// Its length in bytes.
        length: u64,
    },
    /// The peer used more streams than allowed. Nothing more is read.
    Broken,
}

/// What is to be done on the wire, in this order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Output {
    /// Send bytes on a stream; the first opens it.
    Write {
        /// The stream.
        stream: u64,
        /// The bytes.
        bytes: Vec<u8>,
    },
    /// End our direction of a stream (FIN).
    Finish {
        /// The stream.
        stream: u64,
    },
    /// Reset our direction of a stream (RESET_STREAM).
    Reset {
        /// The stream.
        stream: u64,
        /// Why.
        code: ErrorCode,
    },
    /// Ask the peer to send no more (STOP_SENDING).
    Stop {
        /// The stream.
        stream: u64,
        /// Why.
        code: ErrorCode,
    },
    /// Close the connection (CONNECTION_CLOSE of the application).
    Close {
        /// Why.
        code: ErrorCode,
    },
}

/// What is known of the peer.
#[derive(Debug, Default)]
struct Peer {
    control: Option<u64>,
    encoder: Option<u64>,
    decoder: Option<u64>,
    settings: Option<Vec<Setting>>,
    goaway: Option<u64>,
    most_push: Option<u64>,
}

/// What we sent of what the rules for the peer depend on.
#[derive(Debug, Default)]
struct Sent {
    bidirectional: u64,
    unidirectional: u64,
    control: Option<u64>,
    settings: Option<Vec<Setting>>,
    /// Request streams on which CONNECT was agreed on by our side: we sent the request as a client,
    /// or a 2xx as a server.
    connects: BTreeSet<u64>,
}

/// One end of a connection.
#[derive(Debug)]
pub struct Connection {
    ours: Role,
    options: Options,
    streams: BTreeMap<u64, Incoming>,
    /// The sum of the payloads that are being buffered.
    reserved: u64,
    peer: Peer,
    sent: Sent,
    output: Vec<Output>,
    broken: bool,
}

impl Connection {
    /// Begins a connection; `ours` is our role in it.
    pub fn new(ours: Role, options: Options) -> Self {
        Connection {
            ours,
            options,
            streams: BTreeMap::new(),
            reserved: 0,
            peer: Peer::default(),
            sent: Sent::default(),
            output: Vec::new(),
            broken: false,
        }
    }

    /// The settings that the peer announced, or `None` before they came.
    pub fn peer_settings(&self) -> Option<&[Setting]> {
        self.peer.settings.as_deref()
    }

    /// The value that the peer announced for a setting (the first, if it did so twice).
    pub fn peer_setting(&self, id: u64) -> Option<u64> {
        find(self.peer_settings()?, id)
    }

    /// Reads what came on a stream: bytes, and whether its end (FIN) came with them. Any chunking
    /// gives the same events, but for the chunks of [`Event::Data`].
    pub fn receive(&mut self, stream: u64, bytes: &[u8], fin: bool) -> Vec<Event> {
        let mut events = Vec::new();
        let Some(mut incoming) = self.take_stream(stream, &mut events) else {
            return events;
        };
        incoming.read(self, bytes, &mut events);
        if fin {
            incoming.end(self, &mut events);
        }
        self.streams.insert(stream, incoming);
        events
    }

    /// The peer reset its direction of a stream.
    pub fn was_reset(&mut self, stream: u64, code: ErrorCode) -> Vec<Event> {
        let mut events = Vec::new();
        let Some(mut incoming) = self.take_stream(stream, &mut events) else {
            return events;
        };
        incoming.reset(self, code, &mut events);
        self.streams.insert(stream, incoming);
        events
    }

    /// The peer wants no more of our direction of a stream (STOP_SENDING).
    pub fn was_stopped(&mut self, stream: u64, code: ErrorCode) -> Vec<Event> {
        if self.broken {
            return Vec::new();
        }
        let violation = if self.sent.control == Some(stream) {
            Violation::ControlStreamStopped
        } else if is_unidirectional(stream) {
            return Vec::new();
        } else {
            return vec![Event::Stopped { stream, code }];
        };
        let found = Found {
            violation,
            stream,
            at: 0,
        };
        vec![Event::Violation(found)]
    }

    /// Takes the state of a stream out of the map, for the time of one call. `None` if nothing may
    /// be read any more, or the stream has ended.
    fn take_stream(&mut self, stream: u64, events: &mut Vec<Event>) -> Option<Incoming> {
        if self.broken {
            return None;
        }
        match self.streams.remove(&stream) {
            Some(known) if known.is_ended() => {
                self.streams.insert(stream, known);
                None
            }
            Some(known) => Some(known),
            None if self.streams.len() >= self.options.most_streams => {
                self.broken = true;
                self.streams.clear();
                events.push(Event::Broken);
                None
            }
            None => Some(self.begin(stream, events)),
        }
    }

    fn begin(&self, stream: u64, events: &mut Vec<Event>) -> Incoming {
        if is_unidirectional(stream) {
            Incoming::untyped(stream)
        } else if is_of_server(stream) {
            if self.ours == Role::Client {
                events.push(violation(Violation::ServerOpensBidirectional, stream, 0));
            }
            Incoming::ignored(stream)
        } else {
            Incoming::request(stream)
        }
    }

    /// Whether a payload of this length may be buffered; if so, it is counted.
    fn reserve(&mut self, length: u64) -> bool {
        let room = self.options.largest_sum - self.reserved;
        let fits = length <= self.options.largest_frame && length <= room;
        if fits {
            self.reserved += length;
        }
        fits
    }

    /// Whether we announced a dynamic table, which we cannot read then.
    fn allowed_dynamic_table(&self) -> bool {
        let announced = self.sent.settings.as_deref().unwrap_or_default();
        find(announced, settings::QPACK_MAX_TABLE_CAPACITY).is_some_and(|room| room > 0)
    }
}

/// Whether the second lowest bit says so (RFC 9000 §2.1).
const fn is_unidirectional(stream: u64) -> bool {
    stream & 0b10 != 0
}

/// Whether the lowest bit says so (RFC 9000 §2.1).
const fn is_of_server(stream: u64) -> bool {
    stream & 0b01 != 0
}

fn find(settings: &[Setting], id: u64) -> Option<u64> {
    let setting = settings.iter().find(|setting| setting.0 == id);
    setting.map(|setting| setting.1)
}

const fn violation(violation: Violation, stream: u64, at: u64) -> Event {
    Event::Violation(Found {
        violation,
        stream,
        at,
    })
}

#[cfg(test)]
mod tests;
