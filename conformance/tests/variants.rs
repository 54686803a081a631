//! No false positives: the suite fails no conforming peer, in whichever variant.

#[path = "common/full.rs"]
mod full;

use std::collections::BTreeSet;
use std::sync::{Arc, LazyLock};

use proptest::prelude::*;
use wsspec::check;
use wsspec::peer::{ReferencePeer, VARIANTS, Variant};
use wsspec::wire::memory::Chunking;
use wsspec_core::Role;
use wsspec_vectors::{Case, Corpus};

use full::is_full;

/// Of the cases, every test run plays a part against each variant; a full run plays all.
const USUAL_STEP: usize = 16;

/// Cases in one random run.
const SAMPLE: usize = 100;

/// Random runs, unless PROPTEST_CASES says otherwise.
const RUNS: u32 = 48;

static CASES: LazyLock<Vec<Arc<Case>>> =
    LazyLock::new(|| check::small_cases(&Corpus::embedded().unwrap_or_else(|e| panic!("{e:?}"))));

/// Runs each variant by itself, in both roles, against every `stride`th case.
fn check_each_variant(stride: usize) {
    let found: Vec<String> = check::each_variant(&CASES, stride)
        .iter()
        .map(|(variant, broken)| format!("{}: {broken}", variant.name))
        .collect();
    assert!(
        found.is_empty(),
        "{} false positives:\n{}",
        found.len(),
        found.join("\n")
    );
}

#[test]
fn no_variant_fails() {
    check_each_variant(if is_full() { 1 } else { USUAL_STEP });
}

fn chunkings() -> impl Strategy<Value = Chunking> {
    prop_oneof![
        Just(Chunking::Whole),
        Just(Chunking::Bytes),
        any::<u64>().prop_map(Chunking::Random)
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: runs(), ..ProptestConfig::default() })]

    /// Any combination of variants, with any seed, at any chunking, against a sample of the cases.
    #[test]
    fn no_combination_of_variants_fails(
        indices in proptest::collection::vec(0..VARIANTS.len(), 0..7),
        seed in any::<u64>(),
        role in prop_oneof![Just(Role::Server), Just(Role::Client)],
        chunking in chunkings(),
        picks in proptest::collection::vec(any::<prop::sample::Index>(), SAMPLE),
    ) {
        let variants: Vec<&Variant> = indices
            .into_iter()
            .map(|i| &VARIANTS[i])
            .filter(|variant| variant.roles.contains(&role))
            .collect();
        // Each case once: run twice, a client would repeat its nonce.
        let picks: BTreeSet<usize> = picks.iter().map(|pick| pick.index(CASES.len())).collect();
        let cases: Vec<Arc<Case>> = picks.iter().map(|pick| CASES[*pick].clone()).collect();
        let peer = ReferencePeer::with_variants(variants.iter().copied(), seed);
        let found = check::false_positives(&cases, role, &peer, chunking);
        let names: Vec<&str> = variants.iter().map(|variant| variant.name).collect();
        prop_assert!(found.is_empty(), "{names:?}: {}", found[0]);
    }
}

/// PROPTEST_CASES, or few enough that the tests stay quick.
fn runs() -> u32 {
    std::env::var("PROPTEST_CASES")
        .ok()
        .and_then(|n| n.parse().ok())
        .unwrap_or(RUNS)
}
