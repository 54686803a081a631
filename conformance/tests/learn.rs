//! Machines learned in memory: planted faults of state show as differing edges, conforming peers have none
//! that breaks a requirement, and a vector of an edge fails where the edge was learned.

use std::time::Duration;

use wsspec::exchange::Setup;
use wsspec::learn::{
    ALPHABET, Difference, Limits, Outcome, Stopped, learn_in_memory, write_vectors,
};
use wsspec::peer::{FAULTS, ReferencePeer, VARIANTS};
use wsspec::wire::memory::{self, Chunking};
use wsspec_core::Role;
use wsspec_reports::Verdict;
use wsspec_vectors::Corpus;

/// Fault, the word that leads to the state where it shows, and the input.
#[rustfmt::skip]
const SHOWN: &[(&str, &[&str], &str)] = &[
    ("data-after-close", &[], "close"),
    ("message-interleaved-stalls", &["text-begin"], "text"),
    ("no-close", &[], "close"),
    ("continuation-orphan-stalls", &[], "continuation"),
    ("orphan-accepted", &[], "continuation-end"),
    ("interleaving-accepted", &["text-begin"], "text"),
    ("crash-on-ping-inside", &["text-begin"], "ping"),
    ("utf8-by-fragment", &[], "text-begin-cut"),
];

fn limits() -> Limits {
    Limits {
        states: 40,
        queries: 100_000,
        time: Duration::from_secs(36_000),
        depth: 2,
        walks: 20,
        seed: 1,
    }
}

fn learn(peer: &ReferencePeer) -> Outcome {
    learn_in_memory(peer, &limits()).unwrap()
}

fn planted(name: &str) -> ReferencePeer {
    let fault = FAULTS.iter().find(|fault| fault.name == name);
    fault.unwrap_or_else(|| panic!("no fault {name}")).peer()
}

fn names(word: &[usize]) -> Vec<&'static str> {
    word.iter().map(|input| ALPHABET[*input].name).collect()
}

fn breaches(outcome: &Outcome) -> impl Iterator<Item = &Difference> {
    outcome.differences.iter().filter(|edge| edge.is_breach())
}

/// The edges that break a requirement, for people.
fn breaks(outcome: &Outcome) -> Vec<String> {
    let edges = breaches(outcome);
    edges
        .map(|edge| {
            let word = names(&edge.word()).join(" ");
            format!("{word}: {}, {:?}", edge.seen, edge.judgement)
        })
        .collect()
}

#[test]
fn each_fault_of_state_is_an_edge_that_breaks_a_requirement() {
    for (name, access, input) in SHOWN {
        let outcome = learn(&planted(name));
        assert_eq!(outcome.learned.stopped, None, "{name}");
        let found = breaches(&outcome)
            .any(|edge| names(&edge.access) == *access && ALPHABET[edge.input].name == *input);
        assert!(found, "{name}: {:#?}", breaks(&outcome));
    }
}

#[test]
fn no_conforming_peer_breaks_a_requirement() {
    let variants = VARIANTS
        .iter()
        .filter(|variant| variant.roles.contains(&Role::Server))
        .map(|variant| (variant.name, ReferencePeer::with_variants([variant], 1)));
    let allowed = ["pong-answered", "pings"];
    let faults = allowed.map(|name| (name, planted(name)));
    for (name, peer) in variants.chain(faults) {
        // A variant may refuse to open, and has no machine.
        let Ok(outcome) = learn_in_memory(&peer, &limits()) else {
            continue;
        };
        assert_eq!(breaks(&outcome), Vec::<String>::new(), "{name}");
    }
}

#[test]
fn a_machine_that_is_too_large_is_not_told_as_complete() {
    let small = Limits {
        states: 3,
        ..limits()
    };
    let outcome = learn_in_memory(&ReferencePeer::conforming(), &small).unwrap();
    assert_eq!(outcome.learned.stopped, Some(Stopped::States));
    let few = Limits {
        queries: 100,
        ..limits()
    };
    let outcome = learn_in_memory(&ReferencePeer::conforming(), &few).unwrap();
    assert_eq!(outcome.learned.stopped, Some(Stopped::Queries));
}

#[test]
fn the_vector_of_an_edge_fails_where_it_was_learned() {
    let dir = std::env::temp_dir().join(format!("wsspec-learn-{}", std::process::id()));
    for (name, ..) in SHOWN {
        let peer = planted(name);
        let outcome = learn(&peer);
        let written = write_vectors(&dir, &outcome.differences).unwrap();
        let corpus = Corpus::from_dir(&dir).unwrap_or_else(|error| panic!("{name}: {error}"));
        std::fs::remove_dir_all(&dir).unwrap();
        assert_eq!(corpus.cases.len(), written.len(), "{name}");
        let setup = Setup::new(Role::Server, "wsspec.invalid", "/");
        for (case, (place, _)) in corpus.cases.iter().zip(&written) {
            let edge = &outcome.differences[*place];
            let conclusion = memory::run(case, &setup, &peer, Chunking::Whole);
            let faulty =
                conclusion.verdict == Verdict::Fail || !conclusion.observed.faults.is_empty();
            let word = names(&edge.word()).join(" ");
            assert_eq!(faulty, edge.is_breach(), "{name}: {word}");
            let conforming = ReferencePeer::conforming();
            let conclusion = memory::run(case, &setup, &conforming, Chunking::Whole);
            assert_eq!(conclusion.verdict, Verdict::Pass, "{name}: {word}");
        }
    }
}
