//! Servers of which a kind of conversation costs too much: the case that is about it fails, and none
//! fails a server that is right.
#![cfg(target_os = "linux")]

use super::rows::text;
use super::run::{Ran, kill};

/// A server, the case that is about its fault, and the key of the reason.
const PLANTED: [(&str, &str, &str); 8] = [
    (
        "backtracking",
        "robustness.growth.list-blanks",
        "cost.growth",
    ),
    (
        "summing",
        "robustness.growth.message-in-pieces",
        "cost.growth",
    ),
    ("keeping", "robustness.leak.closed", "cost.memory"),
    ("files", "robustness.leak.closed", "cost.files-left"),
    ("threads", "robustness.leak.closed", "cost.threads-left"),
    (
        "reads-on",
        "robustness.load.after-close-64-mib",
        "cost.memory",
    ),
    ("spinning", "robustness.load.idle", "cost.processor"),
    (
        "unlimited",
        "robustness.limits.message-32-mib-whole",
        "limit.beyond-message",
    ),
];

/// Growth is measured several times: nothing need be run again.
const OPTIONS: [&str; 6] = [
    "--profile",
    "robust",
    "--max-message",
    "1m",
    "--retries",
    "0",
];

fn cost(test: &str, kind: &str, cases: &[&str]) -> Ran {
    kill(
        &format!("planted-cost-{test}-{kind}"),
        kind,
        cases,
        &OPTIONS,
    )
}

#[test]
fn each_planted_cost_is_found() {
    for (kind, case, key) in PLANTED {
        let ran = cost("found", kind, &[case]);
        let row = ran.row(case);
        assert_eq!(text(row, "reason_key"), key, "{kind}: {}", ran.output);
        assert_ne!(text(row, "verdict"), "pass", "{kind}");
    }
}

/// A list with blanks in it is no list of tokens either, which is another rule.
#[test]
fn a_cost_breaks_what_its_case_is_about() {
    let [(kind, case, key), ..] = PLANTED;
    let ran = cost("broken", kind, &[case]);
    let row = ran.row(case);
    let found = (text(row, "broken"), text(row, "reason_key"));
    assert_eq!(found, (row["requirements"][0].as_str().unwrap(), key));
    let points = row["growth"]["points"].as_array().unwrap();
    assert!(points.len() > 2, "{row}");
}

#[test]
fn a_right_server_costs_little() {
    let mut cases: Vec<&str> = PLANTED.iter().map(|(_, case, _)| *case).collect();
    cases.pop();
    cases.extend(["robustness.growth.*", "robustness.leak.*"]);
    let ran = cost("right", "gentle", &cases);
    assert!(
        ran.troubled().is_empty(),
        "{:?}: {}",
        ran.troubled(),
        ran.output
    );
}
