//! What the suite says of the conforming peer, and what differs for a mutant.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use wsspec_core::Role;
use wsspec_reports::{CaseResult, Verdict};
use wsspec_vectors::{Case, Corpus};

use super::environment::Environment;
use super::result::CaseKills;
use crate::peer::{PlantedFault, Recording, ReferencePeer};
use crate::run::{Passive, result};
use crate::wire::memory;

/// Cases that cost more than sending this number of bytes are large: they kill no mutant that
/// others do not, and would take most of the time.
const LARGE_COST: u64 = 100 << 10;

/// The cost of compressing a byte, in bytes sent.
const COMPRESSION_COST: u64 = 8;

/// The faults that large cases run against.
const LARGE_CASE_FAULTS: &[&str] = &[
    "wrong-bytes",
    "message-limit-60000-stalls",
    "rejects-nothing",
    "stalls-always",
    "crash-on-empty-fragment",
    "close-accuses",
    "no-pong",
    "empty-messages-lost",
    "tires",
    "echo-cut-at-65535",
    "dies-of-a-message",
    "dies-of-pings",
];

/// The conforming peer in one role, and every conversation with it.
pub(super) struct Baseline {
    role: Role,
    environment: Environment,
    recorded: Vec<RecordedCase>,
    large: Vec<Arc<Case>>,
    /// The verdicts on the conforming peer, by case and passive rule.
    verdicts: BTreeMap<String, Verdict>,
}

struct RecordedCase {
    case: Arc<Case>,
    recording: Recording,
}

/// What the suite says of a mutant.
pub(super) struct Findings {
    environment: Environment,
    /// The cases and passive rules whose verdict is worse than on the conforming peer, with that
    /// verdict. The worst comes first.
    pub(super) worse: Vec<(String, Verdict)>,
    /// The rows of those that fail, without transcripts.
    pub(super) failed: Vec<CaseResult>,
}

/// The row, if it fails, without its transcript.
fn failing(row: CaseResult) -> Option<CaseResult> {
    (row.verdict == Verdict::Fail).then_some(CaseResult {
        transcript: None,
        ..row
    })
}

/// What it costs to run a case, in bytes sent.
fn cost(case: &Case) -> u64 {
    if case.agree.is_some() {
        case.weight() * COMPRESSION_COST
    } else {
        case.weight()
    }
}

impl Baseline {
    pub(super) fn new(corpus: &Corpus, role: Role) -> Baseline {
        let peer = ReferencePeer::conforming();
        let environment = Environment::of(role, &peer);
        let (small, large): (Vec<_>, Vec<_>) = corpus
            .cases
            .iter()
            .filter(|case| case.roles.contains(&role))
            .filter(|case| case.wants_beyond(memory::ABILITIES).is_none())
            .cloned()
            .partition(|case| cost(case) < LARGE_COST);
        let mut passive = Passive::default();
        let mut verdicts = BTreeMap::new();
        let mut recorded = Vec::new();
        for case in small {
            let (conclusion, recording) = memory::record(&case, &environment.setup, &peer);
            passive.note(&case.id, &conclusion.observed, &conclusion.transcript);
            verdicts.insert(case.id.clone(), conclusion.verdict);
            recorded.push(RecordedCase { case, recording });
        }
        let rows = passive.rows(role).into_iter();
        verdicts.extend(rows.map(|row| (row.id, row.verdict)));
        Baseline {
            role,
            environment,
            recorded,
            large,
            verdicts,
        }
    }

    pub(super) fn role(&self) -> Role {
        self.role
    }

    pub(super) fn large_cases(&self) -> &[Arc<Case>] {
        &self.large
    }

    /// Every small case and passive rule, with no kills counted yet.
    pub(super) fn without_kills(&self) -> Vec<CaseKills> {
        self.verdicts
            .iter()
            .map(|(id, conforming)| CaseKills {
                case: id.clone(),
                family: self
                    .case(id)
                    .map_or_else(|| "passive".to_owned(), |case| case.family.clone()),
                role: self.role,
                conforming: *conforming,
                worse: 0,
                fails: 0,
            })
            .collect()
    }

    fn case(&self, id: &str) -> Option<&Case> {
        self.recorded
            .iter()
            .map(|recorded| &*recorded.case)
            .find(|case| case.id == id)
    }

    /// Judges a mutant. A conversation of which the fault changes no byte is not repeated.
    pub(super) fn judge(&self, fault: &PlantedFault) -> Findings {
        self.judge_where(fault, |recording| {
            fault.has_twin() || fault.shows(recording)
        })
    }

    fn judge_where(&self, fault: &PlantedFault, shows: impl Fn(&Recording) -> bool) -> Findings {
        let peer = fault.peer();
        let environment = Environment::of(self.role, &peer);
        let same_environment = environment == self.environment;
        let mut passive = Passive::default();
        let mut verdicts = Vec::new();
        let mut failed = Vec::new();
        for RecordedCase { case, recording } in &self.recorded {
            if same_environment && !shows(recording) {
                continue;
            }
            let (verdict, conclusion) = environment.run(case, &peer);
            if let Some(conclusion) = conclusion {
                passive.note(&case.id, &conclusion.observed, &conclusion.transcript);
                failed.extend(failing(result(case, &conclusion)));
            }
            verdicts.push((case.id.clone(), verdict));
        }
        if let Some(row) = self.large_result(fault, &environment) {
            verdicts.push((row.id.clone(), row.verdict));
            failed.extend(failing(row));
        }
        if !environment.probed.mute {
            for row in passive.rows(self.role) {
                verdicts.push((row.id.clone(), row.verdict));
                failed.extend(failing(row));
            }
        }
        let mut worse = if fault.has_twin() {
            self.worse_than_twin(fault, verdicts)
        } else {
            verdicts.retain(|(id, verdict)| self.verdicts.get(id).is_none_or(|v| verdict > v));
            verdicts
        };
        worse.sort_by_key(|(_, verdict)| Reverse(*verdict));
        let ids: BTreeSet<&str> = worse.iter().map(|(id, _)| id.as_str()).collect();
        failed.retain(|row| ids.contains(row.id.as_str()));
        Findings {
            environment,
            worse,
            failed,
        }
    }

    /// The row of the large case that the fault names, if its verdict is worse than on the
    /// conforming peer.
    fn large_result(&self, fault: &PlantedFault, environment: &Environment) -> Option<CaseResult> {
        let case = self
            .large
            .iter()
            .find(|case| fault.meant == Some(&case.id))?;
        let (verdict, conclusion) = environment.run(case, &fault.peer());
        let (conforming, _) = self.environment.run(case, &ReferencePeer::conforming());
        let row = result(case, &conclusion?);
        (verdict > conforming).then_some(row)
    }

    /// The verdicts that are worse than on the fault's own conforming twin.
    fn worse_than_twin(
        &self,
        fault: &PlantedFault,
        mut verdicts: Vec<(String, Verdict)>,
    ) -> Vec<(String, Verdict)> {
        let twin = fault.twin();
        let environment = Environment::of(self.role, &twin);
        verdicts.retain(|(id, verdict)| {
            let conforming = self
                .case(id)
                .map_or(Verdict::Pass, |case| environment.run(case, &twin).0);
            *verdict > conforming
        });
        verdicts
    }

    /// Runs a large case against one fault after the other until it fails one.
    pub(super) fn first_kill(
        &self,
        case: &Case,
        faults: &[(&PlantedFault, &Findings)],
    ) -> CaseKills {
        let (conclusion, recording) =
            memory::record(case, &self.environment.setup, &ReferencePeer::conforming());
        let mut kills = CaseKills {
            case: case.id.clone(),
            family: case.family.clone(),
            role: self.role,
            conforming: conclusion.verdict,
            worse: 0,
            fails: 0,
        };
        for (fault, findings) in LARGE_CASE_FAULTS
            .iter()
            .filter_map(|name| faults.iter().find(|(fault, _)| fault.name == *name))
            .filter(|(fault, _)| fault.shows(&recording))
        {
            let (verdict, _) = findings.environment.run(case, &fault.peer());
            if verdict > kills.conforming {
                kills.count(verdict);
            }
            if kills.fails > 0 {
                break;
            }
        }
        kills
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::peer::FAULTS;

    /// The cases left out, since the fault changes no byte of them, would have had no finding.
    #[test]
    fn skipping_unchanged_conversations_changes_no_finding() {
        let mut corpus = Corpus::embedded().unwrap_or_else(|e| panic!("{e:?}"));
        let mut n = 0;
        corpus.cases.retain(|_| {
            n += 1;
            n % 12 == 0
        });
        for role in [Role::Server, Role::Client] {
            let baseline = Baseline::new(&corpus, role);
            for fault in FAULTS
                .iter()
                .filter(|fault| fault.roles.contains(&role))
                .step_by(9)
            {
                let (short, whole) = (baseline.judge(fault), baseline.judge_where(fault, |_| true));
                assert_eq!(
                    short.worse,
                    whole.worse,
                    "{} as {}",
                    fault.name,
                    role.name()
                );
            }
        }
    }
}
