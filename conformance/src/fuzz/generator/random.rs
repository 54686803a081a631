//! Random choices of the generator.

use wsspec_vectors::SplitMix64;

/// A seeded source of choices, and whether compression is among them.
pub(super) struct Choices {
    pub(super) random: SplitMix64,
    /// The target negotiates permessage-deflate.
    pub(super) deflate: bool,
}

impl Choices {
    pub(super) fn new(seed: u64, deflate: bool) -> Choices {
        Choices {
            random: SplitMix64(seed),
            deflate,
        }
    }

    /// A number below `n`; 0 where `n` is 0.
    pub(super) fn below(&mut self, n: u64) -> u64 {
        (self.random.next() >> 11) % n.max(1)
    }

    /// True with a probability of 1 in `n`.
    pub(super) fn once_in(&mut self, n: u64) -> bool {
        self.below(n) == 0
    }

    /// One of `of`, which must not be empty.
    pub(super) fn one<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len() as u64) as usize]
    }
}
