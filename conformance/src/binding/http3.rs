//! HTTP/3 as what carries conversations: a request stream for each, beside the control streams and
//! those of QPACK.
//!
//! A stream of QUIC is a channel: its number (RFC 9000 §2.1) and 1. The connection itself, which can
//! only be closed, is channel [`CONNECTION`].

use std::collections::BTreeSet;

use wsspec_core::Role;
use wsspec_core::http3::{Connection, ErrorCode, Event, Options, Output, frame, settings, varint};
use wsspec_vectors::{Over, Signal};

use super::breach::Breach;
use super::carrier::{Aborted, Came, Carrier, ErrorNumber, OnChannel, SettingsInForce};
use super::ordinary::{Leaves, empty_page, is_ordinary, none};
use super::streams::Streams;
use super::{EndOfStream, Field};
use crate::exchange::{QuicAction, WireAction};

/// The channel of the connection itself.
pub const CONNECTION: u32 = 0;

/// The channel of a stream; `None` for one that no connection ever comes to.
pub fn channel_of(stream: u64) -> Option<u32> {
    u32::try_from(stream).ok()?.checked_add(1)
}

/// The stream of a channel; `None` for that of the connection.
pub fn stream_of(channel: u32) -> Option<u64> {
    channel.checked_sub(1).map(u64::from)
}

/// What is to be done on the channels for what the engine wants done.
pub(crate) fn on_channels(outputs: Vec<Output>) -> Vec<OnChannel> {
    outputs.into_iter().filter_map(on_channel).collect()
}

fn on_channel(output: Output) -> Option<OnChannel> {
    let (stream, action) = match output {
        Output::Write { stream, bytes } => (stream, WireAction::Write(bytes)),
        Output::Finish { stream } => (stream, WireAction::Finish),
        Output::Reset { stream, code } => (stream, WireAction::Quic(QuicAction::Reset(code))),
        Output::Stop { stream, code } => (stream, WireAction::Quic(QuicAction::Stop(code))),
        Output::Close { code } => {
            return Some((CONNECTION, WireAction::Quic(QuicAction::Close(code))));
        }
    };
    Some((channel_of(stream)?, action))
}

/// A code of HTTP/3.
pub const fn number(code: ErrorCode) -> ErrorNumber {
    ErrorNumber {
        over: Over::H3,
        code: code.0,
    }
}

/// A connection to a target over HTTP/3.
#[derive(Debug)]
pub struct Http3 {
    connection: Connection,
    streams: Streams,
    /// Our control stream, once it is open.
    control: Option<u64>,
    /// Streams of ordinary requests, which are answered.
    ordinary: BTreeSet<u64>,
    /// Which requests begin a conversation although they have nothing to do with WebSockets.
    leaves: Leaves,
}

impl Http3 {
    /// A connection with a target of this role.
    pub fn new(target: Role) -> Http3 {
        Http3 {
            connection: Connection::new(target.peer(), Options::default()),
            streams: Streams::new(target),
            control: None,
            ordinary: BTreeSet::new(),
            leaves: none,
        }
    }

    /// The same connection, which leaves such ordinary requests to its owner: each begins a
    /// conversation.
    pub(crate) fn leaving(self, leaves: Leaves) -> Http3 {
        Http3 { leaves, ..self }
    }

    fn output(&mut self) -> Vec<OnChannel> {
        on_channels(self.connection.output())
    }

    /// The number of the conversation of a request stream; `None` for that of an ordinary request.
    fn conversation(&mut self, id: u64) -> Option<u32> {
        let begins = id.is_multiple_of(4) && !self.ordinary.contains(&id);
        self.streams.conversation(id, begins)
    }

    /// The same, where these fields came on it.
    fn conversation_for(&mut self, id: u64, fields: &[Field]) -> Option<u32> {
        let of_client = self.streams.target == Role::Client;
        let is_first = !self.streams.has(id) && !self.ordinary.contains(&id);
        if of_client && is_first && is_ordinary(fields) && !(self.leaves)(fields) {
            self.ordinary.insert(id);
            self.connection.headers(id, &empty_page());
            self.connection.finish(id);
        }
        self.conversation(id)
    }

    /// The highest stream of a request that was taken.
    fn highest(&self) -> Option<u64> {
        self.streams.highest().max(self.ordinary.last().copied())
    }

    fn events(&mut self, events: Vec<Event>) -> (Vec<(u32, Came)>, Vec<OnChannel>) {
        let mut came = Vec::new();
        self.streams.count(events.len());
        for event in events {
            self.event(event, &mut came);
        }
        (came, self.output())
    }

    fn event(&mut self, event: Event, came: &mut Vec<(u32, Came)>) {
        match event {
            Event::Settings(settings) => self.streams.announced(settings),
            Event::Headers { stream, fields } => {
                if let Some(on) = self.conversation_for(stream, &fields) {
                    came.push((on, Came::Fields(fields, false)));
                }
            }
            Event::Data { stream, bytes } => {
                if let Some(on) = self.conversation(stream) {
                    came.push((on, Came::Data(bytes)));
                }
            }
            Event::End { stream } => {
                if let Some(on) = self.conversation(stream) {
                    self.streams.end(on, EndOfStream::Finished, came);
                }
            }
            Event::Reset { stream, code } => {
                if let Some(on) = self.conversation(stream) {
                    let end = EndOfStream::Cancelled(number(code));
                    self.streams.end(on, end, came);
                }
            }
            Event::Stopped { stream, code } => {
                if let Some(on) = self.conversation(stream) {
                    // RFC 9000 §3.5.
                    self.connection.reset(stream, code);
                    came.push((on, Came::Stopped(number(code))));
                }
            }
            Event::GoAway { id } => {
                let code = number(ErrorCode::NO_ERROR);
                self.streams.refused_from(id, code, came);
            }
            Event::Violation(found) => self.streams.broke(found.into()),
            Event::Broken => self.streams.give_up(came),
            Event::Skipped { .. } => {}
        }
    }
}

impl Carrier for Http3 {
    fn begin(&mut self, settings: Option<&[(u64, u64)]>) -> Vec<OnChannel> {
        if let Some(settings) = settings {
            self.control = Some(self.connection.start(settings));
        }
        self.connection.start_qpack();
        self.output()
    }

    fn settings(&mut self, settings: &[(u64, u64)]) -> Vec<OnChannel> {
        match self.control {
            None => self.control = Some(self.connection.start(settings)),
            // A second SETTINGS frame is an error of ours (RFC 9114 §7.2.4).
            Some(control) => {
                let payload = settings::write(settings);
                self.connection.frame(control, frame::SETTINGS, &payload);
            }
        }
        self.output()
    }

    fn fields(&mut self, on: u32, fields: &[Field]) -> Vec<OnChannel> {
        if self.streams.target == Role::Server && self.streams.is_new(on) {
            let id = self.connection.open_bidirectional();
            self.streams.begin(id);
        }
        if let Some(stream) = self.streams.get(on) {
            self.connection.headers(stream.id, fields);
        }
        self.output()
    }

    fn act(&mut self, on: u32, action: WireAction) -> Vec<OnChannel> {
        let Some(id) = self.streams.get(on).map(|stream| stream.id) else {
            return Vec::new();
        };
        match action {
            WireAction::Write(bytes) => self.connection.data(id, &bytes),
            WireAction::Finish => self.connection.finish(id),
            WireAction::Reset => {
                // Both directions, as RFC 9114 §4.1.1 asks for.
                self.connection.reset(id, ErrorCode::REQUEST_CANCELLED);
                self.connection.stop(id, ErrorCode::REQUEST_CANCELLED);
            }
            WireAction::StopReading | WireAction::ReadAgain | WireAction::Quic(_) => {
                return channel_of(id).map(|on| (on, action)).into_iter().collect();
            }
        }
        self.output()
    }

    /// There is no padding.
    fn pad(&mut self, _: u32, _: Option<u8>) {}

    fn signal(&mut self, _: u32, signal: Signal) -> Option<Vec<OnChannel>> {
        // A server names a stream of the client, a client a push (RFC 9114 §5.2).
        let id = match (signal, self.streams.target) {
            (Signal::Goaway, Role::Client) => self.highest().map_or(0, |id| id + 4),
            (Signal::Goaway, Role::Server) => 0,
            (Signal::GoawaySoon, Role::Client) => varint::MAX - 3,
            (Signal::GoawaySoon, Role::Server) => varint::MAX,
            (Signal::WindowUpdate | Signal::Priority | Signal::Reset, _) => return None,
        };
        self.connection.goaway(id);
        Some(self.output())
    }

    fn receive(&mut self, channel: u32, bytes: &[u8]) -> (Vec<(u32, Came)>, Vec<OnChannel>) {
        match stream_of(channel) {
            Some(stream) if !self.streams.is_flooded() => {
                let events = self.connection.receive(stream, bytes, false);
                self.events(events)
            }
            _ => (Vec::new(), Vec::new()),
        }
    }

    fn ended(&mut self, channel: u32, end: EndOfStream) -> (Vec<(u32, Came)>, Vec<OnChannel>) {
        let (stream, end) = match (stream_of(channel), end) {
            (Some(stream), end) => (stream, end),
            (None, EndOfStream::Aborted(code)) => return self.aborted_with(code),
            (None, _) => return self.aborted_with(None),
        };
        let events = match end {
            EndOfStream::Finished | EndOfStream::Truncated => {
                self.connection.receive(stream, &[], true)
            }
            EndOfStream::Cancelled(ErrorNumber { code, .. }) => {
                self.connection.was_reset(stream, ErrorCode(code))
            }
            EndOfStream::Reset => self.connection.was_reset(stream, ErrorCode::NO_ERROR),
            EndOfStream::Aborted(code) => return self.aborted_with(code),
        };
        self.events(events)
    }

    fn stopped(&mut self, channel: u32, code: ErrorNumber) -> (Vec<(u32, Came)>, Vec<OnChannel>) {
        let events = match stream_of(channel) {
            Some(stream) => self.connection.was_stopped(stream, ErrorCode(code.code)),
            None => Vec::new(),
        };
        self.events(events)
    }

    fn close(&mut self) -> Vec<OnChannel> {
        self.connection.close(ErrorCode::NO_ERROR);
        self.output()
    }

    fn in_force(&self) -> Option<&SettingsInForce> {
        self.streams.in_force.as_ref()
    }

    fn aborted(&self) -> Option<Aborted> {
        self.streams.aborted
    }

    fn breaches(&self) -> &[Breach] {
        &self.streams.breaches
    }

    fn conversation_of(&self, stream: u64) -> Option<u32> {
        self.streams.known(stream)
    }

    fn unreadable(&self) -> Option<Breach> {
        self.streams.unreadable
    }

    fn channel(&self, on: u32) -> u32 {
        let stream = self.streams.get(on).map(|stream| stream.id);
        stream.and_then(channel_of).unwrap_or(CONNECTION)
    }
}

impl Http3 {
    fn aborted_with(&mut self, code: Option<ErrorNumber>) -> (Vec<(u32, Came)>, Vec<OnChannel>) {
        let mut came = Vec::new();
        self.streams.abort(code, &mut came);
        (came, Vec::new())
    }
}

#[cfg(test)]
mod tests;
