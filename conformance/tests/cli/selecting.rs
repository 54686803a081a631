//! Which cases a run has: patterns, requirements, an early end, what is left of an earlier run.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

use super::common::scratch;
use super::echo::Echo;
use super::run;

#[test]
fn nothing_selected_is_never_green() {
    for args in [
        ["--filter", "no.such.case"],
        ["--exclude", "no.such.case"],
        ["--filter", "client.*"],
        ["--filter", "h2.*"],
        ["--requirement", "RFC6455-99"],
    ] {
        let (code, stdout, stderr) = run(&args);
        assert_eq!((code, stdout.as_str()), (Some(2), ""), "{stderr}");
        assert!(!stderr.is_empty());
    }
}

/// Whatever comes first, each pattern leaves out its cases, or is refused.
#[test]
fn every_two_patterns_select_alike_in_either_order() {
    let listed = |args: &[&str]| {
        let (code, stdout, stderr) = run(&[&["list"], args].concat());
        (code, stdout.lines().count(), stderr.is_empty())
    };
    let patterns = ["handshake.*", "close.*", "message", "autobahn:6.*"];
    for option in ["--exclude", "--filter"] {
        for (i, one) in patterns.iter().enumerate() {
            for other in &patterns[i + 1..] {
                let there = listed(&[option, one, option, other]);
                assert_eq!(there.0, Some(0), "{one} {other}");
                assert_eq!(listed(&[option, other, option, one]), there);
            }
        }
    }
    let both = listed(&["-x", "handshake.*", "-x", "no.such.case"]);
    assert_eq!(listed(&["-x", "no.such.case", "-x", "handshake.*"]), both);
    assert_eq!(both.0, Some(2));
}

#[test]
fn a_family_or_a_requirement_selects_its_cases() {
    let listed = |args: &[&str]| run(&[&["list"], args].concat()).1;
    assert_eq!(
        listed(&["--filter", "frame.mask"]),
        listed(&["--filter", "frame.mask.*"])
    );
    let of_rule = listed(&["--requirement", "RFC6455-5.1-2"]);
    assert!(of_rule.contains("frame.mask.wrong-text-empty"), "{of_rule}");
    let of_section = listed(&["--requirement", "RFC 6455 §5.1"]);
    assert!(of_section.lines().count() > of_rule.lines().count());
}

#[test]
fn autobahn_ids_select_cases() {
    let (code, stdout, _) = run(&["list", "--autobahn", "--filter", "autobahn:3.*"]);
    assert_eq!(code, Some(0));
    assert!(stdout.lines().count() >= 5, "{stdout}");
}

/// Verdicts and reason keys of the cases in a JSON report, by id.
fn verdicts(report: &Path) -> BTreeMap<String, (String, String)> {
    let text = std::fs::read_to_string(report).unwrap();
    let report: Value = serde_json::from_str(&text).unwrap();
    let rows = report["targets"][0]["cases"].as_array().unwrap();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    rows.iter()
        .filter(|row| row["passive"] != true)
        .map(|row| {
            (
                text(&row["id"]),
                (text(&row["verdict"]), text(&row["reason_key"])),
            )
        })
        .collect()
}

#[test]
fn a_run_ends_after_enough_failures_and_goes_on_with_what_is_left() {
    let dir = scratch("max-fail");
    let [first, second, right] =
        ["first.json", "second.json", "right.json"].map(|name| dir.join(name));
    let echo = Echo::with(&["--fault", "mask-ignored"]);
    let select = [
        echo.url(),
        "--filter",
        "frame.mask",
        "--filter",
        "message.text-*",
        "--jobs",
        "1",
    ];
    let json = |path: &Path| format!("--json={}", path.display());
    let (code, stdout, _) = run(&[&select[..], &["--fail-fast", &json(&first)]].concat());
    assert_eq!(code, Some(1), "{stdout}");
    let rows = verdicts(&first);
    let with = |verdict: &str, rows: &BTreeMap<String, (String, String)>| {
        rows.values().filter(|row| row.0 == verdict).count()
    };
    assert_eq!(with("fail", &rows), 1, "{rows:?}");
    let left = |rows: &BTreeMap<String, (String, String)>| {
        rows.values()
            .filter(|row| row.1 == "needs.fewer-failures")
            .count()
    };
    assert!(left(&rows) > 0, "{rows:?}");

    // What failed, and what had no turn.
    let rerun = format!("--rerun-failed={}", first.display());
    let (code, stdout, _) = run(&[echo.url(), &rerun, &json(&second)]);
    assert_eq!(code, Some(1), "{stdout}");
    let again = verdicts(&second);
    let cases = again.keys().filter(|id| !id.starts_with("trait.")).count();
    assert_eq!(cases, 1 + left(&rows), "{again:?}");
    assert_eq!(left(&again), 0);

    let (code, _, _) = run(&["--filter", "control.ping-1", &json(&right)]);
    assert_eq!(code, Some(0));
    let (code, _, stderr) = run(&[&format!("--rerun-failed={}", right.display())]);
    assert_eq!(code, Some(2), "{stderr}");
    assert!(stderr.contains("nothing to run again"), "{stderr}");

    let (code, _, stderr) = run(&["serve", "--max-fail", "2"]);
    assert_eq!(code, Some(2), "{stderr}");
}

#[test]
fn families_of_a_user_keep_their_names() {
    let dir = scratch("families");
    let file = dir.join("chat.limits.json");
    let vector = r#"{"family": "chat.limits", "kind": "exchange", "about": "Limits.", "impact": "interop", "cases": [
        {"id": "a", "about": "A.", "requirements": ["RFC6455-5.6-1"], "roles": ["server"],
         "steps": [{"send": {"text": "a"}}, {"expect": {"text": "a"}}]}]}"#;
    std::fs::write(&file, vector).unwrap();
    let (code, stdout, _) = run(&["--vectors", file.to_str().unwrap()]);
    assert_eq!(code, Some(0), "{stdout}");
    assert!(stdout.contains("chat.limits "), "{stdout}");
    let junit = dir.join("run.xml");
    run(&[
        "--vectors",
        file.to_str().unwrap(),
        "--junit",
        junit.to_str().unwrap(),
    ]);
    let junit = std::fs::read_to_string(junit).unwrap();
    assert!(junit.contains("\"chat.limits\""), "{junit}");
}
