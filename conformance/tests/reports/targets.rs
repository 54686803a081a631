//! Runs of several targets, listed in a file.

use std::fs;
use std::io::Write;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::common::{Echo, FEW, read, run, scratch, text};

/// Name, number of rows and number of failures of each target.
fn targets(report: &Value) -> Vec<(String, usize, u64)> {
    let targets = report["targets"].as_array().unwrap().iter();
    targets
        .map(|target| {
            (
                target["name"].as_str().unwrap().to_owned(),
                target["cases"].as_array().unwrap().len(),
                target["summary"]["fail"].as_u64().unwrap(),
            )
        })
        .collect()
}

#[test]
fn a_file_lists_the_targets_and_their_names() {
    let dir = scratch("targets");
    let (right, wrong) = (Echo::with(&[]), Echo::with(&["--fault", "mask-ignored"]));
    let list = dir.join("list");
    let lines = format!("# both\n\nthe first\t{}\n{}\n", right.url(), wrong.url());
    fs::write(&list, lines).unwrap();
    let (json, junit) = (dir.join("json"), dir.join("junit"));
    let files = ["--targets", text(&list), "--json", text(&json)];
    let (code, said) = run(&[&FEW[..], &files].concat());
    assert_eq!(code, Some(1), "{said}");
    let report = read(&json);
    let found = targets(&report);
    let names: Vec<&str> = found.iter().map(|(name, ..)| name.as_str()).collect();
    assert_eq!(names, ["the first", wrong.url()]);
    assert!(
        found[0].1 > 20 && found[0].2 == 0 && found[1].2 > 0,
        "{found:?}"
    );
    assert_eq!(report["complete"], true);
    let again = dir.join("again");
    run(&["report", text(&json), "--json", text(&again)]);
    assert!(fs::read(&json).unwrap() == fs::read(&again).unwrap());

    // The same with a format that is made at the end, and from standard input after an argument.
    let mut child = Command::new(env!("CARGO_BIN_EXE_wsspec"))
        .args([&FEW[..], &[wrong.url(), "--targets", "-"]].concat())
        .args(["--quiet", "--json", text(&json), "--junit", text(&junit)])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let line = format!("listed {}", right.url());
    child
        .stdin
        .take()
        .unwrap()
        .write_all(line.as_bytes())
        .unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(1));
    let names: Vec<String> = targets(&read(&json)).into_iter().map(|t| t.0).collect();
    assert_eq!(names, [wrong.url(), "listed"]);
    let junit = fs::read_to_string(&junit).unwrap();
    assert!(junit.contains("name=\"listed: frame.mask\""), "{junit}");
}

#[test]
fn a_list_that_cannot_be_meant_is_refused_with_its_line() {
    let list = scratch("targets-refused").join("list");
    for (lines, says) in [
        ("# none\n", ": no target"),
        ("ws://127.0.0.1:1/\n\nws://127.0.0.1:2/#x\n", ":3: "),
        ("a ws://127.0.0.1:1/\na ws://127.0.0.1:2/\n", ":2: "),
    ] {
        fs::write(&list, lines).unwrap();
        let (code, said) = run(&["--targets", text(&list)]);
        assert_eq!(code, Some(2), "{said}");
        let begins = format!("wsspec: {}{says}", list.display());
        assert!(said.starts_with(&begins), "{lines:?}: {said}");
    }
}

/// The report, if there is one.
fn read_so_far(json: &Path) -> Value {
    let text = fs::read_to_string(json).unwrap_or_default();
    serde_json::from_str(&text).unwrap_or_default()
}

#[test]
fn a_killed_run_leaves_the_targets_that_were_done() {
    let dir = scratch("targets-killed");
    let (echo, silent) = (Echo::with(&[]), TcpListener::bind("127.0.0.1:0").unwrap());
    let silent = format!("ws://{}/", silent.local_addr().unwrap());
    let (json, lines) = (dir.join("run.json"), dir.join("run.jsonl"));
    let mut child = Command::new(env!("CARGO_BIN_EXE_wsspec"))
        .args([&FEW[..], &[echo.url(), &silent, "--quiet"]].concat())
        .args(["--timeout", "300"])
        .args(["--json", text(&json), "--jsonl", text(&lines)])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    // Killed while the second target is asked for the first time.
    let began = Instant::now();
    while read_so_far(&json)["targets"][1].is_null() {
        assert!(began.elapsed() < Duration::from_secs(120));
        std::thread::sleep(Duration::from_millis(5));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let report = read(&json);
    let found = targets(&report);
    assert_eq!(report["complete"], false);
    assert_eq!(report["targets"][0]["ended"]["how"], "complete");
    assert_eq!((found.len(), found[1].1), (2, 0), "{found:?}");
    let said = fs::read_to_string(&lines).unwrap();
    assert!(said.lines().count() > 20 && found[0].1 >= said.lines().count());
    assert!(report["requirements"].as_object().unwrap().len() > 5);
}
