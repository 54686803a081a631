//! The elements of a compressed block, and the symbols that they are written with.

use crate::deflate::{END_OF_BLOCK, LENGTHS};

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

/// Calls `each` with whether it is a distance, the symbol, the extra bits and their number.
pub(super) fn each_symbol(token: Token, mut hand: impl FnMut(bool, u16, u16, u8)) {
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
