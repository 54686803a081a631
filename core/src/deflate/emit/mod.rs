//! A DEFLATE writer that can write any stream, valid or not.
//!
//! [`Emitter`] appends blocks: with BFINAL anywhere, copies from before the beginning, symbols that
//! must not occur, a LEN without its NLEN, code lengths that make no code, single bits. It checks
//! nothing. [`Matcher`] finds copies in the bytes it was given before, greedily, within a window of
//! any size; [`Plan`] computes the codes of a dynamic block for given tokens.

mod codes;
mod matcher;
mod token;

use super::CODE_LENGTH_ORDER;
use super::bits::BitWriter;
use codes::{assign, repeat_bits};
use token::each_symbol;

pub use codes::{Codes, Plan};
pub use matcher::Matcher;
pub use token::{END, Token, distance_symbol, length_symbol};

/// The end of a sync flush, which permessage-deflate leaves out (RFC 7692 §7.2.1).
pub const TAIL: [u8; 4] = [0x00, 0x00, 0xff, 0xff];

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
