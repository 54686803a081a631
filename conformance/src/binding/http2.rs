//! HTTP/2 as what carries conversations: one connection, on channel 1, and a stream for each.

use wsspec_core::Role;
use wsspec_core::http2::{Connection, ErrorCode, Event, Found, Options, frame};
use wsspec_vectors::{Over, Signal};

use super::carrier::{Aborted, Came, Carrier, ErrorNumber, OnChannel, SettingsInForce};
use super::{EndOfStream, Field};
use crate::exchange::WireAction;

/// The only channel.
const CHANNEL: u32 = 1;

/// Violations kept of one connection.
const MOST_VIOLATIONS: usize = 256;

/// Events of one connection after which nothing more is read: a flood of frames.
const MOST_EVENTS: usize = 1 << 20;

/// The payload of a PRIORITY frame that changes nothing: no dependency, and the default weight (RFC
/// 7540 §5.3.5).
const PRIORITY: [u8; 5] = [0, 0, 0, 0, 15];

/// A connection to a target over HTTP/2.
#[derive(Debug)]
pub struct Http2 {
    target: Role,
    connection: Connection,
    /// By the number of their conversation, less one.
    streams: Vec<Stream>,
    in_force: Option<SettingsInForce>,
    aborted: Option<Aborted>,
    violations: Vec<Found>,
    events: usize,
    /// The highest stream of a client.
    highest: u32,
    /// Which requests begin a conversation although they have nothing to do with WebSockets.
    leaves: fn(&[Field]) -> bool,
}

/// The stream of a conversation.
#[derive(Debug, Clone, Copy)]
struct Stream {
    id: u32,
    pad: Option<u8>,
    ended: bool,
}

impl Http2 {
    /// A connection with a target of this role.
    pub fn new(target: Role) -> Http2 {
        Http2 {
            target,
            connection: Connection::new(target.peer(), Options::default()),
            streams: Vec::new(),
            in_force: None,
            aborted: None,
            violations: Vec::new(),
            events: 0,
            highest: 0,
            leaves: none,
        }
    }

    /// The same connection, which leaves such ordinary requests to its owner: each begins a
    /// conversation.
    pub(crate) fn leaving(self, leaves: fn(&[Field]) -> bool) -> Http2 {
        Http2 { leaves, ..self }
    }

    /// Whether everything that was written in a conversation is on the wire.
    pub(crate) fn is_flushed(&self, on: u32) -> bool {
        let stream = self.streams.get(on as usize - 1);
        stream.is_none_or(|stream| !self.connection.queued(stream.id))
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
    fn conversation(&self, id: u32) -> Option<u32> {
        let at = self.streams.iter().position(|stream| stream.id == id)?;
        Some(at as u32 + 1)
    }

    /// The number of the conversation that these fields belong to. A request of a client begins one,
    /// unless it has nothing to do with WebSockets: a browser opens them only on a connection on which it has
    /// asked for something else before. Such a request is answered and left alone.
    fn conversation_of(&mut self, id: u32, fields: &[Field]) -> Option<u32> {
        let known = self.conversation(id);
        if known.is_some() || self.target == Role::Server || id.is_multiple_of(2) {
            return known;
        }
        if self.highest >= id {
            return None;
        }
        self.highest = id;
        if is_ordinary(fields) && !(self.leaves)(fields) {
            self.connection.headers(id, &empty_page(), true);
            return None;
        }
        self.streams.push(Stream {
            id,
            pad: None,
            ended: false,
        });
        Some(self.streams.len() as u32)
    }

    fn stream(&mut self, on: u32) -> Option<&mut Stream> {
        self.streams.get_mut((on as usize).checked_sub(1)?)
    }

    fn event(&mut self, event: Event, came: &mut Vec<(u32, Came)>) {
        match event {
            Event::Settings(settings) => {
                let in_force = self.in_force.get_or_insert_default();
                let settings = settings
                    .into_iter()
                    .map(|(id, value)| (u64::from(id), u64::from(value)));
                in_force.extend(settings);
            }
            Event::Headers {
                stream,
                fields,
                end,
            } => {
                if let Some(on) = self.conversation_of(stream, &fields) {
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
                    self.end(on, EndOfStream::Cancelled(number(code)), came);
                }
            }
            Event::GoAway { last, code, .. } => self.goaway(last, number(code), came),
            Event::Violation(found) => {
                if self.violations.len() < MOST_VIOLATIONS {
                    self.violations.push(found);
                }
            }
            Event::Broken => self.abort(None, came),
            Event::SettingsAck | Event::Ping { .. } | Event::WindowUpdate { .. } => {}
        }
    }

    fn note_end(&mut self, on: u32, end: bool, came: &mut Vec<(u32, Came)>) {
        if end {
            self.end(on, EndOfStream::Finished, came);
        }
    }

    fn end(&mut self, on: u32, end: EndOfStream, came: &mut Vec<(u32, Came)>) {
        if let Some(stream) = self.stream(on)
            && !std::mem::replace(&mut stream.ended, true)
        {
            came.push((on, Came::End(end)));
        }
    }

    /// Without an error, the streams up to the last live on (RFC 9113 §6.8).
    fn goaway(&mut self, last: u32, code: ErrorNumber, came: &mut Vec<(u32, Came)>) {
        if !code.is_none() {
            return self.abort(Some(code), came);
        }
        let beyond: Vec<u32> = (1..)
            .zip(&self.streams)
            .filter(|(_, stream)| self.target == Role::Server && stream.id > last)
            .map(|(on, _)| on)
            .collect();
        for on in beyond {
            self.end(on, EndOfStream::Aborted(Some(code)), came);
        }
    }

    /// The whole connection is over.
    fn abort(&mut self, code: Option<ErrorNumber>, came: &mut Vec<(u32, Came)>) {
        let Aborted { code } = *self.aborted.get_or_insert(Aborted { code });
        for on in 1..=self.streams.len() as u32 {
            self.end(on, EndOfStream::Aborted(code), came);
        }
        if self.streams.is_empty() {
            // The conversation that has not begun will not.
            came.push((1, Came::End(EndOfStream::Aborted(code))));
        }
    }
}

impl Carrier for Http2 {
    fn begin(&mut self, settings: Option<&[(u64, u64)]>) -> Vec<OnChannel> {
        if self.target == Role::Server {
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
        if self.target == Role::Server && on as usize > self.streams.len() {
            let id = self.connection.next_stream();
            self.streams.push(Stream {
                id,
                pad: None,
                ended: false,
            });
        }
        if let Some(stream) = self.stream(on).copied() {
            self.connection.headers(stream.id, fields, false);
        }
        self.output()
    }

    fn act(&mut self, on: u32, action: WireAction) -> Vec<OnChannel> {
        let Some(Stream { id, pad, .. }) = self.stream(on).copied() else {
            return Vec::new();
        };
        match action {
            WireAction::Write(bytes) => self.connection.data(id, bytes, pad),
            WireAction::Finish => self.connection.finish(id),
            WireAction::Reset => self.connection.reset(id, ErrorCode::CANCEL),
            WireAction::StopReading => self.connection.hold(id),
            WireAction::ReadAgain => self.connection.resume(id),
        }
        self.output()
    }

    fn pad(&mut self, on: u32, bytes: Option<u8>) {
        if let Some(stream) = self.stream(on) {
            stream.pad = bytes;
        }
    }

    fn signal(&mut self, on: u32, signal: Signal) -> Option<Vec<OnChannel>> {
        let Stream { id, .. } = *self.stream(on)?;
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
        if self.events > MOST_EVENTS {
            return (came, Vec::new());
        }
        let events = self.connection.receive(bytes);
        self.events += events.len();
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
        self.abort(code, &mut came);
        (came, Vec::new())
    }

    fn close(&mut self) -> Vec<OnChannel> {
        self.connection.goaway(self.highest, ErrorCode::NO_ERROR);
        let mut actions = self.output();
        actions.push((CHANNEL, WireAction::Finish));
        actions
    }

    fn in_force(&self) -> Option<&SettingsInForce> {
        self.in_force.as_ref()
    }

    fn aborted(&self) -> Option<Aborted> {
        self.aborted
    }

    fn channel(&self, _: u32) -> u32 {
        CHANNEL
    }

    fn violations(&self) -> &[Found] {
        &self.violations
    }
}

/// Whether a request asks for anything but a WebSocket, by any binding.
fn is_ordinary(fields: &[Field]) -> bool {
    !fields.iter().any(asks_for_websocket)
}

/// Whether a field is of a request for a WebSocket, rightly made or not.
fn asks_for_websocket((name, value): &Field) -> bool {
    let name = name.to_ascii_lowercase();
    name == b":protocol"
        || name == b"upgrade"
        || name.starts_with(b"sec-websocket-")
        || name == b":method" && value == b"CONNECT"
}

/// No request.
fn none(_: &[Field]) -> bool {
    false
}

/// The answer to an ordinary request. A browser makes an error of an empty one that is no success,
/// whose page may open nothing.
fn empty_page() -> [Field; 2] {
    [
        (b":status".to_vec(), b"200".to_vec()),
        (b"content-length".to_vec(), b"0".to_vec()),
    ]
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
