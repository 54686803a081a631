//! Both sides of the matrix of mutants and cases.

use wsspec_core::Role;
use wsspec_reports::{CaseResult, Verdict};

use super::Attribution;
use crate::peer::PlantedFault;

/// What the suite says of every mutant, and every case of the mutants.
#[derive(Debug, Clone)]
pub struct Matrix {
    /// By fault and role.
    pub mutants: Vec<MutantResult>,
    /// By case and role. For a large case, at most one kill is counted.
    pub cases: Vec<CaseKills>,
}

/// What the suite says of one mutant: one fault in one role.
#[derive(Debug, Clone)]
pub struct MutantResult {
    /// The fault.
    pub fault: &'static PlantedFault,
    /// The role of the faulty peer.
    pub role: Role,
    /// The cases and passive rules whose verdict is worse than on the conforming peer, with that
    /// verdict. The worst comes first.
    pub by: Vec<(String, Verdict)>,
    /// The rows of those among them that fail, and of those that rest on a row, without
    /// transcripts.
    pub rows: Vec<CaseResult>,
    /// Those among them that are meant for the fault and give the verdict it deserves.
    pub meant: Vec<String>,
}

/// What became of a mutant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MutantStatus {
    /// Killed by a case that is meant for it.
    Killed,
    /// Killed, but only by cases that are meant for something else.
    KilledByOther,
    /// Not killed.
    Survived,
    /// Not at fault, and not failed.
    Equivalent,
    /// Failed, although it does not deserve a failure.
    FalsePositive,
}

impl MutantResult {
    /// What its failing rows name; `None` if none fails, or the peer is not at fault.
    pub fn attribution(&self) -> Option<Attribution> {
        Attribution::of(self.fault, self.role, &self.rows)
    }

    /// What became of the mutant.
    pub fn status(&self) -> MutantStatus {
        let deserved = self.fault.worst;
        // Few faults deserve that a case cannot be judged.
        let worst = self
            .by
            .iter()
            .map(|(_, verdict)| *verdict)
            .filter(|v| !matches!(v, Verdict::Skipped | Verdict::Error) || *v == deserved)
            .max()
            .unwrap_or(Verdict::Pass);
        match deserved {
            _ if worst == Verdict::Fail && deserved != Verdict::Fail => MutantStatus::FalsePositive,
            Verdict::Pass => MutantStatus::Equivalent,
            _ if worst < deserved => MutantStatus::Survived,
            _ if self.meant.is_empty() => MutantStatus::KilledByOther,
            _ => MutantStatus::Killed,
        }
    }
}

/// What one case, or passive rule, says of the mutants in one role.
#[derive(Debug, Clone)]
pub struct CaseKills {
    /// The id of the case.
    pub case: String,
    /// Its family; `passive` for a passive rule.
    pub family: String,
    /// The role of the target.
    pub role: Role,
    /// The verdict on the conforming peer.
    pub conforming: Verdict,
    /// Mutants on which the verdict is worse than that.
    pub worse: usize,
    /// Mutants on which the verdict is a failure.
    pub fails: usize,
}

impl CaseKills {
    /// Counts a verdict that is worse than the one on the conforming peer.
    pub(super) fn count(&mut self, verdict: Verdict) {
        self.worse += usize::from(!matches!(verdict, Verdict::Skipped | Verdict::Error));
        self.fails += usize::from(verdict == Verdict::Fail);
    }
}
