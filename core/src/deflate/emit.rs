//! A DEFLATE writer that can write any stream, valid or not.
//!
//! [`Emitter`] appends blocks: with BFINAL anywhere, copies from before the beginning, symbols that
//! must not occur, a LEN without its NLEN, code lengths that make no code, single bits. It checks
//! nothing. [`Matcher`] finds copies in the bytes it was given before, greedily, within a window of
//! any size; [`Plan`] computes the codes of a dynamic block for given tokens.
//! before; [`Plan`] makes the codes of a dynamic block for what shall be written.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::bits::BitWriter;
use super::{CODE_LENGTH_ORDER, END_OF_BLOCK, LENGTHS, fixed_lengths};

/// The end of a sync flush, which permessage-deflate leaves out (RFC 7692 §7.2.1).
pub const TAIL: [u8; 4] = [0x00, 0x00, 0xff, 0xff];

/// One element of a compressed block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Token {
    /// A byte.
    Literal(u8),
    /// Bytes from further back. Lengths from 3 to 258 and distances from 1 to 65,536 can be
    /// written; distances above 32,768 use the symbols 30 and 31 as in DEFLATE64, which DEFLATE
    /// forbids.
    Copy {
        /// Number of bytes.
        length: u16,
        /// Distance in bytes.
        distance: u32,
    },
    /// Any literal or length symbol, with the extra bits after it.
    Symbol {
        /// The symbol.
        symbol: u16,
        /// The value of the extra bits.
        extra: u16,
        /// Their number.
        bits: u8,
    },
    /// Any distance symbol, with the extra bits after it; it belongs after a length.
    Distance {
        /// The symbol.
        symbol: u8,
        /// The value of the extra bits.
        extra: u16,
        /// Their number.
        bits: u8,
    },
}

/// The symbol that ends a block, for tokens that include it.
pub const END: Token = Token::Symbol {
    symbol: END_OF_BLOCK as u16,
    extra: 0,
    bits: 0,
};

/// For each length from 3 to 258, the index of the last length with a symbol of its own that is not
/// longer.
const LENGTH_INDEX: [u8; 256] = {
    let mut table = [0; 256];
    let (mut length, mut index) = (3, 0);
    while length <= 258 {
        while index + 1 < LENGTHS.len() && LENGTHS[index + 1].0 <= length {
            index += 1;
        }
        table[length as usize - 3] = index as u8;
        length += 1;
    }
    table
};

/// Returns the symbol for a length, the extra bits and their number.
///
/// # Panics
///
/// If the length is not from 3 to 258.
pub fn length_symbol(length: u16) -> (u16, u16, u8) {
    assert!(
        (3..=258).contains(&length),
        "there is no symbol for length {length}"
    );
    let index = usize::from(LENGTH_INDEX[usize::from(length) - 3]);
    let (base, bits) = LENGTHS[index];
    (257 + index as u16, length - base, bits)
}

/// Returns the symbol for a distance, the extra bits and their number.
///
/// # Panics
///
/// If the distance is not from 1 to 65,536.
pub fn distance_symbol(wanted: u32) -> (u8, u16, u8) {
    assert!(
        (1..=65536).contains(&wanted),
        "there is no symbol for distance {wanted}"
    );
    if wanted <= 4 {
        return (wanted as u8 - 1, 0, 0);
    }
    // There are two symbols for each power of two.
    let above = wanted - 1;
    let bits = above.ilog2() - 1;
    let symbol = 2 * bits + 2 + (above >> bits & 1);
    (symbol as u8, (above & ((1 << bits) - 1)) as u16, bits as u8)
}

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
        let trimmed = |lengths: Vec<u8>, least: usize| {
            let end = lengths
                .iter()
                .rposition(|length| *length > 0)
                .map_or(0, |at| at + 1);
            lengths[..end.max(least)].to_vec()
        };
        Codes {
            literals: trimmed(code_lengths(&literals, 15), 257),
            distances: trimmed(code_lengths(&distances, 15), 1),
        }
    }

    /// Returns the number of bits that the tokens and the end of the block take.
    fn cost(&self, tokens: &[Token]) -> u64 {
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

    fn cost(&self) -> u64 {
        let items = self.items.iter().map(|(symbol, _)| {
            u64::from(self.code_lengths[usize::from(*symbol)]) + u64::from(repeat_bits(*symbol))
        });
        14 + 3 * (u64::from(self.hclen) + 4) + items.sum::<u64>()
    }
}

/// Returns the number of extra bits of a symbol of the code length code.
fn repeat_bits(symbol: u8) -> u32 {
    match symbol {
        16 => 2,
        17 => 3,
        18 => 7,
        _ => 0,
    }
}

/// Calls `each` with whether it is a distance, the symbol, the extra bits and their number.
fn each_symbol(token: Token, mut hand: impl FnMut(bool, u16, u16, u8)) {
    match token {
        Token::Literal(byte) => hand(false, u16::from(byte), 0, 0),
        Token::Copy { length, distance } => {
            let (symbol, extra, bits) = length_symbol(length);
            hand(false, symbol, extra, bits);
            let (symbol, extra, bits) = distance_symbol(distance);
            hand(true, u16::from(symbol), extra, bits);
        }
        Token::Symbol {
            symbol,
            extra,
            bits,
        } => hand(false, symbol, extra, bits),
        Token::Distance {
            symbol,
            extra,
            bits,
        } => hand(true, u16::from(symbol), extra, bits),
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
fn assign(lengths: &[u8]) -> Vec<(u32, u32)> {
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

/// A DEFLATE stream under construction.
#[derive(Debug, Clone, Default)]
pub struct Emitter {
    bits: BitWriter,
}

impl Emitter {
    /// Creates an empty stream.
    pub fn new() -> Emitter {
        Emitter::default()
    }

    /// Returns the number of bits written.
    pub fn bit_offset(&self) -> u64 {
        self.bits.len()
    }

    /// Appends any bits, lowest first; at most 32.
    pub fn bits(&mut self, value: u32, count: u32) -> &mut Self {
        self.bits.put(value, count);
        self
    }

    /// Appends zeros up to the next byte.
    pub fn align(&mut self) -> &mut Self {
        self.bits.align();
        self
    }

    /// Appends the first three bits of a block: BFINAL and the type, 0 to 3.
    pub fn header(&mut self, last: bool, kind: u8) -> &mut Self {
        self.bits(u32::from(last), 1).bits(u32::from(kind), 2)
    }

    /// Appends a stored block. At most 65,535 bytes can be announced; all bytes are written.
    pub fn stored(&mut self, last: bool, bytes: &[u8]) -> &mut Self {
        let length = bytes.len().min(65535) as u16;
        self.stored_as(last, length, !length, bytes)
    }

    /// Appends a stored block with any LEN and NLEN.
    pub fn stored_as(&mut self, last: bool, len: u16, nlen: u16, bytes: &[u8]) -> &mut Self {
        self.header(last, 0)
            .align()
            .bits(u32::from(len), 16)
            .bits(u32::from(nlen), 16);
        self.bits.bytes(bytes);
        self
    }

    /// Appends a fixed block with its end.
    pub fn fixed(&mut self, last: bool, tokens: &[Token]) -> &mut Self {
        let codes = Codes::fixed();
        self.header(last, 1)
            .tokens(&codes, tokens)
            .tokens(&codes, &[END])
    }

    /// Appends a dynamic block with its end, and the best codes for the tokens.
    pub fn dynamic(&mut self, last: bool, tokens: &[Token]) -> &mut Self {
        let codes = Codes::for_tokens(tokens);
        self.plan(last, &Plan::new(&codes))
            .tokens(&codes, tokens)
            .tokens(&codes, &[END])
    }

    /// Appends the head of a dynamic block.
    pub fn plan(&mut self, last: bool, plan: &Plan) -> &mut Self {
        self.header(last, 2);
        self.bits(u32::from(plan.hlit), 5)
            .bits(u32::from(plan.hdist), 5)
            .bits(u32::from(plan.hclen), 4);
        for symbol in CODE_LENGTH_ORDER
            .iter()
            .take(usize::from(plan.hclen & 15) + 4)
        {
            self.bits(u32::from(plan.code_lengths[*symbol]), 3);
        }
        let codes = assign(&plan.code_lengths);
        for (symbol, extra) in &plan.items {
            let (code, length) = codes[usize::from(*symbol)];
            self.bits(code, length)
                .bits(u32::from(*extra), repeat_bits(*symbol));
        }
        self
    }

    /// Appends tokens without the end of the block. A symbol that has no code is left out.
    pub fn tokens(&mut self, codes: &Codes, tokens: &[Token]) -> &mut Self {
        let literals = assign(&codes.literals);
        let distances = assign(&codes.distances);
        for token in tokens {
            each_symbol(*token, |distance, symbol, extra, bits| {
                let codes = if distance { &distances } else { &literals };
                if let Some((code, length)) = codes.get(usize::from(symbol)) {
                    self.bits.put(*code, *length);
                    self.bits.put(u32::from(extra), u32::from(bits));
                }
            });
        }
        self
    }

    /// Appends a block without BFINAL, of the kind that takes the fewest bits for `tokens`, which
    /// stand for `bytes`.
    pub fn best(&mut self, tokens: &[Token], bytes: &[u8]) -> &mut Self {
        let codes = Codes::for_tokens(tokens);
        let plan = Plan::new(&codes);
        let dynamic = plan.cost() + codes.cost(tokens);
        let fixed = Codes::fixed().cost(tokens);
        let stored = 7 + 40 * bytes.len().div_ceil(65535) as u64 + 8 * bytes.len() as u64;
        if stored < dynamic.min(fixed) {
            for chunk in bytes.chunks(65535) {
                self.stored(false, chunk);
            }
            self
        } else if fixed <= dynamic {
            self.fixed(false, tokens)
        } else {
            self.plan(false, &plan)
                .tokens(&codes, tokens)
                .tokens(&codes, &[END])
        }
    }

    /// Appends a sync flush: an empty stored block without BFINAL.
    pub fn flush(&mut self) -> &mut Self {
        self.stored(false, &[])
    }

    /// Returns the bytes. Dangling bits are filled up with zeros.
    pub fn finish(self) -> Vec<u8> {
        self.bits.finish()
    }

    /// Returns the bytes without the [`TAIL`] at their end, if it is there.
    pub fn finish_message(self) -> Vec<u8> {
        let mut bytes = self.finish();
        if bytes.ends_with(&TAIL) {
            bytes.truncate(bytes.len() - TAIL.len());
        }
        bytes
    }
}

/// Shortest and longest copy, in bytes.
const COPY: std::ops::RangeInclusive<usize> = 3..=258;

/// Candidates tried for one copy.
const TRIES: usize = 8;

/// Positions are 32 bits wide; after this many bytes all of them are forgotten.
const FAR: u64 = 1 << 31;

/// Returns the length of the common prefix; `a` is at least as long as `b`.
fn common(a: &[u8], b: &[u8]) -> usize {
    let words = a.chunks_exact(8).zip(b.chunks_exact(8));
    let whole = 8 * words.take_while(|(a, b)| a == b).count();
    whole
        + a[whole..]
            .iter()
            .zip(&b[whole..])
            .take_while(|(a, b)| a == b)
            .count()
}

/// Finds copies in a window.
#[derive(Debug, Clone)]
pub struct Matcher {
    window: usize,
    /// The window, and before it what was not discarded yet.
    bytes: Vec<u8>,
    /// Offset of `bytes` in everything seen.
    base: u64,
    /// The last position of each hash, plus 1.
    heads: Vec<u32>,
    /// The previous position of the hash at a position in the window, plus 1.
    previous: Vec<u32>,
}

impl Matcher {
    /// Creates a matcher that reaches back at most 2^`window_bits` bytes.
    ///
    /// # Panics
    ///
    /// If `window_bits` is not from 8 to 15.
    pub fn new(window_bits: u8) -> Matcher {
        assert!(
            (8..=15).contains(&window_bits),
            "DEFLATE has no window of 2^{window_bits} bytes here"
        );
        let window = 1 << window_bits;
        Matcher {
            window,
            bytes: Vec::new(),
            base: 0,
            heads: vec![0; window],
            previous: vec![0; window],
        }
    }

    /// Forgets everything seen.
    pub fn reset(&mut self) {
        // Positions before the base are ignored.
        self.base += self.bytes.len() as u64;
        self.bytes.clear();
    }

    /// Turns bytes into tokens, and remembers the bytes.
    pub fn tokens(&mut self, bytes: &[u8]) -> Vec<Token> {
        if self.bytes.len() > self.window {
            let spare = self.bytes.len() - self.window;
            self.bytes.drain(..spare);
            self.base += spare as u64;
        }
        if self.base > FAR {
            self.heads.fill(0);
            self.base = 0;
        }
        let mut at = self.bytes.len();
        // The last two bytes seen before could not be hashed without the next ones.
        let mut hashed = at.saturating_sub(COPY.start() - 1);
        self.bytes.extend_from_slice(bytes);
        let mut tokens = Vec::new();
        while at < self.bytes.len() {
            while hashed < at {
                self.enter(hashed);
                hashed += 1;
            }
            let (length, distance) = self.longest(at);
            if COPY.contains(&length) {
                tokens.push(Token::Copy {
                    length: length as u16,
                    distance: distance as u32,
                });
                at += length;
            } else {
                tokens.push(Token::Literal(self.bytes[at]));
                at += 1;
            }
        }
        while hashed < at {
            self.enter(hashed);
            hashed += 1;
        }
        tokens
    }

    fn hash(&self, at: usize) -> Option<usize> {
        let &[a, b, c] = self.bytes.get(at..at + 3)? else {
            return None;
        };
        let value = u32::from_le_bytes([a, b, c, 0]).wrapping_mul(0x9e37_79b1);
        Some((value >> (32 - self.heads.len().ilog2())) as usize)
    }

    fn enter(&mut self, at: usize) {
        let Some(hash) = self.hash(at) else { return };
        let place = self.base as usize + at;
        // A position that could not be hashed at first must not be entered twice.
        if self.heads[hash] as usize != place + 1 {
            self.previous[place & (self.window - 1)] = self.heads[hash];
            self.heads[hash] = place as u32 + 1;
        }
    }

    /// Finds the longest copy for the bytes at `at`. Returns its length and distance.
    fn longest(&self, at: usize) -> (usize, usize) {
        let mut best = (0, 0);
        let Some(hash) = self.hash(at) else {
            return best;
        };
        let most = (self.bytes.len() - at).min(*COPY.end());
        let base = self.base as usize;
        let place = base + at;
        let mut candidate = self.heads[hash] as usize;
        for _ in 0..TRIES {
            let Some(from) = candidate.checked_sub(1) else {
                break;
            };
            if from >= place || place - from > self.window || from < base {
                break;
            }
            let start = from - base;
            // Only a copy that matches beyond the best one so far can be better.
            let promising = self.bytes[start + best.0] == self.bytes[at + best.0];
            let length = if promising {
                common(&self.bytes[start..], &self.bytes[at..at + most])
            } else {
                0
            };
            if length > best.0 {
                best = (length, place - from);
                if length == most {
                    break;
                }
            }
            let before = self.previous[from & (self.window - 1)] as usize;
            // An older entry was overwritten by a newer one.
            if before >= candidate {
                break;
            }
            candidate = before;
        }
        best
    }
}
