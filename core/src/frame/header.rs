//! The header of a frame as it is on the wire (RFC 6455 §5.2), conforming or not.

use crate::frame::Opcode;

/// Size of the longest header in bytes: two bytes, a 64-bit length and a masking key.
pub const MAX_HEADER: usize = 14;

/// The encoding of a payload length.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LengthForm {
    /// Seven bits in the second byte: 0 to 125.
    Bits7,
    /// 126 in the second byte, then 16 bits.
    Bits16,
    /// 127 in the second byte, then 64 bits.
    Bits64,
}

impl LengthForm {
    /// Returns the shortest form for `length`.
    pub const fn shortest(length: u64) -> LengthForm {
        match length {
            0..=125 => LengthForm::Bits7,
            126..=0xffff => LengthForm::Bits16,
            _ => LengthForm::Bits64,
        }
    }

    /// Returns the form that the low seven bits of the second byte announce.
    pub(crate) const fn announced(second: u8) -> LengthForm {
        match second & 0x7f {
            126 => LengthForm::Bits16,
            127 => LengthForm::Bits64,
            _ => LengthForm::Bits7,
        }
    }

    /// Returns the size of the extended length in bytes: 0, 2 or 8.
    pub const fn extra(self) -> usize {
        match self {
            LengthForm::Bits7 => 0,
            LengthForm::Bits16 => 2,
            LengthForm::Bits64 => 8,
        }
    }
}

/// The header of a frame, with any value its bits can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct FrameHeader {
    /// Whether this is the final fragment of its message.
    pub fin: bool,
    /// The reserved bits: RSV1 is 4, RSV2 is 2, RSV3 is 1.
    pub rsv: u8,
    /// The opcode.
    pub opcode: Opcode,
    /// The masking key, if the frame is masked.
    pub mask: Option<[u8; 4]>,
    /// The payload length as encoded, top bit included.
    pub length: u64,
    /// The encoding of the length.
    pub form: LengthForm,
}

impl FrameHeader {
    /// Creates a conforming header of an unmasked, final frame with `length` bytes of payload.
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

    /// Returns the size of a header by its second byte.
    pub(crate) const fn size_announced(second: u8) -> usize {
        2 + LengthForm::announced(second).extra() + if second & 0x80 == 0 { 0 } else { 4 }
    }

    /// Returns the size of this header in bytes: 2 to 14.
    pub const fn size(&self) -> usize {
        2 + self.form.extra() + if self.mask.is_some() { 4 } else { 0 }
    }

    /// Parses a header at the front of `bytes`. Returns `None` if they do not hold a whole one.
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

    /// Appends the header to `out`, exactly as its fields say. A length that does not fit its form
    /// is truncated to its low bits.
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
