//! What spoils the bytes between a right endpoint and the wire.
//!
//! A planted fault that is no reaction to a violation is one of these: a change to a head or to frames, on their way
//! in or out. The endpoint stays right; what it reads, or what the world reads of it, does not.

pub(super) mod frames;
pub(super) mod heads;

use wsspec_core::dissect::head_length;
use wsspec_core::frame::{FrameHeader, LengthForm, Opcode, apply_mask};

/// The rest of a frame up to this size is waited for; of a larger one the endpoint has to see the header as it comes.
const WAITED_FOR: u64 = 1 << 20;

/// One way to spoil.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Tamper {
    /// Changes the head that the endpoint reads.
    HeadIn(fn(&str) -> String),
    /// Changes the head that it sends.
    HeadOut(fn(&str) -> String),
    /// Changes the frames that it reads: several or none for each.
    FramesIn(Spoil),
    /// Changes the frames that it sends.
    FramesOut(Spoil),
    /// Loses what comes in the same read behind the head.
    LosesGlued,
    /// Changes the first bytes that it reads.
    BytesIn(fn(&str) -> String),
    /// Loses a head that does not come in one read.
    OneRead,
    /// As a client, takes the first read for the answer it wants. Of what follows it reads nothing where this says so
    /// of that read.
    AnswerUnread(fn(&str) -> bool),
    /// Changes the header of a frame that it reads, as soon as that has come.
    HeaderIn(fn(&mut FrameHeader)),
    /// Unmasks each read as though a frame began with it.
    PhaseLost,
    /// Keeps TCP open after the closing handshake.
    StaysOpen,
    /// Answers a Close with the very body of it, whatever that is.
    EchoesClose,
}

/// Changes a frame; the memory is that of the connection.
pub(crate) type Spoil = fn(Frame, &mut Memory) -> Vec<Frame>;

/// A frame with its payload in the clear.
#[derive(Debug, Clone)]
pub(crate) struct Frame {
    /// As it was, or is to be, written; a length that differs from that of the payload is a lie.
    pub header: FrameHeader,
    /// Without masking.
    pub payload: Vec<u8>,
}

/// What a spoiler remembers of a connection.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    /// Frames before this one.
    pub frames: usize,
    /// Fragments of the message before this one.
    pub fragments: usize,
    /// Payload bytes of the message before this frame.
    pub bytes: usize,
    /// Messages before this frame.
    pub messages: usize,
    /// Anything kept for later.
    pub held: Vec<Frame>,
    /// TCP is to end now.
    pub crash: bool,
}

impl Frame {
    /// The frame with another payload, and the length to it.
    #[must_use]
    pub(super) fn with_payload(mut self, payload: Vec<u8>) -> Frame {
        self.header.length = payload.len() as u64;
        self.header.form = LengthForm::shortest(self.header.length);
        self.payload = payload;
        self
    }

    /// Whether it is part of a message.
    pub(super) fn is_data(&self) -> bool {
        !self.header.opcode.is_control()
    }

    fn write(self, out: &mut Vec<u8>) {
        self.header.write(out);
        let start = out.len();
        out.extend_from_slice(&self.payload);
        if let Some(key) = self.header.mask {
            apply_mask(&mut out[start..], key, 0);
        }
    }
}

/// The spoiler of one connection.
#[derive(Debug)]
pub(super) struct Tampering {
    tamper: Tamper,
    incoming: Stream,
    outgoing: Stream,
}

/// One direction.
#[derive(Debug, Default)]
struct Stream {
    /// The head, or the frame, that is not whole yet.
    part: Vec<u8>,
    past_head: bool,
    /// Nothing is spoilt any more: a frame has come in a way that the endpoint has to see as it came.
    passes: bool,
    memory: Memory,
    /// The frame whose payload is being read, for a spoiler that does not wait for all of it.
    under_way: UnderWay,
}

/// A frame that has come in part.
#[derive(Debug, Default)]
struct UnderWay {
    key: Option<[u8; 4]>,
    /// Payload bytes that have come, and that have not.
    done: usize,
    left: usize,
}

impl Tampering {
    pub(super) fn new(tamper: Tamper) -> Tampering {
        Tampering {
            tamper,
            incoming: Stream::default(),
            outgoing: Stream::default(),
        }
    }

    /// What the endpoint reads of what has come.
    pub(super) fn incoming(&mut self, bytes: &[u8]) -> Vec<u8> {
        if self.crashed() {
            return Vec::new();
        }
        let stream = &mut self.incoming;
        match self.tamper {
            Tamper::EchoesClose => {
                stream.frames(bytes, |frame, memory| {
                    if frame.header.opcode == Opcode::CLOSE {
                        memory.held.push(frame.clone());
                    }
                    vec![frame]
                });
                bytes.to_vec()
            }
            Tamper::HeadIn(edit) => stream.head(bytes, edit),
            Tamper::FramesIn(spoil) => stream.frames(bytes, spoil),
            Tamper::LosesGlued => {
                let (mut head, rest) = stream.behind_head(bytes);
                if head.is_empty() {
                    head = rest;
                }
                head
            }
            Tamper::BytesIn(edit) => match std::str::from_utf8(bytes) {
                Ok(text) if !stream.past_head => {
                    stream.past_head = true;
                    edit(text).into_bytes()
                }
                _ => bytes.to_vec(),
            },
            Tamper::OneRead => {
                let (head, rest) = stream.behind_head(bytes);
                if head.len() > bytes.len() {
                    Vec::new()
                } else {
                    [head, rest].concat()
                }
            }
            Tamper::AnswerUnread(deafens) => {
                if stream.past_head {
                    return if stream.passes {
                        bytes.to_vec()
                    } else {
                        Vec::new()
                    };
                }
                stream.past_head = true;
                stream.passes = !deafens(&String::from_utf8_lossy(bytes));
                heads::answer_to(&String::from_utf8_lossy(&self.outgoing.part)).into_bytes()
            }
            Tamper::PhaseLost => stream.piecewise(bytes, |_| (), true),
            Tamper::HeaderIn(edit) => stream.piecewise(bytes, edit, false),
            Tamper::HeadOut(_) | Tamper::FramesOut(_) | Tamper::StaysOpen => bytes.to_vec(),
        }
    }

    /// What goes out of what the endpoint says.
    pub(super) fn outgoing(&mut self, bytes: &[u8]) -> Vec<u8> {
        if self.crashed() {
            return Vec::new();
        }
        match self.tamper {
            Tamper::EchoesClose => {
                self.outgoing
                    .memory
                    .held
                    .append(&mut self.incoming.memory.held);
                self.outgoing
                    .frames(bytes, |frame, memory| match memory.held.pop() {
                        Some(close) if frame.header.opcode == Opcode::CLOSE => {
                            vec![frame.with_payload(close.payload)]
                        }
                        _ => vec![frame],
                    })
            }
            Tamper::HeadOut(edit) => self.outgoing.head(bytes, edit),
            Tamper::AnswerUnread(_) if !self.incoming.past_head => {
                self.outgoing.part.extend_from_slice(bytes);
                bytes.to_vec()
            }
            Tamper::FramesOut(spoil) => self.outgoing.frames(bytes, spoil),
            _ => bytes.to_vec(),
        }
    }

    /// Whether TCP ends when the endpoint, or the spoiler, wants it to.
    pub(super) fn ends(&self, wanted: bool) -> bool {
        self.crashed() || wanted && !matches!(self.tamper, Tamper::StaysOpen)
    }

    fn crashed(&self) -> bool {
        self.incoming.memory.crash || self.outgoing.memory.crash
    }
}

impl Stream {
    /// Splits off what belongs to the head.
    fn behind_head(&mut self, bytes: &[u8]) -> (Vec<u8>, Vec<u8>) {
        if self.past_head || bytes.is_empty() {
            return (Vec::new(), bytes.to_vec());
        }
        self.part.extend_from_slice(bytes);
        let end = head_length(&self.part);
        self.past_head = end == 0
            || self.part[..end].ends_with(b"\n\r\n")
            || self.part[..end].ends_with(b"\n\n");
        if !self.past_head {
            return (Vec::new(), Vec::new());
        }
        let rest = self.part.split_off(end);
        (std::mem::take(&mut self.part), rest)
    }

    fn head(&mut self, bytes: &[u8], edit: fn(&str) -> String) -> Vec<u8> {
        let (head, rest) = self.behind_head(bytes);
        let head = match std::str::from_utf8(&head) {
            Ok(text) if !text.is_empty() => edit(text).into_bytes(),
            _ => head,
        };
        [head, rest].concat()
    }

    fn frames(&mut self, bytes: &[u8], spoil: Spoil) -> Vec<u8> {
        let (mut out, rest) = self.behind_head(bytes);
        self.part.extend_from_slice(&rest);
        while self.past_head
            && !self.passes
            && let Some(header) = FrameHeader::parse(&self.part)
        {
            let end = header.size() as u64 + header.length.min(u64::MAX >> 1);
            if end > self.part.len() as u64 {
                self.passes = header.length > WAITED_FOR;
                break;
            }
            let rest = self.part.split_off(end as usize);
            let mut payload = std::mem::replace(&mut self.part, rest).split_off(header.size());
            if let Some(key) = header.mask {
                apply_mask(&mut payload, key, 0);
            }
            let frame = Frame { header, payload };
            let (data, fin, length) = (frame.is_data(), header.fin, header.length as usize);
            if data && header.opcode != Opcode::CONTINUATION {
                (self.memory.fragments, self.memory.bytes) = (0, 0);
            }
            let spoilt = spoil(frame, &mut self.memory);
            if self.memory.crash {
                return out;
            }
            spoilt.into_iter().for_each(|frame| frame.write(&mut out));
            self.memory.frames += 1;
            if data {
                self.memory.fragments += 1;
                self.memory.bytes += length;
            }
            if fin && data {
                (self.memory.fragments, self.memory.bytes) = (0, 0);
                self.memory.messages += 1;
            }
        }
        if self.passes {
            out.append(&mut self.part);
        }
        out
    }

    /// Frames piece by piece as they come. Payload that comes in a read of its own may be masked anew, so that the
    /// endpoint unmasks it wrong.
    fn piecewise(
        &mut self,
        bytes: &[u8],
        edit: fn(&mut FrameHeader),
        loses_phase: bool,
    ) -> Vec<u8> {
        let (mut out, rest) = self.behind_head(bytes);
        let mut input = rest.as_slice();
        while !input.is_empty() {
            let UnderWay { key, done, left } = &mut self.under_way;
            if *left == 0 {
                let (byte, later) = input.split_at(1);
                self.part.extend_from_slice(byte);
                input = later;
                if let Some(mut header) = FrameHeader::parse(&self.part) {
                    self.part.clear();
                    edit(&mut header);
                    header.write(&mut out);
                    (*key, *done, *left) = (header.mask, 0, header.length as usize);
                }
                continue;
            }
            let (piece, later) = input.split_at(input.len().min(*left));
            let start = out.len();
            out.extend_from_slice(piece);
            if let Some(key) = key.filter(|_| loses_phase) {
                apply_mask(&mut out[start..], key, 0);
                apply_mask(&mut out[start..], key, *done);
            }
            (*done, *left) = (*done + piece.len(), *left - piece.len());
            input = later;
        }
        out
    }
}
