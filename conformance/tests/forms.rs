//! No false alarm: the right peer, in whatever legal form, is never called a failure.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock, Mutex};
use std::thread;

use proptest::prelude::*;
use wsspec::check;
use wsspec::drive::memory::Chunking;
use wsspec::peer::{FORMS, Form, Peer};
use wsspec::vector::{Case, Corpus, Profile};
use wsspec_core::Role;

/// Heavier cases show nothing more, and take all the time.
const HEAVIEST: u64 = 100 << 10;

/// Cases of one random run.
const SAMPLE: usize = 100;

static CASES: LazyLock<Vec<Arc<Case>>> = LazyLock::new(|| {
    let corpus = Corpus::embedded().unwrap_or_else(|e| panic!("{e:?}"));
    let light = |case: &&Arc<Case>| case.profile == Profile::Default && case.weight() < HEAVIEST;
    corpus.cases.iter().filter(light).cloned().collect()
});

/// Each form by itself against the whole corpus, in both roles.
#[test]
fn no_form_is_slandered() {
    let work: Vec<(&Form, Role)> =
        FORMS.iter().flat_map(|form| form.roles.iter().map(move |role| (form, *role))).collect();
    let next = AtomicUsize::new(0);
    let found = Mutex::new(BTreeMap::<String, Vec<String>>::new());
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                while let Some((form, role)) = work.get(next.fetch_add(1, Ordering::Relaxed)) {
                    for broken in check::slander(&CASES, *role, &Peer::in_form([*form], 7), Chunking::Whole) {
                        found.lock().unwrap().entry(broken.to_string()).or_default().push(form.name.to_owned());
                    }
                }
            });
        }
    });
    let found: Vec<String> =
        found.into_inner().unwrap().into_iter().map(|(what, forms)| format!("{} {what}", forms.join(","))).collect();
    assert!(found.is_empty(), "{} slanders:\n{}", found.len(), found.join("\n"));
}

fn chunkings() -> impl Strategy<Value = Chunking> {
    prop_oneof![Just(Chunking::Whole), Just(Chunking::Bytes), any::<u64>().prop_map(Chunking::Random)]
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
        let cases: Vec<Arc<Case>> = picks.iter().map(|pick| pick.get(&CASES).clone()).collect();
        let found = check::slander(&cases, role, &Peer::in_form(forms.iter().copied(), seed), chunking);
        let names: Vec<&str> = forms.iter().map(|form| form.name).collect();
        prop_assert!(found.is_empty(), "{names:?}: {}", found[0]);
    }
}

/// PROPTEST_CASES, or so few that the tests stay quick.
fn cases() -> u32 {
    std::env::var("PROPTEST_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(48)
}
