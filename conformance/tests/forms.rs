//! No false alarm: the right peer, in whatever legal form, is never called a failure.

use std::collections::BTreeSet;
use std::sync::{Arc, LazyLock};

use proptest::prelude::*;
use wsspec::check;
use wsspec::peer::{FORMS, Form, Peer};
use wsspec::wire::memory::Chunking;
use wsspec_core::Role;
use wsspec_vectors::{Case, Corpus};

/// Cases of one random run.
const SAMPLE: usize = 100;

static CASES: LazyLock<Vec<Arc<Case>>> =
    LazyLock::new(|| check::light(&Corpus::embedded().unwrap_or_else(|e| panic!("{e:?}"))));

fn each_form(stride: usize) {
    let found = check::each_form(&CASES, stride);
    let found: Vec<String> = found
        .iter()
        .map(|(form, broken)| format!("{}: {broken}", form.name))
        .collect();
    assert!(
        found.is_empty(),
        "{} false alarms:\n{}",
        found.len(),
        found.join("\n")
    );
}

/// Each form by itself, in both roles, against some of the corpus.
#[test]
fn no_form_is_slandered() {
    each_form(16);
}

/// The same against the whole corpus.
#[test]
#[ignore = "takes a minute or more"]
fn no_form_is_slandered_by_any_case() {
    each_form(1);
}

fn chunkings() -> impl Strategy<Value = Chunking> {
    prop_oneof![
        Just(Chunking::Whole),
        Just(Chunking::Bytes),
        any::<u64>().prop_map(Chunking::Random)
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), ..ProptestConfig::default() })]

    /// Any forms together, with any seed, at any chunking, against some of the corpus.
    #[test]
    fn no_mixture_of_forms_is_slandered(
        forms in proptest::collection::vec(0..FORMS.len(), 0..7),
        seed in any::<u64>(),
        role in prop_oneof![Just(Role::Server), Just(Role::Client)],
        chunking in chunkings(),
        picks in proptest::collection::vec(any::<prop::sample::Index>(), SAMPLE),
    ) {
        let forms: Vec<&Form> = forms.into_iter().map(|i| &FORMS[i]).filter(|f| f.roles.contains(&role)).collect();
        // Once each: a client that came twice would draw the same nonce again.
        let picks: BTreeSet<usize> = picks.iter().map(|pick| pick.index(CASES.len())).collect();
        let cases: Vec<Arc<Case>> = picks.iter().map(|pick| CASES[*pick].clone()).collect();
        let found = check::slander(&cases, role, &Peer::in_form(forms.iter().copied(), seed), chunking);
        let names: Vec<&str> = forms.iter().map(|form| form.name).collect();
        prop_assert!(found.is_empty(), "{names:?}: {}", found[0]);
    }
}

/// PROPTEST_CASES, or so few that the tests stay quick.
fn cases() -> u32 {
    std::env::var("PROPTEST_CASES")
        .ok()
        .and_then(|n| n.parse().ok())
        .unwrap_or(48)
}
