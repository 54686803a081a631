//! `wsspec proxy` and `wsspec both`, between a reference client and a reference server.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::common::scratch;
use crate::run;

const WSSPEC: &str = env!("CARGO_BIN_EXE_wsspec");

/// The lines of a file of JSON lines.
fn lines(path: &Path) -> Vec<Value> {
    let text = fs::read_to_string(path).unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn path(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// The ids of the rows of a target that fail.
fn failing(report: &Value, target: usize) -> Vec<&str> {
    let cases = report["targets"][target]["cases"].as_array().unwrap();
    let failing = cases.iter().filter(|case| case["verdict"] == "fail");
    failing.map(|case| case["id"].as_str().unwrap()).collect()
}

/// An application that greets, and closes when the greeting comes back.
const APPLICATION: &str = "close-1003-not-json-greets-lifetime";

/// `wsspec both` between a reference client and a reference server with these arguments.
fn both(name: &str, client: &[&str], server: &[&str]) -> (Option<i32>, Vec<Value>, Value) {
    let dir = scratch(name);
    let (jsonl, json) = (dir.join("lines.jsonl"), dir.join("report.json"));
    let args = [
        "both",
        "--quiet",
        "--jsonl",
        path(&jsonl),
        "--json",
        path(&json),
        "--",
    ];
    let dial = [WSSPEC, "dial", "{url}"];
    let echo = [
        "----",
        WSSPEC,
        "echo",
        "--listen",
        "127.0.0.1:{port}",
        "--application",
        APPLICATION,
    ];
    let (code, stdout, stderr) = run(&[&args[..], &dial, client, &echo, server].concat());
    let report = fs::read_to_string(&json).unwrap_or_else(|e| panic!("{e}: {stdout}{stderr}"));
    (code, lines(&jsonl), serde_json::from_str(&report).unwrap())
}

fn broken(lines: &[Value]) -> Vec<(&str, &str)> {
    let broken = lines.iter().filter(|line| line["event"] == "broken");
    let mut broken: Vec<_> = broken
        .map(|line| {
            (
                line["side"].as_str().unwrap(),
                line["rule"].as_str().unwrap(),
            )
        })
        .collect();
    broken.sort_unstable();
    broken.dedup();
    broken
}

#[test]
fn two_that_conform_break_no_rule() {
    let (code, lines, report) = both("both-clean", &[], &[]);
    assert_eq!(broken(&lines), []);
    assert_eq!(code, Some(0));
    let traffic = lines.last().unwrap();
    assert!(traffic["opened"].as_u64().unwrap() > 0, "{traffic}");
    assert!(
        traffic["client"]["messages"].as_u64().unwrap() > 0,
        "{traffic}"
    );
    assert_eq!(traffic["server"]["unjudged"], serde_json::json!({}));
    let roles: Vec<&Value> = report["targets"]
        .as_array()
        .unwrap()
        .iter()
        .map(|target| &target["role"])
        .collect();
    assert_eq!(roles, ["client", "server"]);
}

#[test]
fn a_fault_is_named_with_its_side_in_every_output() {
    let fault = &["--fault", "wrong-mask"][..];
    for (name, [client, server], side, rule) in [
        ("both-client", [fault, &[]], "client", "mask-missing"),
        ("both-server", [&[], fault], "server", "mask-unexpected"),
    ] {
        let (code, lines, report) = both(name, client, server);
        assert_eq!(broken(&lines), [(side, rule)]);
        assert_eq!(code, Some(1));
        let row = format!("passive.{rule}");
        let failing = [0, 1].map(|target| failing(&report, target));
        let [of_client, of_server] = &failing;
        let (faulty, other) = if side == "client" {
            (of_client, of_server)
        } else {
            (of_server, of_client)
        };
        assert_eq!((faulty.as_slice(), other.len()), (&[row.as_str()][..], 0));
    }
}

#[test]
fn faults_over_http2_are_named_with_their_side_and_stream() {
    let h2 = ["--transport", "h2"];
    let (code, lines, _) = both("both-h2", &h2, &h2);
    assert_eq!((code, broken(&lines)), (Some(0), vec![]));
    let traffic = lines.last().unwrap();
    assert_eq!(traffic["opened"], 1);
    assert_eq!(traffic["client"]["unjudged"], serde_json::json!({}));
    for (side, fault, rule) in [
        ("client", "wrong-mask", "mask-missing"),
        ("client", "rsv2-set", "rsv-set"),
        ("client", "asks-version-8", "version-unsupported"),
        ("client", "close-1006", "close-code-forbidden"),
        ("client", "length-in-16-bits", "length-not-minimal"),
        ("server", "wrong-mask", "mask-unexpected"),
        ("server", "rsv2-set", "rsv-set"),
        ("server", "connect-length-in-answer", "response-body"),
        ("server", "close-one-byte", "close-body-one-byte"),
        ("server", "extension-unasked", "extension-unoffered"),
    ] {
        let faulty = [&h2[..], &["--fault", fault]].concat();
        let (client, server) = if side == "client" {
            (&faulty[..], &h2[..])
        } else {
            (&h2[..], &faulty[..])
        };
        let (code, lines, report) = both(&format!("both-h2-{side}-{fault}"), client, server);
        assert_eq!(broken(&lines), [(side, rule)], "{fault}");
        assert_eq!(code, Some(1), "{fault}");
        assert_eq!(lines[0]["stream"], 1, "{fault}");
        let target = usize::from(side == "server");
        assert_eq!(failing(&report, target), [format!("passive.{rule}")]);
    }
}

#[test]
fn what_cannot_work_is_said_before_anything_is_started() {
    for args in [
        &["both", "--", "client", "----"][..],
        &["both", "--", "client"],
        &["both", "--", "a", "----", "b", "----", "c"],
        &["proxy", "--upstream", "ws://127.0.0.1:1/path"],
        &["proxy", "--upstream", "gopher://127.0.0.1:1"],
        &[
            "proxy",
            "--upstream",
            "ws://127.0.0.1:1",
            "--transport",
            "h2",
        ],
        &[
            "proxy",
            "--upstream",
            "ws://127.0.0.1:1",
            "--json",
            "-",
            "--jsonl",
            "-",
        ],
    ] {
        let (code, _, stderr) = run(args);
        assert_eq!(code, Some(2), "{args:?}: {stderr}");
    }
}
