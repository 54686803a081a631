//! Reasons about a server that died.

use std::borrow::Cow;
use std::fmt;

use super::Reason;

/// Most suspects that are named in a sentence.
const NAMED: usize = 8;

/// How a server died.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Death {
    /// A signal ended the process.
    Signal(i32),
    /// The process exited with this code; 0 is a clean exit.
    Exit(i32),
    /// A process that we did not start has ended; it is not known how.
    Ended,
    /// It is there, but answers no plain connection any more.
    Hang,
    /// It is there, but refuses connections.
    ListenerLost,
    /// It is there, but a process below it that served connections has ended.
    WorkerLost,
    /// It takes no connection any more, and its process is not watched.
    Gone,
}

/// A death, and who is to blame for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerDeath {
    /// How it died.
    pub death: Death,
    /// Who is to blame.
    pub blame: Blame,
}

/// Who is to blame for a death.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Blame {
    /// This case: alone with a server that was started anew, it kills it.
    ThisCase,
    /// These cases, one after another or at once; none of them alone.
    Together(Vec<String>),
    /// Not known: none of these cases kills alone, nor do they together.
    NoneOf(Vec<String>),
    /// One of these cases, perhaps: they were not tried alone, since the server cannot be started
    /// again.
    NotTried(Vec<String>),
}

impl Death {
    fn key(self) -> &'static str {
        match self {
            Death::Signal(_) => "signal",
            Death::Exit(0) => "clean-exit",
            Death::Exit(_) => "exit",
            Death::Ended => "ended",
            Death::Hang => "hang",
            Death::ListenerLost => "listener-lost",
            Death::WorkerLost => "worker-lost",
            Death::Gone => "gone",
        }
    }

    /// Whether this is a crash, whoever caused it: somebody else may end a process cleanly, or kill
    /// it.
    pub(crate) fn is_crash(self) -> bool {
        /// `SIGILL`, `SIGTRAP`, `SIGABRT`, `SIGFPE` and `SIGSEGV`, which have these numbers
        /// everywhere.
        const FAULTS: [i32; 5] = [4, 5, 6, 8, 11];
        match self {
            Death::Signal(signal) => FAULTS.contains(&signal),
            // A shell reports a signal as an exit code above 128.
            Death::Exit(code) => (1..128).contains(&code),
            Death::WorkerLost | Death::Ended | Death::Hang | Death::ListenerLost | Death::Gone => {
                false
            }
        }
    }
}

impl ServerDeath {
    pub(super) fn key(&self) -> Cow<'static, str> {
        let death = self.death.key();
        match self.blame {
            Blame::ThisCase => format!("death.{death}").into(),
            Blame::Together(_) => format!("death-together.{death}").into(),
            Blame::NoneOf(_) | Blame::NotTried(_) => format!("death-unexplained.{death}").into(),
        }
    }
}

/// The name of a signal that has the same number everywhere.
fn signal_name(signal: i32) -> Option<&'static str> {
    Some(match signal {
        1 => "SIGHUP",
        2 => "SIGINT",
        3 => "SIGQUIT",
        4 => "SIGILL",
        5 => "SIGTRAP",
        6 => "SIGABRT",
        8 => "SIGFPE",
        9 => "SIGKILL",
        11 => "SIGSEGV",
        13 => "SIGPIPE",
        14 => "SIGALRM",
        15 => "SIGTERM",
        _ => return None,
    })
}

impl fmt::Display for Death {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Death::Signal(signal) => {
                write!(f, "the server ended: signal {signal}")?;
                signal_name(*signal).map_or(Ok(()), |name| write!(f, " ({name})"))
            }
            Death::Exit(code) => write!(f, "the server ended: exit code {code}"),
            Death::Ended => f.write_str("the server ended"),
            Death::Hang => {
                f.write_str("the server hangs: its process lives and answers no connection")
            }
            Death::ListenerLost => f.write_str(
                "the server no longer listens: its process lives and refuses connections",
            ),
            Death::WorkerLost => f.write_str("a worker process of the server ended"),
            Death::Gone => f.write_str("the server takes no connection any more"),
        }
    }
}

impl fmt::Display for ServerDeath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.death)?;
        match &self.blame {
            Blame::ThisCase => Ok(()),
            Blame::Together(cases) => write!(
                f,
                "; {} did this together, none of them alone",
                named(cases)
            ),
            Blame::NoneOf(cases) => write!(
                f,
                "; what caused it is not known: {} ran at the time or shortly before, and none \
                 of them does it again",
                named(cases)
            ),
            Blame::NotTried(cases) => write!(
                f,
                "; {} ran at the time or shortly before, and none is blamed, since the server was \
                 not started again to try them alone; wsspec server -- CMD {{port}}, or \
                 --restart CMD, does that",
                named(cases)
            ),
        }
    }
}

/// The first of these ids, and the number of the others.
fn named(ids: &[String]) -> String {
    let shown = &ids[..ids.len().min(NAMED)];
    match ids.len() - shown.len() {
        0 if ids.is_empty() => "no case".into(),
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

impl From<ServerDeath> for Reason {
    fn from(death: ServerDeath) -> Reason {
        Reason::Died(death)
    }
}
