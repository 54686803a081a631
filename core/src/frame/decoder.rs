//! The streaming frame decoder.
//!
//! Bytes go in at any chunking; pieces of messages and whole control frames come out. Payloads are unmasked
//! in place and lent, not copied; only a header or a control frame that a read has cut in two is collected,
//! in a buffer of bounded size. The law of the decoder, held by property tests and the fuzz target: any
//! chunking of the same bytes gives the same events and the same fault at the same offset.

use std::mem;

use crate::Role;
use crate::close;
use crate::frame::{FrameHeader, FrameKind, LengthForm, MAX_HEADER, Opcode, Sequence, apply_mask};
use crate::utf8::Validator;
use crate::violation::{Fault, Violation, ViolationSet};

/// Largest message a decoder takes unless told otherwise: 64 MiB.
pub const DEFAULT_MAX_MESSAGE: u64 = 64 << 20;

/// Tolerated faults that are kept until somebody takes them.
const MAX_NOTED: usize = 64;

/// The two kinds of message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MessageKind {
    /// UTF-8 text.
    Text,
    /// Any bytes.
    Binary,
}

impl MessageKind {
    /// `text` or `binary`.
    pub const fn name(self) -> &'static str {
        match self {
            MessageKind::Text => "text",
            MessageKind::Binary => "binary",
        }
    }

    /// The opcode that begins such a message.
    pub const fn opcode(self) -> Opcode {
        match self {
            MessageKind::Text => Opcode::TEXT,
            MessageKind::Binary => Opcode::BINARY,
        }
    }
}

/// What the decoder has read.
#[derive(Debug, PartialEq, Eq)]
pub enum Event<'a> {
    /// A piece of a message.
    Data(Data<'a>),
    /// A whole ping, with its application data.
    Ping(&'a [u8]),
    /// A whole pong, with its application data.
    Pong(&'a [u8]),
    /// A whole Close frame, with its body; see [`close::split_body`].
    Close(&'a [u8]),
    /// A frame with a reserved opcode, where [`Violation::OpcodeReserved`] is tolerated.
    Reserved(Opcode, &'a [u8]),
}

/// A piece of a message: as much of one frame as the input held.
#[derive(Debug, PartialEq, Eq)]
pub struct Data<'a> {
    /// The kind of the message.
    pub kind: MessageKind,
    /// The unmasked bytes; a piece of text may end inside a character.
    pub payload: &'a [u8],
    /// Whether the message begins with this piece.
    pub first: bool,
    /// Whether the message ends with this piece.
    pub last: bool,
    /// Whether the message is compressed (RFC 7692 §6); its text is then for the reader to check.
    pub compressed: bool,
    /// Offset of the first byte of the piece in the stream.
    pub offset: u64,
}

/// A decoder for one direction of one connection.
#[derive(Debug, Clone)]
pub struct Decoder {
    reader: Role,
    tolerated: ViolationSet,
    max_message: u64,
    /// permessage-deflate was agreed on.
    compression: bool,
    /// Offset of the next byte of input, or of the header that is being collected.
    offset: u64,
    sequence: Sequence,
    /// The frame whose payload is being read, or was read last.
    frame: Frame,
    /// The header of `frame` is whole and its payload is not.
    in_payload: bool,
    message: Message,
    /// A header that came in pieces.
    head: [u8; MAX_HEADER],
    head_len: usize,
    /// A control frame's payload that came in pieces.
    control: Vec<u8>,
    noted: Vec<Fault>,
    failed: Option<Fault>,
}

#[derive(Debug, Clone, Copy)]
struct Frame {
    opcode: Opcode,
    fin: bool,
    /// It begins a compressed message.
    compressed: bool,
    mask: Option<[u8; 4]>,
    /// Payload bytes read so far.
    done: u64,
    length: u64,
}

#[derive(Debug, Clone, Copy)]
struct Message {
    kind: MessageKind,
    compressed: bool,
    /// Bytes so far; not counted where the message is compressed.
    length: u64,
    /// No piece has been handed out yet.
    fresh: bool,
    /// `None` where the text need not, or need no longer, be checked.
    text: Option<Validator>,
}

impl Message {
    /// The message that a frame with this opcode begins.
    fn begin(opcode: Opcode, compressed: bool) -> Message {
        let text = opcode == Opcode::TEXT;
        Message {
            kind: if text { MessageKind::Text } else { MessageKind::Binary },
            compressed,
            length: 0,
            fresh: true,
            text: (text && !compressed).then(Validator::new),
        }
    }
}

impl Decoder {
    /// A decoder for what the peer of `reader` sends, strict in every rule.
    pub fn new(reader: Role) -> Decoder {
        Decoder {
            reader,
            tolerated: ViolationSet::NONE,
            max_message: DEFAULT_MAX_MESSAGE,
            compression: false,
            offset: 0,
            sequence: Sequence::Idle,
            frame: Frame { opcode: Opcode::CONTINUATION, fin: true, compressed: false, mask: None, done: 0, length: 0 },
            in_payload: false,
            message: Message::begin(Opcode::BINARY, false),
            head: [0; MAX_HEADER],
            head_len: 0,
            control: Vec::new(),
            noted: Vec::new(),
            failed: None,
        }
    }

    /// Goes on after these violations, as though the rules did not exist; see [`noted`](Self::noted).
    ///
    /// With [`Violation::MessageTooBig`] among them a control frame of any size is collected in memory.
    #[must_use]
    pub fn tolerating(mut self, violations: ViolationSet) -> Decoder {
        self.tolerated = violations;
        self
    }

    /// Takes messages of at most `bytes` bytes.
    #[must_use]
    pub fn max_message(mut self, bytes: u64) -> Decoder {
        self.max_message = bytes;
        self
    }

    /// Takes RSV1 on the first frame of a message for the mark of a compressed one (RFC 7692 §6), which is right
    /// once permessage-deflate was agreed on. Such a message is handed out as it is: the limit on its size and the
    /// check of its text are for who inflates it.
    #[must_use]
    pub fn compression(mut self, agreed: bool) -> Decoder {
        self.compression = agreed;
        self
    }

    /// Counts offsets from `offset` instead of 0.
    #[must_use]
    pub fn starting_at(mut self, offset: u64) -> Decoder {
        self.offset = offset;
        self
    }

    /// Offset of the next byte of input in the stream.
    pub fn offset(&self) -> u64 {
        self.offset + self.head_len as u64
    }

    /// Whether the stream so far ends with a whole frame.
    pub fn at_boundary(&self) -> bool {
        !self.in_payload && self.head_len == 0
    }

    /// Where the sequence of frames stands.
    pub fn sequence(&self) -> Sequence {
        self.sequence
    }

    /// The fault that ended the decoding, if one did.
    pub fn failed(&self) -> Option<Fault> {
        self.failed
    }

    /// Takes the tolerated faults seen since the last call, at most 64 of them.
    pub fn noted(&mut self) -> Vec<Fault> {
        mem::take(&mut self.noted)
    }

    /// Bytes held back inside the decoder, for those who bound memory: never more than 125 for a control
    /// frame and 14 for a header, unless [`Violation::ControlTooLong`] is tolerated.
    pub fn held(&self) -> usize {
        self.control.len() + self.head_len
    }

    /// Reads on at the front of `input` and shortens it by what was used.
    ///
    /// `None` means that everything was used and more is needed, or that a Close frame was read: what
    /// follows that is left alone, unless [`Violation::DataAfterClose`] is tolerated. A fault is final; every
    /// later call returns it again.
    pub fn decode<'a, 'i: 'a>(&'a mut self, input: &mut &'i mut [u8]) -> Result<Option<Event<'a>>, Fault> {
        if let Some(fault) = self.failed {
            return Err(fault);
        }
        if !self.in_payload && !self.ordinary_header(input) {
            match self.read_header(input) {
                Ok(true) => {}
                Ok(false) => return Ok(None),
                Err(fault) => return Err(self.fail(fault)),
            }
        }
        let frame = &mut self.frame;
        let taken = (frame.length - frame.done).min(input.len() as u64) as usize;
        let (payload, rest) = mem::take(input).split_at_mut(taken);
        *input = rest;
        let begin = self.offset;
        self.offset += taken as u64;
        if let Some(key) = frame.mask {
            apply_mask(payload, key, frame.done as usize);
        }
        frame.done += taken as u64;
        let complete = frame.done == frame.length;
        self.in_payload = !complete;
        if is_data(frame.opcode) {
            if taken == 0 && !complete {
                return Ok(None);
            }
            let last = complete && frame.fin;
            return self.data(payload, begin, last).map(|data| Some(Event::Data(data)));
        }
        if !complete {
            self.control.extend_from_slice(payload);
            return Ok(None);
        }
        self.control(payload).map(Some)
    }

    /// The quick way for what nearly every frame is: a data frame with nothing to object to, its header whole.
    /// Anything else is `false` and left for [`read_header`](Self::read_header), which knows every rule.
    #[inline]
    fn ordinary_header(&mut self, input: &mut &mut [u8]) -> bool {
        let frame = if self.head_len == 0 { self.ordinary_frame(input) } else { None };
        let Some(frame) = frame else { return false };
        let size = FrameHeader::size_announced(input[1]);
        *input = mem::take(input).split_at_mut(size).1;
        self.offset += size as u64;
        if frame.opcode != Opcode::CONTINUATION {
            self.message = Message::begin(frame.opcode, frame.compressed);
        }
        self.sequence = if frame.fin { Sequence::Idle } else { Sequence::InMessage };
        self.frame = frame;
        true
    }

    #[inline]
    fn ordinary_frame(&self, bytes: &[u8]) -> Option<Frame> {
        let [first, second, rest @ ..] = bytes else { return None };
        let masked = second & 0x80 != 0;
        let opcode = Opcode::from_bits(*first);
        let continues = opcode == Opcode::CONTINUATION;
        let in_message = match self.sequence {
            Sequence::Idle => false,
            Sequence::InMessage => true,
            Sequence::Closed => return None,
        };
        let data = first & 0x3c == 0 && first & 0x03 != 0x03;
        let rsv1 = first & 0x40 != 0;
        if !data
            || rsv1 && (!self.compression || continues)
            || masked != (self.reader == Role::Server)
            || continues != in_message
        {
            return None;
        }
        let (length, rest) = match second & 0x7f {
            126 => {
                let (length, rest) = rest.split_first_chunk()?;
                (u64::from(u16::from_be_bytes(*length)), rest)
            }
            127 => {
                let (length, rest) = rest.split_first_chunk()?;
                (u64::from_be_bytes(*length), rest)
            }
            length => (u64::from(length), rest),
        };
        let minimal = LengthForm::shortest(length) == LengthForm::announced(*second);
        let total = match (rsv1, continues) {
            (true, _) => 0,
            (_, true) if self.message.compressed => 0,
            (_, true) => self.message.length.checked_add(length)?,
            _ => length,
        };
        if !minimal || length > u64::MAX >> 1 || total > self.max_message {
            return None;
        }
        let mask = if masked { Some(*rest.first_chunk()?) } else { None };
        Some(Frame { opcode, fin: first & 0x80 != 0, compressed: rsv1, mask, done: 0, length })
    }

    fn read_header(&mut self, input: &mut &mut [u8]) -> Result<bool, Fault> {
        if self.sequence == Sequence::Closed && !self.tolerated.contains(Violation::DataAfterClose) {
            return Ok(false);
        }
        if self.head_len == 0 && FrameHeader::parse(input).is_some() {
            let size = FrameHeader::size_announced(input[1]);
            let (head, rest) = mem::take(input).split_at_mut(size);
            *input = rest;
            self.check_header(&head[..1])?;
            self.check_header(&head[..2])?;
            if size > 2 {
                self.check_header(&head[..3])?;
                self.check_header(head)?;
            }
            return Ok(FrameHeader::parse(head).map(|header| self.begin(header)).is_some());
        }
        loop {
            let Some((byte, rest)) = mem::take(input).split_first_mut() else { return Ok(false) };
            *input = rest;
            self.head[self.head_len] = *byte;
            self.head_len += 1;
            let head = self.head;
            self.check_header(&head[..self.head_len])?;
            if let Some(header) = FrameHeader::parse(&head[..self.head_len]) {
                self.head_len = 0;
                self.begin(header);
                return Ok(true);
            }
        }
    }

    /// Checks what the last byte of `head` adds to it.
    fn check_header(&mut self, head: &[u8]) -> Result<(), Fault> {
        let at = self.offset;
        match *head {
            [first] => {
                let opcode = Opcode::from_bits(first);
                let fin = first & 0x80 != 0;
                let meaningless = if self.compression { 0x30 } else { 0x70 };
                if first & meaningless != 0 {
                    self.broken(Violation::RsvSet.at(at))?;
                }
                if self.compression && first & 0x40 != 0 && (opcode.is_control() || opcode == Opcode::CONTINUATION) {
                    self.broken(Violation::Rsv1Misplaced.at(at))?;
                }
                if opcode.is_reserved() {
                    self.broken(Violation::OpcodeReserved.at(at))?;
                }
                if opcode.is_control() && !fin {
                    self.broken(Violation::ControlFragmented.at(at))?;
                }
                if let (_, Some(violation)) = self.sequence.next(FrameKind::of(opcode, fin))
                    && (!opcode.is_reserved() || violation == Violation::DataAfterClose)
                {
                    self.broken(violation.at(at))?;
                }
            }
            [first, second] => {
                let at = at + 1;
                match (self.reader, second & 0x80 != 0) {
                    (Role::Server, false) => self.broken(Violation::MaskMissing.at(at))?,
                    (Role::Client, true) => self.broken(Violation::MaskUnexpected.at(at))?,
                    _ => {}
                }
                let opcode = Opcode::from_bits(first);
                if opcode.is_control() && second & 0x7f > 125 {
                    self.broken(Violation::ControlTooLong.at(at))?;
                }
                if opcode == Opcode::CLOSE && second & 0x7f == 1 {
                    self.broken(Violation::CloseBodyOneByte.at(at))?;
                }
                if LengthForm::announced(second) == LengthForm::Bits7 {
                    self.check_size(first, u64::from(second & 0x7f), at)?;
                }
            }
            [_, second, third] if LengthForm::announced(second) == LengthForm::Bits64 && third & 0x80 != 0 => {
                self.broken(Violation::LengthTopBit.at(at + 2))?;
            }
            [first, second, ..] => {
                let form = LengthForm::announced(second);
                let end = 2 + form.extra();
                // Once, with the length just complete; on the quick way the key has come with it.
                let whole = head.len() == FrameHeader::size_announced(second);
                if form == LengthForm::Bits7 || !(head.len() == end || whole && self.head_len == 0) {
                    return Ok(());
                }
                let length = head[2..end].iter().fold(0u64, |n, b| n << 8 | u64::from(*b)) & (u64::MAX >> 1);
                let at = at + end as u64 - 1;
                if LengthForm::shortest(length) != form && head[2] & 0x80 == 0 {
                    self.broken(Violation::LengthNotMinimal.at(at))?;
                }
                self.check_size(first, length, at)?;
            }
            [] => {}
        }
        Ok(())
    }

    fn check_size(&mut self, first: u8, length: u64, at: u64) -> Result<(), Fault> {
        let opcode = Opcode::from_bits(first);
        let total = match opcode {
            Opcode::CONTINUATION if self.sequence == Sequence::InMessage && self.message.compressed => 0,
            _ if self.begins_compressed(first) => 0,
            Opcode::CONTINUATION if self.sequence == Sequence::InMessage => self.message.length.saturating_add(length),
            // A control frame has a limit of its own; see `ControlTooLong`.
            _ if opcode.is_control() && length <= 125 => 0,
            _ => length,
        };
        if total > self.max_message { self.broken(Violation::MessageTooBig.at(at)) } else { Ok(()) }
    }

    /// Whether a frame whose first byte this is begins a compressed message.
    fn begins_compressed(&self, first: u8) -> bool {
        self.compression && first & 0x40 != 0 && matches!(Opcode::from_bits(first), Opcode::TEXT | Opcode::BINARY)
    }

    /// The header is whole and was checked.
    fn begin(&mut self, header: FrameHeader) {
        self.offset += header.size() as u64;
        let kind = FrameKind::of(header.opcode, header.fin);
        let compressed = self.begins_compressed(header.rsv << 4 | header.opcode.bits());
        if is_data(header.opcode) {
            let orphan = kind == FrameKind::Middle || kind == FrameKind::Last;
            if !orphan || self.sequence != Sequence::InMessage {
                self.message = Message::begin(header.opcode, compressed);
            }
        } else {
            self.control.clear();
        }
        if !header.opcode.is_reserved() {
            self.sequence = self.sequence.next(kind).0;
        }
        self.frame = Frame {
            opcode: header.opcode,
            fin: header.fin,
            compressed,
            mask: header.mask,
            done: 0,
            length: header.length & (u64::MAX >> 1),
        };
    }

    #[inline]
    fn data<'a>(&'a mut self, payload: &'a mut [u8], begin: u64, last: bool) -> Result<Data<'a>, Fault> {
        let mut sound = payload.len();
        if let Some(text) = &mut self.message.text {
            let bad = match text.push(payload) {
                Err(at) => Some(at),
                // An empty final frame is proved wrong by the last byte of its header.
                Ok(()) if last && !text.is_complete() => Some(payload.len().saturating_sub(1)),
                Ok(()) => None,
            };
            if let Some(at) = bad {
                self.message.text = None;
                let offset = if payload.is_empty() { begin - 1 } else { begin + at as u64 };
                if let Err(fault) = self.broken(Violation::TextNotUtf8.at(offset)) {
                    self.fail(fault);
                    sound = at;
                }
            }
        }
        self.message.length += if self.message.compressed { 0 } else { payload.len() as u64 };
        match self.failed {
            // What came before the fault is handed out first, as it would have been in smaller pieces.
            Some(fault) if sound == 0 => Err(fault),
            failed => Ok(Data {
                kind: self.message.kind,
                payload: &payload[..sound],
                first: mem::replace(&mut self.message.fresh, false),
                last: last && failed.is_none(),
                compressed: self.message.compressed,
                offset: begin,
            }),
        }
    }

    fn control<'a>(&'a mut self, payload: &'a mut [u8]) -> Result<Event<'a>, Fault> {
        let frame = self.frame;
        let whole = payload.len() as u64 == frame.length;
        if !whole {
            self.control.extend_from_slice(payload);
        }
        if frame.opcode == Opcode::CLOSE {
            let start = self.offset - frame.length;
            let body = if whole { &*payload } else { &self.control };
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
        let payload = if whole { payload } else { self.control.as_slice() };
        Ok(match frame.opcode {
            Opcode::CLOSE => Event::Close(payload),
            Opcode::PING => Event::Ping(payload),
            Opcode::PONG => Event::Pong(payload),
            other => Event::Reserved(other, payload),
        })
    }

    fn broken(&mut self, fault: Fault) -> Result<(), Fault> {
        if !self.tolerated.contains(fault.violation) {
            return Err(fault);
        }
        if self.noted.len() < MAX_NOTED {
            self.noted.push(fault);
        }
        Ok(())
    }

    fn fail(&mut self, fault: Fault) -> Fault {
        self.failed = Some(fault);
        fault
    }
}

/// Whether frames with this opcode carry messages.
fn is_data(opcode: Opcode) -> bool {
    !opcode.is_control() && !opcode.is_reserved()
}
