//! Known failures: what a baseline excuses, and when it does not hold.

mod common;

use std::collections::BTreeSet;

use common::{case, report};
use serde_json::Value;
use wsspec_reports::Ending;
use wsspec_reports::baseline::{Baseline, Scope};

fn cases() -> [Value; 4] {
    [
        case("a.b.1", "fail", ""),
        case("a.b.2", "pass", ""),
        case("a.c.1", "pass", ""),
        case("d.1", "skipped", ""),
    ]
}

/// How many cases a baseline excuses, and what of it does not hold.
fn applied(
    baseline: &str,
    scope: fn(&BTreeSet<String>) -> Scope<'_>,
    ended: Ending,
) -> (usize, Vec<String>) {
    let mut report = report(&cases());
    let target = &mut report.targets[0];
    target.ended = ended;
    let ids = target.cases.iter().map(|case| case.id.clone()).collect();
    let baseline = Baseline::parse(baseline).unwrap();
    baseline.apply(target, scope(&ids)).unwrap();
    let excused = target.cases.iter().filter(|c| c.known.is_some()).count();
    (excused, target.broken_baseline.clone())
}

#[test]
fn a_baseline_excuses_failures_and_does_not_outlive_them() {
    let known = |text: &str| {
        applied(
            text,
            |ids| Scope {
                whole: true,
                every_id: Some(ids),
            },
            Ending::Complete,
        )
    };
    let entry = |case: &str| format!(r#"{{"known": [{{"case": "{case}", "reason": "r"}}]}}"#);
    assert_eq!(known(&entry("a.b.1")), (1, vec![]));
    assert_eq!(
        known(&entry("a.b.*")),
        (1, vec![]),
        "some cases of a pattern may pass"
    );
    assert_eq!(
        known(&entry("d.1")),
        (0, vec![]),
        "a case that did not run is no evidence"
    );
    assert_eq!(
        known(&entry("a.b.2")),
        (0, vec!["a.b.2 passes now (known: r)".to_owned()])
    );
    assert_eq!(
        known(&entry("a.c.*")),
        (
            0,
            vec!["a.c.* passes now, for example a.c.1 (known: r)".to_owned()]
        )
    );
    assert_eq!(
        known(&entry("x.*")),
        (0, vec!["x.* matches no case (known: r)".to_owned()])
    );
    assert_eq!(
        known(r#"{"known": [{"case": "a.*", "reason": "r", "target": "other*"}]}"#),
        (0, vec![])
    );
    // A part is no evidence against a pattern, and an incomplete run none against any entry.
    let part = |text: &str| {
        applied(
            text,
            |_| Scope {
                whole: false,
                every_id: None,
            },
            Ending::Complete,
        )
    };
    assert_eq!(part(&entry("a.*.1")), (1, vec![]));
    assert_eq!(
        part(&entry("a.b.2")),
        (0, vec!["a.b.2 passes now (known: r)".to_owned()])
    );
    for silent in ["a.c.*", "x.*", "x"] {
        assert_eq!(part(&entry(silent)), (0, vec![]));
    }
    let died = |text: &str| {
        applied(
            text,
            |ids| Scope {
                whole: true,
                every_id: Some(ids),
            },
            Ending::Died("it did".into()),
        )
    };
    assert_eq!(
        (died(&entry("a.b.1")), died(&entry("a.b.2"))),
        ((1, vec![]), (0, vec![]))
    );
}

#[test]
fn an_invalid_baseline_is_refused() {
    for bad in [
        r#"{"known": [{"case": "a", "reason": " "}]}"#,
        r#"{"known": [{"case": "a[", "reason": "r"}]}"#,
        "{}",
        "[",
    ] {
        assert!(Baseline::parse(bad).is_err(), "{bad}");
    }
}

#[test]
fn an_update_keeps_the_reasons_of_entries_that_hold() {
    let old = r#"{"known": [{"case": "a.b.1", "reason": "mine"}, {"case": "a.b.2", "reason": "r"}, {"case": "d.1", "reason": "r"}]}"#;
    let both = report(&[&[case("a.b.0", "fail", "")], &cases()[..]].concat());
    let update = Baseline::parse(old).unwrap().updated(&both, "new").unwrap();
    let new = update.baseline;
    let listed: Vec<_> = new
        .known
        .iter()
        .map(|k| (k.case.as_str(), k.reason.as_str()))
        .collect();
    assert_eq!(
        (listed, update.added, update.removed),
        (
            vec![("a.b.0", "new"), ("a.b.1", "mine"), ("d.1", "r")],
            1,
            1
        )
    );
    assert_eq!(Baseline::parse(&new.text()).unwrap(), new);
}
