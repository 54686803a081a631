//! Payloads: a string, or an object that describes bytes to generate.

mod generate;
mod read;
mod read_blocks;

/// Largest payload that a vector may describe, in bytes: 256 MiB.
const MAX_SIZE: u64 = 256 << 20;

/// Largest part that is repeated or picked, and largest content of DEFLATE blocks, in bytes: 1 MiB.
/// These are generated more than once.
const MAX_PART: u64 = 1 << 20;

/// The description of a payload; [`bytes`](Payload::bytes) generates it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Payload {
    /// UTF-8 text.
    Text(String),
    /// The bytes themselves.
    Bytes(Vec<u8>),
    /// A payload repeated and cut to exactly this many bytes.
    Repeat(Box<Payload>, u64),
    /// Random bytes from [`SplitMix64`](crate::SplitMix64), eight a number, little-endian.
    Random {
        /// Number of bytes.
        size: u64,
        /// Seed of the generator.
        seed: u64,
        /// Whether each byte `b` becomes `0x20 + b % 95`, a printable character.
        ascii: bool,
    },
    /// Words picked at random, one after the other, cut to exactly `size` bytes.
    Words {
        /// The words to pick from, none of them empty.
        words: Vec<Payload>,
        /// Number of bytes.
        size: u64,
        /// Seed of the generator.
        seed: u64,
    },
    /// Payloads one after the other.
    Concat(Vec<Payload>),
    /// A compressed message, given block by block (RFC 1951, RFC 7692 §7.2.1).
    Blocks(Vec<Block>),
}

/// One block of DEFLATE (RFC 1951 §3.2.3).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    content: BlockContent,
    last: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum BlockContent {
    Stored(Payload),
    Fixed(Vec<BlockPart>),
    Dynamic(Vec<BlockPart>),
    Flush,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum BlockPart {
    Literals(Payload),
    Copy { length: u16, distance: u32 },
}
