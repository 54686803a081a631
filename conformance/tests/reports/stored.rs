//! Stored reports: how strictly they are judged, and against which baseline.

use std::fs;
use std::net::TcpListener;

use crate::common::{Echo, FEW, read, run, scratch, text};

#[test]
fn a_stored_report_ends_as_its_run_did() {
    let dir = scratch("ends");
    let free = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let url = format!("ws://{free}/");
    let forms = ["json", "html", "junit", "sarif", "markdown", "badge"];
    let file = |name: &str, form: &str| dir.join(format!("{name}.{form}"));
    let files: Vec<String> = forms
        .map(|form| format!("--{form}={}", file("nowhere", form).display()))
        .into();
    let files: Vec<&str> = files.iter().map(String::as_str).collect();
    assert_eq!(
        run(&[&[url.as_str()], &FEW[..], &files].concat()).0,
        Some(3)
    );
    let nowhere = file("nowhere", "json");
    let ended = &read(&nowhere)["targets"][0]["ended"];
    assert_eq!(ended["how"], "unreachable");
    assert!(
        ended["reason"].as_str().unwrap().contains("cannot connect"),
        "{ended}"
    );
    for form in ["html", "junit", "sarif", "markdown"] {
        assert!(
            fs::read_to_string(file("nowhere", form))
                .unwrap()
                .contains("could not be reached"),
            "{form}"
        );
    }

    // A host that does not exist, and a server that does.
    let echo = Echo::with(&["--fault", "mask-ignored"]);
    let lost = dir.join("lost.json");
    let (code, said) = run(&[
        &["ws://no-such-host.invalid/", echo.url()],
        &FEW[..],
        &["--json", text(&lost)],
    ]
    .concat());
    assert_eq!(code, Some(3), "{said}");
    assert!(
        said.contains("cannot resolve no-such-host.invalid"),
        "{said}"
    );
    let targets = &read(&lost)["targets"];
    assert_eq!(
        (&targets[0]["ended"]["how"], &targets[1]["ended"]["how"]),
        (&"unreachable".into(), &"complete".into())
    );

    let echo = Echo::with(&["--fault", "dies"]);
    let died = dir.join("died.json");
    assert_eq!(
        run(&[&[echo.url()], &FEW[..], &["--json", text(&died)]].concat()).0,
        Some(3)
    );
    assert_eq!(read(&died)["targets"][0]["ended"]["how"], "died");

    let whole = dir.join("whole.json");
    assert_eq!(
        run(&[&FEW[..], &["--json", text(&whole)]].concat()).0,
        Some(0)
    );
    assert_eq!(read(&whole)["targets"][0]["ended"]["how"], "complete");
    let merged = dir.join("merged.json");
    let known = dir.join("known.json");
    for lost in [&nowhere, &died] {
        for args in [
            &["report", text(lost)][..],
            &["report", text(lost), "--fail-on", "never"],
            &["merge", text(lost), text(&whole), "--json", text(&merged)],
            &["report", text(&merged)],
            &["diff", text(&whole), text(lost)],
            &["baseline", "update", text(lost), "--baseline", text(&known)],
        ] {
            let (code, said) = run(args);
            assert_eq!(code, Some(3), "{args:?}: {said}");
            assert!(
                said.contains("could not be reached") || said.contains("died"),
                "{args:?}: {said}"
            );
        }
    }
    // Version 0.1.0 did not store how a target ended.
    let mut before = read(&whole);
    before["targets"][0]
        .as_object_mut()
        .unwrap()
        .remove("ended");
    fs::write(&whole, before.to_string()).unwrap();
    assert_eq!(run(&["report", text(&whole)]).0, Some(0));
}

#[test]
fn stored_reports_are_as_strict_as_asked_for() {
    let dir = scratch("strict");
    let echo = Echo::with(&["--fault", "mask-ignored"]);
    let (stored, merged) = (dir.join("run.json"), dir.join("merged.json"));
    let few = ["--filter", "frame.mask.wrong-text-*"];
    let (code, said) = run(&[
        &[echo.url()],
        &few[..],
        &["--fail-on", "never", "--json", text(&stored)],
    ]
    .concat());
    assert_eq!(code, Some(0), "{said}");
    let mut report = read(&stored);
    let with = |fail_on: &str| {
        let codes = [
            &["report", text(&stored)][..],
            &["merge", text(&stored), "--json", text(&merged)],
        ]
        .map(|command| run(&[command, &["--fail-on", fail_on]].concat()).0);
        assert_eq!(codes[0], codes[1]);
        codes[0]
    };
    assert_eq!(
        (with("fail"), with("non-strict"), with("never")),
        (Some(1), Some(1), Some(0))
    );
    for case in report["targets"][0]["cases"].as_array_mut().unwrap() {
        case["verdict"] = "non-strict".into();
    }
    fs::write(&stored, report.to_string()).unwrap();
    assert_eq!(
        (with("fail"), with("non-strict"), with("never")),
        (Some(0), Some(1), Some(0))
    );
}

#[test]
fn a_baseline_turns_a_failing_run_green_and_an_unexpected_pass_red() {
    let dir = scratch("baseline");
    let stored = dir.join("run.json");
    run(&["--filter", "close.code.*", "--json", text(&stored)]);
    let mut report = read(&stored);
    let case = &mut report["targets"][0]["cases"][0];
    case["verdict"] = "fail".into();
    let id = case["id"].as_str().unwrap().to_owned();
    fs::write(&stored, report.to_string()).unwrap();
    assert_eq!(run(&["report", text(&stored)]).0, Some(1));

    let known = dir.join("known.json");
    let (code, said) = run(&[
        "baseline",
        "update",
        text(&stored),
        "--baseline",
        text(&known),
        "--reason",
        "issue 7",
    ]);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.ends_with("1 known, 1 added, 0 removed\n"), "{said}");
    assert_eq!(read(&known)["known"][0]["case"], id.as_str());
    let (code, said) = run(&["report", text(&stored), "--baseline", text(&known)]);
    assert_eq!(code, Some(0), "{said}");

    let (code, said) = run(&["--filter", "close.code.*", "--baseline", text(&known)]);
    assert_eq!(code, Some(1), "{said}");
    assert!(
        said.contains(&format!("{id} passes now (known: issue 7)")),
        "{said}"
    );
    fs::write(&known, r#"{"known": [{"case": "no.such", "reason": "r"}]}"#).unwrap();
    let (code, said) = run(&["--filter", "close.code.*", "--baseline", text(&known)]);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("no.such matches no case"), "{said}");
    // Cases that fail may be among those left out.
    fs::write(&known, r#"{"known": [{"case": "close.*", "reason": "r"}]}"#).unwrap();
    let (code, said) = run(&["--filter", "close.code.*", "--baseline", text(&known)]);
    assert_eq!(code, Some(0), "{said}");
}
