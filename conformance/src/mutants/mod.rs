//! Is the suite worth its verdicts? Every planted fault against every case, in memory.
//!
//! A fault is caught when a case says of the faulty peer what it does not say of the right one. A suite is as good as
//! the faults it catches by a case that is meant for them, and as bad as those it calls a failure that are none. The
//! other way round, a [case](Bite) is worth something when a fault makes it say more than it says of the right peer.

mod baseline;

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use globset::Glob;
use wsspec_core::Role;
use wsspec_reports::Verdict;

use crate::peer::Fault;
use baseline::{Found, Right};
use wsspec_vectors::Corpus;

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
        let deserved = self.fault.worst;
        // That nothing can be said of a case is the right thing to say of few faults only.
        let says = |v: &Verdict| !matches!(v, Verdict::Skipped | Verdict::Error) || *v == deserved;
        let worst = self
            .by
            .iter()
            .map(|(_, verdict)| *verdict)
            .filter(says)
            .max()
            .unwrap_or(Verdict::Pass);
        match deserved {
            _ if worst == Verdict::Fail && deserved != Verdict::Fail => Judgement::Slandered,
            Verdict::Pass => Judgement::Spared,
            _ if worst < deserved => Judgement::Missed,
            _ if self.meant.is_empty() => Judgement::ByChance,
            _ => Judgement::Caught,
        }
    }
}

/// What the faults make of one case, or passive rule, in one role.
#[derive(Debug, Clone)]
pub struct Bite {
    /// The case.
    pub case: String,
    /// Its family.
    pub family: String,
    /// The role of the target.
    pub role: Role,
    /// What it says of the right peer.
    pub right: Verdict,
    /// Faults that make it say more than that.
    pub worse: usize,
    /// Faults that make it fail.
    pub fails: usize,
}

/// Both sides of the matrix.
#[derive(Debug, Clone)]
pub struct Matrix {
    /// Fault by fault.
    pub caught: Vec<Caught>,
    /// Case by case. Of what is heavy, only whether any fault makes it fail.
    pub bites: Vec<Bite>,
}

/// Runs `corpus` against `faults` in every role they show in, on all cores; tells of each as it is done. What is heavy
/// runs with `heavy` only: it finds no fault that others do not.
pub fn run(
    corpus: &Corpus,
    faults: &[&'static Fault],
    heavy: bool,
    on: impl Fn(&Caught) + Sync,
) -> Matrix {
    let rights = each(&[Role::Server, Role::Client], |role| {
        Right::new(corpus, *role)
    });
    let right = |role: Role| &rights[usize::from(role == Role::Client)];
    let work: Vec<(&'static Fault, Role)> = faults
        .iter()
        .flat_map(|fault| fault.roles.iter().map(|role| (*fault, *role)))
        .collect();
    let done = each(&work, |(fault, role)| {
        let found = right(*role).judge(fault);
        let caught = Caught {
            fault,
            role: *role,
            by: found.worse.clone(),
            meant: meant(corpus, fault, &found),
        };
        on(&caught);
        (caught, found)
    });
    let (caught, found): (Vec<Caught>, Vec<Found>) = done.into_iter().unzip();
    let mut bites: Vec<Bite> = rights.iter().flat_map(Right::unbitten).collect();
    let places: BTreeMap<(String, bool), usize> = bites
        .iter()
        .enumerate()
        .map(|(i, b)| ((b.case.clone(), b.role == Role::Server), i))
        .collect();
    for one in &caught {
        for (id, verdict) in &one.by {
            let Some(at) = places.get(&(id.clone(), one.role == Role::Server)) else {
                continue;
            };
            bites[*at].worse += usize::from(!matches!(verdict, Verdict::Skipped | Verdict::Error));
            bites[*at].fails += usize::from(*verdict == Verdict::Fail);
        }
    }
    if heavy {
        for right in &rights {
            let known: Vec<_> = work
                .iter()
                .zip(&found)
                .filter(|((_, role), _)| *role == right.role())
                .map(|((f, _), k)| (*f, k))
                .collect();
            bites.extend(each(right.heavy(), |case| right.first_bite(case, &known)));
        }
    }
    Matrix { caught, bites }
}

/// Does `what` with all of `items` on all cores; the results in their order.
fn each<T: Sync, R: Send>(items: &[T], what: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let next = AtomicUsize::new(0);
    let done = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                loop {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    let Some(item) = items.get(at) else { return };
                    let result = what(item);
                    done.lock()
                        .unwrap_or_else(std::sync::PoisonError::into_inner)
                        .push((at, result));
                }
            });
        }
    });
    let mut done = done
        .into_inner()
        .unwrap_or_else(std::sync::PoisonError::into_inner);
    done.sort_by_key(|(at, _)| *at);
    done.into_iter().map(|(_, result)| result).collect()
}

/// The cases and passive rules that are meant for a fault, and say what it deserves.
fn meant(corpus: &Corpus, fault: &Fault, found: &Found) -> Vec<String> {
    let Some(meant) = fault.meant else {
        return Vec::new();
    };
    let glob = Glob::new(meant).map(|glob| glob.compile_matcher());
    let cites = |id: &str| {
        let case = corpus.cases.iter().find(|case| case.id == id);
        case.is_some_and(|case| {
            case.requirements
                .iter()
                .any(|requirement| requirement == meant)
        })
    };
    let is_meant = |id: &str| glob.as_ref().is_ok_and(|glob| glob.is_match(id)) || cites(id);
    let said = found
        .worse
        .iter()
        .filter(|(_, verdict)| *verdict >= fault.worst);
    said.filter(|(id, _)| is_meant(id))
        .map(|(id, _)| id.clone())
        .collect()
}
