//! Payloads: pieces of messages as they come, and whole control frames.

use std::mem;

use super::{Decoder, Stage};
use crate::close;
use crate::frame::{Data, Event, MessageKind, Opcode};
use crate::utf8::Validator;
use crate::violation::{Fault, Violation};

/// Pieces of at least this size, in bytes, are worth unmasking as they are copied.
const LARGE_PIECE: usize = 4 << 10;

/// A message whose last frame has not come.
#[derive(Debug, Clone, Copy)]
pub(super) struct Message {
    pub(super) kind: MessageKind,
    pub(super) compressed: bool,
    /// Bytes of the frames whose headers have come.
    pub(super) length: u64,
    /// Size limit in bytes; none if the message is compressed.
    pub(super) limit: u64,
    /// No piece has been handed out.
    pub(super) fresh: bool,
    /// `None` if the text needs no check, or none any more.
    pub(super) text: Option<Validator>,
}

impl Message {
    /// Begins the message whose first frame has this opcode.
    #[inline]
    pub(super) fn begin(opcode: Opcode, compressed: bool, max_message: u64) -> Message {
        let text = opcode == Opcode::TEXT;
        Message {
            kind: if text {
                MessageKind::Text
            } else {
                MessageKind::Binary
            },
            compressed,
            length: 0,
            limit: if compressed { u64::MAX } else { max_message },
            fresh: true,
            text: (text && !compressed).then(Validator::new),
        }
    }
}

impl Decoder {
    /// Decodes a frame of any kind, or a piece of one.
    #[inline(never)]
    pub(super) fn decode_frame<'i>(
        &mut self,
        input: &mut &'i mut [u8],
    ) -> Result<Option<Event<'i>>, Fault> {
        if !matches!(self.stage, Stage::Data | Stage::Control) {
            if let Some(fault) = self.failed {
                return Err(fault);
            }
            let Some(header) = self.read_header(input).map_err(|fault| self.fail(fault))? else {
                return Ok(None);
            };
            if self.announces {
                return Ok(Some(Event::Frame(header)));
            }
        }
        let data = self.stage == Stage::Data;
        let (payload, offset, last) = self.take_payload(input);
        let complete = self.stage == Stage::Boundary;
        if data {
            if payload.is_empty() && !complete {
                return Ok(None);
            }
            return self
                .data(payload, offset, last)
                .map(|data| Some(Event::Data(data)));
        }
        if !complete {
            self.control.extend_from_slice(payload);
            return Ok(None);
        }
        self.control(payload).map(Some)
    }

    /// Takes what `input` holds of the payload. Returns it, unmasked unless it may be left masked,
    /// with its offset and whether it ends its message.
    #[inline]
    pub(super) fn take_payload<'i>(
        &mut self,
        input: &mut &'i mut [u8],
    ) -> (&'i mut [u8], u64, bool) {
        let frame = &mut self.frame;
        let taken = frame.left.min(input.len() as u64) as usize;
        let (payload, rest) = mem::take(input).split_at_mut(taken);
        *input = rest;
        frame.left -= taken as u64;
        let complete = frame.left == 0;
        let leave = taken >= LARGE_PIECE
            && self.leaves_masked
            && !(self.message.fresh && complete && frame.fin)
            && self.message.text.is_none()
            && !self.message.compressed
            && self.stage == Stage::Data;
        if leave {
            self.masked_by = frame.key;
            frame.key = frame.key.advanced_by(taken);
        } else {
            frame.key.apply_next(payload);
        }
        if complete {
            self.stage = Stage::Boundary;
        }
        let offset = self.offset;
        self.offset += taken as u64;
        (payload, offset, complete && frame.fin)
    }

    #[inline]
    pub(super) fn data<'i>(
        &mut self,
        payload: &'i [u8],
        begin: u64,
        last: bool,
    ) -> Result<Data<'i>, Fault> {
        let mut sound = payload.len();
        if self.message.text.is_some()
            && let Err(fault) = self.text(payload, begin, last)
        {
            // What came before the fault is handed out first, as it would be with smaller chunks.
            sound = fault.offset.saturating_sub(begin) as usize;
            if sound == 0 {
                return Err(fault);
            }
        }
        let message = &mut self.message;
        Ok(Data {
            kind: message.kind,
            payload: &payload[..sound],
            first: mem::replace(&mut message.fresh, false),
            last: last && sound == payload.len(),
            compressed: message.compressed,
            offset: begin,
        })
    }

    /// Checks the next piece of a text.
    #[inline(never)]
    fn text(&mut self, piece: &[u8], begin: u64, last: bool) -> Result<(), Fault> {
        let Some(text) = &mut self.message.text else {
            return Ok(());
        };
        let offset = match text.push(piece) {
            Err(at) => begin + at as u64,
            // The last byte of the message, which is one of the header if the final frame is empty.
            Ok(()) if last && !text.is_complete() => begin + piece.len() as u64 - 1,
            Ok(()) => return Ok(()),
        };
        self.message.text = None;
        self.broken(Violation::TextNotUtf8.at(offset))
            .map_err(|fault| self.fail(fault))
    }

    /// Ends a control frame, or one with a reserved opcode, with the last piece of its payload.
    fn control<'i>(&mut self, payload: &'i [u8]) -> Result<Event<'i>, Fault> {
        let frame = self.frame;
        let whole = payload.len() as u64 == frame.length;
        if !whole {
            self.control.extend_from_slice(payload);
        }
        if frame.opcode == Opcode::CLOSE {
            let start = self.offset - frame.length;
            let body = if whole { payload } else { &self.control };
            let mut faults = [None; 2];
            if let Some((code, reason)) = close::split_body(body) {
                faults[0] = code.violation().map(|v| (v, 1));
                faults[1] = close::check_reason(reason).err();
            }
            for (violation, at) in faults.into_iter().flatten() {
                if let Err(fault) = self.broken(violation.at(start + at as u64)) {
                    return Err(self.fail(fault));
                }
            }
        }
        let payload = if whole { payload } else { &[] };
        Ok(match frame.opcode {
            Opcode::CLOSE => Event::Close(payload),
            Opcode::PING => Event::Ping(payload),
            Opcode::PONG => Event::Pong(payload),
            other => Event::Reserved(other, payload),
        })
    }
}
