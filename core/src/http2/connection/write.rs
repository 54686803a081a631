//! What a caller can send: messages within the peer's limits, and any frame.
//!
//! Fields, data and the end of a stream take turns and respect windows. They are written whatever
//! the state of the stream is, but for one that the peer has reset: nothing more is sent there
//! (RFC 9113 §5.1) except with [`Connection::raw`].

use std::mem;

use super::Connection;
use super::streams::{Direction, Waiting};
use crate::Role;
use crate::http2::frame::{self, STREAM_BITS};
use crate::http2::settings::{self, LARGEST_WINDOW, Setting};
use crate::http2::{ErrorCode, Field, Found, PREFACE, Scope};

impl Connection {
    /// Takes what is to be written now, with what is given back of the windows.
    pub fn output(&mut self) -> Vec<u8> {
        self.give_credit();
        self.flush();
        mem::take(&mut self.output)
    }

    /// Writes the preface of a client; that of a server has no bytes before its SETTINGS.
    pub fn preface(&mut self) {
        if self.ours == Role::Client {
            self.output.extend(PREFACE);
        }
    }

    /// Sends SETTINGS: these in this order, whatever they are. At most 2²⁴ / 6.
    pub fn settings(&mut self, settings: &[Setting]) {
        self.send(frame::SETTINGS, 0, 0, &settings::write(settings));
    }

    /// Sends PING.
    pub fn ping(&mut self, data: [u8; 8]) {
        self.send(frame::PING, 0, 0, &data);
    }

    /// Sends WINDOW_UPDATE for a stream, or with 0 for the connection.
    pub fn window_update(&mut self, stream: u32, increment: u32) {
        self.send(frame::WINDOW_UPDATE, 0, stream, &increment.to_be_bytes());
    }

    /// Sends a field section, in its turn: these fields in this order, whatever they are. It
    /// becomes one HEADERS frame, with CONTINUATION frames for what is beyond the peer's
    /// MAX_FRAME_SIZE.
    pub fn headers(&mut self, stream: u32, fields: &[Field], end: bool) {
        let fields = fields.to_vec();
        self.enqueue(stream, Waiting::Headers { fields, end });
    }

    /// Sends data, in its turn. It becomes one DATA frame if the peer's windows and MAX_FRAME_SIZE
    /// allow that at once, with `pad` bytes of padding; otherwise what they allow is sent without
    /// padding, and the rest waits. Empty data is an empty frame.
    pub fn data(&mut self, stream: u32, bytes: Vec<u8>, pad: Option<u8>) {
        let sent = 0;
        self.enqueue(stream, Waiting::Data { bytes, sent, pad });
    }

    /// Ends our direction of a stream, in its turn: an empty DATA frame with END_STREAM.
    pub fn finish(&mut self, stream: u32) {
        self.enqueue(stream, Waiting::End);
    }

    /// Resets a stream at once; what waits on it is dropped.
    pub fn reset(&mut self, stream: u32, code: ErrorCode) {
        self.send(frame::RST_STREAM, 0, stream, &code.0.to_be_bytes());
    }

    /// Sends GOAWAY, where `last` is the last stream of the peer that we process.
    pub fn goaway(&mut self, last: u32, code: ErrorCode) {
        let payload = [last.to_be_bytes(), code.0.to_be_bytes()].concat();
        self.send(frame::GOAWAY, 0, 0, &payload);
    }

    /// Sends any frame at once. The highest bit of `stream` is the reserved one. The payload has to
    /// be shorter than 2²⁴ bytes.
    pub fn raw(&mut self, kind: u8, flags: u8, stream: u32, payload: &[u8]) {
        self.send(kind, flags, stream, payload);
    }

    /// Gives nothing back of this stream's window until [`resume`](Self::resume).
    pub fn hold(&mut self, stream: u32) {
        if let Some(stream) = self.streams.get_mut(stream) {
            stream.held = true;
        }
    }

    /// Gives back what this stream's window is owed, and goes on doing so.
    pub fn resume(&mut self, stream: u32) {
        if let Some(known) = self.streams.get_mut(stream) {
            known.held = false;
            self.owing.insert(stream);
        }
    }

    /// Answers a violation as RFC 9113 §5.4 asks for: with RST_STREAM, GOAWAY or nothing.
    pub fn answer(&mut self, found: Found) {
        let code = found.violation.code();
        match (found.violation.scope(), found.stream) {
            (Scope::Nothing, _) => {}
            (Scope::Stream, Some(stream)) => self.reset(stream, code),
            (Scope::Stream | Scope::Connection, _) => {
                self.goaway(self.streams.highest_of_peer, code);
            }
        }
    }

    fn give_credit(&mut self) {
        let owed = mem::take(&mut self.owed);
        if owed > 0 {
            self.window_update(0, owed.min(LARGEST_WINDOW));
        }
        for id in mem::take(&mut self.owing) {
            let Some(stream) = self.streams.get_mut(id) else {
                continue;
            };
            if stream.wants_credit() {
                let owed = mem::take(&mut stream.owed);
                self.window_update(id, owed.min(LARGEST_WINDOW));
            }
        }
    }

    fn enqueue(&mut self, stream: u32, waiting: Waiting) {
        let id = stream & STREAM_BITS;
        let known = self.streams.get(id);
        if known.is_some_and(|stream| stream.peer == Direction::Reset) {
            return;
        }
        self.open(id);
        self.streams.open(id).queue.push_back(waiting);
        self.waiting.insert(id);
        self.flush();
    }

    /// Sends what the windows allow, a frame of each stream by turns.
    pub(super) fn flush(&mut self) {
        let mut streams: Vec<u32> = self.waiting.iter().copied().collect();
        while !streams.is_empty() {
            streams.retain(|id| self.send_next(*id));
        }
    }

    /// Sends the next frame of what waits on a stream. Whether there was one, and it could.
    fn send_next(&mut self, id: u32) -> bool {
        let room = self.room(id);
        let Some(stream) = self.streams.get_mut(id) else {
            return false;
        };
        let Some(mut next) = stream.queue.pop_front() else {
            self.waiting.remove(&id);
            return false;
        };
        match &mut next {
            Waiting::End => {
                self.send(frame::DATA, frame::END_STREAM, id, &[]);
                true
            }
            Waiting::Headers { fields, end } => {
                self.send_headers(id, fields, *end);
                true
            }
            Waiting::Data { bytes, sent, pad } => {
                let piece = self.send_piece(id, &bytes[*sent..], *pad, room);
                *sent += piece;
                let done = *sent == bytes.len();
                if !done {
                    self.streams.open(id).queue.push_front(next);
                    return piece > 0;
                }
                true
            }
        }
    }

    /// The largest payload of a DATA frame that the peer lets us send now, in bytes.
    fn room(&self, id: u32) -> usize {
        let window = self.send_window.min(self.send_window_of(id));
        let room = window.clamp(0, i64::from(self.largest_frame()));
        usize::try_from(room).unwrap_or(0)
    }

    fn largest_frame(&self) -> u32 {
        let announced = self.peer_setting(settings::MAX_FRAME_SIZE);
        announced.unwrap_or(settings::DEFAULT_FRAME)
    }

    /// Sends a DATA frame, if there is room; gives how much of `bytes` is in it.
    fn send_piece(&mut self, id: u32, bytes: &[u8], pad: Option<u8>, room: usize) -> usize {
        let padded = pad.filter(|pad| bytes.len() + usize::from(*pad) < room);
        if let Some(pad) = padded {
            let mut payload = vec![pad];
            payload.extend(bytes);
            payload.resize(payload.len() + usize::from(pad), 0);
            self.send(frame::DATA, frame::PADDED, id, &payload);
            return bytes.len();
        }
        let piece = bytes.len().min(room);
        if piece > 0 || bytes.is_empty() {
            self.send(frame::DATA, 0, id, &bytes[..piece]);
        }
        piece
    }

    fn send_headers(&mut self, id: u32, fields: &[Field], end: bool) {
        let block = self.encoder.write(fields);
        let mut pieces = block.chunks(self.largest_frame() as usize);
        let first = pieces.next().unwrap_or_default();
        let end_stream = if end { frame::END_STREAM } else { 0 };
        let end_of = |left: usize| if left == 0 { frame::END_HEADERS } else { 0 };
        let flags = end_stream | end_of(pieces.len());
        self.send(frame::HEADERS, flags, id, first);
        while let Some(piece) = pieces.next() {
            self.send(frame::CONTINUATION, end_of(pieces.len()), id, piece);
        }
        self.note_fields(id, fields);
    }
}
