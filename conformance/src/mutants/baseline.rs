//! What the suite says of the right peer, and what else it says of a faulty one.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::Arc;

use wsspec_core::Role;
use wsspec_reports::{Probe, Verdict};

use super::Bite;
use crate::drive::memory::{self, Chunking};
use crate::exchange::{Conclusion, Setup, Timing};
use crate::peer::{Fault, Peer, Recording};
use crate::run::{Passive, consequence, probe_in_memory, without_running};
use wsspec_vectors::{Case, Corpus};

/// Cases that cost more than sending so many bytes find no fault that others do not, and take all the time.
const HEAVIEST: u64 = 100 << 10;

/// Faults that heavy cases are run against.
const BITERS: &[&str] = &[
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

/// The right peer in one role, and every conversation with it.
pub(super) struct Right {
    role: Role,
    circumstances: Circumstances,
    played: Vec<Played>,
    heavy: Vec<Arc<Case>>,
    /// What is said of the right peer, case by case and rule by rule.
    verdicts: BTreeMap<String, Verdict>,
}

struct Played {
    case: Arc<Case>,
    recording: Recording,
}

/// What the probe of a real run would find out.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Circumstances {
    setup: Setup,
    probe: Probe,
    mute: bool,
}

/// What is said of a faulty peer.
pub(super) struct Found {
    circumstances: Circumstances,
    /// Where it is more than what is said of the right one.
    pub(super) worse: Vec<(String, Verdict)>,
}

impl Circumstances {
    fn of(role: Role, peer: &Peer) -> Circumstances {
        let mut setup = Setup::new(role, "wsspec.invalid", "/");
        let probed = probe_in_memory(&setup, peer);
        setup.learn(&probed.found);
        // Time in memory is not that of the world.
        setup.timing = Timing::default();
        Circumstances {
            setup,
            probe: Probe {
                round_trip_us: 0,
                ..probed.found
            },
            mute: probed.mute,
        }
    }

    /// The verdict on a case, and the conversation if there was one.
    fn run(&self, case: &Case, peer: &Peer) -> (Verdict, Option<Conclusion>) {
        if let Some((verdict, _)) = without_running(case, self.setup.target, &self.probe, self.mute)
        {
            return (verdict, None);
        }
        let conclusion = memory::run(case, &self.setup, peer, Chunking::Whole);
        let conclusion = consequence(conclusion, case, &self.probe);
        (conclusion.verdict, Some(conclusion))
    }
}

impl Right {
    pub(super) fn new(corpus: &Corpus, role: Role) -> Right {
        let circumstances = Circumstances::of(role, &Peer::right());
        let cases = corpus
            .cases
            .iter()
            .filter(|case| case.roles.contains(&role))
            .cloned();
        let cases = cases.filter(|case| case.wants_beyond(memory::ABILITIES).is_none());
        // To compress costs more than to send.
        let cost = |case: &Case| case.weight() * if case.agree.is_some() { 8 } else { 1 };
        let (light, heavy): (Vec<_>, Vec<_>) = cases.partition(|case| cost(case) < HEAVIEST);
        let mut passive = Passive::default();
        let mut verdicts = BTreeMap::new();
        let mut played = Vec::new();
        for case in light {
            let (conclusion, recording) =
                memory::record(&case, &circumstances.setup, &Peer::right());
            passive.note(&case.id, &conclusion);
            verdicts.insert(case.id.clone(), conclusion.verdict);
            played.push(Played { case, recording });
        }
        verdicts.extend(
            passive
                .rows(role)
                .into_iter()
                .map(|row| (row.id, row.verdict)),
        );
        Right {
            role,
            circumstances,
            played,
            heavy,
            verdicts,
        }
    }

    pub(super) fn role(&self) -> Role {
        self.role
    }

    pub(super) fn heavy(&self) -> &[Arc<Case>] {
        &self.heavy
    }

    /// Every light case and rule, before any fault.
    pub(super) fn unbitten(&self) -> Vec<Bite> {
        let family = |id: &str| {
            let case = self.played.iter().find(|played| played.case.id == id);
            case.map_or("passive".to_owned(), |played| played.case.family.clone())
        };
        let bite = |(id, right): (&String, &Verdict)| Bite {
            case: id.clone(),
            family: family(id),
            role: self.role,
            right: *right,
            worse: 0,
            fails: 0,
        };
        self.verdicts.iter().map(bite).collect()
    }

    /// What is said of a faulty peer. A conversation of which the fault changes no byte is not held again.
    pub(super) fn judge(&self, fault: &Fault) -> Found {
        self.judge_where(fault, |recording| {
            fault.has_twin() || fault.shows(recording)
        })
    }

    fn judge_where(&self, fault: &Fault, shows: impl Fn(&Recording) -> bool) -> Found {
        let peer = fault.peer();
        let circumstances = Circumstances::of(self.role, &peer);
        let as_right = circumstances == self.circumstances;
        let mut passive = Passive::default();
        let mut verdicts = Vec::new();
        for Played { case, recording } in &self.played {
            if as_right && !shows(recording) {
                continue;
            }
            let (verdict, conclusion) = circumstances.run(case, &peer);
            if let Some(conclusion) = conclusion {
                passive.note(&case.id, &conclusion);
            }
            verdicts.push((case.id.clone(), verdict));
        }
        // What is heavy is held against the faults that name it.
        for case in self
            .heavy
            .iter()
            .filter(|case| fault.meant == Some(&case.id))
        {
            let (verdict, _) = circumstances.run(case, &peer);
            let (right, _) = self.circumstances.run(case, &Peer::right());
            verdicts.extend((verdict > right).then(|| (case.id.clone(), verdict)));
        }
        if !circumstances.mute {
            verdicts.extend(
                passive
                    .rows(self.role)
                    .into_iter()
                    .map(|row| (row.id, row.verdict)),
            );
        }
        if fault.has_twin() {
            // The right peer is another one: what is said of that, too, is no catch.
            let twin = fault.twin();
            let of_twin = Circumstances::of(self.role, &twin);
            verdicts.retain(|(id, verdict)| {
                let case = self.played.iter().find(|played| played.case.id == *id);
                case.map_or(*verdict > Verdict::Pass, |played| {
                    *verdict > of_twin.run(&played.case, &twin).0
                })
            });
        } else {
            verdicts
                .retain(|(id, verdict)| self.verdicts.get(id).is_none_or(|right| verdict > right));
        }
        // The worst first, to be named first.
        verdicts.sort_by_key(|(_, verdict)| Reverse(*verdict));
        Found {
            circumstances,
            worse: verdicts,
        }
    }

    /// Runs a heavy case against one fault after the other until one makes it fail.
    pub(super) fn first_bite(&self, case: &Case, faults: &[(&Fault, &Found)]) -> Bite {
        let (conclusion, recording) =
            memory::record(case, &self.circumstances.setup, &Peer::right());
        let right = conclusion.verdict;
        let mut bite = Bite {
            case: case.id.clone(),
            family: case.family.clone(),
            role: self.role,
            right,
            worse: 0,
            fails: 0,
        };
        let biters = BITERS
            .iter()
            .filter_map(|name| faults.iter().find(|(fault, _)| fault.name == *name));
        for (fault, found) in biters.filter(|(fault, _)| fault.shows(&recording)) {
            let (verdict, _) = found.circumstances.run(case, &fault.peer());
            bite.worse += usize::from(
                verdict > right && !matches!(verdict, Verdict::Skipped | Verdict::Error),
            );
            if verdict == Verdict::Fail {
                bite.fails = 1;
                break;
            }
        }
        bite
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::peer::FAULTS;

    /// What is left out because the fault changes no byte of it would have said nothing.
    #[test]
    fn leaving_out_what_does_not_change_changes_nothing() {
        let mut corpus = Corpus::embedded().unwrap_or_else(|e| panic!("{e:?}"));
        let mut n = 0;
        corpus.cases.retain(|_| {
            n += 1;
            n % 12 == 0
        });
        for role in [Role::Server, Role::Client] {
            let right = Right::new(&corpus, role);
            for fault in FAULTS
                .iter()
                .filter(|fault| fault.roles.contains(&role))
                .step_by(9)
            {
                let (short, whole) = (right.judge(fault), right.judge_where(fault, |_| true));
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
