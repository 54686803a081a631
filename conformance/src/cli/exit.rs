//! Exit codes. CI relies on them.

use std::process::ExitCode;

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Exit {
    /// All as required.
    Fine = 0,
    /// The target fell short.
    FellShort = 1,
    /// Bad usage, a bad vector, or nothing selected.
    Usage = 2,
    /// The target could not be reached, or died.
    Unreachable = 3,
    /// Interrupted; results so far are written.
    Interrupted = 130,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(exit as u8)
    }
}
