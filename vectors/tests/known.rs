//! The index of known bugs against the cases that it names.

use std::collections::HashSet;
use std::path::Path;

use serde_json::Value;
use wsspec_core::violation::Violation;
use wsspec_vectors::{BugSign, Corpus, KnownBugs};

fn bugs() -> KnownBugs {
    KnownBugs::read("bugs.json", include_str!("../known/bugs.json")).unwrap()
}

/// Whether the pattern means a rule that holds of all bytes (`passive.NAME`).
fn is_of_passive_rule(sign: &BugSign) -> bool {
    let mut rules = Violation::ALL.iter();
    rules.any(|rule| sign.cases.matches(&format!("passive.{}", rule.name())))
}

#[test]
fn each_case_named_exists_for_the_role_of_the_bug() {
    let corpus = Corpus::embedded().unwrap();
    for bug in bugs().iter() {
        for sign in &bug.shown_by {
            let mut cases = corpus.cases.iter();
            let exists =
                cases.any(|case| sign.cases.matches(&case.id) && case.roles.contains(&bug.role()));
            let pattern = sign.cases.as_str();
            assert!(exists || is_of_passive_rule(sign), "{}: {pattern}", bug.id);
        }
    }
}

#[test]
fn a_bug_is_listed_once() {
    let bugs = bugs();
    let mut seen = HashSet::new();
    for bug in bugs.iter() {
        for name in [&bug.id].into_iter().chain(&bug.also) {
            assert!(seen.insert(name.to_lowercase()), "{name}");
        }
        assert_eq!(bugs.named(&bug.id.to_lowercase()).count(), 1, "{}", bug.id);
    }
}

/// Each pair of versions that is tested has its bug here.
#[test]
fn each_tested_bug_is_listed() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../.ci/known/pairs.json");
    let pairs: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let bugs = bugs();
    for pair in pairs.as_array().unwrap() {
        for advisory in pair["advisories"].as_array().unwrap() {
            let name = advisory.as_str().unwrap();
            assert!(bugs.named(name).next().is_some(), "{name}");
        }
    }
}
