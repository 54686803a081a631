//! Model gateways: every fault is found by a case that is meant to, and no variant is accused.

use std::collections::BTreeSet;
use std::sync::Arc;

use wsspec::through::gateway::{Gateway, Habit, Kind, PLANTED, VARIANTS};
use wsspec::through::{Change, Conclusion, in_memory};
use wsspec_reports::Verdict;
use wsspec_vectors::{Corpus, ThroughCase};

fn cases() -> Vec<Arc<ThroughCase>> {
    Corpus::embedded().unwrap().throughs
}

fn failing(cases: &[Arc<ThroughCase>], gateway: impl Fn() -> Gateway) -> Vec<(String, Conclusion)> {
    let run = |case: &Arc<ThroughCase>| (case.id.clone(), in_memory(case, gateway()));
    cases
        .iter()
        .map(run)
        .filter(|(_, conclusion)| conclusion.verdict >= Verdict::Flaky)
        .collect()
}

#[test]
fn every_planted_fault_is_found_by_a_case_that_is_meant_to() {
    let cases = cases();
    let mut survivors = Vec::new();
    for planted in PLANTED {
        let failing = failing(&cases, || planted.gateway());
        if !failing.iter().any(|(id, _)| id.starts_with(planted.meant)) {
            let ids: Vec<String> = failing.into_iter().map(|(id, _)| id).collect();
            survivors.push((planted.name, ids));
        }
    }
    assert_eq!(survivors, []);
}

#[test]
fn no_variant_is_accused() {
    let cases = cases();
    let mut accused = Vec::new();
    for variant in VARIANTS {
        for (id, conclusion) in failing(&cases, || variant.gateway()) {
            accused.push((variant.name, id, conclusion.reason));
        }
    }
    assert_eq!(accused, []);
}

#[test]
fn names_of_gateways_are_unique() {
    let names = PLANTED.iter().map(|planted| planted.name);
    let names = names.chain(VARIANTS.iter().map(|variant| variant.name));
    let mut seen = BTreeSet::new();
    for name in names {
        assert!(seen.insert(name), "{name}");
    }
}

/// A relay of TCP passes everything plainly, and changes nothing.
#[test]
fn a_relay_passes_all_and_changes_nothing() {
    for case in cases() {
        let conclusion = in_memory(&case, Gateway::new(Kind::Relay, None));
        let (id, reason) = (&case.id, &conclusion.reason);
        assert_eq!(conclusion.verdict, Verdict::Pass, "{id}: {reason:?}");
        assert!(
            conclusion.changes.is_empty(),
            "{id}: {:?}",
            conclusion.changes
        );
    }
}

/// What the conversations of all cases show of a gateway.
fn changes_of(kind: Kind, habit: Habit) -> BTreeSet<Change> {
    let of = |case: &Arc<ThroughCase>| in_memory(case, Gateway::new(kind, Some(habit))).changes;
    cases().iter().flat_map(of).collect()
}

#[test]
fn what_a_gateway_changes_is_told() {
    for (kind, habit, change) in [
        (
            Kind::Http,
            Habit::AddsVia,
            Change::RequestAdded("via".into()),
        ),
        (
            Kind::Http,
            Habit::ChangesHost,
            Change::RequestChanged("host".into()),
        ),
        (Kind::Http, Habit::ChangesTarget, Change::Target),
        (Kind::Endpoint, Habit::JoinsFragments, Change::Key),
        (Kind::Endpoint, Habit::JoinsFragments, Change::Masks),
        (Kind::Endpoint, Habit::JoinsFragments, Change::Fragments),
        (Kind::Endpoint, Habit::AnswersPings, Change::AnswersPings),
        (Kind::Endpoint, Habit::Pings, Change::Pings),
    ] {
        let told = changes_of(kind, habit);
        assert!(told.contains(&change), "{change:?} in {told:?}");
    }
}
