//! The verdict so far.

use std::sync::Arc;

use wsspec_core::deflate::negotiation::Parameters;
use wsspec_reports::Verdict;
use wsspec_vectors::{Grade, Outcome};

use super::reaction::Reaction;
use super::reason::Reason;

/// The verdict on a case so far, why, and what people are shown of it.
#[derive(Debug)]
pub(crate) struct Ruling {
    pub(crate) verdict: Verdict,
    pub(crate) reason: Option<Reason>,
    /// The beginning of the last frames or head that the case sent, and the terms of compression by
    /// then.
    pub(crate) stimulus: Option<(Vec<u8>, Option<Parameters>)>,
    /// The expectation at which it was decided.
    pub(crate) expected: Option<Arc<[Outcome]>>,
    /// What had come by then.
    pub(crate) received: Option<String>,
    /// Where in the case it failed.
    pub(crate) missed: Option<Missed>,
    /// How the first conversation stood when the verdict was in.
    pub(crate) reaction: Reaction,
}

impl Default for Ruling {
    fn default() -> Self {
        Ruling {
            verdict: Verdict::Pass,
            reason: None,
            stimulus: None,
            expected: None,
            received: None,
            missed: None,
            reaction: Reaction::default(),
        }
    }
}

impl Ruling {
    /// Takes a verdict if it is worse than what was known.
    pub(crate) fn rule(&mut self, verdict: Verdict, reason: Reason) {
        if verdict > self.verdict {
            self.verdict = verdict;
            self.reason = Some(reason);
        }
    }
}

/// The line of a case that failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Missed {
    /// The place of the step in the case; `None` for what every case takes for granted.
    pub step: Option<usize>,
    /// A rule had been broken on purpose by then.
    pub provoked: bool,
    /// Our last message was unfinished.
    pub inside_message: bool,
}

/// The verdict that a vector states.
pub(crate) fn verdict_of(grade: Grade) -> Verdict {
    match grade {
        Grade::Informational => Verdict::Informational,
        Grade::NonStrict => Verdict::NonStrict,
        Grade::Fail => Verdict::Fail,
    }
}
