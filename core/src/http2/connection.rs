//! One end of a connection, sans-I/O.

use std::collections::BTreeMap;

use super::frame::{self, DEFAULT_MAX_FRAME, FrameReader, PREFACE, RawFrame, flag, kind};
use super::settings::{self, MAX_WINDOW};
use super::streams::{Queued, Streams};
use super::violation::{Found, Section, Violation, field_violations};
use super::{Decoder, Encoder, Field};
use crate::Role;

/// Most bytes of a field block; what goes on is given up.
const MAX_BLOCK: usize = 256 << 10;

/// Most bytes of a list of fields that are kept.
const MAX_LIST: usize = 256 << 10;

/// The table that every connection begins with (RFC 9113 §6.5.2).
const DEFAULT_TABLE: usize = 4096;

/// What is done only on request; by default the connection does all of it by itself.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Manual {
    /// Acknowledge SETTINGS.
    pub settings: bool,
    /// Answer PING.
    pub ping: bool,
    /// Grant the other side the windows that it used up.
    pub credit: bool,
    /// Take the padding off DATA.
    pub padding: bool,
}

/// What the other side did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// It announced settings, which are in force.
    Settings(Vec<(u16, u32)>),
    /// It acknowledged ours.
    SettingsAck,
    /// A section of fields is complete.
    Fields {
        /// The stream.
        stream: u32,
        /// The fields in their order.
        fields: Vec<Field>,
        /// Nothing follows.
        end: bool,
    },
    /// Content of a stream, without its padding.
    Data {
        /// The stream.
        stream: u32,
        /// The bytes; there may be none.
        bytes: Vec<u8>,
        /// Nothing follows.
        end: bool,
    },
    /// RST_STREAM.
    Reset {
        /// The stream.
        stream: u32,
        /// The error code.
        code: u32,
    },
    /// GOAWAY.
    Goaway {
        /// The highest stream that it takes.
        last: u32,
        /// The error code.
        code: u32,
    },
    /// It broke a rule.
    Violation(Found),
    /// Nothing more can be read.
    Broken,
}

/// A field block that is not complete.
#[derive(Debug)]
struct Block {
    stream: u32,
    bytes: Vec<u8>,
    end: bool,
    /// A pushed request, which is of no interest.
    pushed: bool,
    at: u64,
}

/// One end of a connection.
#[derive(Debug)]
pub struct Connection {
    ours: Role,
    manual: Manual,
    /// Bytes of the client's preface that are still to come.
    preface: &'static [u8],
    reader: FrameReader,
    block: Option<Block>,
    broken: bool,
    decoder: Decoder,
    encoder: Encoder,
    /// The size of the encoder's table has to be said in the next block (RFC 7541 §4.2).
    table_update: Option<usize>,
    streams: Streams,
    /// The other side's settings in force; `None` before the first.
    peer: Option<BTreeMap<u16, u32>>,
    /// Our settings that are not acknowledged.
    unacknowledged: usize,
    /// We said that we take no pushes.
    refuses_push: bool,
    may_send: i64,
    may_receive: i64,
    owed: u32,
    next_stream: u32,
    highest: u32,
    goaway: Option<u32>,
    out: Vec<u8>,
}

impl Connection {
    /// Our end, in this role.
    pub fn new(ours: Role, manual: Manual) -> Connection {
        let (preface, next_stream) = match ours {
            Role::Server => (PREFACE, 2),
            Role::Client => (&PREFACE[..0], 1),
        };
        let mut decoder = Decoder::new(MAX_LIST);
        decoder.allow_table(DEFAULT_TABLE);
        Connection {
            ours,
            manual,
            preface,
            reader: FrameReader::new(DEFAULT_MAX_FRAME, preface.len() as u64),
            block: None,
            broken: false,
            decoder,
            encoder: Encoder::new(),
            table_update: None,
            streams: Streams::new(),
            peer: None,
            unacknowledged: 0,
            refuses_push: false,
            may_send: settings::DEFAULT_WINDOW,
            may_receive: settings::DEFAULT_WINDOW,
            owed: 0,
            next_stream,
            highest: 0,
            goaway: None,
            out: Vec::new(),
        }
    }

    /// Takes what is to be written now.
    pub fn output(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.out)
    }

    /// The other side's settings in force; `None` before the first came.
    pub fn peer_settings(&self) -> Option<&BTreeMap<u16, u32>> {
        self.peer.as_ref()
    }

    /// The number of our next stream.
    pub fn next_stream(&mut self) -> u32 {
        let id = self.next_stream;
        self.next_stream += 2;
        id
    }

    /// Whether something waits for a window.
    pub fn holds_back(&mut self, stream: u32) -> bool {
        let stream = self.streams.get(stream);
        stream.is_some_and(|stream| !stream.queue.is_empty())
    }

    // What we send. Nothing is checked.

    /// The client's preface.
    pub fn preface(&mut self) {
        self.out.extend_from_slice(PREFACE);
    }

    /// Announces settings.
    pub fn settings(&mut self, settings: &[(u16, u32)]) {
        self.raw(kind::SETTINGS, 0, 0, &settings::payload(settings));
        self.unacknowledged += 1;
        for (id, value) in settings {
            match *id {
                settings::INITIAL_WINDOW_SIZE => {
                    let value = i64::from(*value);
                    let change = value - self.streams.initial_receive;
                    self.streams.initial_receive = value;
                    for (_, stream) in self.streams.iter_mut() {
                        stream.may_receive += change;
                    }
                }
                settings::HEADER_TABLE_SIZE => {
                    self.decoder
                        .allow_table((*value as usize).max(DEFAULT_TABLE));
                }
                settings::ENABLE_PUSH => self.refuses_push = *value == 0,
                _ => {}
            }
        }
    }

    /// Sends a section of fields, in as many frames as the other side's largest frame demands.
    pub fn headers(&mut self, stream: u32, fields: &[Field], end: bool) {
        let mut block = Vec::new();
        if let Some(size) = self.table_update.take() {
            block.extend(table_size_update(size));
        }
        block.extend(self.encoder.encode(fields));
        let most = self.max_frame();
        let mut pieces = block.chunks(most).peekable();
        let mut kind = kind::HEADERS;
        let mut flags = if end { flag::END_STREAM } else { 0 };
        let empty = [].as_slice();
        loop {
            let piece = pieces.next().unwrap_or(empty);
            let last = pieces.peek().is_none();
            if last {
                flags |= flag::END_HEADERS;
            }
            frame::write(kind, flags, stream, piece, &mut self.out);
            if last {
                break;
            }
            (kind, flags) = (kind::CONTINUATION, 0);
        }
        self.streams.open(stream).finished |= end;
    }

    /// Sends content, as one DATA frame where the windows and the other side's largest frame allow
    /// it. What they do not allow is held back. `pad` is the number of bytes of padding.
    pub fn data(&mut self, stream: u32, bytes: Vec<u8>, pad: Option<u8>) {
        let queue = &mut self.streams.open(stream).queue;
        queue.push_back(Queued::Data { bytes, pad });
        self.flush();
    }

    /// Ends our direction of a stream, after what is held back.
    pub fn finish(&mut self, stream: u32) {
        self.streams.open(stream).queue.push_back(Queued::Finish);
        self.flush();
    }

    /// Resets a stream; what is held back is dropped.
    pub fn reset(&mut self, stream: u32, code: u32) {
        self.raw(kind::RST_STREAM, 0, stream, &code.to_be_bytes());
        if let Some(stream) = self.streams.get(stream) {
            stream.reset_by_us = true;
            stream.queue.clear();
        }
    }

    /// Sends GOAWAY with this highest stream.
    pub fn goaway(&mut self, last: u32, code: u32) {
        let payload = [last.to_be_bytes(), code.to_be_bytes()].concat();
        self.raw(kind::GOAWAY, 0, 0, &payload);
    }

    /// The highest stream of the other side.
    pub fn highest(&self) -> u32 {
        self.highest
    }

    /// Sends any frame.
    pub fn raw(&mut self, kind: u8, flags: u8, stream: u32, payload: &[u8]) {
        frame::write(kind, flags, stream, payload, &mut self.out);
    }

    /// Grants a stream no more window until [`resume`](Self::resume).
    pub fn hold(&mut self, stream: u32) {
        self.streams.open(stream).held = true;
    }

    /// Grants a stream the window that was held back, and all that follows.
    pub fn resume(&mut self, stream: u32) {
        self.streams.open(stream).held = false;
        self.credit();
    }

    fn max_frame(&self) -> usize {
        let set = self.peer.as_ref();
        let set = set.and_then(|settings| settings.get(&settings::MAX_FRAME_SIZE));
        set.map_or(DEFAULT_MAX_FRAME, |size| (*size as usize).max(1))
    }

    /// Sends what the windows allow.
    fn flush(&mut self) {
        let most = self.max_frame();
        for (id, stream) in self.streams.iter_mut() {
            while let Some(front) = stream.queue.front_mut() {
                let (bytes, pad) = match front {
                    Queued::Finish => {
                        frame::write(kind::DATA, flag::END_STREAM, id, &[], &mut self.out);
                        stream.finished = true;
                        stream.queue.pop_front();
                        continue;
                    }
                    Queued::Data { bytes, pad } => (bytes, *pad),
                };
                // The padding and its length count (RFC 9113 §6.9.1).
                let around = pad.map_or(0, |pad| 1 + usize::from(pad));
                let window = stream.may_send.min(self.may_send).max(0) as usize;
                let size = bytes.len().min(window.min(most).saturating_sub(around));
                if size == 0 && (!bytes.is_empty() || around > window) {
                    break;
                }
                let rest = bytes.split_off(size);
                let piece = std::mem::replace(bytes, rest);
                let done = bytes.is_empty();
                let used = (size + around) as i64;
                stream.may_send -= used;
                self.may_send -= used;
                write_data(id, piece, pad, &mut self.out);
                if done {
                    stream.queue.pop_front();
                }
            }
        }
    }

    /// Grants the windows that are due.
    fn credit(&mut self) {
        if self.manual.credit {
            return;
        }
        let owed = std::mem::take(&mut self.owed);
        if owed > 0 {
            self.may_receive += i64::from(owed);
            window_update(0, owed, &mut self.out);
        }
        for (id, stream) in self.streams.iter_mut() {
            if stream.owed == 0 || stream.held {
                continue;
            }
            let owed = std::mem::take(&mut stream.owed);
            if !(stream.ended || stream.reset || stream.reset_by_us) {
                stream.may_receive += i64::from(owed);
                window_update(id, owed, &mut self.out);
            }
        }
    }

    // What comes.

    /// Takes bytes of the other side. Any chunking gives the same events.
    pub fn receive(&mut self, mut bytes: &[u8]) -> Vec<Event> {
        let mut events = Vec::new();
        if self.broken {
            return events;
        }
        let expected = self.preface.len().min(bytes.len());
        if bytes[..expected] == self.preface[..expected] {
            self.preface = &self.preface[expected..];
            bytes = &bytes[expected..];
        } else {
            self.give_up(Violation::PrefaceMissing, 0, 0, &mut events);
            return events;
        }
        self.reader.push(bytes);
        while !self.broken {
            match self.reader.next() {
                Ok(Some(frame)) => self.frame(frame, &mut events),
                Ok(None) => break,
                Err(head) => {
                    let at = self.reader.at();
                    self.give_up(Violation::FrameTooLarge, head.stream, at, &mut events);
                }
            }
        }
        self.credit();
        events
    }

    /// Nothing more can be read.
    fn give_up(&mut self, violation: Violation, stream: u32, at: u64, events: &mut Vec<Event>) {
        self.broken = true;
        events.push(note(violation, stream, at));
        events.push(Event::Broken);
    }

    fn frame(&mut self, frame: RawFrame, events: &mut Vec<Event>) {
        let head = frame.head;
        if let Some(block) = &self.block
            && (head.kind != kind::CONTINUATION || head.stream != block.stream)
        {
            return self.give_up(Violation::BlockInterrupted, head.stream, frame.at, events);
        }
        if self.peer.is_none() && head.kind != kind::SETTINGS {
            self.peer = Some(BTreeMap::new());
            events.push(note(Violation::SettingsNotFirst, head.stream, frame.at));
        }
        let of_stream = matches!(
            head.kind,
            kind::DATA
                | kind::HEADERS
                | kind::PRIORITY
                | kind::RST_STREAM
                | kind::PUSH_PROMISE
                | kind::CONTINUATION
        );
        let of_connection = matches!(head.kind, kind::SETTINGS | kind::PING | kind::GOAWAY);
        if of_stream && head.stream == 0 {
            if matches!(head.kind, kind::HEADERS | kind::CONTINUATION) {
                return self.give_up(Violation::StreamMissing, 0, frame.at, events);
            }
            events.push(note(Violation::StreamMissing, 0, frame.at));
            return;
        }
        if of_connection && head.stream != 0 {
            events.push(note(Violation::StreamUnexpected, head.stream, frame.at));
            return;
        }
        match head.kind {
            kind::DATA => self.data_frame(&frame, events),
            kind::HEADERS => self.headers_frame(&frame, events),
            kind::CONTINUATION => self.continuation(&frame, events),
            kind::PUSH_PROMISE => self.push_promise(&frame, events),
            kind::SETTINGS => self.settings_frame(&frame, events),
            kind::WINDOW_UPDATE => self.window_update(&frame, events),
            kind::RST_STREAM => self.rst_stream(&frame, events),
            kind::GOAWAY => self.goaway_frame(&frame, events),
            kind::PING => self.ping(&frame, events),
            kind::PRIORITY if frame.payload.len() != 5 => {
                events.push(note(Violation::PrioritySizeWrong, head.stream, frame.at));
            }
            // A type that is not known is ignored (RFC 9113 §4.1).
            _ => {}
        }
    }

    /// Whether a stream has never begun.
    fn is_idle(&self, stream: u32) -> bool {
        if is_of(stream, self.ours) {
            stream >= self.next_stream
        } else {
            stream > self.highest
        }
    }

    fn data_frame(&mut self, frame: &RawFrame, events: &mut Vec<Event>) {
        let (id, at) = (frame.head.stream, frame.at);
        if self.is_idle(id) {
            events.push(note(Violation::StreamIdle, id, at));
            return;
        }
        let size = frame.payload.len() as i64;
        self.may_receive -= size;
        self.owed += size as u32;
        let judges = self.unacknowledged == 0;
        if self.may_receive < 0 && judges {
            events.push(note(Violation::ConnectionWindowExceeded, id, at));
        }
        let content = if self.manual.padding {
            Some(&frame.payload[..])
        } else {
            frame.content()
        };
        let Some(bytes) = content else {
            events.push(note(Violation::PaddingTooLong, id, at));
            return;
        };
        let bytes = bytes.to_vec();
        let stream = self.streams.open(id);
        stream.may_receive -= size;
        stream.owed += size as u32;
        if stream.reset_by_us {
            return;
        }
        if let Some(violation) = after_the_end(stream.reset, stream.ended) {
            events.push(note(violation, id, at));
            return;
        }
        if stream.may_receive < 0 && judges && !self.manual.credit {
            events.push(note(Violation::WindowExceeded, id, at));
        }
        if !stream.headed {
            events.push(note(Violation::DataBeforeHeaders, id, at));
        }
        let end = frame.head.has(flag::END_STREAM);
        stream.ended |= end;
        events.push(Event::Data {
            stream: id,
            bytes,
            end,
        });
    }

    fn headers_frame(&mut self, frame: &RawFrame, events: &mut Vec<Event>) {
        let (id, at) = (frame.head.stream, frame.at);
        let Some(mut bytes) = frame.content() else {
            return self.give_up(Violation::PaddingTooLong, id, at, events);
        };
        if frame.head.has(flag::PRIORITY) {
            let Some((_, rest)) = bytes.split_at_checked(5) else {
                return self.give_up(Violation::FrameSizeWrong, id, at, events);
            };
            bytes = rest;
        }
        if is_of(id, self.ours) {
            if self.is_idle(id) {
                events.push(note(Violation::StreamIdle, id, at));
            }
        } else if self.ours == Role::Client {
            events.push(note(Violation::StreamParity, id, at));
        } else if id > self.highest {
            self.highest = id;
        } else if self.streams.get(id).is_none() {
            events.push(note(Violation::StreamNotNew, id, at));
        }
        self.block = Some(Block {
            stream: id,
            bytes: bytes.to_vec(),
            end: frame.head.has(flag::END_STREAM),
            pushed: false,
            at,
        });
        if frame.head.has(flag::END_HEADERS) {
            self.block_complete(events);
        }
    }

    fn push_promise(&mut self, frame: &RawFrame, events: &mut Vec<Event>) {
        let (id, at) = (frame.head.stream, frame.at);
        if self.ours == Role::Server || self.refuses_push && self.unacknowledged == 0 {
            events.push(note(Violation::PushUnwanted, id, at));
        }
        let Some((_, bytes)) = frame.content().and_then(|bytes| bytes.split_at_checked(4)) else {
            return self.give_up(Violation::FrameSizeWrong, id, at, events);
        };
        self.block = Some(Block {
            stream: id,
            bytes: bytes.to_vec(),
            end: false,
            pushed: true,
            at,
        });
        if frame.head.has(flag::END_HEADERS) {
            self.block_complete(events);
        }
    }

    fn continuation(&mut self, frame: &RawFrame, events: &mut Vec<Event>) {
        let Some(block) = &mut self.block else {
            let stream = frame.head.stream;
            return self.give_up(Violation::ContinuationOrphan, stream, frame.at, events);
        };
        block.bytes.extend_from_slice(&frame.payload);
        if block.bytes.len() > MAX_BLOCK {
            let (stream, at) = (block.stream, block.at);
            return self.give_up(Violation::BlockTooLarge, stream, at, events);
        }
        if frame.head.has(flag::END_HEADERS) {
            self.block_complete(events);
        }
    }

    fn block_complete(&mut self, events: &mut Vec<Event>) {
        let Some(block) = self.block.take() else {
            return;
        };
        let (id, at) = (block.stream, block.at);
        let Ok(fields) = self.decoder.decode(&block.bytes) else {
            return self.give_up(Violation::BlockUndecodable, id, at, events);
        };
        if block.pushed {
            return;
        }
        let stream = self.streams.open(id);
        if stream.reset_by_us {
            return;
        }
        if let Some(violation) = after_the_end(stream.reset, stream.ended) {
            events.push(note(violation, id, at));
            return;
        }
        let section = match (stream.headed, self.ours) {
            (true, _) => Section::Trailers,
            (false, Role::Server) => Section::Request,
            (false, Role::Client) => Section::Response,
        };
        for violation in field_violations(&fields, section) {
            events.push(note(violation, id, at));
        }
        stream.headed |= section != Section::Response || !is_interim(&fields);
        stream.ended |= block.end;
        events.push(Event::Fields {
            stream: id,
            fields,
            end: block.end,
        });
    }

    fn settings_frame(&mut self, frame: &RawFrame, events: &mut Vec<Event>) {
        let at = frame.at;
        let first = self.peer.is_none();
        if frame.head.has(flag::ACK) {
            if first {
                events.push(note(Violation::SettingsNotFirst, 0, at));
            }
            if !frame.payload.is_empty() {
                events.push(note(Violation::SettingsAckWithPayload, 0, at));
            }
            match self.unacknowledged.checked_sub(1) {
                Some(left) => self.unacknowledged = left,
                None => events.push(note(Violation::SettingsAckUnasked, 0, at)),
            }
            events.push(Event::SettingsAck);
            return;
        }
        if !frame.payload.len().is_multiple_of(6) {
            events.push(note(Violation::FrameSizeWrong, 0, at));
        }
        let announced = settings::parse(&frame.payload);
        self.peer.get_or_insert_default();
        for (id, value) in &announced {
            if let Some(violation) = self.setting(*id, *value) {
                events.push(note(violation, 0, at));
            }
        }
        if !self.manual.settings {
            self.raw(kind::SETTINGS, flag::ACK, 0, &[]);
        }
        self.flush();
        events.push(Event::Settings(announced));
    }

    /// Puts a setting of the other side in force.
    fn setting(&mut self, id: u16, value: u32) -> Option<Violation> {
        let before = self.peer.get_or_insert_default().insert(id, value);
        let from_server = self.ours == Role::Client;
        match id {
            settings::ENABLE_PUSH if value > 1 || from_server && value == 1 => {
                Some(Violation::EnablePushInvalid)
            }
            settings::INITIAL_WINDOW_SIZE => {
                let value = i64::from(value);
                if value > MAX_WINDOW {
                    return Some(Violation::InitialWindowInvalid);
                }
                let change = value - self.streams.initial_send;
                self.streams.initial_send = value;
                let mut overflows = false;
                for (_, stream) in self.streams.iter_mut() {
                    stream.may_send += change;
                    overflows |= stream.may_send > MAX_WINDOW;
                }
                overflows.then_some(Violation::WindowOverflow)
            }
            settings::MAX_FRAME_SIZE if !(1 << 14..1 << 24).contains(&value) => {
                Some(Violation::MaxFrameInvalid)
            }
            settings::HEADER_TABLE_SIZE => {
                let size = (value as usize).min(DEFAULT_TABLE);
                self.encoder.limit_table(size);
                self.table_update = Some(size);
                None
            }
            settings::ENABLE_CONNECT_PROTOCOL if value > 1 => {
                Some(Violation::ConnectProtocolInvalid)
            }
            settings::ENABLE_CONNECT_PROTOCOL if value == 0 && before == Some(1) => {
                Some(Violation::ConnectProtocolWithdrawn)
            }
            _ => None,
        }
    }

    fn window_update(&mut self, frame: &RawFrame, events: &mut Vec<Event>) {
        let (id, at) = (frame.head.stream, frame.at);
        let Ok(bytes) = <[u8; 4]>::try_from(&frame.payload[..]) else {
            events.push(note(Violation::FrameSizeWrong, id, at));
            return;
        };
        let increment = i64::from(u32::from_be_bytes(bytes) & 0x7fff_ffff);
        if increment == 0 {
            events.push(note(Violation::IncrementZero, id, at));
        }
        let window = if id == 0 {
            &mut self.may_send
        } else if self.is_idle(id) {
            events.push(note(Violation::StreamIdle, id, at));
            return;
        } else {
            let stream = self.streams.open(id);
            if stream.reset {
                events.push(note(Violation::AfterReset, id, at));
                return;
            }
            &mut stream.may_send
        };
        *window += increment;
        if *window > MAX_WINDOW {
            *window = MAX_WINDOW;
            events.push(note(Violation::WindowOverflow, id, at));
        }
        self.flush();
    }

    fn rst_stream(&mut self, frame: &RawFrame, events: &mut Vec<Event>) {
        let (id, at) = (frame.head.stream, frame.at);
        let Ok(bytes) = <[u8; 4]>::try_from(&frame.payload[..]) else {
            events.push(note(Violation::FrameSizeWrong, id, at));
            return;
        };
        if self.is_idle(id) {
            events.push(note(Violation::StreamIdle, id, at));
            return;
        }
        let stream = self.streams.open(id);
        let again = std::mem::replace(&mut stream.reset, true);
        stream.queue.clear();
        if again {
            events.push(note(Violation::AfterReset, id, at));
            return;
        }
        if !stream.reset_by_us {
            events.push(Event::Reset {
                stream: id,
                code: u32::from_be_bytes(bytes),
            });
        }
    }

    fn goaway_frame(&mut self, frame: &RawFrame, events: &mut Vec<Event>) {
        let Some((parts, _)) = frame.payload.split_first_chunk::<8>() else {
            events.push(note(Violation::FrameSizeWrong, 0, frame.at));
            return;
        };
        let [l0, l1, l2, l3, code @ ..] = *parts;
        let last = u32::from_be_bytes([l0, l1, l2, l3]) & 0x7fff_ffff;
        if self.goaway.is_some_and(|before| last > before) {
            events.push(note(Violation::GoawayGrew, 0, frame.at));
        }
        self.goaway = Some(last);
        events.push(Event::Goaway {
            last,
            code: u32::from_be_bytes(code),
        });
    }

    fn ping(&mut self, frame: &RawFrame, events: &mut Vec<Event>) {
        if frame.payload.len() != 8 {
            events.push(note(Violation::FrameSizeWrong, 0, frame.at));
        } else if !frame.head.has(flag::ACK) && !self.manual.ping {
            self.raw(kind::PING, flag::ACK, 0, &frame.payload);
        }
    }
}

fn note(violation: Violation, stream: u32, at: u64) -> Event {
    Event::Violation(Found {
        violation,
        stream,
        at,
    })
}

/// What a frame that belongs to a message breaks on a stream that the other side has left.
fn after_the_end(reset: bool, ended: bool) -> Option<Violation> {
    match (reset, ended) {
        (true, _) => Some(Violation::AfterReset),
        (false, true) => Some(Violation::AfterEndStream),
        (false, false) => None,
    }
}

/// Whether a stream was opened by the endpoint of this role.
fn is_of(stream: u32, role: Role) -> bool {
    (stream % 2 == 1) == (role == Role::Client)
}

fn is_interim(fields: &[Field]) -> bool {
    let status = fields.iter().find(|(name, _)| name == b":status");
    status.is_some_and(|(_, value)| value.len() == 3 && value[0] == b'1' && value != b"101")
}

fn write_data(stream: u32, bytes: Vec<u8>, pad: Option<u8>, out: &mut Vec<u8>) {
    let Some(pad) = pad else {
        return frame::write(kind::DATA, 0, stream, &bytes, out);
    };
    let mut payload = vec![pad];
    payload.extend(bytes);
    payload.resize(payload.len() + usize::from(pad), 0);
    frame::write(kind::DATA, flag::PADDED, stream, &payload, out);
}

fn window_update(stream: u32, increment: u32, out: &mut Vec<u8>) {
    frame::write(
        kind::WINDOW_UPDATE,
        0,
        stream,
        &increment.to_be_bytes(),
        out,
    );
}

/// A dynamic table size update (RFC 7541 §6.3).
fn table_size_update(size: usize) -> Vec<u8> {
    const PREFIX: usize = 0x1f;
    if size < PREFIX {
        return vec![0x20 | size as u8];
    }
    let mut bytes = vec![0x3f];
    let mut rest = size - PREFIX;
    while rest >= 0x80 {
        bytes.push(0x80 | (rest & 0x7f) as u8);
        rest >>= 7;
    }
    bytes.push(rest as u8);
    bytes
}

#[cfg(test)]
mod tests;
