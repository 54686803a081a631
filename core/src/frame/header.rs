//! The header of a frame as it stands on the wire (RFC 6455 §5.2), without judgement.

use crate::frame::Opcode;

/// The longest header: two bytes, a 64-bit length and a masking key.
pub const MAX_HEADER: usize = 14;

/// How a payload length is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LengthForm {
    /// In the second byte: 0 to 125.
    Bits7,
    /// 126, then 16 bits.
    Bits16,
    /// 127, then 64 bits.
    Bits64,
}

impl LengthForm {
    /// The shortest form for `length`.
    pub const fn shortest(length: u64) -> LengthForm {
        match length {
            0..=125 => LengthForm::Bits7,
            126..=0xffff => LengthForm::Bits16,
            _ => LengthForm::Bits64,
        }
    }

    /// The form announced by the low seven bits of the second byte.
    pub(crate) const fn announced(second: u8) -> LengthForm {
        match second & 0x7f {
            126 => LengthForm::Bits16,
            127 => LengthForm::Bits64,
            _ => LengthForm::Bits7,
        }
    }

    /// Bytes of the extended length: 0, 2 or 8.
    pub const fn extra(self) -> usize {
        match self {
            LengthForm::Bits7 => 0,
            LengthForm::Bits16 => 2,
            LengthForm::Bits64 => 8,
        }
    }
}

/// The header of a frame: every value its bits can take, legal or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct FrameHeader {
    /// Whether this is the final fragment.
    pub fin: bool,
    /// The reserved bits: RSV1 is 4, RSV2 is 2, RSV3 is 1.
    pub rsv: u8,
    /// The opcode.
    pub opcode: Opcode,
    /// The masking key, if the frame is masked.
    pub mask: Option<[u8; 4]>,
    /// The payload length as it stands, top bit included.
    pub length: u64,
    /// How the length is written.
    pub form: LengthForm,
}

impl FrameHeader {
    /// A right header for a payload of `length` bytes.
    pub const fn new(opcode: Opcode, length: u64) -> FrameHeader {
        FrameHeader {
            fin: true,
            rsv: 0,
            opcode,
            mask: None,
            length,
            form: LengthForm::shortest(length),
        }
    }

    /// Bytes of the header whose first two bytes these are.
    pub(crate) const fn size_announced(second: u8) -> usize {
        2 + LengthForm::announced(second).extra() + if second & 0x80 == 0 { 0 } else { 4 }
    }

    /// Bytes this header takes on the wire, 2 to 14.
    pub const fn size(&self) -> usize {
        2 + self.form.extra() + if self.mask.is_some() { 4 } else { 0 }
    }

    /// Reads a header from the front of `bytes`; `None` when they do not hold a whole one yet.
    pub fn parse(bytes: &[u8]) -> Option<FrameHeader> {
        let [first, second, ..] = *bytes else {
            return None;
        };
        let rest = bytes.get(2..Self::size_announced(second))?;
        let form = LengthForm::announced(second);
        let (length, key) = rest.split_at(form.extra());
        let length = match form {
            LengthForm::Bits7 => u64::from(second & 0x7f),
            LengthForm::Bits16 | LengthForm::Bits64 => {
                length.iter().fold(0, |n, b| n << 8 | u64::from(*b))
            }
        };
        Some(FrameHeader {
            fin: first & 0x80 != 0,
            rsv: first >> 4 & 7,
            opcode: Opcode::from_bits(first),
            mask: key.try_into().ok(),
            length,
            form,
        })
    }

    /// Appends the header to `out`, exactly as its fields say. A length that does not fit the form is cut
    /// to the low bits of it.
    pub fn write(&self, out: &mut Vec<u8>) {
        let masked = if self.mask.is_some() { 0x80 } else { 0 };
        out.push(u8::from(self.fin) << 7 | (self.rsv & 7) << 4 | self.opcode.bits());
        match self.form {
            LengthForm::Bits7 => out.push(masked | (self.length & 0x7f) as u8),
            LengthForm::Bits16 => {
                out.push(masked | 0x7e);
                out.extend_from_slice(&(self.length as u16).to_be_bytes());
            }
            LengthForm::Bits64 => {
                out.push(masked | 0x7f);
                out.extend_from_slice(&self.length.to_be_bytes());
            }
        }
        if let Some(key) = self.mask {
            out.extend_from_slice(&key);
        }
    }
}
