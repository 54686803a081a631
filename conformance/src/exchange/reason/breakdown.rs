//! What broke down that is not the subject of the case: nothing can be said of the rule.

use std::borrow::Cow;
use std::fmt;
use std::io;

use super::Reason;

/// Why a case has no verdict.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Breakdown {
    /// No connection to the target could be made.
    CannotConnect {
        /// What kind of error it was.
        kind: io::ErrorKind,
        /// The system's words.
        error: String,
    },
    /// A client did not connect; the reason in words.
    ClientAbsent(String),
    /// A client died of a signal; in words, with the end of its stderr.
    ClientCrashed {
        /// How it ended.
        how: String,
        /// What had been decided by then, if anything.
        before: Option<Box<Reason>>,
    },
    /// The target was still busy when the time was over; slow and stuck cannot be told apart.
    TooSlow {
        /// Seconds waited.
        seconds: u64,
        /// What was missing by then.
        reason: Box<Reason>,
    },
    /// The target sent more bytes than this that nothing asked for.
    FloodOfBytes(u64),
    /// The target sent more messages, control frames or interim responses than this.
    FloodOfFrames(u64),
    /// The target announced a message of this many bytes, which is more than is read, and had not
    /// sent it by the end of the wait.
    AnnouncesTooMuch(u64),
    /// No plain connection to the target works, for this reason.
    NoPlainConnectionWorks(Box<Reason>),
    /// The target died in the course of the run.
    TargetDied {
        /// When that was noticed, in words.
        how: String,
        /// What had been found before, unconfirmed.
        before: Option<Box<Reason>>,
    },
    /// A further connection that the case needs could not be made.
    NoFurtherConnection(String),
    /// The stored conversation and the case no longer fit each other.
    TranscriptDiffers,
}

impl Breakdown {
    pub(super) fn key(&self) -> Cow<'static, str> {
        match self {
            Breakdown::CannotConnect { .. } => "breakdown.cannot-connect".into(),
            Breakdown::ClientAbsent(_) => "breakdown.client-absent".into(),
            Breakdown::ClientCrashed { .. } => "breakdown.client-crashed".into(),
            Breakdown::TooSlow { .. } => "breakdown.too-slow".into(),
            Breakdown::FloodOfBytes(_) | Breakdown::FloodOfFrames(_) => "breakdown.flood".into(),
            Breakdown::AnnouncesTooMuch(_) => "breakdown.announces-too-much".into(),
            Breakdown::NoPlainConnectionWorks(reason) => {
                format!("breakdown.no-plain-connection/{}", reason.key()).into()
            }
            Breakdown::TargetDied { .. } => "breakdown.target-died".into(),
            Breakdown::NoFurtherConnection(_) => "breakdown.no-further-connection".into(),
            Breakdown::TranscriptDiffers => "breakdown.transcript-differs".into(),
        }
    }
}

impl fmt::Display for Breakdown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Breakdown::CannotConnect { error, .. } => write!(f, "cannot connect: {error}"),
            Breakdown::ClientAbsent(why) => f.write_str(why),
            Breakdown::ClientCrashed { how, before: None } => f.write_str(how),
            Breakdown::ClientCrashed {
                how,
                before: Some(before),
            } => write!(f, "{how}; {before}"),
            Breakdown::TooSlow { seconds, reason } => {
                write!(
                    f,
                    "too slow to be judged: still busy after {seconds} s; {reason}"
                )
            }
            Breakdown::FloodOfBytes(most) => write!(
                f,
                "the target floods: more than {most} bytes in what was awaited from it"
            ),
            Breakdown::FloodOfFrames(most) => write!(
                f,
                "the target floods: more than {most} messages, control frames or interim responses"
            ),
            Breakdown::AnnouncesTooMuch(length) => write!(
                f,
                "the target announced a message of {length} bytes, which is more than is read"
            ),
            Breakdown::NoPlainConnectionWorks(reason) => {
                write!(f, "no plain connection works: {reason}")
            }
            Breakdown::TargetDied { how, before: None } => write!(f, "the target died: {how}"),
            Breakdown::TargetDied {
                how,
                before: Some(before),
            } => write!(
                f,
                "the target died: {how}; before that, unconfirmed: {before}"
            ),
            Breakdown::NoFurtherConnection(error) => {
                write!(f, "a further connection could not be made: {error}")
            }
            Breakdown::TranscriptDiffers => {
                f.write_str("the stored conversation is not one of this case as it is now")
            }
        }
    }
}
