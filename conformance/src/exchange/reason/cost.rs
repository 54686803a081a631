//! What a case cost the processes of the target.

use std::borrow::Cow;
use std::fmt;

/// Something that a case cost more of than it may.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cost {
    /// Resident memory, in KiB: what it grew by, and the most it may.
    Memory(u64, u64),
    /// Processor time, in milliseconds: what was taken, and the most that may be.
    Processor(u64, u64),
}

impl Cost {
    /// Stable words for programs.
    pub(super) fn key(self) -> Cow<'static, str> {
        match self {
            Cost::Memory(..) => "cost.memory".into(),
            Cost::Processor(..) => "cost.processor".into(),
        }
    }
}

impl fmt::Display for Cost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Cost::Memory(grew, most) => write!(
                f,
                "the memory of its processes grew by {} MiB, and {} MiB are enough for this case",
                grew >> 10,
                most >> 10
            ),
            Cost::Processor(took, most) => write!(
                f,
                "its processes took {:.1} s of processor time, and {:.1} s are enough for this case",
                *took as f64 / 1e3,
                *most as f64 / 1e3
            ),
        }
    }
}
