//! Robustness probes: whom they may run against, and limits that the user claims.

use serde_json::Value;

use super::rows::text;
use super::run;

/// Nothing is sent: the address is in none of our networks (RFC 5737).
const FOREIGN: &str = "ws://198.51.100.7/";

#[test]
fn a_host_of_others_is_refused_before_anything_is_sent() {
    for args in [
        &[FOREIGN, "--profile", "robust"][..],
        &[FOREIGN, "--profile", "all"],
        &["fuzz", FOREIGN, "--time", "1"],
        &[
            "fuzz",
            "ws://127.0.0.1:9/",
            "--against",
            FOREIGN,
            "--time",
            "1",
        ],
    ] {
        let (code, _, stderr) = run(args);
        assert_eq!(code, Some(2), "{args:?}: {stderr}");
        assert!(stderr.contains("--i-may-test-this-host"), "{stderr}");
    }
}

/// The verdict and the key of the reason of one case against the embedded server.
fn judged(id: &str, options: &[&str]) -> (String, String) {
    judged_by(&[], id, options)
}

/// The same by another command than the plain one.
fn judged_by(command: &[&str], id: &str, options: &[&str]) -> (String, String) {
    let selection = ["--profile", "robust", "--filter", id, "--json", "-"];
    let (_, stdout, stderr) = run(&[command, &selection, options].concat());
    let report: Value = serde_json::from_str(&stdout).unwrap_or_else(|e| panic!("{e}: {stderr}"));
    let rows = report["targets"][0]["cases"].as_array().unwrap();
    let row = rows.iter().find(|row| row["id"] == id).unwrap();
    (text(row, "verdict").into(), text(row, "reason_key").into())
}

/// The reference server takes messages of up to 64 MiB.
#[test]
fn a_claimed_limit_that_is_exceeded_is_a_failure() {
    let whole = "robustness.limits.message-32-mib-whole";
    let (verdict, _) = judged(whole, &[]);
    assert_eq!(verdict, "non-strict");
    let (verdict, key) = judged(whole, &["--max-message", "1m"]);
    assert_eq!(
        (verdict.as_str(), key.as_str()),
        ("fail", "limit.beyond-message")
    );
    let (verdict, _) = judged(whole, &["--max-message", "33m"]);
    assert_eq!(verdict, "non-strict");
}

/// The reference server waits for ever.
#[test]
fn a_claimed_time_out_that_never_comes_is_a_failure() {
    let half = "robustness.time-outs.handshake-half";
    let (verdict, key) = judged(half, &["--handshake-timeout", "0.001"]);
    assert_eq!(
        (verdict.as_str(), key.as_str()),
        ("fail", "limit.beyond-handshake-timeout")
    );
}

/// The reference client waits for ever as well.
#[test]
fn a_time_out_claimed_for_a_client_that_never_comes_is_a_failure() {
    let dial = ["--", env!("CARGO_BIN_EXE_wsspec"), "dial", "{url}"];
    for (case, name) in [
        ("response-nothing", "handshake-timeout"),
        ("idle", "idle-timeout"),
    ] {
        let id = format!("robustness.time-outs.{case}");
        let claim = format!("--{name}");
        let options = [&[claim.as_str(), "0.001"], &dial[..]].concat();
        let (verdict, key) = judged_by(&["client"], &id, &options);
        assert_eq!(
            (verdict.as_str(), key),
            ("fail", format!("limit.beyond-{name}"))
        );
    }
}

/// The reference server has no limit.
#[test]
fn a_claimed_limit_of_connections_that_is_exceeded_is_a_failure() {
    let (verdict, key) = judged("trait.limit.connections", &["--connection-limit", "4"]);
    assert_eq!(
        (verdict.as_str(), key.as_str()),
        ("fail", "limit.beyond-connections")
    );
}

#[test]
fn a_failure_names_the_known_bug_that_answers_in_the_same_way() {
    let whole = "robustness.limits.never-finished";
    let options = [
        "--profile",
        "all",
        "--filter",
        whole,
        "--max-message",
        "1m",
        "--json",
        "-",
    ];
    let (_, stdout, stderr) = run(&options);
    let report: Value = serde_json::from_str(&stdout).unwrap_or_else(|e| panic!("{e}: {stderr}"));
    let rows = report["targets"][0]["cases"].as_array().unwrap();
    let row = rows.iter().find(|row| row["id"] == whole).unwrap();
    assert_eq!(row["verdict"], "fail");
    let bugs: Vec<&str> = row["resembles"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|like| text(like, "bug"))
        .collect();
    assert!(bugs.contains(&"CVE-2026-44545"), "{bugs:?}");
}

#[test]
fn a_claim_of_another_kind_changes_nothing() {
    let (verdict, _) = judged("robustness.limits.never-finished", &["--max-head", "1"]);
    assert_eq!(verdict, "informational");
}
