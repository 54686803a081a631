//! The streaming frame decoder.
//!
//! Bytes go in at any chunking; pieces of messages and whole control frames come out. Payloads are
//! unmasked in place and lent, not copied. Only a header or a control frame that a read has cut in
//! two is buffered, in bounded memory. Any chunking of the same bytes gives the same events and the
//! same fault at the same offset; property tests and a fuzz target check that.
//!
//! There are two paths. A conforming data frame of less than 64 KiB that lies whole in the input,
//! as nearly every frame does, takes the fast path. Everything else takes the slow path, byte by
//! byte through the header, which alone knows every rule.

mod header;
mod payload;

use std::mem;

use crate::Role;
use crate::frame::mask::Key;
use crate::frame::{
    Data, Event, FrameHeader, LengthForm, MAX_HEADER, MessageKind, Opcode, Sequence,
};
use crate::utf8;
use crate::violation::{Fault, ViolationSet};

use header::MAX_LENGTH;
use payload::Message;

/// Default size limit of a message, in bytes: 64 MiB.
pub const DEFAULT_MAX_MESSAGE: u64 = 64 << 20;

/// Number of tolerated faults kept until they are taken.
const MAX_TOLERATED: usize = 64;

/// Decodes the frames of one direction of one connection.
#[derive(Debug, Clone)]
pub struct Decoder {
    reader: Role,
    tolerated: ViolationSet,
    max_message: u64,
    /// permessage-deflate was agreed on.
    compression: bool,
    /// Frame headers are events.
    announces: bool,
    /// Large pieces are left for the caller to unmask; see [`leaving_masked`](Self::leaving_masked).
    leaves_masked: bool,
    /// Data frames are left in the input until they are whole; see
    /// [`set_waiting`](Decoder::set_waiting).
    waits: bool,
    /// Bytes of the frame that is waited for; 0 if none is.
    wanted: u64,
    /// The key of the piece that was left masked, until it is taken.
    masked_by: Key,
    /// Offset of the next byte of input, or of the header that is buffered in `head`.
    offset: u64,
    stage: Stage,
    sequence: Sequence,
    /// The frame whose payload is being read, or was read last.
    frame: Frame,
    /// The unfinished message; meaningless between messages.
    message: Message,
    /// The part of a header that has come so far.
    head: [u8; MAX_HEADER],
    head_len: usize,
    /// The part of a control frame's payload that has come so far.
    control: Vec<u8>,
    tolerated_faults: Vec<Fault>,
    failed: Option<Fault>,
}

/// What the next byte of input is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// The first byte of a frame.
    Boundary,
    /// A later byte of a header.
    Header,
    /// A byte of a message.
    Data,
    /// A byte of any other payload.
    Control,
    /// Nothing: a fault ended the decoding.
    Failed,
}

#[derive(Debug, Clone, Copy)]
struct Frame {
    opcode: Opcode,
    fin: bool,
    key: Key,
    length: u64,
    /// Payload bytes still to come.
    left: u64,
}

impl Decoder {
    /// Creates a decoder for what the peer of `reader` sends, strict in every rule.
    pub fn new(reader: Role) -> Decoder {
        Decoder {
            reader,
            tolerated: ViolationSet::NONE,
            max_message: DEFAULT_MAX_MESSAGE,
            compression: false,
            announces: false,
            leaves_masked: false,
            waits: false,
            wanted: 0,
            masked_by: Key::NONE,
            offset: 0,
            stage: Stage::Boundary,
            sequence: Sequence::Idle,
            frame: Frame {
                opcode: Opcode::CONTINUATION,
                fin: true,
                key: Key::NONE,
                length: 0,
                left: 0,
            },
            message: Message::begin(Opcode::BINARY, false, 0),
            head: [0; MAX_HEADER],
            head_len: 0,
            control: Vec::new(),
            tolerated_faults: Vec::new(),
            failed: None,
        }
    }

    /// Goes on after these violations, as if the rules did not exist.
    /// [`take_tolerated`](Self::take_tolerated) returns them.
    ///
    /// If [`Violation::MessageTooBig`] is among them, control frames of any size are buffered in
    /// memory.
    ///
    /// [`Violation::MessageTooBig`]: crate::violation::Violation::MessageTooBig
    #[must_use]
    pub fn tolerating(mut self, violations: ViolationSet) -> Decoder {
        self.tolerated = violations;
        self
    }

    /// Limits messages to `bytes` bytes.
    #[must_use]
    pub fn max_message(mut self, bytes: u64) -> Decoder {
        self.set_max_message(bytes);
        self
    }

    /// Limits messages to `bytes` bytes. A message that has begun keeps the limit it began with.
    pub fn set_max_message(&mut self, bytes: u64) {
        self.max_message = bytes;
    }

    /// Takes RSV1 on the first frame of a message as the mark of a compressed one (RFC 7692 §6), as
    /// is right once permessage-deflate was agreed on. Such a message is handed out compressed; its
    /// size limit and its text are for the caller to check.
    #[must_use]
    pub fn compression(mut self, agreed: bool) -> Decoder {
        self.set_compression(agreed);
        self
    }

    /// Like [`compression`](Self::compression), from the next frame header on.
    pub fn set_compression(&mut self, agreed: bool) {
        self.compression = agreed;
    }

    /// Also hands out the header of each frame, as [`Event::Frame`], once it is whole and before
    /// its payload.
    #[must_use]
    pub fn announcing_frames(mut self) -> Decoder {
        self.announces = true;
        self
    }

    /// Whether to leave large pieces of a message masked if the message has to be assembled and is
    /// not checked here, so that the caller can unmask them as it copies them.
    /// [`take_key`](Self::take_key) returns the key of such a piece.
    #[must_use]
    pub(crate) fn leaving_masked(mut self, leaves: bool) -> Decoder {
        self.leaves_masked = leaves;
        self
    }

    /// The key by which the last piece is still masked.
    #[inline]
    pub(crate) fn take_key(&mut self) -> Key {
        mem::replace(&mut self.masked_by, Key::NONE)
    }

    /// Whether to leave a conforming data frame in the input until all of it has come, so that its
    /// payload is lent in one piece. [`wanted`](Self::wanted) tells how much that is.
    pub(crate) fn set_waiting(&mut self, waits: bool) {
        self.waits = waits;
        self.wanted = 0;
    }

    /// Bytes that the input has to have, in all, before there is more to read; 0 if everything was
    /// used.
    pub(crate) fn wanted(&self) -> u64 {
        self.wanted
    }

    /// Counts offsets from `offset` instead of 0.
    #[must_use]
    pub fn starting_at(mut self, offset: u64) -> Decoder {
        self.offset = offset;
        self
    }

    /// Counts offsets from `offset`. Call it before the first frame.
    pub(crate) fn set_offset(&mut self, offset: u64) {
        self.offset = offset;
    }

    /// Offset of the next byte of input in the stream.
    pub fn offset(&self) -> u64 {
        self.offset + self.head_len as u64
    }

    /// Whether the input so far ends with a whole frame, or before the first.
    pub fn at_boundary(&self) -> bool {
        self.stage == Stage::Boundary
    }

    /// Returns the state of the frame sequence.
    pub fn sequence(&self) -> Sequence {
        self.sequence
    }

    /// Returns the fault that ended the decoding, if any.
    pub fn failed(&self) -> Option<Fault> {
        self.failed
    }

    /// Takes the tolerated faults found since the last call, at most 64.
    pub fn take_tolerated(&mut self) -> Vec<Fault> {
        mem::take(&mut self.tolerated_faults)
    }

    /// Whether [`take_tolerated`](Self::take_tolerated) has something to return.
    pub fn has_tolerated(&self) -> bool {
        !self.tolerated_faults.is_empty()
    }

    /// Returns the number of bytes buffered in the decoder: at most 125 of a control frame and 14
    /// of a header, unless [`Violation::ControlTooLong`] is tolerated.
    ///
    /// [`Violation::ControlTooLong`]: crate::violation::Violation::ControlTooLong
    pub fn held(&self) -> usize {
        self.control.len() + self.head_len
    }

    /// Reads from the front of `input` up to the next event, and shortens `input` by what was used.
    ///
    /// `None` means that everything was used and more is needed, or that a Close frame was read.
    /// What follows a Close frame is left in the input unless [`Violation::DataAfterClose`] is
    /// tolerated.
    ///
    /// # Errors
    ///
    /// The first violation that is not tolerated. It is final: every later call returns it again.
    ///
    /// [`Violation::DataAfterClose`]: crate::violation::Violation::DataAfterClose
    #[expect(
        clippy::inline_always,
        reason = "it is made to be inlined: the event then stays in registers"
    )]
    #[inline(always)]
    pub fn decode<'a, 'i: 'a>(
        &'a mut self,
        input: &mut &'i mut [u8],
    ) -> Result<Option<Event<'a>>, Fault> {
        match self.decode_data(input) {
            Some(data) => data.map(|data| Some(Event::Data(data))),
            None if input.is_empty() && !self.owes_event() => Ok(None),
            None => {
                let event = self.decode_frame(input)?;
                Ok(event.map(|event| event.or_held(&self.control)))
            }
        }
    }

    /// Like [`decode`](Self::decode), but lends nothing of the decoder: the payload of a control
    /// frame that reads have divided is [held](Self::held_control), and the event has an empty one.
    #[expect(
        clippy::inline_always,
        reason = "it is made to be inlined: the event then stays in registers"
    )]
    #[inline(always)]
    pub(crate) fn decode_input<'i>(
        &mut self,
        input: &mut &'i mut [u8],
    ) -> Result<Option<Event<'i>>, Fault> {
        match self.decode_data(input) {
            Some(data) => data.map(|data| Some(Event::Data(data))),
            None if input.is_empty() && !self.owes_event() => Ok(None),
            None if self.waits && self.is_divided(input) => Ok(None),
            None => self.decode_frame(input),
        }
    }

    /// The payload of the control frame that was read last if reads have divided it, or else empty.
    pub(crate) fn held_control(&self) -> &[u8] {
        &self.control
    }

    /// Reads an ordinary frame that `input` begins with, or the next piece of a payload that has
    /// begun; `None` if there is neither.
    #[expect(clippy::inline_always, reason = "as for `decode`")]
    #[inline(always)]
    fn decode_data<'i>(&mut self, input: &mut &'i mut [u8]) -> Option<Result<Data<'i>, Fault>> {
        let (payload, offset, last) = if let Some((size, length)) = self.ordinary_frame(input) {
            let (frame, rest) = mem::take(input).split_at_mut(size + length);
            *input = rest;
            let (header, payload) = frame.split_at_mut(size);
            let offset = self.offset + size as u64;
            self.offset = offset + length as u64;
            // The masking key, if any, ends the header.
            if let Some(key) = header[2..].last_chunk() {
                Key::new(*key).apply(payload);
            }
            let (opcode, last) = (Opcode::from_bits(header[0]), header[0] & 0x80 != 0);
            let kind = match opcode {
                Opcode::BINARY => Some(MessageKind::Binary),
                Opcode::TEXT if utf8::is_valid(payload) => Some(MessageKind::Text),
                _ => None,
            };
            // A message in one frame needs no state.
            if let Some(kind) = kind {
                let data = Data {
                    kind,
                    payload,
                    first: true,
                    last,
                    compressed: false,
                    offset,
                };
                return Some(Ok(data));
            }
            // The rest are later frames of a message, and text in which the fault is to be found.
            if opcode == Opcode::TEXT {
                self.message = Message::begin(opcode, false, self.max_message);
            }
            self.message.length += length as u64;
            self.sequence = if last {
                Sequence::Idle
            } else {
                Sequence::InMessage
            };
            (payload, offset, last)
        } else if self.stage == Stage::Data && !input.is_empty() {
            self.take_payload(input)
        } else {
            return None;
        };
        Some(self.data(payload, offset, last))
    }

    /// Returns the lengths of header and payload if `bytes` begin with a whole ordinary frame: one
    /// of less than 64 KiB that begins or continues a message and conforms, except perhaps for its
    /// text.
    #[inline]
    fn ordinary_frame(&self, bytes: &[u8]) -> Option<(usize, usize)> {
        let [first, second, rest @ ..] = bytes else {
            return None;
        };
        if self.stage != Stage::Boundary || self.announces {
            return None;
        }
        let masked = self.reader == Role::Server;
        // If the mask bit is right, only the seven bits of the length are left.
        let (length, size) = match second ^ u8::from(masked) << 7 {
            length @ 0..=125 => (usize::from(length), 2),
            126 => (usize::from(u16::from_be_bytes(*rest.first_chunk()?)), 4),
            _ => return None,
        };
        let minimal = size == 2 || length > 125;
        let fits = match (self.sequence, first) {
            (Sequence::Idle, 0x81 | 0x82) => length as u64 <= self.max_message,
            (Sequence::InMessage, 0x00 | 0x80) => {
                self.message.length + length as u64 <= self.message.limit
            }
            _ => false,
        };
        let size = size + 4 * usize::from(masked);
        (minimal && fits && bytes.len() >= size + length).then_some((size, length))
    }

    /// Whether `bytes` are the first part of a data frame that conforms as far as its header tells:
    /// it is worth to wait for the rest.
    fn is_divided(&mut self, bytes: &[u8]) -> bool {
        self.wanted = match self.frame_announced(bytes) {
            Some(size) if size > bytes.len() as u64 => size,
            _ => 0,
        };
        self.wanted > 0
    }

    /// Size of the data frame that `bytes` begin with, or of what tells it: two bytes, or the header.
    /// `None` if it does not conform, is compressed, or is no data frame.
    fn frame_announced(&self, bytes: &[u8]) -> Option<u64> {
        let &[first, ref rest @ ..] = bytes else {
            return None;
        };
        let (before, limit) = match (self.sequence, first) {
            (Sequence::Idle, 0x01 | 0x02 | 0x81 | 0x82) => (0, self.max_message),
            (Sequence::InMessage, 0x00 | 0x80) if !self.message.compressed => {
                (self.message.length, self.message.limit)
            }
            _ => return None,
        };
        if self.stage != Stage::Boundary {
            return None;
        }
        let Some(&second) = rest.first() else {
            return Some(2);
        };
        if (second & 0x80 != 0) != (self.reader == Role::Server) {
            return None;
        }
        let Some(header) = FrameHeader::parse(bytes) else {
            return Some(FrameHeader::size_announced(second) as u64);
        };
        let conforms = header.form == LengthForm::shortest(header.length)
            && header.length <= MAX_LENGTH
            && before.checked_add(header.length)? <= limit;
        conforms.then(|| header.size() as u64 + header.length)
    }

    /// Whether an event is due that needs no more input: the fault that ended the decoding, or the
    /// end of a frame without payload whose header was announced.
    fn owes_event(&self) -> bool {
        match self.stage {
            Stage::Boundary | Stage::Header => false,
            Stage::Data | Stage::Control => self.frame.left == 0,
            Stage::Failed => true,
        }
    }

    fn broken(&mut self, fault: Fault) -> Result<(), Fault> {
        if !self.tolerated.contains(fault.violation) {
            return Err(fault);
        }
        if self.tolerated_faults.len() < MAX_TOLERATED {
            self.tolerated_faults.push(fault);
        }
        Ok(())
    }

    fn fail(&mut self, fault: Fault) -> Fault {
        self.failed = Some(fault);
        self.stage = Stage::Failed;
        fault
    }
}
