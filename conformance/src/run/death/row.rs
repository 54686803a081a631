//! The row of the deaths that are charged to no case.

use wsspec_reports::{CaseResult, Impact, Verdict};

use super::super::results::ROBUST;
use super::super::{Subject, results};
use super::Deaths;
use crate::exchange::{Blame, Reason, ServerDeath};

/// The id of the row.
pub(in crate::run) const ROW: &str = "passive.server-lives";

impl Deaths {
    /// A row for the deaths that are charged to no case, if there are any. It fails where cases did
    /// it together, or where the process crashed; what else may have ended it is not known.
    pub(in crate::run) fn row(&mut self, subject: &Subject) -> Option<CaseResult> {
        let count = self.unexplained.len();
        let is_fault = |death: &super::Unexplained| {
            matches!(death.blame, Blame::Together(_)) || death.death.is_crash()
        };
        let worst = self.unexplained.iter().position(is_fault);
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
