//! What a case cost the processes of the target.

use std::borrow::Cow;
use std::fmt;

use wsspec_reports::{Growth, Measure, counted};

/// Something that a case cost more of than it may.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cost {
    /// Resident memory, in KiB: what it grew by, and the most it may.
    Memory(u64, u64),
    /// Processor time, in milliseconds: what was taken, and the most that may be.
    Processor(u64, u64),
    /// Threads that are left of it, and the most that may be.
    Threads(u32, u32),
    /// Open files that are left of it, and the most that may be.
    Files(u32, u32),
    /// A cost that grows much faster than what is sent.
    Growth(Growth),
}

impl Cost {
    /// Stable words for programs.
    pub(super) fn key(&self) -> Cow<'static, str> {
        match self {
            Cost::Memory(..) => "cost.memory".into(),
            Cost::Processor(..) => "cost.processor".into(),
            Cost::Threads(..) => "cost.threads-left".into(),
            Cost::Files(..) => "cost.files-left".into(),
            Cost::Growth(growth) => match growth.measure {
                Measure::Processor => "cost.growth".into(),
                Measure::Duration => "cost.growth-of-duration".into(),
            },
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
            Cost::Threads(left, most) => write!(
                f,
                "{} more than before it, soon after its end; {most} are enough",
                counted(*left as usize, "thread")
            ),
            Cost::Files(left, most) => write!(
                f,
                "{} more than before it, soon after its end; {most} are enough",
                counted(*left as usize, "open file")
            ),
            Cost::Growth(growth) => {
                write!(
                    f,
                    "costs much more than twice as much where twice as much is sent; {growth}"
                )
            }
        }
    }
}
