//! Loops over many bytes, compiled for each kind of vectors that processors have.
//!
//! The compiler may assume no more than the oldest processor of its target has: 16 bytes on x86-64.
//! Most have 32, which makes unmasking large payloads a fifth to a third faster. `fearless_simd`
//! finds out at run time, and keeps the unsafe code this takes.

use std::sync::LazyLock;

use fearless_simd::{Level, Simd as _, dispatch};

static LEVEL: LazyLock<Level> = LazyLock::new(Level::new);

/// Runs a loop with the widest vectors of this processor. It and what it calls have to be
/// `#[inline(always)]`, or they are compiled without.
#[inline]
pub(crate) fn run(work: impl FnOnce()) {
    dispatch!(*LEVEL, simd => simd.vectorize(work));
}
