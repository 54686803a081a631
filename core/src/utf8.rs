//! Incremental UTF-8 validation (RFC 3629). Text may be cut anywhere, even inside a character.
//!
//! Whole pieces are validated by `simdutf8`; short ASCII does not even need that. Only a character
//! that a cut divides, and the search for the exact byte that breaks a piece, are handled byte by
//! byte.

/// Texts up to this size, in bytes, are checked for ASCII first.
const SHORT: usize = 128;

/// Pieces shorter than this are validated byte by byte.
const FEW: usize = 4;

/// Whether `text` is UTF-8 as a whole.
#[inline(never)]
pub(crate) fn is_valid(text: &[u8]) -> bool {
    text.len() <= SHORT && is_ascii(text) || simdutf8::basic::from_utf8(text).is_ok()
}

/// Like `<[u8]>::is_ascii`, which checks the last bytes one by one.
#[inline]
fn is_ascii(text: &[u8]) -> bool {
    if let [byte] = text {
        return byte.is_ascii();
    }
    let (Some(first), Some(last)) = (text.first_chunk::<8>(), text.last_chunk::<8>()) else {
        return text.iter().fold(0, |all, byte| all | byte) < 0x80;
    };
    let words = text.as_chunks::<8>().0.iter().chain([first, last]);
    words.fold(0, |all, word| all | u64::from_ne_bytes(*word)) & 0x8080_8080_8080_8080 == 0
}

/// Returns the number of bytes at the end of `text` that begin a character without ending it, if it
/// is text.
fn begun(text: &[u8]) -> usize {
    let tail = text.len()
        - text
            .iter()
            .rev()
            .take(3)
            .take_while(|byte| **byte & 0xc0 == 0x80)
            .count();
    let Some(lead) = text[..tail].last() else {
        return 0;
    };
    let begun = text.len() - tail + 1;
    let size = lead.leading_ones() as usize;
    if size > begun { begun } else { 0 }
}

/// Validates text that arrives in pieces.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Validator {
    /// Continuation bytes that the current character still needs.
    owed: u8,
    /// The range of the next continuation byte; meaningful while `owed` is not 0.
    low: u8,
    high: u8,
}

impl Validator {
    /// Creates a validator for a text that has not begun.
    pub const fn new() -> Self {
        Validator {
            owed: 0,
            low: 0x80,
            high: 0xbf,
        }
    }

    /// Whether the text so far ends with a whole character.
    pub const fn is_complete(&self) -> bool {
        self.owed == 0
    }

    /// Takes the next piece.
    ///
    /// # Errors
    ///
    /// The offset in `piece` of the first byte after which the text cannot be UTF-8, whatever
    /// follows.
    #[inline]
    pub fn push(&mut self, piece: &[u8]) -> Result<(), usize> {
        let short = piece.len() <= SHORT;
        if let [byte] = piece {
            self.step(*byte).map_err(|()| 0)
        } else if short && self.is_complete() && is_ascii(piece) {
            Ok(())
        } else {
            self.push_any(piece)
        }
    }

    fn push_any(&mut self, piece: &[u8]) -> Result<(), usize> {
        let mut start = 0;
        while !self.is_complete() {
            let Some(byte) = piece.get(start) else {
                return Ok(());
            };
            self.step(*byte).map_err(|()| start)?;
            start += 1;
        }
        let rest = &piece[start..];
        if rest.len() >= FEW {
            let whole = &rest[..rest.len() - begun(rest)];
            start += if is_valid(whole) {
                whole.len()
            } else {
                simdutf8::compat::from_utf8(whole)
                    .map_or_else(|error| error.valid_up_to(), str::len)
            };
        }
        for (at, byte) in piece.iter().enumerate().skip(start) {
            self.step(*byte).map_err(|()| at)?;
        }
        Ok(())
    }

    /// Takes one byte. The rows are those of table 3-7 of the Unicode Standard.
    fn step(&mut self, byte: u8) -> Result<(), ()> {
        if self.owed > 0 {
            if !(self.low..=self.high).contains(&byte) {
                return Err(());
            }
            self.owed -= 1;
            (self.low, self.high) = (0x80, 0xbf);
            return Ok(());
        }
        (self.owed, self.low, self.high) = match byte {
            0x00..=0x7f => (0, 0x80, 0xbf),
            0xc2..=0xdf => (1, 0x80, 0xbf),
            0xe0 => (2, 0xa0, 0xbf),
            0xe1..=0xec | 0xee..=0xef => (2, 0x80, 0xbf),
            0xed => (2, 0x80, 0x9f),
            0xf0 => (3, 0x90, 0xbf),
            0xf1..=0xf3 => (3, 0x80, 0xbf),
            0xf4 => (3, 0x80, 0x8f),
            _ => return Err(()),
        };
        Ok(())
    }
}
