//! Field blocks of the peer: HEADERS and PUSH_PROMISE with their CONTINUATION frames, up to what
//! they mean for the stream.

use super::content::{Asked, Content};
use super::streams::{Direction, Message};
use super::{Connection, Event};
use crate::Role;
use crate::http2::frame::{self, BadPadding, Head};
use crate::http2::hpack::Unread;
use crate::http2::message::{self, Part};
use crate::http2::{Field, Violation};

/// A field block that is being read.
#[derive(Debug)]
pub(super) struct Block {
    /// The stream of its frames.
    pub(super) stream: u32,
    /// Whether END_STREAM is set.
    end: bool,
    /// The stream that it promises, if it is one of PUSH_PROMISE.
    promised: Option<u32>,
    bytes: Vec<u8>,
}

impl Connection {
    pub(super) fn headers_came(&mut self, head: Head, payload: &[u8]) {
        if head.stream == 0 {
            self.fault(Violation::HeadersOnConnection, None);
        }
        let length = if head.has(frame::PRIORITY_FLAG) { 5 } else { 0 };
        match fragment(head, payload, length) {
            Ok((fragment, padding)) => {
                if padding.iter().any(|byte| *byte != 0) {
                    self.fault(Violation::HeadersPaddingNotZero, Some(head.stream));
                }
                self.begin_block(head, None, &fragment[length..]);
            }
            Err(BadPadding::Missing) => self.lose(Violation::HeadersLengthWrong),
            Err(BadPadding::TooLong) => self.lose(Violation::HeadersPaddingTooLong),
        }
    }

    pub(super) fn push_promise_came(&mut self, head: Head, payload: &[u8]) {
        if head.stream == 0 {
            self.fault(Violation::PushPromiseOnConnection, None);
        }
        if self.ours == Role::Server {
            self.fault(Violation::PushPromiseFromClient, None);
        } else if !self.limits.push() {
            self.fault(Violation::PushPromiseDisabled, None);
        } else if head.stream != 0 && !self.takes_promises(head.stream) {
            self.fault(Violation::PushPromiseMisplaced, None);
        }
        match fragment(head, payload, 4) {
            Ok((fragment, padding)) => {
                if padding.iter().any(|byte| *byte != 0) {
                    self.fault(Violation::PushPromisePaddingNotZero, Some(head.stream));
                }
                let (id, rest) = fragment.split_at(4);
                let id = frame::number(id) & frame::STREAM_BITS;
                self.begin_block(head, Some(id), rest);
            }
            Err(BadPadding::Missing) => self.lose(Violation::PushPromiseLengthWrong),
            Err(BadPadding::TooLong) => self.lose(Violation::PushPromisePaddingTooLong),
        }
    }

    fn begin_block(&mut self, head: Head, promised: Option<u32>, fragment: &[u8]) {
        let block = Block {
            stream: head.stream,
            end: promised.is_none() && head.has(frame::END_STREAM),
            promised,
            bytes: Vec::new(),
        };
        self.continue_block(block, head, fragment);
    }

    pub(super) fn continuation_came(&mut self, head: Head, payload: &[u8]) {
        match self.block.take() {
            Some(block) => self.continue_block(block, head, payload),
            None if head.stream == 0 => self.lose(Violation::ContinuationOnConnection),
            None => self.lose(Violation::ContinuationOrphan),
        }
    }

    fn continue_block(&mut self, mut block: Block, head: Head, fragment: &[u8]) {
        if block.bytes.len() + fragment.len() > self.options.max_list {
            return self.break_off();
        }
        block.bytes.extend(fragment);
        if head.has(frame::END_HEADERS) {
            self.end_block(&block);
        } else {
            self.block = Some(block);
        }
    }

    fn end_block(&mut self, block: &Block) {
        match self.decoder.read(&block.bytes) {
            Err(Unread::Invalid(violation)) => self.lose(violation),
            Err(Unread::TooLarge) => self.break_off(),
            Ok(fields) => match block.promised {
                Some(id) => self.promised(id),
                None if self.takes_headers(block.stream) => {
                    self.message(block.stream, fields, block.end);
                }
                None => {}
            },
        }
    }

    fn promised(&mut self, id: u32) {
        if self.ours == Role::Server {
            return;
        }
        if !self.is_of_peer(id) || id <= self.streams.highest_of_peer {
            return self.fault(Violation::PushPromiseIdInvalid, None);
        }
        self.streams.highest_of_peer = id;
        self.open(id);
        // Nothing is ever sent on it.
        self.streams.open(id).ours = Direction::Ended;
    }

    /// Whether the peer may promise a stream on this one: it is one of ours, which the peer has not
    /// left.
    fn takes_promises(&self, id: u32) -> bool {
        match self.streams.get(id) {
            None => self.streams.may_be_forgotten(id),
            Some(stream) => !self.is_of_peer(id) && stream.peer == Direction::Open,
        }
    }

    /// Whether a field section on this stream is for a message; if not, finds why.
    fn takes_headers(&mut self, id: u32) -> bool {
        let opens = self.ours == Role::Server && self.is_of_peer(id);
        if opens && id > self.streams.highest_of_peer {
            self.streams.highest_of_peer = id;
            self.open(id);
            self.count_active(id);
            return !self.broken;
        }
        if id == 0 {
            return false;
        }
        if let Some(stream) = self.streams.get(id) {
            if self.is_of_peer(id) && stream.message == Message::Head {
                self.count_active(id);
            }
            return self.is_open(id, Violation::FrameAfterEnd);
        }
        if !self.streams.may_be_forgotten(id) {
            let violation = if opens {
                Violation::StreamIdShrinks
            } else {
                Violation::StreamUnexpected
            };
            self.fault(violation, Some(id));
        }
        false
    }

    /// The first field section comes on a stream of the peer. Streams that are only promised do not
    /// count (RFC 9113 §5.1.2).
    fn count_active(&mut self, id: u32) {
        let most = self.limits.streams();
        if most == u32::MAX {
            return;
        }
        let others = self
            .streams
            .iter()
            .filter(|(other, _)| *other != id && self.is_of_peer(*other));
        let active = others.filter(|(_, stream)| stream.is_active()).count();
        if active >= most as usize {
            self.fault(Violation::StreamsTooMany, Some(id));
        }
    }

    /// A field section came on a stream that is open.
    fn message(&mut self, id: u32, fields: Vec<Field>, end: bool) {
        let role = self.ours;
        let announced = self.limits.connect_protocol();
        let stream = self.streams.open(id);
        let in_tunnel = stream.asked == Asked::Connect && stream.succeeded;
        let part = match (stream.message, role) {
            (Message::Switched, _) if message::status(&fields).is_some() => Part::Response,
            (Message::Switched | Message::Body, _) => Part::Trailers,
            (Message::Head, Role::Client) => Part::Response,
            (Message::Head, Role::Server) => Part::Request,
        };
        let status = message::status(&fields).filter(|_| part == Part::Response);
        let switched = status == Some(101);
        let interim = status.is_some_and(|status| status / 100 == 1) && !switched;
        if switched {
            stream.message = Message::Switched;
        } else if !interim {
            stream.message = Message::Body;
        }
        if part == Part::Request {
            stream.asked = Asked::of(&fields);
        }
        stream.succeeded |= status.is_some_and(|status| status / 100 == 2);
        if part != Part::Trailers && !interim {
            stream.content = Content::of(&fields, part, stream.asked);
        }
        let is_short = end && !stream.content.is_complete();
        if end {
            stream.peer = Direction::Ended;
        }
        let asks_unannounced =
            part == Part::Request && !announced && message::value(&fields, ":protocol").is_some();
        let is_trailers = part == Part::Trailers && !in_tunnel;
        let rules = [
            (in_tunnel, Violation::HeadersInTunnel),
            (is_trailers && !end, Violation::TrailersWithoutEnd),
            (interim && end, Violation::InterimEndsStream),
            (asks_unannounced, Violation::ProtocolNotAnnounced),
            (is_short, Violation::ContentLengthWrong),
        ];
        let broken = rules.into_iter().filter(|rule| rule.0).map(|rule| rule.1);
        for violation in broken.chain(message::faults(&fields, part)) {
            self.fault(violation, Some(id));
        }
        self.events.push(Event::Headers {
            stream: id,
            fields,
            end,
        });
    }
}

/// The payload without its padding, and the padding. The first `length` bytes of it have to be
/// there; if they are taken by the padding, that is too long.
fn fragment(head: Head, payload: &[u8], length: usize) -> Result<(&[u8], &[u8]), BadPadding> {
    let room = payload.len() - usize::from(head.has(frame::PADDED) && !payload.is_empty());
    if room < length {
        return Err(BadPadding::Missing);
    }
    let (fragment, padding) = frame::unpad(head, payload)?;
    if fragment.len() < length {
        return Err(BadPadding::TooLong);
    }
    Ok((fragment, padding))
}
