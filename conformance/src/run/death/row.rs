//! The row of the deaths that are charged to no case.

use wsspec_reports::{CaseResult, Impact, Verdict};

use super::super::results::ROBUST;
use super::super::{Subject, results};
use super::{Deaths, Unexplained};
use crate::exchange::{Blame, Reason, ServerDeath};

/// The id of the row.
pub(in crate::run) const ROW: &str = "passive.server-lives";

impl Unexplained {
    /// Whether the target is at fault: cases did it together, or the process crashed.
    fn is_fault(&self) -> bool {
        matches!(self.blame, Blame::Together(_)) || self.death.is_crash()
    }
}

impl Deaths {
    /// A row for the deaths that are charged to no case, if there are any. It fails where one of
    /// them is a fault of the target; what else may have ended it is not known.
    pub(in crate::run) fn row(&mut self, subject: &Subject) -> Option<CaseResult> {
        let count = self.unexplained.len();
        let worst = self.unexplained.iter().position(Unexplained::is_fault);
        let fails = worst.is_some();
        if count == 0 {
            return None;
        }
        let death = self.unexplained.swap_remove(worst.unwrap_or_default());
        let (Blame::Together(cases) | Blame::NoneOf(cases) | Blame::NotTried(cases)) = &death.blame
        else {
            return None;
        };
        let seen_in = cases.iter().take(CaseResult::SEEN_IN).cloned().collect();
        let reason = Reason::from(ServerDeath {
            death: death.death,
            blame: death.blame,
        });
        let verdict = if fails { Verdict::Fail } else { Verdict::Error };
        let mut row = CaseResult {
            about: "A server outlives whatever it is sent.".into(),
            requirements: vec![ROBUST.into()],
            broken: Some(ROBUST.into()),
            reason_key: reason.key().into_owned(),
            reason: results::one_line(&reason),
            stderr: death.stderr,
            passive: true,
            count: Some(count),
            seen_in_cases: seen_in,
            ..CaseResult::new(ROW.into(), "passive", Impact::Security, verdict)
        };
        subject.mask(&mut row);
        Some(row)
    }
}
