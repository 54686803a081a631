//! `wsspec server` passes on all options about the target: the origin that it allows, for one.

use super::run::{Ran, WSSPEC, wsspec};

const ALLOWED: [&str; 2] = ["--allowed-origin", "https://app.example.com"];
const POLICY: [&str; 2] = ["--filter", "handshake.origin-policy"];

/// Tests the reference server with this fault.
fn policy(fault: &str, options: &[&str]) -> Ran {
    wsspec(
        &format!("origins-{fault}"),
        &[&["server"], options, &POLICY[..]].concat(),
        &[
            "--",
            WSSPEC,
            "echo",
            "--listen",
            "127.0.0.1:{port}",
            "--fault",
            fault,
        ],
    )
}

#[test]
fn a_policy_that_compares_the_beginning_fails_for_what_begins_alike() {
    let ran = policy("origin-by-beginning", &ALLOWED);
    assert_eq!(ran.code, Some(1), "{}", ran.output);
    let troubled = ran.troubled();
    let ids: Vec<&str> = troubled.keys().copied().collect();
    assert_eq!(
        ids,
        [
            "handshake.origin-policy.name-as-user",
            "handshake.origin-policy.name-in-front",
            "handshake.origin-policy.other-port",
        ]
    );
}

#[test]
fn without_an_allowed_origin_its_cases_are_skipped() {
    let ran = policy("origin-any", &[]);
    let row = ran.row("handshake.origin-policy.other-site");
    assert_eq!(row["verdict"], "skipped");
    assert_eq!(row["reason_key"], "needs.allowed-origin");
}
