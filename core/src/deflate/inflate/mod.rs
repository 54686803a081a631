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

mod head;
mod symbols;

use super::bits::Bits;
use super::fault::{InflateError, InflateFault, Reaches};
use super::huffman::{FIXED, Table, Tables};
use super::window::{LOW, Window};

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
        self.window.prepare();
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
            if let Some(status) = self.step(input, &mut room)? {
                return Ok(status);
            }
        }
    }

    /// Takes one step. Returns a status if there is nothing more to do now.
    fn step(
        &mut self,
        input: &mut &[u8],
        room: &mut usize,
    ) -> Result<Option<Status>, InflateError> {
        match self.state {
            State::Header => self.header(input),
            State::StoredHead => self.stored_head(input),
            State::Stored { left: 0 } => Ok(self.end_block()),
            State::Stored { left } => Ok(self.stored(left, input, room)),
            State::LiteralCount => self.literal_count(input),
            State::DistanceCount => self.distance_count(input),
            State::CodeLengthCount => Ok(self.code_length_count(input)),
            State::CodeLengths { have, count } if have < count => {
                Ok(self.code_length(have, count, input))
            }
            State::CodeLengths { .. } => self.build_code_lengths(),
            State::Lengths { have } if have == self.literals + self.distances => {
                self.build_tables()
            }
            State::Lengths { have } => self.lengths(have, input),
            State::Symbol => {
                self.race(input, room)?;
                if self.window.room() < LOW {
                    return Ok(None);
                }
                self.symbol(input, room)
            }
            State::Distance { length } => self.distance(length, input),
            State::Copy { left: 0, .. } => {
                self.state = State::Symbol;
                Ok(None)
            }
            State::Copy { distance, left } => Ok(self.copy(distance, left, room)),
        }
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

    /// Ends the block, and returns the status if it had BFINAL.
    fn end_block(&mut self) -> Option<Status> {
        self.state = State::Header;
        let last = self.block.is_some_and(|block| block.last);
        last.then(|| {
            self.bits.align();
            Status::Final
        })
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
