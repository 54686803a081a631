//! The peer's bytes: the preface, heads of frames, and the frames of streams but for their fields.

use std::mem;

use super::streams::{Direction, Message};
use super::{Connection, Event};
use crate::Role;
use crate::http2::frame::{self, BadPadding, HEAD, Head};
use crate::http2::{ErrorCode, Found, PREFACE, Scope, Violation, settings};

/// Where in the peer's bytes we are.
#[derive(Debug)]
pub(super) struct Reader {
    /// What of the preface is still to come.
    preface: &'static [u8],
    /// What came of the next frame.
    buffer: Vec<u8>,
    /// The offset of the next frame in the peer's bytes.
    at: u64,
    /// The head of the next frame, once it is checked.
    head: Option<Head>,
    /// Whether the first head came.
    begun: bool,
}

impl Reader {
    pub(super) const fn new(ours: Role) -> Self {
        Reader {
            preface: match ours {
                Role::Client => &[],
                Role::Server => PREFACE,
            },
            buffer: Vec::new(),
            at: 0,
            head: None,
            begun: false,
        }
    }

    pub(super) const fn is_within_frame(&self) -> bool {
        !self.buffer.is_empty() || (self.at > 0 && !self.preface.is_empty())
    }
}

impl Connection {
    /// Reads what came. Any chunking gives the same events.
    pub fn receive(&mut self, bytes: &[u8]) -> Vec<Event> {
        let bytes = self.take_preface(bytes);
        let mut buffer = mem::take(&mut self.reader.buffer);
        buffer.extend(bytes);
        let mut used = 0;
        while !self.broken {
            let Some(length) = self.next_frame(&buffer[used..]) else {
                break;
            };
            used += length;
            self.reader.at += length as u64;
        }
        buffer.drain(..used);
        if !self.broken {
            self.reader.buffer = buffer;
        }
        mem::take(&mut self.events)
    }

    fn take_preface<'a>(&mut self, bytes: &'a [u8]) -> &'a [u8] {
        let expected = self.reader.preface;
        let same = expected
            .iter()
            .zip(bytes)
            .take_while(|(a, b)| a == b)
            .count();
        self.reader.preface = &expected[same..];
        self.reader.at += same as u64;
        let rest = &bytes[same..];
        if !self.reader.preface.is_empty() && !rest.is_empty() && !self.broken {
            self.lose(Violation::PrefaceMissing);
        }
        rest
    }

    /// Reads the frame at the beginning of `bytes`; gives its length, or `None` if it is not whole.
    fn next_frame(&mut self, bytes: &[u8]) -> Option<usize> {
        if self.reader.head.is_none() {
            let head = Head::read(bytes.first_chunk()?);
            self.check_head(head);
            self.reader.head = Some(head);
        }
        let head = self.reader.head?;
        let end = HEAD + head.length as usize;
        let payload = bytes.get(HEAD..end).filter(|_| !self.broken)?;
        self.reader.head = None;
        self.frame_came(head, payload);
        Some(end)
    }

    fn check_head(&mut self, head: Head) {
        let is_settings = head.kind == frame::SETTINGS && !head.has(frame::ACK);
        if !mem::replace(&mut self.reader.begun, true) && !is_settings {
            self.fault(Violation::SettingsNotFirst, None);
        }
        let limit = self.limits.frame();
        if head.length > limit {
            if head.has_fields() || head.kind == frame::SETTINGS || head.stream == 0 {
                self.fault(Violation::FrameTooLarge, None);
            } else {
                self.fault(Violation::StreamFrameTooLarge, Some(head.stream));
            }
        }
        if head.length > limit.max(self.options.max_frame) {
            return self.break_off();
        }
        let stream = Some(head.stream).filter(|stream| *stream != 0);
        if head.reserved {
            self.fault(Violation::ReservedBitSet, stream);
        }
        if head.flags & !frame::flags_of(head.kind) != 0 {
            self.fault(Violation::FlagUndefined, stream);
        }
    }

    fn frame_came(&mut self, head: Head, payload: &[u8]) {
        let continues = |stream| head.kind == frame::CONTINUATION && head.stream == stream;
        if self
            .block
            .as_ref()
            .is_some_and(|block| !continues(block.stream))
        {
            return self.lose(Violation::ContinuationMissing);
        }
        match head.kind {
            frame::DATA => self.data_came(head, payload),
            frame::HEADERS => self.headers_came(head, payload),
            frame::PRIORITY => self.priority_came(head, payload),
            frame::RST_STREAM => self.reset_came(head, payload),
            frame::SETTINGS => self.settings_came(head, payload),
            frame::PUSH_PROMISE => self.push_promise_came(head, payload),
            frame::PING => self.ping_came(head, payload),
            frame::GOAWAY => self.goaway_came(head, payload),
            frame::WINDOW_UPDATE => self.window_update_came(head, payload),
            frame::CONTINUATION => self.continuation_came(head, payload),
            // Other kinds are ignored (RFC 9113 §5.5).
            _ => {}
        }
    }

    fn data_came(&mut self, head: Head, payload: &[u8]) {
        let id = head.stream;
        if id == 0 {
            return self.fault(Violation::DataOnConnection, None);
        }
        self.count_on_connection(head.length);
        if !self.is_known(id, Violation::FrameOnIdle) || !self.is_open(id, Violation::FrameAfterEnd)
        {
            return;
        }
        self.count_on_stream(id, head.length);
        let stream = self.streams.open(id);
        let end = head.has(frame::END_STREAM);
        if end {
            stream.peer = Direction::Ended;
        }
        if stream.message == Message::Head && self.ours == Role::Client {
            self.fault(Violation::DataBeforeHeaders, Some(id));
        }
        match frame::unpad(head, payload) {
            Ok((bytes, padding)) => {
                if padding.iter().any(|byte| *byte != 0) {
                    self.fault(Violation::DataPaddingNotZero, Some(id));
                }
                let content = &mut self.streams.open(id).content;
                if !content.takes(bytes.len()) || (end && !content.is_complete()) {
                    self.fault(Violation::ContentLengthWrong, Some(id));
                }
                self.events.push(Event::Data {
                    stream: id,
                    bytes: bytes.to_vec(),
                    end,
                });
            }
            Err(BadPadding::Missing) => self.fault(Violation::DataLengthWrong, Some(id)),
            Err(BadPadding::TooLong) => self.fault(Violation::DataPaddingTooLong, None),
        }
    }

    /// Padding counts too (RFC 9113 §6.9.1), and so does DATA that is not read.
    fn count_on_connection(&mut self, length: u32) {
        if length > 0 && i64::from(length) > self.receive_window {
            self.fault(Violation::ConnectionWindowExceeded, None);
        }
        self.receive_window -= i64::from(length);
        if self.options.auto.window_credit {
            self.owed = self.owed.saturating_add(length);
        }
    }

    fn count_on_stream(&mut self, id: u32, length: u32) {
        let initial = self.limits.window();
        let credit = self.options.auto.window_credit;
        let stream = self.streams.open(id);
        let window = initial + stream.receive_credit;
        stream.receive_credit -= i64::from(length);
        if credit {
            stream.owed = stream.owed.saturating_add(length);
            self.owing.insert(id);
        }
        if length > 0 && i64::from(length) > window {
            self.fault(Violation::StreamWindowExceeded, Some(id));
        }
    }

    /// Deprecated: only its form matters (RFC 9113 §6.3).
    fn priority_came(&mut self, head: Head, payload: &[u8]) {
        if head.stream == 0 {
            self.fault(Violation::PriorityOnConnection, None);
        } else if payload.len() != 5 {
            self.fault(Violation::PriorityLengthWrong, Some(head.stream));
        }
    }

    fn reset_came(&mut self, head: Head, payload: &[u8]) {
        let id = head.stream;
        let Ok(code) = payload.try_into().map(u32::from_be_bytes) else {
            return self.fault(Violation::ResetLengthWrong, None);
        };
        if id == 0 {
            return self.fault(Violation::ResetOnConnection, None);
        }
        if !self.is_known(id, Violation::ResetOnIdle) {
            return;
        }
        self.waiting.remove(&id);
        let stream = self.streams.open(id);
        stream.queue.clear();
        // A second RST_STREAM is permitted (RFC 9113 §5.4.2), and says nothing new.
        if mem::replace(&mut stream.peer, Direction::Reset) != Direction::Reset {
            self.events.push(Event::Reset {
                stream: id,
                code: ErrorCode(code),
            });
        }
    }

    fn window_update_came(&mut self, head: Head, payload: &[u8]) {
        let Ok(increment) = payload.try_into().map(u32::from_be_bytes) else {
            return self.fault(Violation::WindowUpdateLengthWrong, None);
        };
        let increment = increment & frame::STREAM_BITS;
        let largest = i64::from(settings::LARGEST_WINDOW);
        let more = i64::from(increment);
        let id = head.stream;
        if id == 0 {
            if increment == 0 {
                return self.fault(Violation::ConnectionIncrementZero, None);
            }
            if self.send_window + more > largest {
                return self.fault(Violation::ConnectionWindowOverflows, None);
            }
            self.send_window += more;
        } else {
            // It may follow the end of the peer's own direction.
            if !self.is_known(id, Violation::FrameOnIdle) || !self.takes_updates(id) {
                return;
            }
            if increment == 0 {
                return self.fault(Violation::StreamIncrementZero, Some(id));
            }
            if self.send_window_of(id) + more > largest {
                return self.fault(Violation::StreamWindowOverflows, Some(id));
            }
            self.streams.open(id).send_credit += more;
        }
        self.events.push(Event::WindowUpdate {
            stream: id,
            increment,
        });
    }

    /// Whether the stream was opened; if not, that is a finding.
    fn is_known(&mut self, id: u32, violation: Violation) -> bool {
        let known = self.streams.get(id).is_some();
        if !known && !self.streams.may_be_forgotten(id) {
            self.fault(
                violation,
                Some(id).filter(|_| violation.scope() == Scope::Stream),
            );
        }
        known
    }

    /// Whether a known stream takes frames of messages; if the peer ended it, finds that. What it
    /// sent before it saw that we reset the stream is ignored (RFC 9113 §5.4.2).
    pub(super) fn is_open(&mut self, id: u32, after_end: Violation) -> bool {
        let state = self
            .streams
            .get(id)
            .map(|stream| (stream.peer, stream.ours));
        match state {
            Some((Direction::Ended, _)) => self.fault(after_end, Some(id)),
            Some((Direction::Reset, _)) => self.fault(Violation::FrameAfterReset, Some(id)),
            Some((Direction::Open, Direction::Reset)) | None => {}
            Some((Direction::Open, _)) => return true,
        }
        false
    }

    fn takes_updates(&mut self, id: u32) -> bool {
        let state = self
            .streams
            .get(id)
            .map(|stream| (stream.peer, stream.ours));
        match state {
            Some((Direction::Reset, _)) => self.fault(Violation::FrameAfterReset, Some(id)),
            Some((_, Direction::Reset)) | None => {}
            Some(_) => return true,
        }
        false
    }

    /// A rule is broken by the current frame.
    pub(super) fn fault(&mut self, violation: Violation, stream: Option<u32>) {
        self.events.push(Event::Violation(Found {
            violation,
            stream,
            at: self.reader.at,
        }));
    }

    /// A rule is broken, and what follows cannot be understood.
    pub(super) fn lose(&mut self, violation: Violation) {
        self.fault(violation, None);
        self.break_off();
    }

    /// Nothing more is read.
    pub(super) fn break_off(&mut self) {
        self.broken = true;
        self.block = None;
        self.events.push(Event::Broken);
    }
}
