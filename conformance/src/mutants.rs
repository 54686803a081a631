//! Is the suite worth its verdicts? Every planted fault against every case, in memory.
//!
//! A fault is caught when a case says of the faulty peer what it does not say of the right one. A suite is as good as
//! the faults it catches by a case that is meant for them, and as bad as those it calls a failure that are none.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use globset::Glob;
use wsspec_core::Role;
use wsspec_reports::Verdict;

use crate::drive::memory::{self, Chunking};
use crate::exchange::Setup;
use crate::peer::{Fault, Peer};
use crate::run::{Passive, plain_case};
use crate::vector::{Corpus, Profile};

/// Cases that send more find no fault that others do not, and take all the time.
const HEAVIEST: u64 = 100 << 10;

/// What became of one fault in one role.
#[derive(Debug, Clone)]
pub struct Caught {
    /// The fault.
    pub fault: &'static Fault,
    /// The role of the faulty peer.
    pub role: Role,
    /// The cases and passive rules that say more of it than of the right peer, with their verdict.
    pub by: Vec<(String, Verdict)>,
    /// Those among them that are meant for it and say what it deserves.
    pub meant: Vec<String>,
}

/// Whether that is as it should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Judgement {
    /// Caught by a case that is meant for it.
    Caught,
    /// Caught by others only.
    ByChance,
    /// Nothing worse than what is right, as it should be.
    Spared,
    /// Not caught.
    Missed,
    /// Called worse than it is.
    Slandered,
}

impl Caught {
    /// Whether the fault got what it deserves.
    pub fn judgement(&self) -> Judgement {
        let worst = self.by.iter().map(|(_, verdict)| *verdict).filter(|v| *v != Verdict::Error).max();
        let worst = worst.unwrap_or(Verdict::Pass);
        match self.fault.worst {
            deserved if worst == Verdict::Fail && deserved != Verdict::Fail => Judgement::Slandered,
            Verdict::Pass => Judgement::Spared,
            deserved if worst < deserved => Judgement::Missed,
            _ if self.meant.is_empty() => Judgement::ByChance,
            _ => Judgement::Caught,
        }
    }
}

/// Runs `corpus` against `faults` in every role they show in, on all cores; tells of each as it is done.
pub fn run(corpus: &Corpus, faults: &[&'static Fault], on: impl Fn(&Caught) + Sync) -> Vec<Caught> {
    let [server, client] = [Role::Server, Role::Client].map(|role| verdicts(corpus, role, &Peer::right()));
    let right = |role| if role == Role::Server { &server } else { &client };
    let work: Vec<(&'static Fault, Role)> =
        faults.iter().flat_map(|fault| fault.roles.iter().map(|role| (*fault, *role))).collect();
    let next = AtomicUsize::new(0);
    let done = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                while let Some((fault, role)) = work.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let caught = one(corpus, fault, *role, right(*role));
                    on(&caught);
                    done.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push(caught);
                }
            });
        }
    });
    let mut done = done.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    done.sort_by_key(|caught: &Caught| work.iter().position(|(f, r)| f.name == caught.fault.name && *r == caught.role));
    done
}

type Verdicts = BTreeMap<String, Verdict>;

fn one(corpus: &Corpus, fault: &'static Fault, role: Role, right: &Verdicts) -> Caught {
    let found = verdicts(corpus, role, &fault.peer());
    let more = |(id, verdict): &(String, Verdict)| right.get(id).is_none_or(|was| verdict > was);
    let by: Vec<(String, Verdict)> = found.into_iter().filter(more).collect();
    let meant = by.iter().filter(|(id, verdict)| *verdict >= fault.worst && is_meant(corpus, fault, id));
    let meant = meant.map(|(id, _)| id.clone()).collect();
    Caught { fault, role, by, meant }
}

/// Whether a case or passive rule is one of those that are meant for the fault.
fn is_meant(corpus: &Corpus, fault: &Fault, id: &str) -> bool {
    let Some(meant) = fault.meant else { return false };
    if Glob::new(meant).is_ok_and(|glob| glob.compile_matcher().is_match(id)) {
        return true;
    }
    let case = corpus.cases.iter().find(|case| case.id == id);
    case.is_some_and(|case| case.requirements.iter().any(|requirement| requirement == meant))
}

/// What the suite says of a peer, case by case, and rule by rule.
fn verdicts(corpus: &Corpus, role: Role, peer: &Peer) -> Verdicts {
    let mut setup = Setup::new(role, "wsspec.invalid", "/");
    // What the probe of a real run would find out.
    setup.pongs = memory::run(&plain_case(), &setup, peer, Chunking::Whole).verdict == Verdict::Pass;
    let mut passive = Passive::default();
    let mut verdicts = Verdicts::new();
    let cases = corpus.cases.iter().filter(|c| c.roles.contains(&role) && c.profile == Profile::Default);
    let cases = cases.filter(|case| case.wants_beyond(memory::ABILITIES).is_none());
    for case in cases.filter(|case| case.weight() < HEAVIEST) {
        let conclusion = memory::run(case, &setup, peer, Chunking::Whole);
        passive.note(&case.id, &conclusion);
        verdicts.insert(case.id.clone(), conclusion.verdict);
    }
    verdicts.extend(passive.rows(role).into_iter().map(|row| (row.id, row.verdict)));
    verdicts
}
