//! What the suite says of the conforming peer, and what differs for a mutant.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use wsspec_core::Role;
use wsspec_reports::{CaseResult, Verdict};
use wsspec_vectors::{Case, Corpus};

use super::environment::Environment;
use super::result::CaseKills;
use crate::binding::CarrierRule;
use crate::exchange::Reason;
use crate::peer::{LegalApplication, PlantedFault, Recording, ReferencePeer};
use crate::run::{Passive, result, row_id};
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

/// The conforming peer in one role, below one application, and every conversation with it.
pub(super) struct Baseline {
    role: Role,
    /// What every peer here runs; `None` if it echoes.
    application: Option<&'static LegalApplication>,
    environment: Environment,
    recorded: Vec<RecordedCase>,
    large: Vec<Arc<Case>>,
    /// The verdicts on the conforming peer, by case and passive rule.
    verdicts: BTreeMap<String, Verdict>,
    /// The keys of their reasons, where there are any.
    reasons: BTreeMap<String, String>,
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
    /// The rows of those that fail, and of those that rest on a row, without transcripts.
    pub(super) rows: Vec<CaseResult>,
}

/// The row, if it fails or rests on another, without its transcript.
fn telling(row: CaseResult) -> Option<CaseResult> {
    (row.verdict == Verdict::Fail || row.rests_on.is_some()).then_some(CaseResult {
        transcript: None,
        ..row
    })
}

/// What a search found of a mutant.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// The first failure, or else the worst verdict, with its case or passive rule.
    pub(super) worst: Option<(String, Verdict)>,
    /// Some conversation was another than with the conforming twin: there was something to find.
    pub(super) shown: bool,
}

impl Found {
    /// Whether something fails.
    pub(super) fn fails(&self) -> bool {
        self.worst
            .as_ref()
            .is_some_and(|(_, v)| *v == Verdict::Fail)
    }

    /// Keeps a verdict that judges something, is worse than the one `known` of a twin, and the
    /// worst.
    fn note(&mut self, id: &str, verdict: Verdict, known: Verdict) {
        let judges = !matches!(verdict, Verdict::Skipped | Verdict::Error);
        let mildest = self
            .worst
            .as_ref()
            .map_or(known, |(_, kept)| known.max(*kept));
        if judges && verdict > mildest {
            self.worst = Some((id.to_owned(), verdict));
            self.shown = true;
        }
    }
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
    /// Of the peer that echoes.
    pub(super) fn new(corpus: &Corpus, role: Role) -> Baseline {
        Baseline::below(corpus, role, None)
    }

    /// Of the peer that runs `application`.
    pub(super) fn below(
        corpus: &Corpus,
        role: Role,
        application: Option<&'static LegalApplication>,
    ) -> Baseline {
        let peer = below(application, ReferencePeer::conforming());
        let ids = corpus.cases.iter().map(|case| case.id.clone()).collect();
        let environment = Environment::of(role, &peer, application.is_none(), Arc::new(ids));
        let (small, large): (Vec<_>, Vec<_>) = corpus
            .cases
            .iter()
            .filter(|case| case.roles.contains(&role))
            .filter(|case| case.wants_beyond(memory::ABILITIES).is_none())
            .cloned()
            .partition(|case| cost(case) < LARGE_COST);
        let mut baseline = Baseline {
            role,
            application,
            environment,
            recorded: Vec::new(),
            large,
            verdicts: BTreeMap::new(),
            reasons: BTreeMap::new(),
        };
        let mut passive = Passive::default();
        let environment = baseline.environment.clone();
        let judge = environment.judge(&peer);
        for case in small {
            let recording = match judge.record(&case) {
                Ok((conclusion, recording)) => {
                    passive.note(&case.id, &conclusion);
                    baseline.note(&case.id, conclusion.verdict, conclusion.reason.as_ref());
                    recording
                }
                Err(verdict) => {
                    baseline.note(&case.id, verdict, None);
                    Recording::default()
                }
            };
            baseline.recorded.push(RecordedCase { case, recording });
        }
        for row in passive.rows(role, &[]) {
            baseline.reasons.insert(row.id.clone(), row.reason_key);
            baseline.verdicts.insert(row.id, row.verdict);
        }
        baseline
    }

    fn note(&mut self, id: &str, verdict: Verdict, reason: Option<&Reason>) {
        self.verdicts.insert(id.to_owned(), verdict);
        let key = reason.map(|reason| reason.key().into_owned());
        self.reasons.extend(key.map(|key| (id.to_owned(), key)));
    }

    /// The verdicts on the conforming peer, by case and passive rule.
    pub(super) fn verdicts(&self) -> &BTreeMap<String, Verdict> {
        &self.verdicts
    }

    /// The key of the reason for a verdict; empty if there is none.
    pub(super) fn reason(&self, id: &str) -> &str {
        self.reasons.get(id).map_or("", String::as_str)
    }

    /// The small cases.
    pub(super) fn cases(&self) -> impl Iterator<Item = &Arc<Case>> {
        self.recorded.iter().map(|recorded| &recorded.case)
    }

    /// Looks for a case or passive rule that fails a mutant, and not its conforming twin: among the
    /// small cases that `considered` allows and the large one meant for the fault, in an order by
    /// `rank`. Ends with the first failure.
    pub(super) fn search(
        &self,
        fault: &PlantedFault,
        considered: impl Fn(&Case) -> bool,
        rank: impl Fn(&Case) -> usize,
    ) -> Found {
        let peer = below(self.application, fault.peer());
        let environment = self.environment_of(&peer);
        let twin = fault.has_twin().then(|| self.twin(fault));
        let unchanged = twin.is_none() && environment == self.environment;
        let mut order: Vec<&RecordedCase> = self.recorded.iter().collect();
        order.retain(|recorded| considered(&recorded.case));
        order.sort_by_cached_key(|recorded| rank(&recorded.case));
        let judge = environment.judge(&peer);
        let twin_judge = twin
            .as_ref()
            .map(|(twin, environment)| environment.judge(twin));
        let mut passive = Passive::default();
        let mut found = Found::default();
        for (n, RecordedCase { case, recording }) in (1..).zip(order) {
            if !unchanged || fault.shows(recording) {
                let verdict = match judge.record(case) {
                    Ok((conclusion, faulty)) => {
                        passive.note(&case.id, &conclusion);
                        found.shown |= faulty != *recording;
                        conclusion.verdict
                    }
                    Err(verdict) => verdict,
                };
                let known = match &twin_judge {
                    _ if verdict == Verdict::Pass => verdict,
                    Some(judge) => judge.run(case).0,
                    None => self.verdicts[&case.id],
                };
                found.note(&case.id, verdict, known);
            }
            // The passive rules cost more than a case: they are looked at ever less often.
            if usize::is_power_of_two(n) && !environment.probed.mute {
                self.note_rows(&mut found, passive.clone());
            }
            if found.fails() {
                return found;
            }
        }
        if !environment.probed.mute {
            self.note_rows(&mut found, passive);
        }
        if let Some(row) = self.large_result(fault, &environment) {
            found.note(&row.id, row.verdict, Verdict::Pass);
        }
        found
    }

    fn note_rows(&self, found: &mut Found, passive: Passive) {
        for row in passive.rows(self.role, &[]) {
            let known = self.verdicts.get(&row.id).copied();
            found.note(&row.id, row.verdict, known.unwrap_or(Verdict::Pass));
        }
    }

    fn environment_of(&self, peer: &ReferencePeer) -> Environment {
        let cases = Arc::clone(&self.environment.cases);
        Environment::of(self.role, peer, self.application.is_none(), cases)
    }

    /// The conforming twin of a fault, and what is known about it.
    fn twin(&self, fault: &PlantedFault) -> (ReferencePeer, Environment) {
        let twin = below(self.application, fault.twin());
        let environment = self.environment_of(&twin);
        (twin, environment)
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
        let peer = below(self.application, fault.peer());
        let environment = self.environment_of(&peer);
        let same_environment = environment == self.environment;
        let judge = environment.judge(&peer);
        let mut passive = Passive::default();
        let mut verdicts = Vec::new();
        let mut rows = Vec::new();
        for RecordedCase { case, recording } in &self.recorded {
            if same_environment && !shows(recording) {
                continue;
            }
            let (verdict, conclusion) = judge.run(case);
            if let Some(conclusion) = conclusion {
                passive.note(&case.id, &conclusion);
                // A report is of a run over one transport.
                if case.over.has_streams() == fault.is_over_streams() {
                    rows.extend(telling(result(case, &conclusion)));
                }
            }
            verdicts.push((case.id.clone(), verdict));
        }
        if let Some(row) = self.large_result(fault, &environment) {
            verdicts.push((row.id.clone(), row.verdict));
            rows.extend(telling(row));
        }
        if !environment.probed.mute {
            for row in passive.rows(self.role, &rows) {
                verdicts.push((row.id.clone(), row.verdict));
                if !is_of_a_carrier(&row) || fault.is_over_streams() {
                    rows.extend(telling(row));
                }
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
        rows.retain(|row| ids.contains(row.id.as_str()));
        Findings {
            environment,
            worse,
            rows,
        }
    }

    /// The row of the large case that the fault names, if its verdict is worse than on the
    /// conforming peer.
    fn large_result(&self, fault: &PlantedFault, environment: &Environment) -> Option<CaseResult> {
        let case = self
            .large
            .iter()
            .find(|case| fault.meant == Some(&case.id))?;
        let faulty = below(self.application, fault.peer());
        let (verdict, conclusion) = environment.judge(&faulty).run(case);
        let conforming = below(self.application, ReferencePeer::conforming());
        let (conforming, _) = self.environment.judge(&conforming).run(case);
        let row = result(case, &conclusion?);
        (verdict > conforming).then_some(row)
    }

    /// The verdicts that are worse than on the fault's own conforming twin.
    fn worse_than_twin(
        &self,
        fault: &PlantedFault,
        mut verdicts: Vec<(String, Verdict)>,
    ) -> Vec<(String, Verdict)> {
        let (twin, environment) = self.twin(fault);
        let judge = environment.judge(&twin);
        verdicts.retain(|(id, verdict)| {
            let conforming = self
                .case(id)
                .map_or(Verdict::Pass, |case| judge.run(case).0);
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
            let (verdict, _) = findings.environment.judge(&fault.peer()).run(case);
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

/// The peer below an application.
fn below(application: Option<&LegalApplication>, peer: ReferencePeer) -> ReferencePeer {
    match application {
        Some(application) => peer.running(application),
        None => peer,
    }
}

/// Whether a row is a rule of HTTP/2 or HTTP/3.
fn is_of_a_carrier(row: &CaseResult) -> bool {
    CarrierRule::all().any(|rule| row.id == row_id(rule.name()))
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
