//! The buffer in which a message is assembled.

use std::mem;

use crate::frame::Key;

/// Number of bytes kept from one message to the next.
const KEPT: usize = 2 << 20;

/// Pieces of at least this size, in bytes, are not left to `memcpy`.
const LARGE: usize = 1 << 10;

/// Bytes that came in pieces.
///
/// Its memory is used again for the next message. It grows with what has come, never with what a
/// frame header announces.
#[derive(Debug, Clone, Default)]
pub(crate) struct Assembly {
    /// Those beyond `len` are of earlier messages. They stay, so that no memory has to be cleared
    /// before a piece is copied there.
    bytes: Vec<u8>,
    len: usize,
}

impl Assembly {
    /// Begins anew.
    pub(crate) fn clear(&mut self) {
        self.len = 0;
        if self.bytes.len() > KEPT {
            self.bytes = Vec::new();
        }
    }

    /// Appends a piece, unmasked with `key`.
    #[inline]
    pub(crate) fn append(&mut self, piece: &[u8], key: Key) {
        let start = self.len;
        self.len += piece.len();
        if self.len > self.bytes.len() {
            self.grow();
        }
        let place = &mut self.bytes[start..self.len];
        if piece.len() < LARGE && key == Key::NONE {
            place.copy_from_slice(piece);
        } else {
            key.copy(piece, place);
        }
    }

    /// Makes room for at least `len` bytes. All of it is written to, so large ones grow by less than
    /// they are.
    #[cold]
    fn grow(&mut self) {
        let was = self.bytes.len();
        let ahead = if was < KEPT { was } else { was / 4 };
        self.bytes.reserve_exact(ahead.max(self.len - was));
        self.bytes.resize(self.bytes.capacity(), 0);
    }

    /// Lets `append` append to the bytes so far.
    pub(crate) fn append_with<T>(&mut self, append: impl FnOnce(&mut Vec<u8>) -> T) -> T {
        self.bytes.truncate(self.len);
        let done = append(&mut self.bytes);
        self.len = self.bytes.len();
        done
    }

    /// The bytes so far.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes[..self.len]
    }

    /// Takes the bytes so far. The memory goes with them.
    pub(crate) fn take(&mut self) -> Vec<u8> {
        self.bytes.truncate(mem::take(&mut self.len));
        mem::take(&mut self.bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_grows_with_what_has_come_and_is_used_again() {
        let mut assembly = Assembly::default();
        for size in [3, 100, 5000] {
            assembly.clear();
            for byte in 0..size {
                assembly.append(&[byte as u8], Key::NONE);
            }
            assert!(
                (0..size)
                    .map(|byte| byte as u8)
                    .eq(assembly.bytes().iter().copied())
            );
            assert!(assembly.bytes.len() <= 2 * size + 8);
        }
        let memory = assembly.bytes.as_ptr();
        assembly.clear();
        assembly.append(b"abc", Key::new([1; 4]));
        assert_eq!(assembly.bytes(), b"`cb");
        assert_eq!(assembly.bytes.as_ptr(), memory);
        assembly.append_with(|bytes| bytes.push(b'd'));
        assert_eq!(assembly.take(), b"`cbd");
        assert!(assembly.bytes.is_empty() && assembly.bytes().is_empty());
    }

    #[test]
    fn much_memory_is_not_kept() {
        let mut assembly = Assembly::default();
        assembly.append(&vec![0; KEPT + 1], Key::NONE);
        assembly.clear();
        assert_eq!(assembly.bytes.capacity(), 0);
    }
}
