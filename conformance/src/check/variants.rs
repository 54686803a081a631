//! A right peer in another form: is anything said against it that is not so?

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use wsspec_core::Role;
use wsspec_reports::Verdict;

use super::Broken;
use crate::drive::memory::{self, Chunking};
use crate::exchange::Setup;
use crate::peer::{FORMS, Form, Peer};
use crate::run::Passive;
use wsspec_vectors::{Case, Corpus, Profile};

/// Heavier cases show nothing more, and take all the time.
const HEAVIEST: u64 = 100 << 10;

/// The cases that every form is held to: those that can be run in memory, but for what is large.
pub fn light(corpus: &Corpus) -> Vec<Arc<Case>> {
    let runs = |case: &&Arc<Case>| {
        case.profile == Profile::Default
            && case.weight() < HEAVIEST
            && case.wants_beyond(memory::ABILITIES).is_none()
    };
    corpus.cases.iter().filter(runs).cloned().collect()
}

/// Runs every form by itself in every role, on all cores: of `cases` every `stride`th, another set for each form.
pub fn each_form(cases: &[Arc<Case>], stride: usize) -> Vec<(&'static Form, Broken)> {
    let work: Vec<(&Form, Role)> = FORMS
        .iter()
        .flat_map(|f| f.roles.iter().map(move |role| (f, *role)))
        .collect();
    let next = AtomicUsize::new(0);
    let found = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                loop {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    let Some((form, role)) = work.get(at) else {
                        return;
                    };
                    let some: Vec<Arc<Case>> = cases
                        .iter()
                        .skip(at % stride)
                        .step_by(stride)
                        .cloned()
                        .collect();
                    let broken = slander(&some, *role, &Peer::in_form([*form], 7), Chunking::Whole);
                    let broken = broken.into_iter().map(|broken| (*form, broken));
                    found
                        .lock()
                        .unwrap_or_else(PoisonError::into_inner)
                        .extend(broken);
                }
            });
        }
    });
    found.into_inner().unwrap_or_else(PoisonError::into_inner)
}

/// Runs the cases for `role` against `peer` in memory. The list of what is called a failure or an error, passive
/// rules included.
pub fn slander(cases: &[Arc<Case>], role: Role, peer: &Peer, chunking: Chunking) -> Vec<Broken> {
    let setup = Setup::new(role, "wsspec.invalid", "/");
    let mut passive = Passive::default();
    let mut broken = Vec::new();
    let circumstances = format!("{} under test, {chunking:?}", role.name());
    for case in cases.iter().filter(|case| case.roles.contains(&role)) {
        let conclusion = memory::run(case, &setup, peer, chunking);
        passive.note(&case.id, &conclusion);
        if conclusion.verdict > Verdict::Skipped {
            let verdict = conclusion.verdict.name();
            let received = conclusion.received.unwrap_or_default();
            let reason = format!("{verdict}: {}; received: {received}", conclusion.reason);
            broken.push(Broken {
                id: case.id.clone(),
                circumstances: circumstances.clone(),
                reason,
            });
        }
    }
    for row in passive
        .rows(role)
        .into_iter()
        .filter(|row| row.verdict != Verdict::Pass)
    {
        let reason = format!("{}: {}", row.verdict.name(), row.reason);
        broken.push(Broken {
            id: row.id,
            circumstances: circumstances.clone(),
            reason,
        });
    }
    broken
}
