//! Finds copies: greedy LZ77 for every window size.

use std::ops::{Range, RangeInclusive};

use super::token::Token;

/// Shortest and longest copy, in bytes.
const COPY: RangeInclusive<usize> = 3..=258;

/// Candidates tried for one copy.
const TRIES: usize = 8;

/// Least number of hashes, a power of two.
const LEAST: usize = 1 << 8;

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

/// The hash of three bytes, the first one lowest: the bits of a product above the lowest `shift`.
fn hash(three: u32, shift: u32) -> usize {
    (three.wrapping_mul(0x9e37_79b1) >> shift) as usize
}

/// Finds copies in a window.
#[derive(Debug, Clone)]
pub struct Matcher {
    window: usize,
    /// The window, and before it what was not discarded yet.
    bytes: Vec<u8>,
    /// Offset of `bytes` in everything seen.
    base: u64,
    /// The last position of each hash, plus 1. There are as many as the bytes kept so far call for.
    heads: Vec<u32>,
    /// The previous position of the hash at a position in the window, plus 1; as many as `heads`.
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
            heads: Vec::new(),
            previous: Vec::new(),
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
        if self.grow() {
            hashed = 0;
        }
        let mut tokens = Vec::new();
        while at < self.bytes.len() {
            self.enter(hashed..at);
            hashed = at;
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
        self.enter(hashed..at);
        tokens
    }

    /// Makes room for what is kept. Returns whether it did, and all positions are to be entered again.
    fn grow(&mut self) -> bool {
        let size = self.bytes.len().next_power_of_two().max(LEAST);
        let size = size.min(self.window);
        let grows = size > self.heads.len();
        if grows {
            self.heads = vec![0; size];
            self.previous = vec![0; size];
        }
        grows
    }

    /// Enters these positions, except those with fewer than three bytes from there on: they are entered
    /// when more bytes have come.
    fn enter(&mut self, positions: Range<usize>) {
        let end = positions.end.min(self.bytes.len().saturating_sub(2));
        let (shift, mask) = (32 - self.heads.len().ilog2(), self.previous.len() - 1);
        let Some([a, b, rest @ ..]) = self.bytes.get(positions.start..end + 2) else {
            return;
        };
        let mut place = self.base as usize + positions.start;
        let mut three = u32::from_le_bytes([0, *a, *b, 0]);
        for byte in rest {
            three = three >> 8 | u32::from(*byte) << 16;
            let head = &mut self.heads[hash(three, shift)];
            self.previous[place & mask] = *head;
            place += 1;
            *head = place as u32;
        }
    }

    /// Finds the longest copy for the bytes at `at`. Returns its length and distance.
    fn longest(&self, at: usize) -> (usize, usize) {
        let mut best = (0, 0);
        let Some(&[a, b, c]) = self.bytes.get(at..at + 3) else {
            return best;
        };
        let three = u32::from_le_bytes([a, b, c, 0]);
        let hash = hash(three, 32 - self.heads.len().ilog2());
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
            let before = self.previous[from & (self.previous.len() - 1)] as usize;
            // An older entry was overwritten by a newer one.
            if before >= candidate {
                break;
            }
            candidate = before;
        }
        best
    }
}
