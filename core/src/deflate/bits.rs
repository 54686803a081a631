//! Bits from bytes, lowest first, and bits to bytes.
//!
//! [`Bits`] takes a byte only when a bit of it is asked for, so that a reader that stops has taken
//! no more than it needed. The fast loop of the inflater takes eight bytes at once and gives back
//! what it did not use.

/// Bits that were taken from the input and not read yet.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Bits {
    /// The next bit is the lowest; bits above `count` are zero.
    pub(super) hold: u64,
    pub(super) count: u32,
    /// Bytes taken so far.
    pub(super) taken: u64,
}

impl Bits {
    /// Returns the offset of the next bit.
    pub(super) fn offset(&self) -> u64 {
        self.taken * 8 - u64::from(self.count)
    }

    /// Takes one more byte, if there is one.
    pub(super) fn pull(&mut self, input: &mut &[u8]) -> bool {
        let Some((byte, rest)) = input.split_first() else {
            return false;
        };
        *input = rest;
        self.hold |= u64::from(*byte) << self.count;
        self.count += 8;
        self.taken += 1;
        true
    }

    /// Whether `count` bits, at most 56, are available. Takes bytes until they are.
    pub(super) fn need(&mut self, count: u32, input: &mut &[u8]) -> bool {
        while self.count < count {
            if !self.pull(input) {
                return false;
            }
        }
        true
    }

    /// Reads `count` bits, which must be available.
    pub(super) fn take(&mut self, count: u32) -> u32 {
        let value = self.hold & ((1 << count) - 1);
        self.hold >>= count;
        self.count -= count;
        value as u32
    }

    /// Drops the rest of a byte that was partly read.
    pub(super) fn align(&mut self) {
        self.take(self.count % 8);
    }
}

/// Writes bits into bytes.
#[derive(Debug, Clone, Default)]
pub(super) struct BitWriter {
    bytes: Vec<u8>,
    /// Bits of the last byte, which is not whole yet.
    hold: u64,
    count: u32,
}

impl BitWriter {
    /// Returns the number of bits written.
    pub(super) fn len(&self) -> u64 {
        self.bytes.len() as u64 * 8 + u64::from(self.count)
    }

    /// Writes the lowest `count` bits of `value`, at most 32.
    pub(super) fn put(&mut self, value: u32, count: u32) {
        self.hold |= (u64::from(value) & ((1 << count) - 1)) << self.count;
        self.count += count;
        while self.count >= 8 {
            self.bytes.push(self.hold as u8);
            self.hold >>= 8;
            self.count -= 8;
        }
    }

    /// Fills the last byte with zeros.
    pub(super) fn align(&mut self) {
        if self.count > 0 {
            self.put(0, 8 - self.count);
        }
    }

    /// Writes whole bytes. Call [`align`](Self::align) first.
    pub(super) fn bytes(&mut self, bytes: &[u8]) {
        if self.count == 0 {
            self.bytes.extend_from_slice(bytes);
        } else {
            bytes.iter().for_each(|byte| self.put(u32::from(*byte), 8));
        }
    }

    /// Returns the bytes, the last one filled with zeros.
    pub(super) fn finish(mut self) -> Vec<u8> {
        self.align();
        self.bytes
    }
}
