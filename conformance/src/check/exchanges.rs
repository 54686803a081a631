//! The exchange vectors against the reference peer in memory.

use std::collections::BTreeMap;

use wsspec_core::Role;
use wsspec_reports::Verdict;
use wsspec_vectors::{Ability, Case, Corpus, Need};

use super::broken::BrokenVector;
use crate::exchange::{Conclusion, Setup};
use crate::peer::ReferencePeer;
use crate::wire::memory::{self, Chunking};

/// Cases that send fewer bytes than this run with every chunking, others with one.
const LARGE: u64 = 1_000_000;

const CHUNKINGS: &[Chunking] = &[Chunking::Whole, Chunking::Bytes, Chunking::Random(7)];
const CHUNKINGS_OF_LARGE: &[Chunking] = &[Chunking::Random(7)];

/// Checks every exchange vector that can run in memory.
pub(super) fn all(corpus: &Corpus) -> Vec<BrokenVector> {
    corpus
        .cases
        .iter()
        .filter(|case| case.wants_beyond(memory::ABILITIES).is_none())
        .flat_map(|case| exchange(case))
        .collect()
}

/// The number of cases that cannot run in memory, by what they need.
pub fn not_run(corpus: &Corpus) -> BTreeMap<Ability, usize> {
    let mut counts = BTreeMap::new();
    for ability in corpus
        .cases
        .iter()
        .filter_map(|case| case.wants_beyond(memory::ABILITIES))
    {
        *counts.entry(ability).or_default() += 1;
    }
    counts
}

/// Checks one exchange vector against the conforming peer, in every role it is for.
pub fn exchange(case: &Case) -> Vec<BrokenVector> {
    let chunkings = if case.weight() < LARGE {
        CHUNKINGS
    } else {
        CHUNKINGS_OF_LARGE
    };
    case.roles
        .iter()
        .filter_map(|target| first_broken(case, *target, chunkings))
        .collect()
}

/// The first of `chunkings` with which a case does not hold.
fn first_broken(case: &Case, target: Role, chunkings: &[Chunking]) -> Option<BrokenVector> {
    let peer = conforming(case);
    chunkings.iter().find_map(|chunking| {
        let conclusion = in_memory(case, target, &peer, *chunking);
        (!holds(conclusion.verdict)).then(|| BrokenVector {
            id: case.id.clone(),
            circumstances: format!("{} under test, {chunking}", target.name()),
            reason: describe(&conclusion),
        })
    })
}

/// The conforming peer that a case is meant for.
pub fn conforming(case: &Case) -> ReferencePeer {
    if case.needs.contains(&Need::AllowedOrigin) {
        ReferencePeer::guarding()
    } else {
        ReferencePeer::offering(&case.offered)
    }
}

/// A conclusion in one line: verdict, reason and what was received.
pub(super) fn describe(conclusion: &Conclusion) -> String {
    format!(
        "{}: {}; received: {}",
        conclusion.verdict.name(),
        conclusion.explanation(),
        conclusion.received.as_deref().unwrap_or_default()
    )
}

/// Whether a verdict is one that the conforming peer may get. It must not be skipped.
pub(super) fn holds(verdict: Verdict) -> bool {
    matches!(
        verdict,
        Verdict::Pass | Verdict::Informational | Verdict::NonStrict
    )
}

/// Runs a case in memory.
pub fn in_memory(
    case: &Case,
    target: Role,
    peer: &ReferencePeer,
    chunking: Chunking,
) -> Conclusion {
    let mut setup = Setup::new(target, "wsspec.invalid", "/");
    peer.introduce(&mut setup);
    memory::run(case, &setup, peer, chunking)
}
