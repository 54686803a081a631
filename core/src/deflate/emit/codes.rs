//! The codes of a block, and the head that announces them.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::token::{Token, each_symbol};
use crate::deflate::{CODE_LENGTH_ORDER, END_OF_BLOCK, fixed_lengths};

/// The code lengths of the two codes of a block, by symbol.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Codes {
    /// The literal and length code.
    pub literals: Vec<u8>,
    /// The distance code.
    pub distances: Vec<u8>,
}

impl Codes {
    /// Returns the codes of fixed blocks.
    pub fn fixed() -> Codes {
        let (literals, distances) = fixed_lengths();
        Codes {
            literals: literals.to_vec(),
            distances: distances.to_vec(),
        }
    }

    /// Returns the best codes for these tokens and the end of the block.
    pub fn for_tokens(tokens: &[Token]) -> Codes {
        let mut literals = [0; 288];
        let mut distances = [0; 32];
        literals[END_OF_BLOCK] = 1;
        for token in tokens {
            each_symbol(*token, |distance, symbol, _, _| {
                let counts = if distance {
                    &mut distances[..]
                } else {
                    &mut literals[..]
                };
                counts[usize::from(symbol)] += 1;
            });
        }
        Codes {
            literals: trimmed(code_lengths(&literals, 15), 257),
            distances: trimmed(code_lengths(&distances, 15), 1),
        }
    }

    /// Returns the number of bits that the tokens and the end of the block take.
    pub(super) fn cost(&self, tokens: &[Token]) -> u64 {
        let mut total = u64::from(self.literals[END_OF_BLOCK]);
        for token in tokens {
            each_symbol(*token, |distance, symbol, _, bits| {
                let lengths = if distance {
                    &self.distances
                } else {
                    &self.literals
                };
                total += u64::from(lengths[usize::from(symbol)]) + u64::from(bits);
            });
        }
        total
    }
}

/// Removes lengths of 0 from the end, but keeps `least` lengths.
fn trimmed(mut lengths: Vec<u8>, least: usize) -> Vec<u8> {
    let used = lengths.iter().rposition(|length| *length > 0);
    lengths.truncate(used.map_or(0, |last| last + 1).max(least));
    lengths
}

/// The head of a dynamic block, field by field (RFC 1951 §3.2.7).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// HLIT, 5 bits.
    pub hlit: u8,
    /// HDIST, 5 bits.
    pub hdist: u8,
    /// HCLEN, 4 bits.
    pub hclen: u8,
    /// Code lengths of the code length code, by symbol. The first `hclen + 4` in the order of the
    /// RFC are written.
    pub code_lengths: [u8; 19],
    /// Symbols of the code length code, each with the value of its extra bits.
    pub items: Vec<(u8, u8)>,
}

impl Plan {
    /// Returns the head that announces these codes.
    pub fn new(codes: &Codes) -> Plan {
        let lengths = [&codes.literals[..], &codes.distances].concat();
        let mut items = Vec::new();
        for run in lengths.chunk_by(|a, b| a == b) {
            let (length, mut left) = (run[0], run.len());
            if length > 0 {
                items.push((length, 0));
                left -= 1;
            }
            while left > 0 {
                let (item, size) = match (length, left) {
                    (0, 11..) => ((18, left.min(138) as u8 - 11), left.min(138)),
                    (0, 3..) => ((17, left as u8 - 3), left),
                    (1.., 3..) => ((16, left.min(6) as u8 - 3), left.min(6)),
                    _ => ((length, 0), 1),
                };
                items.push(item);
                left -= size;
            }
        }
        let mut counts = [0; 19];
        items
            .iter()
            .for_each(|(symbol, _)| counts[usize::from(*symbol)] += 1);
        // A code with a single symbol would be incomplete.
        if counts.iter().filter(|count| **count > 0).count() == 1 {
            counts[usize::from(counts[0] > 0)] += 1;
        }
        let mut code = [0; 19];
        code.copy_from_slice(&code_lengths(&counts, 7));
        let used = CODE_LENGTH_ORDER
            .iter()
            .rposition(|symbol| code[*symbol] > 0)
            .map_or(0, |at| at + 1);
        Plan {
            hlit: (codes.literals.len() - 257) as u8,
            hdist: (codes.distances.len() - 1) as u8,
            hclen: used.max(4) as u8 - 4,
            code_lengths: code,
            items,
        }
    }

    pub(super) fn cost(&self) -> u64 {
        let items = self.items.iter().map(|(symbol, _)| {
            u64::from(self.code_lengths[usize::from(*symbol)]) + u64::from(repeat_bits(*symbol))
        });
        14 + 3 * (u64::from(self.hclen) + 4) + items.sum::<u64>()
    }
}

/// Returns the number of extra bits of a symbol of the code length code.
pub(super) fn repeat_bits(symbol: u8) -> u32 {
    match symbol {
        16 => 2,
        17 => 3,
        18 => 7,
        _ => 0,
    }
}

/// Returns the code lengths of a Huffman code for symbols with these counts, none longer than
/// `longest`.
///
/// If the best code is too long, the counts are leveled until it fits.
fn code_lengths(counts: &[u32], longest: u8) -> Vec<u8> {
    let mut counts = counts.to_vec();
    loop {
        let lengths = huffman(&counts);
        if lengths.iter().all(|length| *length <= longest) {
            return lengths;
        }
        counts
            .iter_mut()
            .filter(|count| **count > 0)
            .for_each(|count| *count = *count / 2 + 1);
    }
}

fn huffman(counts: &[u32]) -> Vec<u8> {
    let mut lengths = vec![0; counts.len()];
    let used = counts.iter().enumerate().filter(|(_, count)| **count > 0);
    let mut heap: BinaryHeap<_> = used
        .map(|(symbol, count)| Reverse((u64::from(*count), symbol)))
        .collect();
    if heap.len() == 1 {
        heap.iter()
            .for_each(|Reverse((_, symbol))| lengths[*symbol] = 1);
        return lengths;
    }
    // The parent of each node; leaves come first, the root last.
    let mut parents = vec![0; counts.len()];
    while let (Some(Reverse(a)), Some(Reverse(b))) = (heap.pop(), heap.pop()) {
        let node = parents.len();
        (parents[a.1], parents[b.1]) = (node, node);
        parents.push(node);
        if heap.is_empty() {
            break;
        }
        heap.push(Reverse((a.0 + b.0, node)));
    }
    let mut depths = vec![0u8; parents.len()];
    for node in (0..parents.len().saturating_sub(1)).rev() {
        if node >= counts.len() || counts[node] > 0 {
            depths[node] = depths[parents[node]].saturating_add(1);
        }
    }
    lengths.copy_from_slice(&depths[..counts.len()]);
    lengths
}

/// Returns the codes for these lengths, with their first bit lowest. Lengths that make no code give
/// arbitrary bits.
pub(super) fn assign(lengths: &[u8]) -> Vec<(u32, u32)> {
    let mut counts = [0u32; 16];
    lengths
        .iter()
        .for_each(|length| counts[usize::from(length & 15)] += 1);
    counts[0] = 0;
    let mut next = [0u32; 16];
    for length in 1..16 {
        next[length] = (next[length - 1] + counts[length - 1]) << 1;
    }
    let code = |length: &u8| {
        let length = length & 15;
        if length == 0 {
            return (0, 0);
        }
        let code = &mut next[usize::from(length)];
        *code += 1;
        let length = u32::from(length);
        (
            ((*code - 1) & ((1 << length) - 1)).reverse_bits() >> (32 - length),
            length,
        )
    };
    lengths.iter().map(code).collect()
}
