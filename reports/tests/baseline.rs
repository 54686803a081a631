//! Known failures: what a baseline excuses, and when it does not hold.

mod common;

use std::collections::BTreeSet;

use common::{case, failing, report};
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
    let race = r#"{"known": [{"case": "a.b.[12]", "reason": "r", "sometimes": true},
        {"case": "a.c.1", "reason": "r", "sometimes": true}]}"#;
    assert_eq!(known(race), (1, vec![]), "a race may pass");
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
        r#"{"known": [{"reason": "r"}]}"#,
        r#"{"known": [{"cause": "a[", "reason": "r"}]}"#,
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

/// Two failures of one cause, one of another, and cases that cannot be judged: two rest on the first,
/// one directly, and one rests on nothing that failed.
fn by_cause() -> Vec<Value> {
    const RULE: &str = "RFC6455-5.1-1";
    vec![
        failing("a.1", RULE, "pong.none"),
        failing("a.2", RULE, "pong.none"),
        failing("b.1", RULE, "message.missing"),
        case("c.1", "pass", ""),
        unjudged("d.1", Some("a.1")),
        unjudged("d.2", Some("d.1")),
        unjudged("e.1", None),
    ]
}

/// A case that cannot be judged, and what it rests on.
fn unjudged(id: &str, on: Option<&str>) -> Value {
    let mut row = case(id, "skipped", "");
    row["reason_key"] = "needs.premise".into();
    row["rests_on"] = on.into();
    row
}

/// The cases that a baseline excuses, and which of its entries do not hold.
fn excused(baseline: &str, whole: bool) -> (Vec<String>, Vec<String>) {
    let mut report = report(&by_cause());
    let target = &mut report.targets[0];
    let scope = Scope {
        whole,
        every_id: None,
    };
    Baseline::parse(baseline)
        .unwrap()
        .apply(target, scope)
        .unwrap();
    let known = target.cases.iter().filter(|c| c.known.is_some());
    let known = known.map(|case| case.id.clone()).collect();
    (known, target.broken_baseline.clone())
}

/// What a baseline with only this entry excuses in a whole run; see [`excused`].
fn excused_by(entry: &str) -> (Vec<String>, Vec<String>) {
    excused(&format!(r#"{{"known": [{entry}]}}"#), true)
}

/// What is said of one case that cannot be judged.
fn without_entry(example: &str) -> String {
    format!("1 case without an entry cannot be judged, for example {example}")
}

#[test]
fn an_entry_may_name_a_cause_and_excuses_what_rests_on_it() {
    let (known, broken) = excused_by(r#"{"cause": "pong.*", "reason": "r"}"#);
    assert_eq!(known, ["a.1", "a.2", "d.1", "d.2"]);
    assert_eq!(broken, [without_entry("e.1")]);
    let (known, _) = excused_by(r#"{"case": "a.2", "cause": "pong.none", "reason": "r"}"#);
    assert_eq!(known, ["a.2"]);
    let (known, broken) = excused_by(r#"{"cause": "echo.differs", "reason": "r"}"#);
    assert!(known.is_empty());
    let passes = "no case fails for cause echo.differs (known: r)".to_owned();
    assert!(broken.contains(&passes), "{broken:?}");
}

#[test]
fn what_cannot_be_judged_is_worse_than_what_passes() {
    let (_, broken) = excused(r#"{"known": []}"#, true);
    assert_eq!(
        broken,
        [
            without_entry("d.1, which rests on a.1"),
            without_entry("d.2, which rests on d.1"),
            without_entry("e.1"),
        ]
    );
    let (_, broken) = excused(r#"{"known": []}"#, false);
    assert!(broken.is_empty(), "of a part: {broken:?}");
    let (known, broken) = excused(
        r#"{"known": [{"cause": "needs.premise", "reason": "r"}]}"#,
        true,
    );
    assert_eq!((known.len(), broken.len()), (3, 0));
}

#[test]
fn an_update_covers_what_cannot_be_judged() {
    let report = report(&by_cause());
    let old = r#"{"known": [{"cause": "pong.none", "reason": "mine"}, {"cause": "gone", "reason": "r"}]}"#;
    let update = Baseline::parse(old)
        .unwrap()
        .updated(&report, "new")
        .unwrap();
    let listed: Vec<_> = update
        .baseline
        .known
        .iter()
        .map(|k| (k.case.as_str(), k.cause.as_deref(), k.reason.as_str()))
        .collect();
    assert_eq!(
        listed,
        [
            ("", Some("pong.none"), "mine"),
            ("b.1", None, "new"),
            ("e.1", None, "new")
        ]
    );
    assert_eq!((update.added, update.removed), (2, 1));
    let (known, broken) = excused(&update.baseline.text(), true);
    assert_eq!((known.len(), broken.len()), (6, 0), "{broken:?}");
}
