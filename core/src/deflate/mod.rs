//! DEFLATE (RFC 1951) and its use by permessage-deflate (RFC 7692).
//!
//! | module | purpose |
//! |---|---|
//! | [`inflate`] | the streaming inflater, which says what is wrong, where, and how far back a stream reached |
//! | [`fault`] | what can be wrong with a stream, and how far back a stream reached |
//! | [`emit`] | writes any stream, valid or not, block by block; greedy LZ77 for every window size |
//! | [`message`] | messages of permessage-deflate, both ways |
//! | [`negotiation`] | its parameters: offers, answers, and what was agreed |
//!
//! A library would inflate faster and deflate smaller. A test suite needs what libraries do not
//! give: the largest distance that was used, to check an agreed window without having that window;
//! the bit at which a stream breaks; windows of 256 bytes, which zlib cannot write; and streams
//! that are wrong on purpose.
//!
//! Reader and writer share only the tables of RFC 1951 §3.2.5, so that neither repairs the other.

pub mod emit;
pub mod fault;
pub mod inflate;
pub mod message;
pub mod negotiation;

mod bits;
mod huffman;
mod window;

/// The symbol that ends a block.
const END_OF_BLOCK: usize = 256;

/// The order in which a dynamic block lists the lengths of the code length code (RFC 1951 §3.2.7).
const CODE_LENGTH_ORDER: [usize; 19] = [
    16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15,
];

/// Smallest length and number of extra bits of the symbols from 257 on.
const LENGTHS: [(u16, u8); 29] = [
    (3, 0),
    (4, 0),
    (5, 0),
    (6, 0),
    (7, 0),
    (8, 0),
    (9, 0),
    (10, 0),
    (11, 1),
    (13, 1),
    (15, 1),
    (17, 1),
    (19, 2),
    (23, 2),
    (27, 2),
    (31, 2),
    (35, 3),
    (43, 3),
    (51, 3),
    (59, 3),
    (67, 4),
    (83, 4),
    (99, 4),
    (115, 4),
    (131, 5),
    (163, 5),
    (195, 5),
    (227, 5),
    (258, 0),
];

/// Smallest distance and number of extra bits of a distance symbol below 30.
const fn distance(symbol: usize) -> (u16, u8) {
    if symbol < 4 {
        return (symbol as u16 + 1, 0);
    }
    let extra = symbol / 2 - 1;
    ((((2 + symbol % 2) << extra) + 1) as u16, extra as u8)
}

/// The code lengths of a fixed block (RFC 1951 §3.2.6): literals and lengths, distances.
fn fixed_lengths() -> ([u8; 288], [u8; 32]) {
    let mut literals = [8; 288];
    literals[144..256].fill(9);
    literals[256..280].fill(7);
    (literals, [5; 32])
}
