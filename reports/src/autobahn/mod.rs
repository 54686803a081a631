//! Reports in the form of Autobahn|Testsuite: `index.json`, a JSON file a case, and pages to look at.
//!
//! Scripts around the incumbent read these files; keys, words, order and file names are theirs. What was measured
//! comes from the stored [`Transcript`]; what the judge made of it is handed in. Files are written as results come
//! and replaced in one step, so that a run that is killed leaves a whole report of what it had.

mod case;
mod page;
mod seen;
mod words;
mod writer;

use std::sync::Arc;

pub use seen::{CloseFrame, Frame, Seen, Traffic};
pub use words::{Behavior, BehaviorClose, Closing};
pub use writer::{Writer, clean};

use crate::{Close, Transcript};

/// The result of one Autobahn case, as it is told.
#[derive(Debug, Clone)]
pub struct CaseReport {
    /// `6.4.1`.
    pub id: String,
    /// The number it is run by.
    pub number: usize,
    /// What it does, in one line.
    pub description: String,
    /// What is expected, in one line.
    pub expectation: String,
    /// On messages.
    pub behavior: Behavior,
    /// Why.
    pub result: String,
    /// On the end of the connection.
    pub behavior_close: BehaviorClose,
    /// Why.
    pub result_close: String,
    /// How long it took, in milliseconds.
    pub duration_ms: u64,
    /// When it began, RFC 3339 in UTC.
    pub started: String,
    /// How the connection had to end.
    pub closing: Closing,
    /// It tells of the size of messages on the wire.
    pub compression: bool,
    /// How the target closed, for where the transcript does not reach so far.
    pub close: Option<Close>,
    /// What went over the connection.
    pub transcript: Arc<Transcript>,
}
