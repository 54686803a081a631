//! Stored conversations are judged again: with the same verdicts, and with others where the bytes
//! are others.

use std::fs;

use serde_json::{Value, json};

use super::common::{Echo, FEW, read, run, scratch, text};

/// Id and verdict of each result of the first target.
fn verdicts(report: &Value) -> Vec<(String, String)> {
    let cases = report["targets"][0]["cases"].as_array().unwrap();
    cases
        .iter()
        .map(|case| {
            (
                case["id"].as_str().unwrap().to_owned(),
                case["verdict"].as_str().unwrap().to_owned(),
            )
        })
        .collect()
}

/// A whole run against a server that fails some cases of each family, every conversation on disk.
#[test]
fn a_stored_run_has_the_same_verdicts() {
    let dir = scratch("judge-all");
    let (stored, judged) = (dir.join("stored.json"), dir.join("judged.json"));
    for fault in ["utf8-ignored", "deflate-window-exceeded"] {
        let echo = Echo::with(&["--fault", fault]);
        let (code, output) = run(&[
            echo.url(),
            "--json",
            text(&stored),
            "--transcripts",
            "all",
            "-q",
        ]);
        assert_eq!(code, Some(1), "{output}");
        drop(echo);
        let (code, output) = run(&["judge", text(&stored), "--json", text(&judged)]);
        assert_eq!(code, Some(1), "the verdicts are what they were: {output}");
        let (before, now) = (read(&stored), read(&judged));
        assert_eq!(verdicts(&before), verdicts(&now), "{fault}: {output}");
        assert!(output.contains(", 0 with another verdict"), "{output}");
        // All but a few large ones, whose transcripts are cut.
        let cases = before["targets"][0]["cases"].as_array().unwrap();
        let whole = cases.iter().filter(|case| !case["transcript"].is_null());
        assert!(whole.count() > 2000, "{output}");
        assert!(!dir.join("stored.json.transcripts").exists());
    }
}

/// A plain report has the conversations of what did not pass.
#[test]
fn a_plain_report_is_judged_as_far_as_it_has_transcripts() {
    let dir = scratch("judge-plain");
    let stored = dir.join("stored.json");
    let echo = Echo::with(&["--fault", "mask-ignored"]);
    let (code, output) = run(&[&[echo.url(), "--json", text(&stored), "-q"], &FEW[..]].concat());
    assert_eq!(code, Some(1), "{output}");
    let (code, output) = run(&["judge", text(&stored)]);
    assert_eq!(code, Some(1), "{output}");
    let none = "without a transcript (passes have one with --transcripts all): close.code.";
    assert!(output.contains(none), "{output}");
    assert!(output.contains("0 with another verdict"), "{output}");
}

/// Lines of JSON have every conversation as well, each when its case ends.
#[test]
fn lines_have_all_transcripts() {
    let dir = scratch("judge-lines");
    let lines = dir.join("lines.jsonl");
    let (code, output) = run(&[
        "--jsonl",
        text(&lines),
        "--transcripts",
        "all",
        "-q",
        "--filter",
        "close.code.*",
    ]);
    assert_eq!(code, Some(0), "{output}");
    for line in fs::read_to_string(&lines).unwrap().lines() {
        let case: Value = serde_json::from_str(line).unwrap();
        assert!(
            case["passive"] == true || case["transcript"]["entries"].is_array(),
            "{line}"
        );
    }
}

/// What the target sent decides, and not what was decided then.
#[test]
fn other_bytes_have_another_verdict() {
    let dir = scratch("judge-altered");
    let stored = dir.join("stored.json");
    let args = [
        "--transcripts",
        "all",
        "-q",
        "--filter",
        "message.text-1000",
    ];
    let (code, output) = run(&[&["--json", text(&stored)], &args[..]].concat());
    assert_eq!(code, Some(0), "{output}");
    let mut report = read(&stored);
    let entries = report["targets"][0]["cases"][0]["transcript"]["entries"].as_array_mut();
    let echo = entries.unwrap().iter_mut().rfind(|entry| {
        let data = entry["data"].as_str().unwrap_or_default();
        entry["who"] == "target" && data.starts_with("81")
    });
    let echo = &mut echo.unwrap()["data"];
    let bytes = echo.as_str().unwrap();
    *echo = format!("{}21", &bytes[..bytes.len() - 2]).into();
    fs::write(&stored, report.to_string()).unwrap();
    let (code, output) = run(&["judge", text(&stored)]);
    assert_eq!(code, Some(1), "{output}");
    assert!(
        output.contains("message.text-1000: pass → fail: the echo has the right length"),
        "{output}"
    );
}

/// Two conversations with a server at once: both are judged, logged apart, and judged again.
#[test]
fn a_case_may_have_several_conversations() {
    let dir = scratch("judge-several");
    let (vectors, stored) = (dir.join("mine.json"), dir.join("stored.json"));
    let case = |id: &str, second: &str| {
        json!({
            "id": id,
            "about": "A server serves a second connection beside the first.",
            "requirements": ["RFC6455-5.6-2"],
            "steps": [
                {"send": {"text": "one"}},
                {"on": 2, "open": {}},
                {"on": 2, "expect": "opened"},
                {"on": 2, "send": {"text": "two"}},
                {"on": 2, "expect": {"text": second}},
                {"expect": "echo"},
                {"send": {"text": "three"}},
                {"expect": "echo"},
            ],
        })
    };
    let file = json!({
        "family": "mine",
        "kind": "exchange",
        "about": "Cases with two conversations.",
        "impact": "interop",
        "cases": [case("right", "two"), case("wrong", "other")],
    });
    fs::write(&vectors, file.to_string()).unwrap();
    let (code, output) = run(&[
        "--vectors",
        text(&vectors),
        "--json",
        text(&stored),
        "--transcripts",
        "all",
        "-v",
    ]);
    assert_eq!(code, Some(1), "{output}");
    assert!(output.contains("[2] text \"two\" (3 bytes)"), "{output}");
    let of_cases = |verdicts: Vec<(String, String)>| -> Vec<(String, String)> {
        let mut cases = verdicts;
        cases.retain(|(id, _)| id.starts_with("mine."));
        cases
    };
    let found = of_cases(verdicts(&read(&stored)));
    let expected = [("mine.right", "pass"), ("mine.wrong", "fail")];
    assert_eq!(
        found,
        expected.map(|(id, verdict)| (id.to_owned(), verdict.to_owned()))
    );
    let (_, output) = run(&["judge", text(&stored), "--vectors", text(&vectors)]);
    assert!(output.contains("0 with another verdict"), "{output}");
}
