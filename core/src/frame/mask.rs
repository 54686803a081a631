//! Masking (RFC 6455 §5.3).

use crate::wide;

/// Masks or unmasks `data` in place; the two are the same operation.
///
/// `phase` is the position of `data[0]` in the payload of its frame; only its low two bits matter.
#[inline]
pub fn apply_mask(data: &mut [u8], key: [u8; 4], phase: usize) {
    Key::new(key).advanced_by(phase).apply(data);
}

/// A masking key, rotated so that its first byte applies to the next byte of the payload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Key(u32);

impl Key {
    /// The key that changes nothing, for payloads that are not masked.
    pub(crate) const NONE: Key = Key(0);

    #[inline]
    pub(crate) const fn new(key: [u8; 4]) -> Key {
        Key(u32::from_le_bytes(key))
    }

    /// Returns the key as it applies `count` bytes later.
    #[inline]
    pub(crate) const fn advanced_by(self, count: usize) -> Key {
        Key(self.0.rotate_right(8 * (count % 4) as u32))
    }

    /// Masks or unmasks the next piece of a payload in place, and rotates the key past it.
    #[inline]
    pub(crate) fn apply_next(&mut self, piece: &mut [u8]) {
        if let [byte] = piece {
            *byte ^= self.0 as u8;
        } else {
            self.apply_piece(piece);
        }
        *self = self.advanced_by(piece.len());
    }

    /// Copies `from` to `to`, which has the same length, and masks or unmasks it on the way. Unlike
    /// `memcpy`, it is as fast between addresses that are not aligned.
    pub(crate) fn copy(self, from: &[u8], to: &mut [u8]) {
        let (from, from_tail) = from.as_chunks();
        let (to, to_tail) = to.as_chunks_mut();
        wide::run(
            #[inline(always)]
            || {
                for (from, to) in from.iter().zip(to) {
                    *to = self.line(*from);
                }
            },
        );
        to_tail.copy_from_slice(from_tail);
        self.apply_short(to_tail);
    }

    #[inline(never)]
    fn apply_piece(self, piece: &mut [u8]) {
        self.apply(piece);
    }

    /// Masks or unmasks `data` in place.
    #[inline]
    pub(crate) fn apply(self, data: &mut [u8]) {
        if data.len() < LONG {
            self.apply_short(data);
        } else {
            self.apply_long(data);
        }
    }

    /// The last bytes are handled apart from those before them, which they may overlap, so that no
    /// loop handles single bytes.
    #[expect(
        clippy::inline_always,
        reason = "a call costs more than what most frames need"
    )]
    #[inline(always)]
    fn apply_short(self, data: &mut [u8]) {
        let end = self.advanced_by(data.len());
        if let Some(last) = data.last_chunk() {
            let last = end.block(*last);
            for block in data.as_chunks_mut().0 {
                *block = self.block(*block);
            }
            if let Some(place) = data.last_chunk_mut() {
                *place = last;
            }
        } else if let (Some(first), Some(last)) = (data.first_chunk(), data.last_chunk()) {
            let (first, last) = (self.word(*first), end.word(*last));
            data[..8].copy_from_slice(&first);
            if let Some(place) = data.last_chunk_mut() {
                *place = last;
            }
        } else {
            self.apply_few(data);
        }
    }

    /// Handles at most seven bytes.
    #[inline]
    fn apply_few(self, data: &mut [u8]) {
        for (byte, key) in data.iter_mut().zip(self.word([0; 8])) {
            *byte ^= key;
        }
    }

    #[inline(never)]
    fn apply_long(self, data: &mut [u8]) {
        if self.0 == 0 {
            return;
        }
        if data.len() < LARGE {
            return self.apply_page(data);
        }
        // From the back, whose bytes were read last and are in the cache, and aligned to the
        // processor's words.
        let (front, pages) = data.split_at_mut(data.as_ptr().align_offset(16).min(data.len()));
        let key = self.advanced_by(front.len());
        for page in pages.chunks_mut(PAGE).rev() {
            key.apply_page(page);
        }
        self.apply_page(front);
    }

    fn apply_page(self, page: &mut [u8]) {
        let (lines, tail) = page.as_chunks_mut();
        wide::run(
            #[inline(always)]
            || {
                for line in lines {
                    *line = self.line(*line);
                }
            },
        );
        self.apply_short(tail);
    }

    #[inline]
    fn word(self, word: [u8; 8]) -> [u8; 8] {
        let key = u64::from(self.0);
        (u64::from_le_bytes(word) ^ (key << 32 | key)).to_le_bytes()
    }

    #[expect(clippy::inline_always, reason = "see `wide::run`")]
    #[inline(always)]
    fn line(self, mut line: [u8; LINE]) -> [u8; LINE] {
        for lane in line.as_chunks_mut().0 {
            *lane = (u32::from_le_bytes(*lane) ^ self.0).to_le_bytes();
        }
        line
    }

    #[inline]
    fn block(self, mut block: [u8; 16]) -> [u8; 16] {
        for lane in block.as_chunks_mut().0 {
            *lane = (u32::from_le_bytes(*lane) ^ self.0).to_le_bytes();
        }
        block
    }
}

/// Number of bytes of the longest vectors.
const LINE: usize = 64;

/// Payloads of at least this size, in bytes, are worth a call.
const LONG: usize = 256;

/// Payloads of at least this size, in bytes, do not fit into the first-level cache.
const LARGE: usize = 16 << 10;

/// Number of bytes handled at once, front to back; a multiple of the key's size.
const PAGE: usize = 4 << 10;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_meets_its_byte_of_the_key_whatever_the_length_and_the_place() {
        let key = [0x12, 0x34, 0x56, 0x78];
        let sizes = (0..2 * LONG)
            .chain(LARGE - 20..LARGE + 20)
            .chain([LARGE + PAGE - 1, LARGE + PAGE + 9]);
        for (size, phase) in sizes.flat_map(|size| (0..4).map(move |phase| (size, phase))) {
            for start in [0, 1, 6, 14] {
                let mut data = vec![0xa5; start + size + 1];
                apply_mask(&mut data[start..start + size], key, phase);
                let masked = |(i, byte): (usize, &u8)| *byte == 0xa5 ^ key[(i + phase) % 4];
                assert!(
                    data[start..start + size].iter().enumerate().all(masked),
                    "{size} bytes at phase {phase}"
                );
                assert!(
                    data[..start]
                        .iter()
                        .chain(&data[start + size..])
                        .all(|byte| *byte == 0xa5)
                );
            }
        }
    }

    #[test]
    fn a_payload_in_pieces_meets_the_key_as_the_whole_does() {
        let mut whole = vec![7; 1000];
        apply_mask(&mut whole, [1, 2, 3, 4], 0);
        let mut pieces = vec![7; 1000];
        let (mut next, mut rest) = (Key::new([1, 2, 3, 4]), pieces.as_mut_slice());
        for size in [0, 1, 1, 3, 8, 17, 1, 256, 0, 300, 413] {
            let (piece, left) = rest.split_at_mut(size);
            next.apply_next(piece);
            rest = left;
        }
        assert!(rest.is_empty());
        assert_eq!(pieces, whole);
    }
}
