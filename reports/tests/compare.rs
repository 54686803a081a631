//! Several reports: what changed between two, and one made of many.

mod common;

use common::{case, failing, passive, report};
use wsspec_reports::diff::{Direction, causes, diff, text};
use wsspec_reports::merge::{MergeError, merge};
use wsspec_reports::{Ending, Probe, Report, Shards};

#[test]
fn a_diff_tells_better_from_worse() {
    let old = report(&[
        case("a", "pass", ""),
        case("b", "fail", ""),
        case("c", "pass", ""),
        case("d", "pass", ""),
        case("f", "pass", ""),
    ]);
    let new = report(&[
        case("a", "fail", "why"),
        case("b", "pass", ""),
        case("d", "pass", ""),
        case("e", "fail", ""),
        case("f", "flaky", ""),
    ]);
    let changes = diff(&old, &new);
    let directions: Vec<_> = changes
        .iter()
        .map(|c| (c.case.as_str(), c.direction()))
        .collect();
    let wanted = [
        ("a", Direction::Worse),
        ("b", Direction::Better),
        ("c", Direction::Gone),
        ("e", Direction::NewAndFailing),
        ("f", Direction::Flaky),
    ];
    assert_eq!(directions, wanted);
    let said = text(&[], &changes);
    assert!(
        said.contains("a  pass -> fail: why")
            && said.ends_with("1 worse, 1 new and failing, 1 flaky now, 1 better, 1 gone\n"),
        "{said}"
    );
    assert_eq!(text(&[], &diff(&old, &old)), "no verdict changed\n");
}

#[test]
fn shards_make_the_whole_and_conflicts_are_refused() {
    let a = report(&[case("b", "pass", ""), passive(2, &["b", "x"])]);
    let b = report(&[case("a", "pass", ""), passive(1, &["a"])]);
    let whole = merge(vec![a.clone(), b.clone()]).unwrap();
    assert_eq!(whole, merge(vec![b.clone(), a.clone()]).unwrap());
    let mut at_once = report(&[
        case("a", "pass", ""),
        case("b", "pass", ""),
        passive(3, &["a", "b", "x"]),
    ]);
    at_once.find_causes();
    assert_eq!(whole, at_once);
    assert_eq!(whole.targets[0].causes.len(), 1);

    assert_eq!(merge(vec![]), Err(MergeError::Nothing));
    let again = report(&[case("b", "fail", "")]);
    assert!(
        matches!(merge(vec![a.clone(), again]), Err(MergeError::Case { case, .. }) if case == "b")
    );
    assert!(matches!(
        merge(vec![
            a.clone(),
            Report {
                seed: 1,
                ..b.clone()
            }
        ]),
        Err(MergeError::Differ("seed", ..))
    ));
    let mut other = b.clone();
    other.targets[0].probe.pongs = false;
    assert!(matches!(
        merge(vec![a.clone(), other]),
        Err(MergeError::Probe(_))
    ));
    // A shard that never reached the target found nothing out about it, and the whole report says
    // so.
    let mut lost = report(&[]);
    (lost.targets[0].probe, lost.targets[0].ended) =
        (Probe::default(), Ending::Unreachable("refused".into()));
    let whole = merge(vec![a.clone(), lost.clone()]).unwrap();
    assert_eq!(whole, merge(vec![lost, a.clone()]).unwrap());
    assert_eq!(
        whole.targets[0].ended,
        Ending::Unreachable("refused".into())
    );
    assert_eq!(whole.targets[0].probe, a.targets[0].probe);
    let mut elsewhere = b;
    "ws://127.0.0.1:2/".clone_into(&mut elsewhere.targets[0].url);
    assert_eq!(merge(vec![a, elsewhere]).unwrap().targets.len(), 2);
}

/// A part of a run against a server that each machine has started at an address of its own.
fn shard(part: u64, id: &str) -> Report {
    let mut report = report(&[case(id, "pass", ""), passive(1, &[id])]);
    let target = &mut report.targets[0];
    target.url = format!("ws://127.0.0.1:{part}/");
    target.shards = Some(Shards {
        of: 3,
        parts: [part].into(),
    });
    report
}

#[test]
fn shards_of_a_named_target_are_one_wherever_they_ran() {
    let parts = [shard(1, "c"), shard(2, "b"), shard(3, "a")];
    let whole = merge(parts.to_vec()).unwrap();
    let target = &whole.targets[0];
    assert_eq!((whole.targets.len(), target.cases.len()), (1, 4));
    assert_eq!(
        (target.url.as_str(), &target.shards),
        ("ws://127.0.0.1:1/", &None)
    );
    // In any order, and in two steps.
    let [a, b, c] = parts.clone();
    let some = merge(vec![c.clone(), b.clone()]).unwrap();
    let missing: Vec<String> = some.targets[0].shards.as_ref().unwrap().missing().collect();
    assert_eq!(missing, ["1/3"]);
    assert_eq!(whole, merge(vec![some, a.clone()]).unwrap());
    // Of two servers that only have the same URL for a name, and of whole runs, this is not so.
    let unnamed = parts.map(|mut part| {
        let target = &mut part.targets[0];
        target.name.clone_from(&target.url);
        part
    });
    assert_eq!(merge(unnamed.to_vec()).unwrap().targets.len(), 3);
    let whole_runs = [a, b].map(|mut part| {
        part.targets[0].shards = None;
        part
    });
    assert_eq!(merge(whole_runs.to_vec()).unwrap().targets.len(), 2);
}

#[test]
fn a_shard_counts_once() {
    let (a, b, c) = (shard(1, "c"), shard(2, "b"), shard(3, "a"));
    let whole = merge(vec![a.clone(), b.clone(), c.clone()]).unwrap();
    let copied = vec![a.clone(), b.clone(), a.clone(), c.clone(), b.clone()];
    assert_eq!(merge(copied).unwrap(), whole);
    // It was run again elsewhere, or it was interrupted and run again.
    let mut again = b.clone();
    again.targets[0].url = "ws://127.0.0.1:9/".into();
    let mut interrupted = b.clone();
    interrupted.targets[0].cases.clear();
    interrupted.targets[0].ended = Ending::Interrupted;
    for other in [again, interrupted] {
        for at in 0..=3 {
            let mut parts = vec![a.clone(), b.clone(), c.clone()];
            parts.insert(at, other.clone());
            let error = merge(parts).unwrap_err();
            assert!(
                matches!(&error, MergeError::Twice { shard, .. } if shard == "2/3"),
                "{error:?}"
            );
        }
    }
}

#[test]
fn what_cannot_be_judged_any_more_is_worse_than_a_pass_and_no_better_than_a_failure() {
    let (old, new) = (
        [case("a", "pass", ""), case("b", "fail", "")],
        [case("a", "skipped", ""), case("b", "skipped", "")],
    );
    let changes = diff(&report(&old), &report(&new));
    let directions: Vec<_> = changes
        .iter()
        .map(wsspec_reports::diff::Change::direction)
        .collect();
    assert_eq!(directions, [Direction::Worse, Direction::Unjudged]);
    assert!(Direction::Worse.is_regression() && !Direction::Unjudged.is_regression());
}

#[test]
fn a_diff_names_causes_that_appeared_and_vanished() {
    const RULE: &str = "RFC6455-5.1-1";
    let old = report(&[
        failing("a", RULE, "pong.none"),
        failing("b", RULE, "echo.differs"),
    ]);
    // Another case shows the same.
    let new = report(&[
        failing("c", RULE, "pong.none"),
        failing("b", RULE, "accepts.rsv-set"),
    ]);
    let found = causes(&old, &new);
    let listed: Vec<_> = found
        .iter()
        .map(|change| (change.appeared, change.cause.key.as_str()))
        .collect();
    assert_eq!(listed, [(true, "accepts.rsv-set"), (false, "echo.differs")]);
    let said = text(&found, &diff(&old, &new));
    let first = "causes that appeared\n  ws://127.0.0.1:1/  fail  RFC 6455 §5.1 [RFC6455-5.1-1] accepts.rsv-set: why (b)\n";
    assert!(said.starts_with(first), "{said}");
    // Version 0.1.0 does not say what broke.
    assert!(causes(&report(&[case("a", "fail", "why")]), &new).is_empty());
}
