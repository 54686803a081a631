//! How long the target waits until it ends a connection.

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use wsspec_vectors::TimeOut;

/// What was found out about a time-out of the target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimeOutReason {
    /// It ends the connection after this time.
    After(TimeOut, Duration),
    /// It had not ended the connection after this time.
    NoneWithin(TimeOut, Duration),
    /// It took longer than the user claims.
    Beyond {
        /// The time-out.
        what: TimeOut,
        /// The time claimed.
        claimed: Duration,
        /// The time after which the connection was ended, or was still open.
        waited: Duration,
        /// Whether it was ended.
        ended: bool,
    },
    /// It sent messages or pings, so that it was not idle.
    NotIdle,
    /// It sent no ping within this time.
    NoPing(Duration),
}

impl TimeOutReason {
    /// What is expected of a target with this time-out.
    pub(crate) fn wanted(what: TimeOut) -> &'static str {
        match what {
            TimeOut::Handshake => "the end of a connection whose opening is not finished",
            TimeOut::Idle => "the end of an idle connection",
            TimeOut::Ping => "the end of a connection on which a ping is not answered",
        }
    }

    /// Stable words for programs.
    pub(super) fn key(self) -> Cow<'static, str> {
        match self {
            TimeOutReason::After(what, _) => format!("limit.{}", name(what)).into(),
            TimeOutReason::NoneWithin(what, _) => format!("limit.no-{}", name(what)).into(),
            TimeOutReason::Beyond { what, .. } => format!("limit.beyond-{}", name(what)).into(),
            TimeOutReason::NotIdle => "limit.not-idle".into(),
            TimeOutReason::NoPing(_) => "limit.no-ping".into(),
        }
    }
}

/// The name of a time-out, which is that of its option.
fn name(what: TimeOut) -> &'static str {
    match what {
        TimeOut::Handshake => "handshake-timeout",
        TimeOut::Idle => "idle-timeout",
        TimeOut::Ping => "ping-timeout",
    }
}

/// What is ended.
fn subject(what: TimeOut) -> &'static str {
    match what {
        TimeOut::Handshake => "an opening that is not finished",
        TimeOut::Idle => "an idle connection",
        TimeOut::Ping => "a connection on which its ping is not answered",
    }
}

impl fmt::Display for TimeOutReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            TimeOutReason::After(what, after) => {
                write!(f, "ends {} after {}", subject(what), Seconds(after))
            }
            TimeOutReason::NoneWithin(what, waited) => {
                write!(
                    f,
                    "does not end {} within {}",
                    subject(what),
                    Seconds(waited)
                )
            }
            TimeOutReason::Beyond {
                what,
                claimed,
                waited,
                ended,
            } => {
                let (subject, waited) = (subject(what), Seconds(waited));
                if ended {
                    write!(f, "ends {subject} only after {waited}")?;
                } else {
                    write!(f, "does not end {subject} within {waited}")?;
                }
                write!(
                    f,
                    ", with a time-out of {} (--{})",
                    Seconds(claimed),
                    name(what)
                )
            }
            TimeOutReason::NotIdle => {
                f.write_str("sends messages or pings itself, so that no connection is idle")
            }
            TimeOutReason::NoPing(waited) => {
                write!(f, "sends no ping within {}", Seconds(waited))
            }
        }
    }
}

/// A time in seconds.
struct Seconds(Duration);

impl fmt::Display for Seconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.1} s", self.0.as_secs_f64())
    }
}
