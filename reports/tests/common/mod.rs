//! Reports to test with, one of them about a peer that sends the worst it can.
#![allow(dead_code)]

use serde_json::{Value, json};
use wsspec_reports::{CaseResult, Format, Report, Summary, TargetReport};

/// Text that is markup, a control sequence or the end of something in one format or another.
pub(crate) const EVIL: &str =
    "</script><script>alert(1)</script> ]]> & \"'` | \u{0}\u{1}\u{1b}[31m\u{202e}\nx";

/// A result.
pub(crate) fn case(id: &str, verdict: &str, reason: &str) -> Value {
    json!({
        "id": id, "about": "What a conforming target does.", "autobahn": [], "requirements": ["RFC6455-5.1-1"],
        "impact": "security", "verdict": verdict, "reason": reason, "duration_ms": 1.5,
    })
}

/// A failure that says what broke: the requirement and the key of the cause.
pub(crate) fn failing(id: &str, broken: &str, cause: &str) -> Value {
    let mut row = case(id, "fail", "why");
    row["broken"] = broken.into();
    row["cause_key"] = cause.into();
    row
}

/// A passive rule, in a report of version 0.1.0: without `passive`.
pub(crate) fn passive(count: usize, seen: &[&str]) -> Value {
    let verdict = if count > 0 { "fail" } else { "pass" };
    let mut row = case("passive.rsv-set", verdict, "");
    row["count"] = count.into();
    row["seen_in_cases"] = json!(seen);
    row
}

/// The results of one target.
pub(crate) fn target(cases: &[Value]) -> TargetReport {
    let probe = json!({
        "peer": "echo", "pongs": true, "greeting": 0, "round_trip_us": 7, "server": EVIL, "extensions": null, "opens": true,
        "trouble": null,
    });
    let mut target: TargetReport = serde_json::from_value(json!({
        "name": "mine", "url": "ws://127.0.0.1:1/", "again": "wsspec ws://127.0.0.1:1/ --filter '{case}' -v",
        "probe": probe, "cases": cases,
        "summary": {"pass": 0, "non-strict": 0, "informational": 0, "fail": 0, "skipped": 0, "flaky": 0, "error": 0},
    }))
    .unwrap();
    target.summary = Summary::of(&target.cases);
    target
}

/// A whole report on one target.
pub(crate) fn report(cases: &[Value]) -> Report {
    let requirement = json!(
        {"clause": "RFC 6455 §5.1", "level": "MUST", "text": "A client masks all frames.", "party": "client"}
    );
    let report = json!({
        "tool": "wsspec", "version": "1.2.3", "vectors_digest": "aa", "started": "2026-01-02T03:04:05Z",
        "duration_ms": 1500, "seed": 0, "complete": true, "targets": [],
        "requirements": {"RFC6455-5.1-1": requirement},
    });
    Report {
        targets: vec![target(cases)],
        ..serde_json::from_value(report).unwrap()
    }
}

/// A case of each verdict; the failure has everything that the peer sent.
pub(crate) fn each() -> Report {
    let mut failed = case("frame.mask.failed", "fail", EVIL);
    failed["reason_key"] = "violation.mask-missing".into();
    failed["received"] = EVIL.into();
    failed["close"] = json!({"code": 1000, "reason": EVIL, "clean": true});
    let payload = wsspec_core::dissect::hex_digits(EVIL.as_bytes());
    failed["transcript"] = json!({"target_role": "server", "entries": [
        {"at_us": 3, "who": "target", "what": "bytes", "data": format!("81{:02x}{payload}", EVIL.len())},
        {"at_us": 9, "who": "target", "what": "rst"},
    ]});
    let mut cases = vec![failed];
    for verdict in [
        "pass",
        "non-strict",
        "informational",
        "skipped",
        "flaky",
        "error",
    ] {
        cases.push(case(&format!("frame.mask.{verdict}"), verdict, "because"));
    }
    report(&cases)
}

/// A report as text.
pub(crate) fn written(format: Format, report: &Report) -> String {
    let mut out = Vec::new();
    format.write(report, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

/// A result, typed.
pub(crate) fn result(id: &str, verdict: &str) -> CaseResult {
    serde_json::from_value(case(id, verdict, "")).unwrap()
}
