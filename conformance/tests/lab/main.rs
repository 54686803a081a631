//! `wsspec lab` and `wsspec.toml`: implementations that need no network, the reference endpoint among them.
#![cfg(unix)]

#[path = "../common/mod.rs"]
mod shared;

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;
use shared::scratch;

const WSSPEC: &str = env!("CARGO_BIN_EXE_wsspec");

fn wsspec(dir: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(WSSPEC);
    command.current_dir(dir).args(arguments).output().unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn json(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

/// A package that is on every Debian; elsewhere `dpkg-query` is missing.
fn has_dpkg() -> bool {
    Command::new("dpkg-query").arg("--version").output().is_ok()
}

/// Makes an implementation in the folder `manifests` of `dir`.
fn implementation(dir: &Path, name: &str, package: &str, command: &[&str]) {
    let folder = dir.join("manifests").join(name);
    fs::create_dir_all(&folder).unwrap();
    let manifest = format!(
        "language = \"Rust\"\n[package]\nregistry = \"debian\"\nname = \"{package}\"\nversion = \"1\"\n\
         [[server]]\ncommand = {command:?}\n"
    );
    fs::write(folder.join("wsspec.toml"), manifest).unwrap();
    fs::write(folder.join("program.sh"), "exec \"$@\"\n").unwrap();
}

/// The arguments of a lab of the implementations in `manifests`, which runs a few cases.
fn lab<'a>(more: &[&'a str]) -> Vec<&'a str> {
    let lab = [
        "lab",
        "--manifests",
        "manifests",
        "--cache",
        "cache",
        "--out",
        "out",
        "--json",
        "lab.json",
    ];
    let cases = ["--", "--filter", "close.code.legal-*"];
    [&lab, more, &cases].concat()
}

#[test]
fn each_is_tested_whatever_becomes_of_the_others_and_only_once() {
    if !has_dpkg() {
        return;
    }
    let dir = scratch("lab");
    let echo = [
        "sh",
        "program.sh",
        WSSPEC,
        "echo",
        "--listen",
        "127.0.0.1:{port}",
    ];
    implementation(&dir, "good", "dpkg", &echo);
    implementation(&dir, "gone", "no-such-package-of-debian", &echo);
    implementation(&dir, "mute", "dpkg", &["false"]);

    let first = wsspec(&dir, &lab(&[]));
    assert_eq!(first.status.code(), Some(3), "{}", stderr(&first));
    let report = json(&dir.join("lab.json"));
    let states = states(&report);
    assert_eq!(
        states,
        [
            ("gone", "not-installed"),
            ("good", "tested"),
            ("mute", "not-tested")
        ]
    );
    let version = report["implementations"][1]["version"].as_str().unwrap();
    assert_ne!(
        version, "1",
        "the version that is there, not the one of the manifest"
    );
    let results = wsspec_reports::published::load(&dir.join("out")).unwrap();
    let [good] = &results[..] else {
        panic!("one has results: {results:?}");
    };
    assert_eq!(
        (good.id.as_str(), good.about.language.as_str()),
        ("good", "Rust")
    );
    assert!(good.versions[0].report().unwrap().targets[0].summary.pass > 0);

    let again = wsspec(&dir, &lab(&["good"]));
    assert_eq!(again.status.code(), Some(0), "{}", stderr(&again));
    assert_eq!(
        self::states(&json(&dir.join("lab.json"))),
        [("good", "kept")]
    );
    let other_cases = wsspec(
        &dir,
        &[
            &lab(&["good"])[..9],
            &["good", "--", "--filter", "close.code.*"],
        ]
        .concat(),
    );
    assert_eq!(
        other_cases.status.code(),
        Some(0),
        "{}",
        stderr(&other_cases)
    );
    assert_eq!(
        self::states(&json(&dir.join("lab.json"))),
        [("good", "tested")]
    );
    let packed = wsspec(&dir, &lab(&["good", "--again"]));
    assert_eq!(packed.status.code(), Some(0), "{}", stderr(&packed));
    let results = wsspec_reports::published::load(&dir.join("out")).unwrap();
    assert!(
        results[0].versions[0]
            .report_path()
            .ends_with("report.json.gz")
    );
    let shown = wsspec(&dir, &["diff", "out/good", "out/good"]);
    assert_eq!(shown.status.code(), Some(2));
    let path = results[0].versions[0].report_path().to_str().unwrap();
    let shown = wsspec(&dir, &["diff", path, path]);
    assert_eq!(shown.status.code(), Some(0), "{}", stderr(&shown));
}

fn states(report: &Value) -> Vec<(&str, &str)> {
    let outcomes = report["implementations"].as_array().unwrap();
    let states = outcomes.iter().map(|outcome| {
        let (id, state) = (&outcome["id"], &outcome["state"]);
        (id.as_str().unwrap(), state.as_str().unwrap())
    });
    states.collect()
}

#[test]
fn what_cannot_be_meant_is_bad_usage() {
    let dir = scratch("usage");
    for arguments in [
        &["lab", "--list", "websoket"][..],
        &["lab", "--list", "[", "--servers"],
        &["lab", "--list", "--manifests", "nowhere"],
        &["lab", "--agreement", "nowhere"],
        &["lab", "--looks-like", "nowhere.json"],
        &["--config", "nowhere.toml"],
        &["--only", "server"],
    ] {
        let output = wsspec(&dir, arguments);
        assert_eq!(
            output.status.code(),
            Some(2),
            "{arguments:?}: {}",
            stderr(&output)
        );
    }
    let near = wsspec(&dir, &["lab", "--list", "websoket"]);
    assert!(stderr(&near).contains("websockets"), "{}", stderr(&near));
}

#[test]
fn the_parts_of_a_lab_are_all_of_it() {
    let dir = scratch("parts");
    let whole = wsspec(&dir, &["lab", "--list"]);
    let mut lines = 0;
    for part in ["1/3", "2/3", "3/3"] {
        let output = wsspec(&dir, &["lab", "--list", "--shard", part]);
        lines += String::from_utf8(output.stdout).unwrap().lines().count();
    }
    assert_eq!(
        lines,
        String::from_utf8(whole.stdout).unwrap().lines().count()
    );
}

/// A project whose server, and client, are those of wsspec.
fn project(dir: &Path, more: &str) {
    let server = format!(
        "[[server]]\ncommand = [{WSSPEC:?}, \"echo\", \"--listen\", \"127.0.0.1:{{port}}\"]\n"
    );
    fs::write(dir.join("wsspec.toml"), server + more).unwrap();
}

#[test]
fn a_run_without_a_url_tests_what_the_project_says() {
    let dir = scratch("project");
    project(
        &dir,
        "[[unsupported]]\nfeature = \"x\"\nwhy = \"y\"\ncases = [\"close.code.legal-1000\"]\n",
    );
    let inner = dir.join("src");
    fs::create_dir_all(&inner).unwrap();
    fs::create_dir_all(dir.join(".git")).unwrap();

    let output = wsspec(
        &inner,
        &["--filter", "close.code.legal-*", "--json", "report.json"],
    );
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(
        stderr(&output).contains("wsspec.toml"),
        "{}",
        stderr(&output)
    );
    let target = &json(&dir.join("report.json"))["targets"][0];
    let ids: Vec<&str> = target["cases"]
        .as_array()
        .unwrap()
        .iter()
        .map(|case| case["id"].as_str().unwrap())
        .collect();
    assert!(ids.contains(&"close.code.legal-1001"), "{ids:?}");
    assert!(!ids.contains(&"close.code.legal-1000"), "{ids:?}");
    assert!(
        target["again"]
            .as_str()
            .unwrap()
            .starts_with("wsspec server")
    );

    let embedded = wsspec(
        &inner,
        &[
            "--no-config",
            "--filter",
            "close.code.legal-*",
            "--json",
            "-",
        ],
    );
    let report: Value = serde_json::from_slice(&embedded.stdout).unwrap();
    assert!(
        !report["targets"][0]["again"]
            .as_str()
            .unwrap()
            .starts_with("wsspec server")
    );
}

#[test]
fn a_project_with_a_server_and_a_client_has_two_reports() {
    let dir = scratch("both");
    project(
        &dir,
        &format!("[[client]]\ncommand = [{WSSPEC:?}, \"dial\", \"{{url}}\"]\n"),
    );
    let few = ["--filter", "close.code.legal-*", "--json", "report.json"];
    let output = wsspec(&dir, &few);
    assert_eq!(output.status.code(), Some(2), "{}", stderr(&output));
    let output = wsspec(&dir, &[&few[..], &["--only", "client"]].concat());
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert_eq!(
        json(&dir.join("report.json"))["targets"][0]["role"],
        "client"
    );
}

#[test]
fn a_gateway_is_started() {
    let dir = scratch("gateway");
    // No gateway: it refuses every connection.
    let output = wsspec(&dir, &["through", "--", "false", "{port}", "{backend}"]);
    assert_eq!(output.status.code(), Some(3), "{}", stderr(&output));
}
