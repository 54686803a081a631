//! The steps through the head of a block (RFC 1951 §3.2.3 to §3.2.7), and through a stored block.

use super::{Block, BlockKind, Inflate, State, Status};
use crate::deflate::fault::{InflateError, InflateFault};
use crate::deflate::huffman::{CodeFault, distance_entry, length_entry, literal_entry};
use crate::deflate::{CODE_LENGTH_ORDER, END_OF_BLOCK};

/// A status if there is nothing more to do now.
type Step = Result<Option<Status>, InflateError>;

impl Inflate {
    pub(super) fn header(&mut self, input: &mut &[u8]) -> Step {
        let from = self.bits.offset();
        if !self.bits.need(3, input) {
            return Ok(Some(Status::NeedInput));
        }
        let last = self.bits.take(1) == 1;
        if last {
            self.final_block.get_or_insert(from);
        }
        let kind = match self.bits.take(2) {
            0 => BlockKind::Stored,
            1 => BlockKind::Fixed,
            2 => BlockKind::Dynamic,
            _ => return Err(self.error(InflateFault::ReservedBlockType, from + 1)),
        };
        self.block = Some(Block { from, kind, last });
        self.state = match kind {
            BlockKind::Stored => {
                self.bits.align();
                State::StoredHead
            }
            BlockKind::Fixed => {
                self.fixed = true;
                State::Symbol
            }
            BlockKind::Dynamic => State::LiteralCount,
        };
        Ok(None)
    }

    pub(super) fn stored_head(&mut self, input: &mut &[u8]) -> Step {
        let from = self.bits.offset();
        if !self.bits.need(32, input) {
            return Ok(Some(Status::NeedInput));
        }
        let left = self.bits.take(16);
        if left != !self.bits.take(16) & 0xffff {
            return Err(self.error(InflateFault::StoredLengthMismatch, from));
        }
        let left = left as usize;
        self.state = State::Stored { left };
        Ok(None)
    }

    /// Copies bytes of a stored block, between which no bits are buffered.
    pub(super) fn stored(
        &mut self,
        left: usize,
        input: &mut &[u8],
        room: &mut usize,
    ) -> Option<Status> {
        let size = left.min(*room).min(input.len()).min(self.window.room());
        if size == 0 {
            return Some(if input.is_empty() {
                Status::NeedInput
            } else {
                self.full(8)
            });
        }
        let (bytes, rest) = input.split_at(size);
        self.window.extend(bytes);
        *input = rest;
        self.bits.taken += size as u64;
        *room -= size;
        self.state = State::Stored { left: left - size };
        None
    }

    pub(super) fn literal_count(&mut self, input: &mut &[u8]) -> Step {
        let from = self.bits.offset();
        if !self.bits.need(5, input) {
            return Ok(Some(Status::NeedInput));
        }
        self.literals = self.bits.take(5) as usize + 257;
        if self.literals > 286 {
            return Err(self.error(InflateFault::TooManySymbols, from));
        }
        self.state = State::DistanceCount;
        Ok(None)
    }

    pub(super) fn distance_count(&mut self, input: &mut &[u8]) -> Step {
        let from = self.bits.offset();
        if !self.bits.need(5, input) {
            return Ok(Some(Status::NeedInput));
        }
        self.distances = self.bits.take(5) as usize + 1;
        if self.distances > 30 {
            return Err(self.error(InflateFault::TooManySymbols, from));
        }
        self.lengths = [0; 320];
        self.state = State::CodeLengthCount;
        Ok(None)
    }

    pub(super) fn code_length_count(&mut self, input: &mut &[u8]) -> Option<Status> {
        if !self.bits.need(4, input) {
            return Some(Status::NeedInput);
        }
        let count = self.bits.take(4) as usize + 4;
        self.lengths_from = self.bits.offset();
        self.state = State::CodeLengths { have: 0, count };
        None
    }

    /// Reads one length of the code length code.
    pub(super) fn code_length(
        &mut self,
        have: usize,
        count: usize,
        input: &mut &[u8],
    ) -> Option<Status> {
        if !self.bits.need(3, input) {
            return Some(Status::NeedInput);
        }
        self.lengths[CODE_LENGTH_ORDER[have]] = self.bits.take(3) as u8;
        let have = have + 1;
        self.state = State::CodeLengths { have, count };
        None
    }

    /// Builds the table of the code length code.
    pub(super) fn build_code_lengths(&mut self) -> Step {
        let lengths = &self.lengths[..19];
        if let Err(fault) = self.code_lengths.build(lengths, false, length_entry) {
            let fault = match fault {
                CodeFault::OverSubscribed => InflateFault::CodeLengthsOverSubscribed,
                CodeFault::Incomplete => InflateFault::CodeLengthsIncomplete,
            };
            return Err(self.error(fault, self.lengths_from));
        }
        self.lengths_from = self.bits.offset();
        self.state = State::Lengths { have: 0 };
        Ok(None)
    }

    /// Reads one length of the codes of the block, or a run of lengths.
    pub(super) fn lengths(&mut self, have: usize, input: &mut &[u8]) -> Step {
        let from = self.bits.offset();
        let Some((symbol, bits)) = self.peek(input, |this| this.code_lengths.entry(this.bits.hold))
        else {
            return Ok(Some(Status::NeedInput));
        };
        let symbol = symbol >> 16;
        let (extra, base) = match symbol {
            0..=15 => (0, 1),
            16 => (2, 3),
            17 => (3, 3),
            _ => (7, 11),
        };
        if !self.bits.need(bits + extra, input) {
            return Ok(Some(Status::NeedInput));
        }
        self.bits.take(bits);
        let end = have + base + self.bits.take(extra) as usize;
        let length = match symbol {
            0..=15 => symbol as u8,
            16 if have == 0 => {
                return Err(self.error(InflateFault::RepeatWithoutPrevious, from));
            }
            16 => self.lengths[have - 1],
            _ => 0,
        };
        if end > self.literals + self.distances {
            return Err(self.error(InflateFault::RepeatTooLong, from));
        }
        self.lengths[have..end].fill(length);
        self.state = State::Lengths { have: end };
        Ok(None)
    }

    /// Builds the tables of a dynamic block.
    pub(super) fn build_tables(&mut self) -> Result<Option<Status>, InflateError> {
        let from = self.lengths_from;
        let (literals, rest) = self.lengths.split_at(self.literals);
        if literals[END_OF_BLOCK] == 0 {
            return Err(self.error(InflateFault::MissingEndOfBlock, from));
        }
        let built = match self.tables.literals.build(literals, true, literal_entry) {
            Err(CodeFault::OverSubscribed) => Err(InflateFault::LiteralsOverSubscribed),
            Err(CodeFault::Incomplete) => Err(InflateFault::LiteralsIncomplete),
            Ok(()) => {
                match self
                    .tables
                    .distances
                    .build(&rest[..self.distances], true, distance_entry)
                {
                    Err(CodeFault::OverSubscribed) => Err(InflateFault::DistancesOverSubscribed),
                    Err(CodeFault::Incomplete) => Err(InflateFault::DistancesIncomplete),
                    Ok(()) => Ok(()),
                }
            }
        };
        built.map_err(|fault| self.error(fault, from))?;
        self.fixed = false;
        self.state = State::Symbol;
        Ok(None)
    }
}
