//! Tables that decode a canonical Huffman code (RFC 1951 §3.2.2).
//!
//! The next bits of the input index a root table. Its entry either holds everything about the
//! symbol, or links to a second table, which the bits after those index, for codes longer than the
//! root. An entry is one number:
//!
//! | bits | content |
//! |---|---|
//! | 0–7 | length of the whole code |
//! | 8–11 | extra bits that follow the code; of a link the bits that index the second table |
//! | 12–15 | [`LITERAL`], [`LINK`], [`END`], [`BAD`], or none for a length or a distance |
//! | 16–31 | the literal or code length, the smallest length or distance, or where the second table begins |

use std::sync::LazyLock;

use super::{END_OF_BLOCK, LENGTHS, distance, fixed_lengths};

/// The entry is a literal.
pub(super) const LITERAL: u32 = 0x8000;
/// The entry links to a second table.
pub(super) const LINK: u32 = 0x4000;
/// The entry ends the block.
pub(super) const END: u32 = 0x2000;
/// The entry is a symbol that must not occur, named by its value, or bits that are not a code
/// ([`NO_CODE`]).
pub(super) const BAD: u32 = 0x1000;
/// The value of bits that are not a code.
pub(super) const NO_CODE: u32 = 0xffff;

/// Longest code, in bits.
const MAX_BITS: usize = 15;

/// Why lengths do not make a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum CodeFault {
    OverSubscribed,
    Incomplete,
}

/// A table with a root of `SIZE` entries, a power of two.
#[derive(Debug, Clone)]
pub(super) struct Table<const SIZE: usize> {
    root: Box<[u32; SIZE]>,
    links: Vec<u32>,
}

impl<const SIZE: usize> Table<SIZE> {
    const ROOT: u32 = SIZE.trailing_zeros();

    pub(super) fn new() -> Self {
        Table {
            root: Box::new([BAD | 1; SIZE]),
            links: Vec::new(),
        }
    }

    /// Returns the entry for the code that `hold` begins with. It is valid if its code is no longer
    /// than the bits available.
    #[inline(always)]
    #[allow(clippy::inline_always)]
    pub(super) fn entry(&self, hold: u64) -> u32 {
        let entry = self.root[hold as usize & (SIZE - 1)];
        if entry & LINK == 0 {
            return entry;
        }
        let index = (hold >> Self::ROOT) as usize & ((1 << (entry >> 8 & 15)) - 1);
        self.links[(entry >> 16) as usize + index]
    }

    /// Builds the table for the code with these lengths, 0 for symbols without a code. `entry`
    /// returns what the table holds about a symbol, without the length of its code.
    ///
    /// As in zlib, a code without symbols or with a single code of one bit may be incomplete if
    /// `lone` is set.
    pub(super) fn build(
        &mut self,
        lengths: &[u8],
        lone: bool,
        entry: fn(usize) -> u32,
    ) -> Result<(), CodeFault> {
        let mut counts = [0u16; MAX_BITS + 1];
        lengths
            .iter()
            .for_each(|length| counts[usize::from(*length)] += 1);
        counts[0] = 0;
        let longest = counts.iter().rposition(|count| *count > 0).unwrap_or(0);
        let mut free = 1i32;
        for count in &counts[1..] {
            free = 2 * free - i32::from(*count);
            if free < 0 {
                return Err(CodeFault::OverSubscribed);
            }
        }
        if free > 0 {
            if !lone || longest > 1 {
                return Err(CodeFault::Incomplete);
            }
            self.root.fill(BAD | NO_CODE << 16 | 1);
        }

        let sorted = sorted(lengths, &counts);
        self.links.clear();
        let total = counts.iter().sum::<u16>();
        let (mut code, mut length) = (0u32, 0u32);
        // The second table being filled.
        let (mut prefix, mut begin, mut size) = (usize::MAX, 0, 0);
        for symbol in &sorted[..usize::from(total)] {
            let symbol = usize::from(*symbol);
            code <<= u32::from(lengths[symbol]) - length;
            length = u32::from(lengths[symbol]);
            let reversed = (code.reverse_bits() >> (32 - length)) as usize;
            let value = entry(symbol) | length;
            if length <= Self::ROOT {
                self.root[reversed..]
                    .iter_mut()
                    .step_by(1 << length)
                    .for_each(|slot| *slot = value);
            } else {
                if reversed & (SIZE - 1) != prefix {
                    prefix = reversed & (SIZE - 1);
                    begin = self.links.len();
                    // As many bits as the codes with this prefix need; they follow each other.
                    let mut bits = length - Self::ROOT;
                    let mut open = 1i32 << bits;
                    while (bits + Self::ROOT) < longest as u32 {
                        open -= i32::from(counts[(bits + Self::ROOT) as usize]);
                        if open <= 0 {
                            break;
                        }
                        bits += 1;
                        open <<= 1;
                    }
                    size = 1 << bits;
                    self.links
                        .resize(begin + size, BAD | NO_CODE << 16 | MAX_BITS as u32);
                    self.root[prefix] = LINK | bits << 8 | (begin as u32) << 16;
                }
                let low = reversed >> Self::ROOT;
                let table = &mut self.links[begin..begin + size];
                table[low..]
                    .iter_mut()
                    .step_by(1 << (length - Self::ROOT))
                    .for_each(|slot| *slot = value);
            }
            counts[length as usize] -= 1;
            code += 1;
        }
        Ok(())
    }
}

/// Returns the symbols in the order of their codes.
fn sorted(lengths: &[u8], counts: &[u16; MAX_BITS + 1]) -> [u16; 320] {
    let mut starts = [0u16; MAX_BITS + 2];
    for length in 1..=MAX_BITS {
        starts[length + 1] = starts[length] + counts[length];
    }
    let mut sorted = [0u16; 320];
    let used = lengths
        .iter()
        .enumerate()
        .filter(|(_, length)| **length > 0);
    for (symbol, length) in used {
        let start = &mut starts[usize::from(*length)];
        sorted[usize::from(*start)] = symbol as u16;
        *start += 1;
    }
    sorted
}

/// The two codes of a block.
#[derive(Debug, Clone)]
pub(super) struct Tables {
    pub(super) literals: Table<1024>,
    pub(super) distances: Table<512>,
}

impl Tables {
    pub(super) fn new() -> Tables {
        Tables {
            literals: Table::new(),
            distances: Table::new(),
        }
    }
}

/// The codes of fixed blocks.
pub(super) static FIXED: LazyLock<Tables> = LazyLock::new(|| {
    let mut tables = Tables::new();
    let (literals, distances) = fixed_lengths();
    let built = tables
        .literals
        .build(&literals, false, literal_entry)
        .and(tables.distances.build(&distances, false, distance_entry));
    assert_eq!(built, Ok(()));
    tables
});

/// Returns the entry of a literal or length.
pub(super) fn literal_entry(symbol: usize) -> u32 {
    match symbol {
        0..END_OF_BLOCK => LITERAL | (symbol as u32) << 16,
        END_OF_BLOCK => END,
        _ => LENGTHS
            .get(symbol - END_OF_BLOCK - 1)
            .map_or(BAD | (symbol as u32) << 16, |(base, extra)| {
                u32::from(*base) << 16 | u32::from(*extra) << 8
            }),
    }
}

/// Returns the entry of a distance.
pub(super) fn distance_entry(symbol: usize) -> u32 {
    if symbol >= 30 {
        return BAD | (symbol as u32) << 16;
    }
    let (base, extra) = distance(symbol);
    u32::from(base) << 16 | u32::from(extra) << 8
}

/// Returns the entry of a code length.
pub(super) fn length_entry(symbol: usize) -> u32 {
    (symbol as u32) << 16
}
