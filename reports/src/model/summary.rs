//! The number of cases with each verdict.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{CaseResult, Verdict};

/// The number of cases with each verdict.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs)]
pub struct Summary {
    pub pass: usize,
    pub non_strict: usize,
    pub informational: usize,
    pub fail: usize,
    pub skipped: usize,
    pub flaky: usize,
    pub error: usize,
}

impl Summary {
    /// Counts the verdicts of `cases`.
    pub fn of<'a>(cases: impl IntoIterator<Item = &'a CaseResult>) -> Summary {
        let mut summary = Summary::default();
        for case in cases {
            *summary.slot(case.verdict) += 1;
        }
        summary
    }

    /// The number of cases with this verdict.
    pub fn count(mut self, verdict: Verdict) -> usize {
        *self.slot(verdict)
    }

    /// The number of all cases.
    pub fn total(self) -> usize {
        Verdict::ALL.into_iter().map(|v| self.count(v)).sum()
    }

    /// The number of cases that were judged: all but those that were skipped or ended in an error.
    pub fn judged(self) -> usize {
        self.total() - self.skipped - self.error
    }

    fn slot(&mut self, verdict: Verdict) -> &mut usize {
        match verdict {
            Verdict::Pass => &mut self.pass,
            Verdict::NonStrict => &mut self.non_strict,
            Verdict::Informational => &mut self.informational,
            Verdict::Fail => &mut self.fail,
            Verdict::Skipped => &mut self.skipped,
            Verdict::Flaky => &mut self.flaky,
            Verdict::Error => &mut self.error,
        }
    }
}
