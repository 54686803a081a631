//! What a case costs the processes of a server is part of its verdict, where they are watched.
#![cfg(target_os = "linux")]

use std::path::Path;

use serde_json::Value;

use super::rows::text;
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
            "--vectors",
            vectors.to_str().unwrap(),
        ],
        &["--", "python3", program.to_str().unwrap(), kind, "{port}"],
    )
}

/// The same with a client.
fn costs_of_client(kind: &str) -> Ran {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/server");
    let [vectors, program] = ["costs.json", "clients.py"].map(|name| folder.join(name));
    wsspec(
        &format!("costs-client-{kind}"),
        &[
            "client",
            "--profile",
            "robust",
            "--vectors",
            vectors.to_str().unwrap(),
        ],
        &["--", "python3", program.to_str().unwrap(), kind, "{url}"],
    )
}

/// Checks the verdicts on the cases, and the keys of their reasons.
fn check(ran: &Ran, expected: [(&str, &str, &str); 3]) {
    for (id, verdict, key) in expected {
        let row = ran.row(id);
        let found = (text(row, "verdict"), text(row, "reason_key"));
        assert_eq!(found, (verdict, key), "{id}: {}", ran.output);
        assert_ne!(row["usage"], Value::Null, "{id}");
    }
}

#[test]
fn memory_that_grows_fails_a_case_that_bounds_it() {
    let ran = costs("hoard");
    check(
        &ran,
        [
            ("costs.memory", "fail", "cost.memory"),
            ("costs.memory-mild", "non-strict", "cost.memory"),
            ("costs.processor", "pass", ""),
        ],
    );
    let usage = &ran.row("costs.memory")["usage"];
    let grew =
        usage["memory_peak_kib"].as_u64().unwrap() - usage["memory_before_kib"].as_u64().unwrap();
    assert!(grew > 40 << 10, "{usage}");
}

#[test]
fn processor_time_fails_a_case_that_bounds_it() {
    check(
        &costs("busy"),
        [
            ("costs.memory", "pass", ""),
            ("costs.memory-mild", "pass", ""),
            ("costs.processor", "fail", "cost.processor"),
        ],
    );
}

#[test]
fn a_server_that_takes_little_passes() {
    check(
        &costs("gentle"),
        [
            ("costs.memory", "pass", ""),
            ("costs.memory-mild", "pass", ""),
            ("costs.processor", "pass", ""),
        ],
    );
}

#[test]
fn the_process_of_a_client_is_watched() {
    check(
        &costs_of_client("hoard"),
        [
            ("costs.memory", "fail", "cost.memory"),
            ("costs.memory-mild", "non-strict", "cost.memory"),
            ("costs.processor", "pass", ""),
        ],
    );
    check(
        &costs_of_client("gentle"),
        [
            ("costs.memory", "pass", ""),
            ("costs.memory-mild", "pass", ""),
            ("costs.processor", "pass", ""),
        ],
    );
}
