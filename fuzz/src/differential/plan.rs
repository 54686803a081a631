//! Makes frames from any bytes: mostly conforming ones in an order that mostly conforms, so that a
//! fuzzer gets far.

use arbitrary::{Arbitrary, Result, Unstructured};
use wsspec_core::Role;
use wsspec_core::frame::{FrameWriter, LengthForm, Opcode};

/// What to send.
#[derive(Debug, Arbitrary)]
pub(super) struct Plan<'a>(Vec<Piece<'a>>);

#[derive(Debug, Arbitrary)]
enum Piece<'a> {
    /// A message in fragments of these sizes, with a ping after each where the flag says so.
    Text(&'a str, Vec<(u8, bool)>, Key),
    Binary(&'a [u8], Vec<(u8, bool)>, Key),
    /// One byte repeated, for lengths at which something changes.
    Long(bool, Edge, Key),
    Control(bool, Short<'a>, Key),
    Close(Code, &'a str, Key),
    /// Any frame.
    Frame(Odd<'a>),
    Raw(&'a [u8]),
}

#[derive(Debug, Clone, Copy, Arbitrary)]
struct Key([u8; 4]);

/// A length near one at which something changes.
#[derive(Debug)]
struct Edge(usize);

/// At most 125 bytes.
#[derive(Debug)]
struct Short<'a>(&'a [u8]);

/// A close code, mostly a known one.
#[derive(Debug)]
struct Code(u16);

#[derive(Debug, Arbitrary)]
struct Odd<'a> {
    first: u8,
    wrong_mask: bool,
    form: Option<u8>,
    length: Option<u64>,
    payload: &'a [u8],
    key: Key,
}

impl<'a> Arbitrary<'a> for Edge {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        let at = *u.choose(&[0, 126, super::LIMIT, 65_535])?;
        Ok(Edge(at + u.int_in_range(0..=2)? - usize::from(at > 0)))
    }
}

impl<'a> Arbitrary<'a> for Short<'a> {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        let size = u.arbitrary_len::<u8>()?.min(125);
        Ok(Short(u.bytes(size)?))
    }
}

impl<'a> Arbitrary<'a> for Code {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        let known = [
            1000, 1001, 1002, 1003, 1004, 1005, 1006, 1007, 1011, 1014, 1015, 1016, 2999, 3000,
            4999, 5000,
        ];
        Ok(Code(if u.ratio(7, 8)? {
            *u.choose(&known)?
        } else {
            u.arbitrary()?
        }))
    }
}

impl Plan<'_> {
    /// Returns the stream of a plan. If the bytes are not a plan to their end, it is the plan up to
    /// there.
    pub(super) fn stream(bytes: &[u8], sender: Role) -> Vec<u8> {
        let mut out = Writer {
            masks: sender.masks(),
            out: Vec::new(),
        };
        if let Ok(Plan(pieces)) = Plan::arbitrary_take_rest(Unstructured::new(bytes)) {
            pieces.iter().for_each(|piece| out.piece(piece));
        }
        out.out
    }
}

struct Writer {
    masks: bool,
    out: Vec<u8>,
}

impl Writer {
    fn piece(&mut self, piece: &Piece<'_>) {
        match piece {
            Piece::Text(text, cuts, key) => self.message(Opcode::TEXT, text.as_bytes(), cuts, *key),
            Piece::Binary(bytes, cuts, key) => self.message(Opcode::BINARY, bytes, cuts, *key),
            Piece::Long(text, Edge(size), key) => {
                self.message(
                    if *text { Opcode::TEXT } else { Opcode::BINARY },
                    &vec![b'a'; *size],
                    &[],
                    *key,
                );
            }
            Piece::Control(ping, Short(bytes), key) => {
                self.frame(
                    if *ping { Opcode::PING } else { Opcode::PONG },
                    bytes,
                    true,
                    *key,
                );
            }
            Piece::Close(Code(code), reason, key) => {
                let most = (0..=reason.len().min(123))
                    .rev()
                    .find(|end| reason.is_char_boundary(*end));
                let reason = &reason.as_bytes()[..most.unwrap_or(0)];
                self.frame(
                    Opcode::CLOSE,
                    &[&code.to_be_bytes(), reason].concat(),
                    true,
                    *key,
                );
            }
            Piece::Frame(odd) => {
                let masked = self.masks != odd.wrong_mask;
                let mut frame = FrameWriter::new(Opcode::from_bits(odd.first), odd.payload)
                    .fin(odd.first & 0x80 != 0)
                    .rsv(odd.first >> 4 & 7)
                    .mask(masked.then_some(odd.key.0));
                if let Some(length) = odd.length {
                    frame = frame.length(length);
                }
                if let Some(form) = odd.form {
                    frame = frame.form(
                        [LengthForm::Bits7, LengthForm::Bits16, LengthForm::Bits64]
                            [usize::from(form % 3)],
                    );
                }
                frame.write(&mut self.out);
            }
            Piece::Raw(bytes) => self.out.extend_from_slice(bytes),
        }
    }

    fn message(&mut self, opcode: Opcode, bytes: &[u8], cuts: &[(u8, bool)], key: Key) {
        let mut next = opcode;
        let mut rest = bytes;
        for (size, ping) in cuts.iter().take(8) {
            let (now, later) = rest.split_at(rest.len().min(usize::from(*size)));
            self.frame(next, now, false, key);
            if *ping {
                self.frame(Opcode::PING, b"?", true, key);
            }
            (next, rest) = (Opcode::CONTINUATION, later);
        }
        self.frame(next, rest, true, key);
    }

    fn frame(&mut self, opcode: Opcode, payload: &[u8], fin: bool, Key(key): Key) {
        FrameWriter::new(opcode, payload)
            .fin(fin)
            .mask(self.masks.then_some(key))
            .write(&mut self.out);
    }
}
