//! Legal applications, and faults below them.

use std::borrow::Cow;
use std::sync::atomic::{AtomicUsize, Ordering};

use wsspec_core::Role;
use wsspec_reports::Verdict;
use wsspec_vectors::{Corpus, Need};

use super::*;
use crate::peer::legal::{Background, Limit, Reaction, Trigger};
use crate::peer::{LegalApplication, PlantedFault};

static ECHO: LegalApplication = LegalApplication {
    name: Cow::Borrowed("echo"),
    about: Cow::Borrowed("echoes"),
    reaction: Reaction::Echo,
    trigger: Trigger::All,
    background: Background::None,
    limit: Limit::None,
};

/// One in `stride` of the embedded cases.
fn sample(stride: usize) -> Corpus {
    let mut corpus = Corpus::embedded().unwrap_or_else(|e| panic!("{e:?}"));
    let mut n = 0;
    corpus.cases.retain(|_| {
        n += 1;
        n % stride == 0
    });
    corpus
}

fn named(name: &str) -> &'static PlantedFault {
    PlantedFault::named(name).unwrap_or_else(|| panic!("no fault {name}"))
}

/// The measure itself makes no difference: an application that echoes is the echo server.
#[test]
fn an_echoing_application_is_the_echo_server() {
    let shown = AtomicUsize::new(0);
    let mut corpus = sample(9);
    // The reference server accepts any origin, and the reference client makes one offer.
    corpus
        .cases
        .retain(|case| !case.needs.contains(&Need::AllowedOrigin) && case.offered.is_empty());
    let results = applications(&corpus, &[&ECHO], |_| {
        shown.fetch_add(1, Ordering::Relaxed);
    });
    assert_eq!(shown.into_inner(), 2);
    for result in &results {
        assert!(result.accusations.is_empty(), "{:?}", result.accusations);
        assert_eq!((result.judged, result.errors), (result.cases, 0));
        assert!(result.cases > 50);
    }
}

/// A case that is skipped is not judged.
#[test]
fn a_skipped_case_is_not_judged() {
    let silent = LegalApplication::named("silent-sink").unwrap_or(&ECHO);
    let results = applications(&sample(9), &[silent], |_| ());
    assert!(results.iter().all(|result| result.judged < result.cases));
}

#[test]
fn faults_are_left_out_for_a_reason() {
    let faults = [
        "length-form-ignored",
        "wrong-bytes",
        "empty-messages-lost",
        "rsv-ignored",
    ];
    let power = power(&sample(3), &faults.map(named), |_| ());
    let why = |name: &str| {
        let mut left_out = power
            .left_out
            .iter()
            .filter(|(fault, ..)| fault.name == name);
        left_out.next().map(|(.., why)| *why)
    };
    assert_eq!(why("length-form-ignored"), Some(LeftOut::NoFailure));
    assert_eq!(why("wrong-bytes"), Some(LeftOut::Application));
    assert_eq!(why("empty-messages-lost"), Some(LeftOut::NeedsEcho));
    // Which of the others is seen without an echo as well depends on the sample.
    let seen = power.results.iter();
    let rsv = seen.filter(|result| result.fault.name == "rsv-ignored");
    assert_eq!(rsv.count(), 2 * 6, "six applications, in both roles");
}

/// The search, which ends with the first failure, fails the faults that the whole run fails.
#[test]
fn a_search_finds_what_a_run_finds() {
    let corpus = sample(12);
    for role in [Role::Server, Role::Client] {
        for application in [None, LegalApplication::named("acknowledges")] {
            let baseline = Baseline::below(&corpus, role, application);
            let faults = crate::peer::FAULTS.iter();
            for fault in faults
                .filter(|fault| fault.roles.contains(&role))
                .step_by(11)
            {
                let run = baseline.judge(fault).worse;
                let fails = run.iter().any(|(_, verdict)| *verdict == Verdict::Fail);
                let found = baseline.search(fault, |_| true, |_| 0);
                assert_eq!(found.fails(), fails, "{} as {}", fault.name, role.name());
            }
        }
    }
}
