//! Random choices.

use wsspec_vectors::SplitMix64;

/// A number below `n`; 0 if `n` is 0.
pub(super) fn below(random: &mut SplitMix64, n: usize) -> usize {
    (random.next() >> 16) as usize % n.max(1)
}

/// True half of the time.
pub(super) fn coin(random: &mut SplitMix64) -> bool {
    below(random, 2) == 0
}

/// Puts the items in a random order.
pub(in crate::peer) fn shuffle<T>(items: &mut [T], random: &mut SplitMix64) {
    for i in (1..items.len()).rev() {
        items.swap(i, below(random, i + 1));
    }
}
