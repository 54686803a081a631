//! What our own frames change: each one is written here.

use super::Connection;
use super::content::Asked;
use super::streams::{Direction, Stream};
use crate::Role;
use crate::http2::frame::{self, STREAM_BITS};
use crate::http2::{Field, RawFrame, message, settings};

impl Connection {
    /// Writes a frame, and notes what it means for the rules for the peer.
    pub(super) fn send(&mut self, kind: u8, flags: u8, stream: u32, payload: &[u8]) {
        frame::write(kind, flags, stream, payload, &mut self.output);
        self.note(kind, flags, stream & STREAM_BITS, payload);
    }

    /// Notes a frame that was sent in our place: it is not written.
    pub(in crate::http2) fn sent_in_our_place(&mut self, sent: &RawFrame) {
        let head = sent.head;
        self.note(head.kind, head.flags, head.stream, &sent.payload);
        let promised = sent.content().ok().and_then(<[u8]>::first_chunk);
        if let Some(id) = promised.filter(|_| head.kind == frame::PUSH_PROMISE) {
            self.open(u32::from_be_bytes(*id) & STREAM_BITS);
        }
    }

    /// Notes what the fields of a message of ours mean for the answer, or for what follows it.
    pub(in crate::http2) fn note_fields(&mut self, stream: u32, fields: &[Field]) {
        let stream = self.streams.open(stream);
        let asked = Asked::of(fields);
        if asked != Asked::Unknown {
            stream.asked = asked;
        }
        // A request with a :status is malformed, and answers nothing.
        let status = message::status(fields).filter(|_| self.ours == Role::Server);
        stream.succeeded |= status.is_some_and(|status| status / 100 == 2);
    }

    fn note(&mut self, kind: u8, flags: u8, id: u32, payload: &[u8]) {
        match kind {
            frame::DATA => self.send_window -= length(payload),
            frame::SETTINGS if flags & frame::ACK == 0 => {
                let whole = payload.len() / 6 * 6;
                self.limits
                    .sent(settings::read(&payload[..whole]).unwrap_or_default());
                self.decoder.allow(self.limits.table());
            }
            frame::WINDOW_UPDATE if id == 0 => self.receive_window += increment(payload),
            _ => {}
        }
        // Whatever we send on a stream, the peer may answer on it.
        if id != 0 {
            self.open(id);
            let stream = self.streams.open(id);
            note_on_stream(stream, kind, flags, payload);
            if stream.ours == Direction::Reset {
                self.waiting.remove(&id);
            }
        }
    }

    /// A stream begins, unless it is known. Another is forgotten if there are too many.
    pub(super) fn open(&mut self, id: u32) {
        if !self.is_of_peer(id) {
            self.next = self.next.max(id.saturating_add(2));
        }
        self.streams.open(id);
        let kept = self.streams.keep(self.options.max_streams.max(1), id);
        if !kept && !self.broken {
            self.break_off();
        }
    }
}

fn note_on_stream(stream: &mut Stream, kind: u8, flags: u8, payload: &[u8]) {
    let ends = flags & frame::END_STREAM != 0;
    match kind {
        frame::DATA => stream.send_credit -= length(payload),
        frame::WINDOW_UPDATE => stream.receive_credit += increment(payload),
        frame::RST_STREAM => {
            stream.ours = Direction::Reset;
            stream.queue.clear();
        }
        _ => {}
    }
    if matches!(kind, frame::DATA | frame::HEADERS) && ends && stream.ours == Direction::Open {
        stream.ours = Direction::Ended;
    }
}

/// What a DATA frame takes off the windows.
fn length(payload: &[u8]) -> i64 {
    i64::try_from(payload.len()).unwrap_or(i64::MAX)
}

/// The increment of a WINDOW_UPDATE frame; 0 if it has none.
fn increment(payload: &[u8]) -> i64 {
    let increment = payload.try_into().map_or(0, u32::from_be_bytes);
    i64::from(increment & STREAM_BITS)
}
