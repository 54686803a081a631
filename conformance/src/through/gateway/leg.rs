//! How a model gateway passes frames on in one direction.

use wsspec_core::deflate::message::Context;
use wsspec_core::frame::{FrameWriter, LengthForm, Opcode};
use wsspec_vectors::End;

use super::{Habit, Kind};
use crate::through::way::{Unmasked, Way};

/// What a read leads to.
#[derive(Debug, Default)]
pub(super) struct Out {
    /// To the other end.
    pub(super) on: Vec<u8>,
    /// To the end it came from.
    pub(super) back: Vec<u8>,
    /// Both connections fail.
    pub(super) fails: bool,
    /// The connection to the other end is ended.
    pub(super) ends: bool,
}

/// The frames of one end.
#[derive(Debug)]
pub(super) struct Leg {
    from: End,
    kind: Kind,
    habit: Option<Habit>,
    way: Way,
    /// Frames that are passed on already.
    passed: usize,
    /// The masking key of the frame that is passed on.
    key: Option<[u8; 4]>,
    /// Fragments that are kept back until their message is whole.
    joined: Vec<u8>,
    /// The opcode of the message that is kept back.
    opcode: Option<Opcode>,
    /// A message that is kept back until the next one.
    kept: Option<Vec<u8>>,
}

/// A masking key that our client does not use.
const OWN_MASK: [u8; 4] = [0x6a, 0x77, 0x01, 0x02];

/// Longest message that a gateway with a limit passes on whole, in bytes.
const LIMIT: usize = 65_535;

impl Leg {
    pub(super) fn new(from: End, kind: Kind, habit: Option<Habit>) -> Leg {
        let mut way = Way::open(from.role());
        // A model neither inflates nor deflates: it agrees to whatever the ends do.
        way.agree(Context::default());
        Leg {
            from,
            kind,
            habit,
            way,
            passed: 0,
            key: None,
            joined: Vec::new(),
            opcode: None,
            kept: None,
        }
    }

    fn has(&self, habit: Habit) -> bool {
        self.habit == Some(habit)
    }

    pub(super) fn pass_on(&mut self, bytes: &[u8]) -> Out {
        self.way.read(bytes);
        let mut out = Out::default();
        let keys = self.way.headers().map(|header| header.mask);
        let frames: Vec<_> = self.way.frames().zip(keys).skip(self.passed).collect();
        self.passed += frames.len();
        if self.checks() && !self.way.faults.is_empty() {
            out.fails = true;
            let code = [0x03, 0xea];
            self.emit_to(self.from.other(), Opcode::CLOSE, &code, &mut out.on);
            self.emit_to(self.from, Opcode::CLOSE, &code, &mut out.back);
            return out;
        }
        for (frame, key) in frames {
            self.key = key;
            self.frame(frame, &mut out);
        }
        out
    }

    /// Whether it fails the connection on what breaks a rule.
    fn checks(&self) -> bool {
        self.kind == Kind::Endpoint
            && !self.has(Habit::MasksWhatIsNot)
            && !self.has(Habit::ClearsReserved)
    }

    fn frame(&mut self, mut frame: Unmasked, out: &mut Out) {
        let opcode = frame.header.opcode;
        let Some(habit) = self.habit else {
            return self.emit(&frame, &mut out.on);
        };
        match (habit, opcode) {
            (Habit::EatsPings, Opcode::PING) | (Habit::EatsPongs, Opcode::PONG) => return,
            (Habit::AnswersPings, Opcode::PING) => {
                return self.emit_to(self.from, Opcode::PONG, &frame.payload, &mut out.back);
            }
            (Habit::EatsClose, Opcode::CLOSE) => {
                out.ends = true;
                return;
            }
            (Habit::ClosesItself, Opcode::CLOSE) => frame.payload = vec![0x03, 0xe9],
            (Habit::EmptiesPongs, Opcode::PONG) | (Habit::EmptiesClose, Opcode::CLOSE) => {
                frame.payload.clear();
            }
            (Habit::ChangesCloseCode, Opcode::CLOSE) if frame.payload.len() >= 2 => {
                frame.payload[1] ^= 1;
            }
            (Habit::DropsCloseReason, Opcode::CLOSE) => frame.payload.truncate(2),
            _ if opcode.is_control() => {}
            (Habit::DropsEmptyMessages, _) if frame.payload.is_empty() && frame.header.fin => {
                return;
            }
            (Habit::TextAsBinary, Opcode::TEXT) => frame.header.opcode = Opcode::BINARY,
            (Habit::ContinuationAsText, Opcode::CONTINUATION) => frame.header.opcode = Opcode::TEXT,
            (Habit::CutsLargeMessages, _) => frame.payload.truncate(LIMIT),
            (Habit::ReplacesNonAscii, Opcode::TEXT) => replace_non_ascii(&mut frame.payload),
            (Habit::ReadsBinaryAsText, Opcode::BINARY) => {
                frame.payload = String::from_utf8_lossy(&frame.payload)
                    .into_owned()
                    .into_bytes();
            }
            (Habit::ClearsReserved, _) => frame.header.rsv = 0,
            (Habit::EndsMessagesEarly, _) => frame.header.fin = true,
            (Habit::SendsTwice, _) => self.emit(&frame, &mut out.on),
            (Habit::SwapsMessages, _) => return self.swap(&frame, out),
            (Habit::SplitsReserved, _) if frame.header.rsv != 0 => return self.split(&frame, out),
            (Habit::SplitsFragments, _) if frame.header.rsv == 0 => return self.split(&frame, out),
            (Habit::JoinsFragments, _) => return self.join(&frame, out),
            _ => {}
        }
        self.emit(&frame, &mut out.on);
    }

    /// Keeps every other message back until the next.
    fn swap(&mut self, frame: &Unmasked, out: &mut Out) {
        let mut bytes = Vec::new();
        self.emit(frame, &mut bytes);
        match self.kept.take() {
            Some(kept) => out.on.extend([bytes, kept].concat()),
            None if self.passed > 1 => self.kept = Some(bytes),
            None => out.on.extend(bytes),
        }
    }

    /// Sends one frame as two.
    fn split(&self, frame: &Unmasked, out: &mut Out) {
        let (first, second) = frame.payload.split_at(frame.payload.len() / 2);
        let mut header = frame.header;
        header.fin = false;
        let first = Unmasked {
            header,
            payload: first.to_vec(),
        };
        header.fin = frame.header.fin;
        header.rsv = 0;
        header.opcode = Opcode::CONTINUATION;
        let second = Unmasked {
            header,
            payload: second.to_vec(),
        };
        self.emit(&first, &mut out.on);
        self.emit(&second, &mut out.on);
    }

    /// Sends fragments as one frame once the message is whole, unless reserved bits are set.
    fn join(&mut self, frame: &Unmasked, out: &mut Out) {
        if frame.header.rsv != 0
            || self.opcode.is_none() && frame.header.opcode == Opcode::CONTINUATION
        {
            return self.emit(frame, &mut out.on);
        }
        let opcode = *self.opcode.get_or_insert(frame.header.opcode);
        self.joined.extend_from_slice(&frame.payload);
        if frame.header.fin {
            self.opcode = None;
            let payload = std::mem::take(&mut self.joined);
            self.emit_to(self.from.other(), opcode, &payload, &mut out.on);
        }
    }

    fn emit(&self, frame: &Unmasked, out: &mut Vec<u8>) {
        let header = &frame.header;
        let mut writer = FrameWriter::new(header.opcode, &frame.payload)
            .fin(header.fin)
            .rsv(header.rsv)
            .mask(self.mask(self.from.other()));
        if self.has(Habit::LongLengths) {
            writer = writer.form(LengthForm::Bits64);
        }
        writer.write(out);
    }

    fn emit_to(&self, to: End, opcode: Opcode, payload: &[u8], out: &mut Vec<u8>) {
        FrameWriter::new(opcode, payload)
            .mask(self.mask(to))
            .write(out);
    }

    fn mask(&self, to: End) -> Option<[u8; 4]> {
        match to {
            End::Client => self.has(Habit::MasksToClient).then_some(OWN_MASK),
            End::Server if self.has(Habit::SendsUnmasked) => None,
            // A tunnel has no key of its own.
            End::Server if self.kind != Kind::Endpoint && self.from == End::Client => self.key,
            End::Server => Some(OWN_MASK),
        }
    }
}

fn replace_non_ascii(text: &mut [u8]) {
    for byte in text.iter_mut().filter(|byte| !byte.is_ascii()) {
        *byte = b'?';
    }
}
