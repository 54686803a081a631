//! Masking (RFC 6455 §5.3).

/// Masks or unmasks `data` in place; the two are the same operation.
///
/// `phase` is the position of `data[0]` in the payload of its frame; only its low two bits matter.
#[inline]
pub fn apply_mask(data: &mut [u8], key: [u8; 4], phase: usize) {
    Key::new(key).behind(phase).apply(data);
}

/// A masking key, turned so that its first byte meets the next byte of the payload.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Key(u32);

impl Key {
    /// The key that changes nothing, for a payload that is not masked.
    pub(crate) const NONE: Key = Key(0);

    #[inline]
    pub(crate) const fn new(key: [u8; 4]) -> Key {
        Key(u32::from_le_bytes(key))
    }

    /// The key as it stands `count` bytes further on.
    #[inline]
    pub(crate) const fn behind(self, count: usize) -> Key {
        Key(self.0.rotate_right(8 * (count % 4) as u32))
    }

    /// What the next byte meets.
    #[inline]
    pub(crate) const fn byte(self) -> u8 {
        self.0 as u8
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

    /// The last bytes are done apart from those in front, which may overlap them: no loop takes single bytes.
    #[expect(clippy::inline_always, reason = "a call costs more than what most frames need")]
    #[inline(always)]
    fn apply_short(self, data: &mut [u8]) {
        let end = self.behind(data.len());
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

    /// At most seven bytes.
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
        // From the back, whose bytes were read last and are still at hand, and aligned to the processor's words.
        let (front, pages) = data.split_at_mut(data.as_ptr().align_offset(16).min(data.len()));
        let key = self.behind(front.len());
        for page in pages.chunks_mut(PAGE).rev() {
            key.apply_page(page);
        }
        self.apply_page(front);
    }

    fn apply_page(self, page: &mut [u8]) {
        let (words, tail) = page.as_chunks_mut();
        for word in words {
            *word = self.word(*word);
        }
        self.apply_few(tail);
    }

    #[inline]
    fn word(self, word: [u8; 8]) -> [u8; 8] {
        let key = u64::from(self.0);
        (u64::from_le_bytes(word) ^ (key << 32 | key)).to_le_bytes()
    }

    #[inline]
    fn block(self, mut block: [u8; 16]) -> [u8; 16] {
        for lane in block.as_chunks_mut().0 {
            *lane = (u32::from_le_bytes(*lane) ^ self.0).to_le_bytes();
        }
        block
    }
}

/// Payloads from this size on are worth a call.
const LONG: usize = 256;

/// Payloads from this size on do not stay in the nearest cache.
const LARGE: usize = 16 << 10;

/// Bytes that are done front to back, a multiple of the key's.
const PAGE: usize = 4 << 10;
