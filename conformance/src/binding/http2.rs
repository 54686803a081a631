//! HTTP/2 as what carries conversations: one connection, on channel 1, and a stream for each.

use wsspec_core::Role;
use wsspec_core::http2::{Connection, ErrorCode, Event, Options};
use wsspec_vectors::Over;

use super::breach::Breach;
use super::carrier::{Aborted, Came, Carrier, ErrorNumber, OnChannel, SettingsInForce};
use super::streams::{Stream, Streams};
use super::{EndOfStream, Field};
use crate::exchange::WireAction;

/// The only channel.
const CHANNEL: u32 = 1;

/// A connection to a target over HTTP/2.
#[derive(Debug)]
pub struct Http2 {
    connection: Connection,
    streams: Streams,
    /// The highest stream of a client.
    highest: u32,
}

impl Http2 {
    /// A connection with a target of this role.
    pub fn new(target: Role) -> Http2 {
        Http2 {
            connection: Connection::new(target.peer(), Options::default()),
            streams: Streams::new(target),
            highest: 0,
        }
    }

    /// What the connection has to write.
    fn output(&mut self) -> Vec<OnChannel> {
        let bytes = self.connection.output();
        if bytes.is_empty() {
            return Vec::new();
        }
        vec![(CHANNEL, WireAction::Write(bytes))]
    }

    /// The number of the conversation of a stream.
    fn conversation(&mut self, id: u32) -> Option<u32> {
        let of_client = !id.is_multiple_of(2);
        if self.streams.target == Role::Client && of_client {
            self.highest = self.highest.max(id);
        }
        self.streams.conversation(u64::from(id), of_client)
    }

    fn event(&mut self, event: Event, came: &mut Vec<(u32, Came)>) {
        match event {
            Event::Settings(settings) => self.streams.announced(
                settings
                    .into_iter()
                    .map(|(id, value)| (u64::from(id), u64::from(value))),
            ),
            Event::Headers {
                stream,
                fields,
                end,
            } => {
                if let Some(on) = self.conversation(stream) {
                    came.push((on, Came::Fields(fields, end)));
                    self.note_end(on, end, came);
                }
            }
            Event::Data { stream, bytes, end } => {
                if let Some(on) = self.conversation(stream) {
                    came.push((on, Came::Data(bytes)));
                    self.note_end(on, end, came);
                }
            }
            Event::Reset { stream, code } => {
                if let Some(on) = self.conversation(stream) {
                    let end = EndOfStream::Cancelled(number(code));
                    self.streams.end(on, end, came);
                }
            }
            Event::GoAway { last, code, .. } => self.goaway(last, number(code), came),
            Event::Violation(found) => self.streams.broke(found.into()),
            Event::Broken => self.streams.give_up(came),
            Event::SettingsAck | Event::Ping { .. } | Event::WindowUpdate { .. } => {}
        }
    }

    fn note_end(&mut self, on: u32, end: bool, came: &mut Vec<(u32, Came)>) {
        if end {
            self.streams.end(on, EndOfStream::Finished, came);
        }
    }

    /// Without an error, the streams up to the last live on (RFC 9113 §6.8).
    fn goaway(&mut self, last: u32, code: ErrorNumber, came: &mut Vec<(u32, Came)>) {
        if code.is_none() {
            self.streams.refused_from(u64::from(last) + 1, code, came);
        } else {
            self.streams.abort(Some(code), came);
        }
    }
}

impl Carrier for Http2 {
    fn begin(&mut self, settings: Option<&[(u64, u64)]>) -> Vec<OnChannel> {
        if self.streams.target == Role::Server {
            self.connection.preface();
        }
        if let Some(settings) = settings {
            self.connection.settings(&narrow(settings));
        }
        self.output()
    }

    fn settings(&mut self, settings: &[(u64, u64)]) -> Vec<OnChannel> {
        self.connection.settings(&narrow(settings));
        self.output()
    }

    fn fields(&mut self, on: u32, fields: &[Field]) -> Vec<OnChannel> {
        if self.streams.target == Role::Server && self.streams.is_new(on) {
            let id = self.connection.next_stream();
            self.streams.begin(u64::from(id));
        }
        if let Some(stream) = self.streams.get(on) {
            self.connection.headers(stream.id as u32, fields, false);
        }
        self.output()
    }

    fn act(&mut self, on: u32, action: WireAction) -> Vec<OnChannel> {
        let Some(Stream { id, pad, .. }) = self.streams.get(on).copied() else {
            return Vec::new();
        };
        let id = id as u32;
        match action {
            WireAction::Write(bytes) => self.connection.data(id, bytes, pad),
            WireAction::Finish => self.connection.finish(id),
            WireAction::Reset => self.connection.reset(id, ErrorCode::CANCEL),
            WireAction::StopReading => self.connection.hold(id),
            WireAction::ReadAgain => self.connection.resume(id),
            WireAction::Quic(_) => {}
        }
        self.output()
    }

    fn pad(&mut self, on: u32, bytes: Option<u8>) {
        self.streams.pad(on, bytes);
    }

    fn receive(&mut self, _: u32, bytes: &[u8]) -> (Vec<(u32, Came)>, Vec<OnChannel>) {
        let mut came = Vec::new();
        if self.streams.is_flooded() {
            return (came, Vec::new());
        }
        let events = self.connection.receive(bytes);
        self.streams.count(events.len());
        for event in events {
            self.event(event, &mut came);
        }
        (came, self.output())
    }

    fn ended(&mut self, _: u32, end: EndOfStream) -> (Vec<(u32, Came)>, Vec<OnChannel>) {
        let mut came = Vec::new();
        let code = match end {
            EndOfStream::Aborted(code) => code,
            _ => None,
        };
        self.streams.abort(code, &mut came);
        (came, Vec::new())
    }

    fn close(&mut self) -> Vec<OnChannel> {
        self.connection.goaway(self.highest, ErrorCode::NO_ERROR);
        let mut actions = self.output();
        actions.push((CHANNEL, WireAction::Finish));
        actions
    }

    fn in_force(&self) -> Option<&SettingsInForce> {
        self.streams.in_force.as_ref()
    }

    fn aborted(&self) -> Option<Aborted> {
        self.streams.aborted
    }

    fn channel(&self, _: u32) -> u32 {
        CHANNEL
    }

    fn breaches(&self) -> &[Breach] {
        &self.streams.breaches
    }

    fn unreadable(&self) -> Option<Breach> {
        self.streams.unreadable
    }
}

fn number(code: ErrorCode) -> ErrorNumber {
    ErrorNumber {
        over: Over::H2,
        code: u64::from(code.0),
    }
}

/// Settings in the widths of HTTP/2; what does not fit is cut off.
fn narrow(settings: &[(u64, u64)]) -> Vec<(u16, u32)> {
    settings
        .iter()
        .map(|(id, value)| (*id as u16, *value as u32))
        .collect()
}
