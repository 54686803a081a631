//! The suite's deterministic generator.

/// SplitMix64: small, seedable, and the same in any language.
///
/// Everything random in the suite comes from it, so that a seed reproduces a run: generated
/// payloads of the vectors, masking keys, chunkings, fuzzed conversations. It is not for secrets.
///
/// ```
/// use wsspec_core::random::SplitMix64;
///
/// let mut random = SplitMix64(0);
/// assert_eq!(random.next(), 0xe220_a839_7b1d_cdaf);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SplitMix64(pub u64);

impl SplitMix64 {
    /// Returns the next 64 bits.
    #[expect(
        clippy::should_implement_trait,
        reason = "an iterator that never ends would only add `Option`s"
    )]
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ z >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ z >> 31
    }

    /// Returns a number below `end`.
    ///
    /// # Panics
    ///
    /// If `end` is 0.
    pub fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }

    /// Returns a masking key.
    pub fn key(&mut self) -> [u8; 4] {
        (self.next() as u32).to_be_bytes()
    }
}
