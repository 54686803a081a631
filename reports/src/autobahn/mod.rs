//! Reports in the form of Autobahn|Testsuite: `index.json`, a JSON file for each case, and HTML
//! pages.
//!
//! Programs that read Autobahn's reports read these: keys, values, order and file names are the
//! same. What was measured comes from the [`Transcript`], by way of [`Observed`]; the verdicts are
//! handed in. Files are written as results come, each in one step, so that a run that is killed
//! leaves a whole report of what it had.

mod behavior;
mod case;
mod index;
mod observation;
mod page;
mod writer;

use std::sync::Arc;

pub use behavior::{Behavior, BehaviorClose, Closing};
pub use observation::{CloseFrame, Frame, Observed, Sent, Traffic};
pub use writer::{Writer, clean};

use crate::Transcript;
use crate::wire::Line;

/// The result of one Autobahn case, ready to be written.
#[derive(Debug, Clone)]
pub struct CaseReport {
    /// The id, such as `6.4.1`.
    pub id: String,
    /// The number under which it runs.
    pub number: usize,
    /// What the case does, in one line.
    pub description: String,
    /// What is expected, in one line.
    pub expectation: String,
    /// The verdict on messages.
    pub behavior: Behavior,
    /// The reason for it.
    pub result: String,
    /// The verdict on the end of the connection.
    pub behavior_close: BehaviorClose,
    /// The reason for it.
    pub result_close: String,
    /// Duration, in milliseconds.
    pub duration_ms: u64,
    /// When it started, RFC 3339 in UTC.
    pub started: String,
    /// How the connection must end.
    pub closing: Closing,
    /// Whether the report has the size of messages on the wire.
    pub compression: bool,
    /// Whether the duration is part of the result.
    pub timed: bool,
    /// What went over the connection.
    pub transcript: Arc<Transcript>,
    /// The transcript taken apart.
    pub observed: Observed,
    /// The lines of its wire log.
    pub lines: Vec<Line>,
}
