//! Exit codes. CI relies on them.

use std::process::ExitCode;

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Exit {
    /// Everything is as required.
    Fine = 0,
    /// The target fell short.
    FellShort = 1,
    /// Bad usage, a bad vector, nothing selected, or too little judged.
    Usage = 2,
    /// The target could not be reached, is no WebSocket server, or died.
    Unreachable = 3,
    /// Interrupted; the results so far are written.
    Interrupted = 130,
}

impl Exit {
    /// The exit code of two results together: the more serious one.
    pub(crate) fn worse(self, other: Exit) -> Exit {
        if other.rank() > self.rank() {
            other
        } else {
            self
        }
    }

    fn rank(self) -> u8 {
        match self {
            Exit::Fine => 0,
            Exit::FellShort => 1,
            Exit::Unreachable => 2,
            Exit::Usage | Exit::Interrupted => 3,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(exit as u8)
    }
}
