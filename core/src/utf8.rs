//! Incremental UTF-8 (RFC 3629): text may be cut anywhere, also inside a character.
//!
//! Whole stretches go to `simdutf8`; only the bytes of a character that a cut divides, and the search for
//! the exact byte that breaks a stretch, take the byte-by-byte path.

/// Checks text that arrives in pieces.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Validator {
    /// Continuation bytes still owed by the character begun last.
    owed: u8,
    /// The range the next continuation byte must lie in; meaningful while `owed` is not 0.
    low: u8,
    high: u8,
}

impl Validator {
    /// A validator before the first byte.
    pub const fn new() -> Self {
        Validator { owed: 0, low: 0x80, high: 0xbf }
    }

    /// Whether the text so far ends with a whole character.
    pub const fn is_complete(&self) -> bool {
        self.owed == 0
    }

    /// Takes the next piece.
    ///
    /// The error is the offset in `piece` of the first byte with which the text can no longer become
    /// UTF-8, whatever follows.
    pub fn push(&mut self, piece: &[u8]) -> Result<(), usize> {
        let mut start = 0;
        while !self.is_complete() {
            let Some(byte) = piece.get(start) else { return Ok(()) };
            self.step(*byte).map_err(|()| start)?;
            start += 1;
        }
        let rest = &piece[start..];
        if simdutf8::basic::from_utf8(rest).is_ok() {
            return Ok(());
        }
        // Either broken, or cut inside the last character: walk from where it was sound.
        if let Err(error) = simdutf8::compat::from_utf8(rest) {
            start += error.valid_up_to();
        }
        for (at, byte) in piece.iter().enumerate().skip(start) {
            self.step(*byte).map_err(|()| at)?;
        }
        Ok(())
    }

    /// One byte further; the rows are those of the Unicode Standard's table 3-7.
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
