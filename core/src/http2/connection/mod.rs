//! One connection of HTTP/2, in either role.
//!
//! The peer's bytes go in ([`Connection::receive`]), what they mean comes out as [`Event`]s. What
//! is to be sent is written with the methods of the module `write` and taken with
//! [`Connection::output`]. Unless [`Auto`] says otherwise, settings and pings are acknowledged and
//! windows are given back without being asked for. What to do about a violation is the caller's
//! decision ([`Connection::answer`] is the one RFC 9113 §5.4 asks for).
//!
//! Everything the rules for the peer depend on is read off the frames that we send (the module
//! `sent`), whether they were written by a method or [raw](Connection::raw). Where the peer may not
//! have seen a frame of ours yet, the milder of the two rules holds.

mod block;
mod content;
mod control;
mod incoming;
mod limits;
mod sent;
mod streams;
mod write;

use std::collections::{BTreeMap, BTreeSet};

use super::hpack::{Decoder, Encoder, Style};
use super::settings::{self, Setting};
use super::{ErrorCode, Field, Found};
use crate::Role;
use block::Block;
use incoming::Reader;
use limits::Limits;
use streams::{Stream, Streams};

/// What is sent without being asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Auto {
    /// SETTINGS are acknowledged. They are in force in any case.
    pub settings_ack: bool,
    /// PING is answered.
    pub ping_ack: bool,
    /// What DATA and its padding used of the windows is given back.
    pub window_credit: bool,
}

/// The limits of a connection, and how it writes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// What is sent without being asked for.
    pub auto: Auto,
    /// The largest payload that is read, in bytes, if we did not announce a larger one.
    pub max_frame: u32,
    /// The largest field block, and the largest list of fields in bytes as RFC 9113 §6.5.2 counts
    /// them.
    pub max_list: usize,
    /// The most streams whose state is kept; of more, those that ended first are forgotten.
    pub max_streams: usize,
    /// The most bytes that are kept for the caller to take, or queued for a window, because of what
    /// the peer sent: acknowledgements, above all. The connection is broken beyond.
    pub max_output: usize,
    /// How field blocks are written.
    pub style: Style,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            auto: Auto {
                settings_ack: true,
                ping_ack: true,
                window_credit: true,
            },
            max_frame: 1 << 20,
            max_list: 1 << 16,
            max_streams: 1 << 14,
            max_output: 1 << 24,
            style: Style::default(),
        }
    }
}

/// What the peer did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// It announced these settings, in the order of the wire.
    Settings(Vec<Setting>),
    /// It acknowledged settings of ours.
    SettingsAck,
    /// A field section came: a request, a response (interim or final), or trailers.
    Headers {
        /// The stream.
        stream: u32,
        /// As they were sent, faulty or not.
        fields: Vec<Field>,
        /// Whether the peer's direction ends with it (END_STREAM).
        end: bool,
    },
    /// A DATA frame came.
    Data {
        /// The stream.
        stream: u32,
        /// Without padding; may be empty.
        bytes: Vec<u8>,
        /// Whether the peer's direction ends with it (END_STREAM).
        end: bool,
    },
    /// RST_STREAM.
    Reset {
        /// The stream.
        stream: u32,
        /// Why.
        code: ErrorCode,
    },
    /// GOAWAY.
    GoAway {
        /// The last stream of ours that was or will be processed.
        last: u32,
        /// Why.
        code: ErrorCode,
        /// The rest of the payload.
        debug: Vec<u8>,
    },
    /// PING.
    Ping {
        /// Whether it answers one of ours.
        ack: bool,
        /// The payload.
        data: [u8; 8],
    },
    /// WINDOW_UPDATE.
    WindowUpdate {
        /// The stream, or 0 for the connection.
        stream: u32,
        /// By how many bytes the window grows.
        increment: u32,
    },
    /// A rule is broken. Reading goes on unless [`Event::Broken`] follows.
    Violation(Found),
    /// Nothing more is read: what follows cannot be understood, or a bound of ours is reached.
    Broken,
}

/// One end of a connection.
#[derive(Debug)]
pub struct Connection {
    ours: Role,
    options: Options,
    reader: Reader,
    decoder: Decoder,
    encoder: Encoder,
    /// The field block that is being read.
    block: Option<Block>,
    streams: Streams,
    /// Streams on which something waits for its turn.
    waiting: BTreeSet<u32>,
    /// Streams whose window is owed something, held ones aside.
    owing: BTreeSet<u32>,
    /// What we announced.
    limits: Limits,
    /// What the peer announced; `None` before its first SETTINGS.
    peer: Option<BTreeMap<u16, u32>>,
    /// The last stream of the peer's latest GOAWAY.
    peer_goaway: Option<u32>,
    /// How many bytes we may send on the connection.
    send_window: i64,
    /// How many bytes the peer may send on the connection.
    receive_window: i64,
    /// What is to be given back to the connection's window.
    owed: u32,
    /// The id that the next stream of ours gets.
    next: u32,
    output: Vec<u8>,
    /// What the current call of `receive` found.
    events: Vec<Event>,
    broken: bool,
}

impl Connection {
    /// Begins a connection; `ours` is our role in it. Nothing is sent yet, not even the
    /// [preface](Self::preface).
    pub fn new(ours: Role, options: Options) -> Self {
        Connection {
            ours,
            reader: Reader::new(ours),
            decoder: Decoder::new(options.max_list),
            encoder: Encoder::new(options.style),
            options,
            block: None,
            streams: Streams::default(),
            waiting: BTreeSet::new(),
            owing: BTreeSet::new(),
            limits: Limits::default(),
            peer: None,
            peer_goaway: None,
            send_window: i64::from(settings::DEFAULT_WINDOW),
            receive_window: i64::from(settings::DEFAULT_WINDOW),
            owed: 0,
            next: match ours {
                Role::Client => 1,
                Role::Server => 2,
            },
            output: Vec::new(),
            events: Vec::new(),
            broken: false,
        }
    }

    /// The settings of the peer that are in force, by id; `None` before its first SETTINGS.
    pub const fn peer_settings(&self) -> Option<&BTreeMap<u16, u32>> {
        self.peer.as_ref()
    }

    /// The value that the peer announced last for a setting.
    pub fn peer_setting(&self, id: u16) -> Option<u32> {
        self.peer.as_ref()?.get(&id).copied()
    }

    /// Whether something waits for a window of the peer on this stream.
    pub fn queued(&self, stream: u32) -> bool {
        self.streams.get(stream).is_some_and(Stream::is_waiting)
    }

    /// How many bytes the peer lets us send on this stream, and on the connection. Negative after
    /// it made INITIAL_WINDOW_SIZE smaller (RFC 9113 §6.9.2), or we sent more than we may.
    pub fn windows(&self, stream: u32) -> (i64, i64) {
        (self.send_window_of(stream), self.send_window)
    }

    /// Whether the peer's bytes so far end within a frame, a field block or the preface.
    pub const fn is_within_frame(&self) -> bool {
        self.reader.is_within_frame() || self.block.is_some()
    }

    /// Whether nothing more is read.
    pub const fn is_broken(&self) -> bool {
        self.broken
    }

    /// The id for our next stream, which is used up by it.
    pub fn next_stream(&mut self) -> u32 {
        let id = self.next;
        self.next = id.saturating_add(2);
        id
    }

    fn send_window_of(&self, stream: u32) -> i64 {
        let initial = self.peer_setting(settings::INITIAL_WINDOW_SIZE);
        let credit = self
            .streams
            .get(stream)
            .map_or(0, |stream| stream.send_credit);
        i64::from(initial.unwrap_or(settings::DEFAULT_WINDOW)) + credit
    }

    /// Whether this stream is one that a peer in its role opens.
    const fn is_of_peer(&self, stream: u32) -> bool {
        let odd = stream % 2 == 1;
        match self.ours {
            Role::Client => !odd,
            Role::Server => odd,
        }
    }
}

#[cfg(test)]
mod tests;
