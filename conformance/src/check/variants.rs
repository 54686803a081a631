//! Does the suite fail a conforming peer, in whichever variant?

use std::sync::Arc;

use wsspec_core::Role;
use wsspec_reports::Verdict;
use wsspec_vectors::{Case, Corpus, Profile};

use super::broken::BrokenVector;
use super::parallel;
use crate::exchange::Setup;
use crate::peer::{ReferencePeer, VARIANTS, Variant};
use crate::run::Passive;
use crate::wire::memory::{self, Chunking};

/// Cases that send at least this number of bytes are left out: they show nothing more, and would
/// take most of the time.
const LARGE: u64 = 100 << 10;

/// The seed of the random choices of variants.
const SEED: u64 = 7;

/// The cases that variants run against: those that can run in memory, without the large ones.
pub fn small_cases(corpus: &Corpus) -> Vec<Arc<Case>> {
    corpus
        .cases
        .iter()
        .filter(|case| case.profile == Profile::Default && case.weight() < LARGE)
        .filter(|case| case.wants_beyond(memory::ABILITIES).is_none())
        .cloned()
        .collect()
}

/// Runs every variant in every role, on all cores, against every `stride`th of `cases`: a different
/// selection for each variant. Returns the false positives.
pub fn each_variant(cases: &[Arc<Case>], stride: usize) -> Vec<(&'static Variant, BrokenVector)> {
    let work: Vec<(usize, &Variant, Role)> = VARIANTS
        .iter()
        .flat_map(|variant| variant.roles.iter().map(move |role| (variant, *role)))
        .enumerate()
        .map(|(i, (variant, role))| (i, variant, role))
        .collect();
    let found = parallel::map(&work, |(i, variant, role)| {
        let selection: Vec<Arc<Case>> = cases
            .iter()
            .skip(i % stride)
            .step_by(stride)
            .cloned()
            .collect();
        let peer = ReferencePeer::with_variants([*variant], SEED);
        let broken = false_positives(&selection, *role, &peer, Chunking::Whole);
        broken.into_iter().map(|b| (*variant, b)).collect()
    });
    found.into_iter().flat_map(|found: Vec<_>| found).collect()
}

/// Runs those of `cases` that are for `role` against `peer`, a conforming one, in memory. Returns
/// every failure and error, and every passive rule that does not pass.
pub fn false_positives(
    cases: &[Arc<Case>],
    role: Role,
    peer: &ReferencePeer,
    chunking: Chunking,
) -> Vec<BrokenVector> {
    let setup = Setup::new(role, "wsspec.invalid", "/");
    let mut passive = Passive::default();
    let mut broken = Vec::new();
    let circumstances = format!("{} under test, {chunking}", role.name());
    for case in cases.iter().filter(|case| case.roles.contains(&role)) {
        let conclusion = memory::run(case, &setup, peer, chunking);
        passive.note(&case.id, &conclusion);
        if conclusion.verdict > Verdict::Skipped {
            broken.push(BrokenVector {
                id: case.id.clone(),
                circumstances: circumstances.clone(),
                reason: super::exchanges::describe(&conclusion),
            });
        }
    }
    let rows = passive.rows(role, &[]).into_iter();
    broken.extend(
        rows.filter(|row| row.verdict != Verdict::Pass)
            .map(|row| BrokenVector {
                id: row.id,
                circumstances: circumstances.clone(),
                reason: format!("{}: {}", row.verdict.name(), row.reason),
            }),
    );
    broken
}
