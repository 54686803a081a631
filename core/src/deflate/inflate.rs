//! The streaming inflater.
//!
//! Input comes in any chunks. Output is appended to a vector of the caller, at most as much as the
//! caller allows; the inflater stops in the middle of a copy if need be. Memory is fixed, whatever
//! the stream says: 64 KiB of window and output, and about 10 KiB of tables.
//!
//! The inflater is a state machine whose steps each need a bounded number of bits. A step is taken
//! when all its bits are available, and takes no byte more than it needs. If there is enough input
//! and room, a loop without those checks handles literals and copies. Any chunking gives the same
//! output, and the same fault at the same bit.
//!
//! It refuses what zlib refuses, after the same output. The differences:
//!
//! - Numbers of symbols are refused where they are written, and a code length code without codes
//!   where its lengths end. zlib reads on, in the latter case up to the end of the head, and then
//!   reports that the block cannot end.
//! - A distance is checked against what this stream has produced, never against a smaller window or
//!   a message: see [`Inflate::reaches`].
//! - A block with BFINAL does not end the stream: the next block may follow at the next byte (RFC
//!   7692 §7.2.3.4).

use super::bits::Bits;
use super::fault::{InflateError, InflateFault, Reach, Reaches};
use super::huffman::{BAD, CodeFault, END, FIXED, LITERAL, NO_CODE, Table, Tables};
use super::huffman::{distance_entry, length_entry, literal_entry};
use super::window::{LOW, Window};
use super::{CODE_LENGTH_ORDER, END_OF_BLOCK};

/// Why the inflater returned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// All input was used.
    NeedInput,
    /// The limit was reached, and there is at least one byte more.
    LimitReached,
    /// A block with BFINAL ended. Further blocks may follow at the next byte.
    Final,
}

/// The encoding of a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BlockKind {
    /// Stored: not compressed.
    Stored,
    /// With the fixed codes.
    Fixed,
    /// With codes of its own.
    Dynamic,
}

/// The header of a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Block {
    /// Offset of its first bit.
    pub from: u64,
    /// How it is encoded.
    pub kind: BlockKind,
    /// BFINAL.
    pub last: bool,
}

/// The state within a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Header,
    StoredHead,
    Stored { left: usize },
    LiteralCount,
    DistanceCount,
    CodeLengthCount,
    CodeLengths { have: usize, count: usize },
    Lengths { have: usize },
    Symbol,
    Distance { length: usize },
    Copy { distance: usize, left: usize },
}

/// An inflater for one stream.
#[derive(Debug, Clone)]
pub struct Inflate {
    state: State,
    bits: Bits,
    window: Window,
    /// The block being read, or read last.
    block: Option<Block>,
    fixed: bool,
    tables: Tables,
    code_lengths: Table<128>,
    lengths: [u8; 320],
    literals: usize,
    distances: usize,
    /// Offset of the bit at which the lengths being read began.
    lengths_from: u64,
    reaches: Reaches,
    /// Largest distance that is not recorded as beyond the window.
    allowed: u32,
    final_block: Option<u64>,
    failed: Option<InflateError>,
    /// Offset after the bits that prove [`Status::LimitReached`].
    proof: u64,
}

impl Default for Inflate {
    fn default() -> Self {
        Inflate::new()
    }
}

impl Inflate {
    /// Creates an inflater before the first block, with nothing to copy from.
    pub fn new() -> Inflate {
        Inflate {
            state: State::Header,
            bits: Bits::default(),
            window: Window::new(),
            block: None,
            fixed: false,
            tables: Tables::new(),
            code_lengths: Table::new(),
            lengths: [0; 320],
            literals: 0,
            distances: 0,
            lengths_from: 0,
            reaches: Reaches::default(),
            allowed: 1 << 15,
            final_block: None,
            failed: None,
            proof: 0,
        }
    }

    /// Forgets everything, a failure too. Offsets count from 0 again.
    pub fn reset(&mut self) {
        self.window.clear();
        self.next_message();
    }

    /// Forgets everything but the output in reach: the next byte begins a block, whatever came
    /// before. Offsets count from 0 again.
    pub fn next_message(&mut self) {
        self.state = State::Header;
        self.block = None;
        self.bits = Bits::default();
        self.failed = None;
        self.reaches = Reaches::default();
        self.final_block = None;
        self.window.begin_message();
    }

    /// Records copies from further back than 2^`bits` bytes in [`Reaches::beyond_window`].
    #[must_use]
    pub fn judge_window(mut self, bits: u8) -> Inflate {
        self.allowed = 1 << bits;
        self
    }

    /// Returns the offset of the next bit not used yet.
    pub fn bit_offset(&self) -> u64 {
        self.bits.offset()
    }

    /// Whether the input so far ends with a whole block and, except for zeros, a whole byte.
    pub fn at_boundary(&self) -> bool {
        self.state == State::Header && self.bits.hold == 0 && self.failed.is_none()
    }

    /// Whether the input so far ends with a whole block and nothing after it, not even padding.
    pub fn is_aligned(&self) -> bool {
        self.state == State::Header && self.bits.count == 0 && self.failed.is_none()
    }

    /// Returns the block being read, or read last in this message.
    pub fn block(&self) -> Option<Block> {
        self.block
    }

    /// Returns, after [`Status::LimitReached`], the offset after the bits that prove that there is
    /// a byte more.
    pub fn proof_of_more(&self) -> u64 {
        self.proof
    }

    /// Returns how far back the message has reached. A refused copy does not count.
    pub fn reaches(&self) -> &Reaches {
        &self.reaches
    }

    /// Returns the offset of the first block with BFINAL in the message.
    pub fn final_block(&self) -> Option<u64> {
        self.final_block
    }

    /// Reads from the front of `input`, shortens it by what was used, and appends at most `limit`
    /// bytes to `out`.
    ///
    /// # Errors
    ///
    /// What is wrong with the stream. It is final until [`reset`](Self::reset); what came before it
    /// is in `out`.
    pub fn inflate(
        &mut self,
        input: &mut &[u8],
        out: &mut Vec<u8>,
        limit: usize,
    ) -> Result<Status, InflateError> {
        if let Some(error) = self.failed {
            return Err(error);
        }
        let result = self.run(input, out, limit);
        self.window.flush(out);
        self.failed = result.err();
        result
    }

    fn run(
        &mut self,
        input: &mut &[u8],
        out: &mut Vec<u8>,
        mut room: usize,
    ) -> Result<Status, InflateError> {
        loop {
            if self.window.room() < LOW {
                self.window.flush(out);
            }
            let from = self.bits.offset();
            match self.state {
                State::Header => {
                    if !self.bits.need(3, input) {
                        return Ok(Status::NeedInput);
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
                }
                State::StoredHead => {
                    if !self.bits.need(32, input) {
                        return Ok(Status::NeedInput);
                    }
                    let left = self.bits.take(16);
                    if left != !self.bits.take(16) & 0xffff {
                        return Err(self.error(InflateFault::StoredLengthMismatch, from));
                    }
                    self.state = State::Stored {
                        left: left as usize,
                    };
                }
                State::Stored { left: 0 } => {
                    if self.end_block() {
                        return Ok(Status::Final);
                    }
                }
                // No bits are buffered between the bytes of a stored block.
                State::Stored { left } => {
                    let size = left.min(room).min(input.len()).min(self.window.room());
                    if size == 0 {
                        return Ok(if input.is_empty() {
                            Status::NeedInput
                        } else {
                            self.full(8)
                        });
                    }
                    let (bytes, rest) = input.split_at(size);
                    self.window.extend(bytes);
                    *input = rest;
                    self.bits.taken += size as u64;
                    room -= size;
                    self.state = State::Stored { left: left - size };
                }
                State::LiteralCount => {
                    if !self.bits.need(5, input) {
                        return Ok(Status::NeedInput);
                    }
                    self.literals = self.bits.take(5) as usize + 257;
                    if self.literals > 286 {
                        return Err(self.error(InflateFault::TooManySymbols, from));
                    }
                    self.state = State::DistanceCount;
                }
                State::DistanceCount => {
                    if !self.bits.need(5, input) {
                        return Ok(Status::NeedInput);
                    }
                    self.distances = self.bits.take(5) as usize + 1;
                    if self.distances > 30 {
                        return Err(self.error(InflateFault::TooManySymbols, from));
                    }
                    self.lengths = [0; 320];
                    self.state = State::CodeLengthCount;
                }
                State::CodeLengthCount => {
                    if !self.bits.need(4, input) {
                        return Ok(Status::NeedInput);
                    }
                    let count = self.bits.take(4) as usize + 4;
                    self.lengths_from = self.bits.offset();
                    self.state = State::CodeLengths { have: 0, count };
                }
                State::CodeLengths { have, count } if have < count => {
                    if !self.bits.need(3, input) {
                        return Ok(Status::NeedInput);
                    }
                    self.lengths[CODE_LENGTH_ORDER[have]] = self.bits.take(3) as u8;
                    self.state = State::CodeLengths {
                        have: have + 1,
                        count,
                    };
                }
                State::CodeLengths { .. } => {
                    if let Err(fault) =
                        self.code_lengths
                            .build(&self.lengths[..19], false, length_entry)
                    {
                        let fault = match fault {
                            CodeFault::OverSubscribed => InflateFault::CodeLengthsOverSubscribed,
                            CodeFault::Incomplete => InflateFault::CodeLengthsIncomplete,
                        };
                        return Err(self.error(fault, self.lengths_from));
                    }
                    self.lengths_from = from;
                    self.state = State::Lengths { have: 0 };
                }
                State::Lengths { have } if have == self.literals + self.distances => {
                    self.build_tables()?;
                }
                State::Lengths { have } => {
                    let Some((symbol, bits)) =
                        self.peek(input, |this| this.code_lengths.entry(this.bits.hold))
                    else {
                        return Ok(Status::NeedInput);
                    };
                    let symbol = symbol >> 16;
                    let (extra, base) = match symbol {
                        0..=15 => (0, 1),
                        16 => (2, 3),
                        17 => (3, 3),
                        _ => (7, 11),
                    };
                    if !self.bits.need(bits + extra, input) {
                        return Ok(Status::NeedInput);
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
                }
                State::Symbol => {
                    self.race(input, &mut room)?;
                    if self.window.room() < LOW {
                        continue;
                    }
                    let from = self.bits.offset();
                    let Some((entry, bits)) =
                        self.peek(input, |this| this.codes().literals.entry(this.bits.hold))
                    else {
                        return Ok(Status::NeedInput);
                    };
                    if entry & LITERAL != 0 {
                        if room == 0 {
                            return Ok(self.full(bits));
                        }
                        self.bits.take(bits);
                        self.window.push((entry >> 16) as u8);
                        room -= 1;
                    } else if entry & END != 0 {
                        self.bits.take(bits);
                        if self.end_block() {
                            return Ok(Status::Final);
                        }
                    } else if entry & BAD != 0 {
                        self.bits.take(bits);
                        return Err(self.error(InflateFault::InvalidLiteral(named(entry)), from));
                    } else {
                        let extra = entry >> 8 & 15;
                        if !self.bits.need(bits + extra, input) {
                            return Ok(Status::NeedInput);
                        }
                        self.bits.take(bits);
                        let length = ((entry >> 16) + self.bits.take(extra)) as usize;
                        self.state = State::Distance { length };
                    }
                }
                State::Distance { length } => {
                    let Some((entry, bits)) =
                        self.peek(input, |this| this.codes().distances.entry(this.bits.hold))
                    else {
                        return Ok(Status::NeedInput);
                    };
                    if entry & BAD != 0 {
                        self.bits.take(bits);
                        return Err(self.error(InflateFault::InvalidDistance(named(entry)), from));
                    }
                    let extra = entry >> 8 & 15;
                    if !self.bits.need(bits + extra, input) {
                        return Ok(Status::NeedInput);
                    }
                    self.bits.take(bits);
                    let distance = (entry >> 16) + self.bits.take(extra);
                    if distance as usize > self.window.reach() {
                        return Err(self.error(InflateFault::DistanceTooFar(distance), from));
                    }
                    if distance > self.reaches.farthest.distance {
                        let until = self.bits.offset();
                        self.reaches
                            .note(Reach { distance, until }, &self.window, self.allowed);
                    }
                    self.state = State::Copy {
                        distance: distance as usize,
                        left: length,
                    };
                }
                State::Copy { left: 0, .. } => self.state = State::Symbol,
                State::Copy { distance, left } => {
                    let size = left.min(room);
                    if size == 0 {
                        return Ok(self.full(0));
                    }
                    self.window.copy(distance, size);
                    room -= size;
                    self.state = State::Copy {
                        distance,
                        left: left - size,
                    };
                }
            }
        }
    }

    /// Handles literals and copies as long as input, room and window suffice for the longest copy.
    ///
    /// 56 bits are enough for two literals and the longest symbol after them, or for a whole copy.
    fn race(&mut self, input: &mut &[u8], room: &mut usize) -> Result<(), InflateError> {
        let bytes = *input;
        let tables = if self.fixed { &*FIXED } else { &self.tables };
        let window = &mut self.window;
        let Bits {
            mut hold,
            mut count,
            taken,
        } = self.bits;
        let mut at = 0;
        // The window writes at most a few bytes per iteration before a copy.
        let allowed = window.room().min(*room);
        let begin = window.end();
        let mut error = None;
        // Upper bits may hold part of the next byte; the next refill writes the same over them.
        let refill = |hold: &mut u64, count: &mut u32, at: &mut usize| {
            if let Some(Ok(word)) = bytes.get(*at..*at + 8).map(<[u8; 8]>::try_from) {
                *hold |= u64::from_le_bytes(word) << *count;
                *at += ((63 - *count) >> 3) as usize;
                *count |= 0b11_1000;
            }
        };
        while bytes.len() - at >= 16 && window.end() - begin + LOW <= allowed {
            refill(&mut hold, &mut count, &mut at);
            let mut entry = tables.literals.entry(hold);
            if entry & LITERAL != 0 {
                hold >>= entry & 0xff;
                count -= entry & 0xff;
                window.push((entry >> 16) as u8);
                entry = tables.literals.entry(hold);
                if entry & LITERAL != 0 {
                    hold >>= entry & 0xff;
                    count -= entry & 0xff;
                    window.push((entry >> 16) as u8);
                    entry = tables.literals.entry(hold);
                    if entry & LITERAL != 0 {
                        hold >>= entry & 0xff;
                        count -= entry & 0xff;
                        window.push((entry >> 16) as u8);
                        continue;
                    }
                }
                refill(&mut hold, &mut count, &mut at);
            }
            if entry & (END | BAD) != 0 {
                // Left to the careful step.
                break;
            }
            hold >>= entry & 0xff;
            count -= entry & 0xff;
            let extra = entry >> 8 & 15;
            let length = (entry >> 16) as usize + (hold & ((1 << extra) - 1)) as usize;
            hold >>= extra;
            count -= extra;

            let from = (taken + at as u64) * 8 - u64::from(count);
            let entry = tables.distances.entry(hold);
            hold >>= entry & 0xff;
            count -= entry & 0xff;
            let extra = entry >> 8 & 15;
            let distance = (entry >> 16) + (hold & ((1 << extra) - 1)) as u32;
            let fault = if entry & BAD != 0 {
                Some(InflateFault::InvalidDistance(named(entry)))
            } else {
                hold >>= extra;
                count -= extra;
                (distance as usize > window.reach())
                    .then_some(InflateFault::DistanceTooFar(distance))
            };
            let until = (taken + at as u64) * 8 - u64::from(count);
            if let Some(fault) = fault {
                error = Some(InflateError { fault, from, until });
                break;
            }
            if distance > self.reaches.farthest.distance {
                self.reaches
                    .note(Reach { distance, until }, window, self.allowed);
            }
            window.copy(distance as usize, length);
        }
        *room -= window.end() - begin;
        // Whole bytes go back.
        let spare = (count / 8) as usize;
        // Those buffered before this call stay: they are not in `bytes`.
        let spare = spare.min(at);
        count -= 8 * spare as u32;
        at -= spare;
        *input = &bytes[at..];
        self.bits = Bits {
            hold: hold & ((1u64 << count) - 1),
            count,
            taken: taken + at as u64,
        };
        error.map_or(Ok(()), Err)
    }

    /// Returns the next entry of a table and the length of its code, once all bits of it are
    /// available.
    fn peek(&mut self, input: &mut &[u8], entry: impl Fn(&Inflate) -> u32) -> Option<(u32, u32)> {
        loop {
            let entry = entry(self);
            let bits = entry & 0xff;
            if bits <= self.bits.count {
                return Some((entry, bits));
            }
            if !self.bits.pull(input) {
                return None;
            }
        }
    }

    fn codes(&self) -> &Tables {
        if self.fixed { &FIXED } else { &self.tables }
    }

    fn build_tables(&mut self) -> Result<(), InflateError> {
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
        Ok(())
    }

    /// Whether the block that ends had BFINAL.
    fn end_block(&mut self) -> bool {
        self.state = State::Header;
        let last = self.block.is_some_and(|block| block.last);
        if last {
            self.bits.align();
        }
        last
    }

    /// The limit is exceeded, as the next `bits` bits show.
    fn full(&mut self, bits: u32) -> Status {
        self.proof = self.bits.offset() + u64::from(bits);
        Status::LimitReached
    }

    fn error(&self, fault: InflateFault, from: u64) -> InflateError {
        InflateError {
            fault,
            from,
            until: self.bits.offset(),
        }
    }
}

/// Returns the symbol of a bad entry, if the bits are a code at all.
fn named(entry: u32) -> Option<u16> {
    (entry >> 16 != NO_CODE).then_some((entry >> 16) as u16)
}
