//! What a case costs the processes of a server is part of its verdict, where they are watched.
#![cfg(target_os = "linux")]

use std::path::Path;

use serde_json::Value;

use super::run::{Ran, killers, wsspec};

/// Runs the cases of `costs.json` against this server, one after the other.
fn costs(kind: &str) -> Ran {
    let vectors = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/server/costs.json");
    let program = killers();
    wsspec(
        &format!("costs-{kind}"),
        &[
            "server",
            "--profile",
            "robust",
            "--jobs",
            "1",
            "--vectors",
            vectors.to_str().unwrap(),
        ],
        &["--", "python3", program.to_str().unwrap(), kind, "{port}"],
    )
}

fn judged(ran: &Ran, id: &str) -> (String, String) {
    let row = ran.row(id);
    let text = |key: &str| row[key].as_str().unwrap_or_default().to_owned();
    (text("verdict"), text("reason_key"))
}

fn verdict(verdict: &str, key: &str) -> (String, String) {
    (verdict.to_owned(), key.to_owned())
}

#[test]
fn memory_that_grows_fails_a_case_that_bounds_it() {
    let ran = costs("hoard");
    assert_eq!(
        judged(&ran, "costs.memory"),
        verdict("fail", "cost.memory"),
        "{}",
        ran.output
    );
    assert_eq!(
        judged(&ran, "costs.memory-mild"),
        verdict("non-strict", "cost.memory")
    );
    assert_eq!(judged(&ran, "costs.processor"), verdict("pass", ""));
    let usage = &ran.row("costs.memory")["usage"];
    let grew =
        usage["memory_peak_kib"].as_u64().unwrap() - usage["memory_before_kib"].as_u64().unwrap();
    assert!(grew > 40 << 10, "{usage}");
}

#[test]
fn processor_time_fails_a_case_that_bounds_it() {
    let ran = costs("busy");
    assert_eq!(
        judged(&ran, "costs.processor"),
        verdict("fail", "cost.processor"),
        "{}",
        ran.output
    );
    assert_eq!(judged(&ran, "costs.memory"), verdict("pass", ""));
}

#[test]
fn a_server_that_takes_little_passes_and_its_usage_is_told() {
    let ran = costs("gentle");
    for id in ["costs.memory", "costs.memory-mild", "costs.processor"] {
        assert_eq!(judged(&ran, id), verdict("pass", ""), "{}", ran.output);
        assert_ne!(ran.row(id)["usage"], Value::Null);
    }
}
