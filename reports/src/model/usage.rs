//! What the processes of a target took while a case ran.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::counted;

/// What the processes of a target took while a case ran: the process that was watched, and all below
/// it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Usage {
    /// Resident memory when the case began, in KiB.
    pub memory_before_kib: u64,
    /// The most resident memory that was seen, in KiB.
    pub memory_peak_kib: u64,
    /// Processor time, in milliseconds.
    pub cpu_ms: u64,
    /// The same in microseconds, where it is known as finely.
    #[serde(skip)]
    pub cpu_us: Option<u64>,
    /// The most threads that were seen.
    pub threads: u32,
    /// The most open files that were seen.
    pub files: u32,
    /// Threads at its end beyond those at its beginning.
    #[serde(default)]
    pub threads_left: u32,
    /// Open files at its end beyond those at its beginning.
    #[serde(default)]
    pub files_left: u32,
}

impl Usage {
    /// By how much the resident memory grew, in KiB.
    pub fn growth_kib(&self) -> u64 {
        self.memory_peak_kib.saturating_sub(self.memory_before_kib)
    }
}

/// For people, in one line.
impl fmt::Display for Usage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} MiB of memory when it began, {} MiB at most; {:.2} s of processor time; {}, {} at most",
            self.memory_before_kib >> 10,
            self.memory_peak_kib >> 10,
            self.cpu_ms as f64 / 1e3,
            counted(self.threads as usize, "thread"),
            counted(self.files as usize, "open file"),
        )
    }
}
