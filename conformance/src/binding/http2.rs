//! HTTP/2 as what carries conversations: one connection, on channel 1, and a stream for each.

use wsspec_core::Role;
use wsspec_core::http2::{Connection, ErrorCode, Event, Options, frame};
use wsspec_vectors::{Over, Signal};

use super::breach::Breach;
use super::carrier::{Aborted, Came, Carrier, ErrorNumber, OnChannel, SettingsInForce};
use super::ordinary::{Leaves, empty_page, is_ordinary, none};
use super::streams::{Stream, Streams};
use super::{EndOfStream, Field};
use crate::exchange::WireAction;

/// The only channel.
const CHANNEL: u32 = 1;

/// The payload of a PRIORITY frame that changes nothing: no dependency, and the default weight (RFC
/// 7540 §5.3.5).
const PRIORITY: [u8; 5] = [0, 0, 0, 0, 15];

/// A connection to a target over HTTP/2.
#[derive(Debug)]
pub struct Http2 {
    connection: Connection,
    streams: Streams,
    /// The highest stream of a client.
    highest: u32,
    /// Which requests begin a conversation although they have nothing to do with WebSockets.
    leaves: Leaves,
}

impl Http2 {
    /// A connection with a target of this role.
    pub fn new(target: Role) -> Http2 {
        Http2 {
            connection: Connection::new(target.peer(), Options::default()),
            streams: Streams::new(target),
            highest: 0,
            leaves: none,
        }
    }

    /// The same connection, which leaves such ordinary requests to its owner: each begins a
    /// conversation.
    pub(crate) fn leaving(self, leaves: Leaves) -> Http2 {
        Http2 { leaves, ..self }
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
        self.streams.conversation(u64::from(id), false)
    }

    /// The number of the conversation that these fields belong to. A request of a client begins one,
    /// unless it is an ordinary one, which is answered and left alone.
    fn conversation_for(&mut self, id: u32, fields: &[Field]) -> Option<u32> {
        let known = self.conversation(id);
        let of_client = self.streams.target == Role::Client && !id.is_multiple_of(2);
        if known.is_some() || !of_client || self.highest >= id {
            return known;
        }
        self.highest = id;
        if is_ordinary(fields) && !(self.leaves)(fields) {
            self.connection.headers(id, &empty_page(), true);
            return None;
        }
        Some(self.streams.begin(u64::from(id)))
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
                if let Some(on) = self.conversation_for(stream, &fields) {
                    came.push((on, Came::Fields(fields, end)));
                    self.note_end(on, end, came);
                }
            }
            Event::Data { stream, bytes, end } => {
                // What comes behind its end breaks a rule, and is none of its bytes.
                let on = self.conversation(stream);
                if let Some(on) = on.filter(|on| !self.streams.has_ended(*on)) {
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

    fn signal(&mut self, on: u32, signal: Signal) -> Option<Vec<OnChannel>> {
        let id = self.streams.get(on)?.id as u32;
        match signal {
            Signal::Goaway => self.connection.goaway(self.highest, ErrorCode::NO_ERROR),
            Signal::GoawaySoon => self
                .connection
                .goaway(frame::STREAM_BITS, ErrorCode::NO_ERROR),
            Signal::WindowUpdate => self.connection.window_update(id, 1),
            Signal::Priority => self.connection.raw(frame::PRIORITY, 0, id, &PRIORITY),
            Signal::Reset => self.connection.reset(id, ErrorCode::CANCEL),
        }
        Some(self.output())
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

    /// What the windows of the target do not let through waits.
    fn is_flushed(&self, on: u32) -> bool {
        let stream = self.streams.get(on);
        stream.is_none_or(|stream| !self.connection.queued(stream.id as u32))
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

    fn conversation_of(&self, stream: u64) -> Option<u32> {
        self.streams.known(stream)
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

#[cfg(test)]
mod tests {
    use super::super::carrier::OFFER;
    use super::*;

    fn fields(all: &[(&str, &str)]) -> Vec<Field> {
        let pairs = all.iter();
        pairs
            .map(|(name, value)| ((*name).into(), (*value).into()))
            .collect()
    }

    fn written(actions: Vec<OnChannel>) -> Vec<u8> {
        let writes = actions.into_iter().filter_map(|(_, action)| match action {
            WireAction::Write(bytes) => Some(bytes),
            _ => None,
        });
        writes.collect::<Vec<_>>().concat()
    }

    /// The request of a browser for a page, on the connection of a WebSocket, is none for that.
    #[test]
    fn an_ordinary_request_is_answered_and_begins_nothing() {
        let mut client = Connection::new(Role::Client, Options::default());
        client.preface();
        client.settings(&[]);
        let [page, chat] = [client.next_stream(), client.next_stream()];
        let get = [(":method", "GET"), (":scheme", "https"), (":path", "/")];
        client.headers(page, &fields(&get), true);
        let connect = [(":method", "CONNECT"), (":protocol", "websocket")];
        client.headers(chat, &fields(&connect), false);
        let mut carrier = Http2::new(Role::Client);
        let begun = carrier.begin(Some(&OFFER));
        let (came, answers) = carrier.receive(CHANNEL, &client.output());
        assert!(
            matches!(&came[..], [(1, Came::Fields(first, false))] if *first == fields(&connect))
        );
        let events = client.receive(&written([begun, answers].concat()));
        let answered = events.iter().any(
            |event| matches!(event, Event::Headers { stream, end: true, .. } if *stream == page),
        );
        assert!(answered, "{events:?}");
    }
}
