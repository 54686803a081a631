//! Bits out of bytes, the lowest first, and bits into bytes.
//!
//! [`Bits`] never takes a byte before a bit of it is asked for, so that whoever stops reading has taken no more
//! than was needed. The quick loop of the inflater takes eight bytes at once and gives back what it did not use.

/// The bits that were taken from the input and not yet read.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Bits {
    /// The next bit is the lowest; above `count` there are zeros.
    pub(super) hold: u64,
    pub(super) count: u32,
    /// Bytes taken so far.
    pub(super) taken: u64,
}

impl Bits {
    /// Offset of the next bit.
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

    /// Whether `count` bits, at most 56, are there; takes bytes until they are.
    pub(super) fn need(&mut self, count: u32, input: &mut &[u8]) -> bool {
        while self.count < count {
            if !self.pull(input) {
                return false;
            }
        }
        true
    }

    /// Reads `count` bits that are there.
    pub(super) fn take(&mut self, count: u32) -> u32 {
        let value = self.hold & ((1 << count) - 1);
        self.hold >>= count;
        self.count -= count;
        value as u32
    }

    /// Drops the rest of a byte of which some bits were read.
    pub(super) fn align(&mut self) {
        self.take(self.count % 8);
    }
}

/// Bytes made of bits.
#[derive(Debug, Clone, Default)]
pub(super) struct BitWriter {
    bytes: Vec<u8>,
    /// Bits of the last byte that is not yet whole.
    hold: u64,
    count: u32,
}

impl BitWriter {
    /// Bits written so far.
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

    /// Writes whole bytes, after [`align`](Self::align).
    pub(super) fn bytes(&mut self, bytes: &[u8]) {
        if self.count == 0 {
            self.bytes.extend_from_slice(bytes);
        } else {
            bytes.iter().for_each(|byte| self.put(u32::from(*byte), 8));
        }
    }

    /// The bytes, the last of them filled with zeros.
    pub(super) fn finish(mut self) -> Vec<u8> {
        self.align();
        self.bytes
    }
}
