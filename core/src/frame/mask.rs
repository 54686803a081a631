//! Masking (RFC 6455 §5.3).

/// Masks or unmasks `data` in place; the two are the same operation.
///
/// `phase` is the position of `data[0]` in the payload of its frame; only its low two bits matter.
#[inline]
pub fn apply_mask(data: &mut [u8], key: [u8; 4], phase: usize) {
    // Byte i of the payload meets byte i mod 4 of the key, so the key turns by the phase.
    let word = u32::from_le_bytes(key).rotate_right(8 * (phase % 4) as u32);
    let wide = u64::from(word) << 32 | u64::from(word);
    let (words, tail) = data.as_chunks_mut::<8>();
    for bytes in words {
        *bytes = (u64::from_le_bytes(*bytes) ^ wide).to_le_bytes();
    }
    for (byte, key) in tail.iter_mut().zip(wide.to_le_bytes()) {
        *byte ^= key;
    }
}
