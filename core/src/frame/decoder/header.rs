//! The slow path through a header: byte by byte, with every rule checked at the byte that proves it
//! broken.

use std::mem;

use super::{Decoder, Frame, Message, Stage};
use crate::Role;
use crate::frame::mask::Key;
use crate::frame::{FrameHeader, FrameKind, LengthForm, Opcode, Sequence};
use crate::violation::{Fault, Violation};

impl Decoder {
    /// Reads on in a header. Returns it once it is whole; its payload is next.
    pub(super) fn read_header(
        &mut self,
        input: &mut &mut [u8],
    ) -> Result<Option<FrameHeader>, Fault> {
        if self.sequence == Sequence::Closed && !self.tolerated.contains(Violation::DataAfterClose)
        {
            return Ok(None);
        }
        loop {
            let Some((byte, rest)) = mem::take(input).split_first_mut() else {
                return Ok(None);
            };
            *input = rest;
            self.stage = Stage::Header;
            self.head[self.head_len] = *byte;
            self.head_len += 1;
            let second = self.head[1];
            match self.head_len {
                1 => self.check_first(*byte)?,
                2 => self.check_second(self.head[0], second)?,
                read => self.check_length(read, LengthForm::announced(second))?,
            }
            if self.head_len < 2 {
                continue;
            }
            let size = FrameHeader::size_announced(second);
            let key = size - self.head_len;
            if key <= 4 * usize::from(second >> 7) {
                // The rest is the masking key, which no rule constrains.
                let there = key.min(input.len());
                let (bytes, rest) = mem::take(input).split_at_mut(there);
                *input = rest;
                self.head[self.head_len..][..bytes.len()].copy_from_slice(bytes);
                self.head_len += bytes.len();
                if self.head_len < size {
                    return Ok(None);
                }
                return Ok(self.begin());
            }
        }
    }

    fn check_first(&mut self, first: u8) -> Result<(), Fault> {
        let at = self.offset;
        let opcode = Opcode::from_bits(first);
        let fin = first & 0x80 != 0;
        let meaningless = if self.compression { 0x30 } else { 0x70 };
        if first & meaningless != 0 {
            self.broken(Violation::RsvSet.at(at))?;
        }
        if self.compression
            && first & 0x40 != 0
            && (opcode.is_control() || opcode == Opcode::CONTINUATION)
        {
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
        Ok(())
    }

    fn check_second(&mut self, first: u8, second: u8) -> Result<(), Fault> {
        let at = self.offset + 1;
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
            self.check_size(u64::from(second & 0x7f), at)?;
        }
        Ok(())
    }

    /// Checks the extended length as far as the first `read` bytes of the header hold it.
    fn check_length(&mut self, read: usize, form: LengthForm) -> Result<(), Fault> {
        let at = self.offset + read as u64 - 1;
        let top_bit = form == LengthForm::Bits64 && self.head[2] & 0x80 != 0;
        if read == 3 && top_bit {
            return self.broken(Violation::LengthTopBit.at(at));
        }
        if form == LengthForm::Bits7 || read != 2 + form.extra() {
            return Ok(());
        }
        let length = self.head[2..read]
            .iter()
            .fold(0, |n, b| n << 8 | u64::from(*b));
        if LengthForm::shortest(length & MAX_LENGTH) != form && !top_bit {
            self.broken(Violation::LengthNotMinimal.at(at))?;
        }
        self.check_size(length & MAX_LENGTH, at)
    }

    fn check_size(&mut self, length: u64, at: u64) -> Result<(), Fault> {
        let opcode = Opcode::from_bits(self.head[0]);
        let continues = opcode == Opcode::CONTINUATION && self.sequence == Sequence::InMessage;
        let (total, limit) = match opcode {
            _ if continues => (
                self.message.length.saturating_add(length),
                self.message.limit,
            ),
            _ if self.begins_compressed() => (0, self.max_message),
            // Control frames have a limit of their own; see `ControlTooLong`.
            _ if opcode.is_control() && length <= 125 => (0, self.max_message),
            _ => (length, self.max_message),
        };
        if total > limit {
            self.broken(Violation::MessageTooBig.at(at))
        } else {
            Ok(())
        }
    }

    /// Whether the header begins a compressed message.
    fn begins_compressed(&self) -> bool {
        let opcode = Opcode::from_bits(self.head[0]);
        self.compression
            && self.head[0] & 0x40 != 0
            && matches!(opcode, Opcode::TEXT | Opcode::BINARY)
    }

    /// Begins the frame whose header is whole and was checked.
    fn begin(&mut self) -> Option<FrameHeader> {
        let header = FrameHeader::parse(&self.head[..mem::take(&mut self.head_len)])?;
        self.offset += header.size() as u64;
        let kind = FrameKind::of(header.opcode, header.fin);
        let length = header.length & MAX_LENGTH;
        if header.opcode.is_control() || header.opcode.is_reserved() {
            self.stage = Stage::Control;
            self.control.clear();
        } else {
            self.stage = Stage::Data;
            let orphan = kind == FrameKind::Middle || kind == FrameKind::Last;
            if !orphan || self.sequence != Sequence::InMessage {
                self.message =
                    Message::begin(header.opcode, self.begins_compressed(), self.max_message);
            }
            self.message.length = self.message.length.saturating_add(length);
        }
        if !header.opcode.is_reserved() {
            self.sequence = self.sequence.next(kind).0;
        }
        let key = header.mask.map_or(Key::NONE, Key::new);
        self.frame = Frame {
            opcode: header.opcode,
            fin: header.fin,
            key,
            length,
            left: length,
        };
        Some(header)
    }
}

/// The bits of a 64-bit length that count. The top bit must be 0; if a 1 is tolerated, it is
/// ignored.
pub(super) const MAX_LENGTH: u64 = u64::MAX >> 1;
