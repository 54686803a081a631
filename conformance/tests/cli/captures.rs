//! `--pcap`: a capture of each conversation that is kept.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value;

use super::common::scratch;
use super::echo::Echo;
use super::rows::text;
use super::run;

fn files(folder: &Path) -> BTreeSet<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.collect()
}

#[test]
fn each_conversation_that_is_kept_has_a_capture() {
    let dir = scratch("pcap");
    let [json, live, stored] = ["report.json", "live", "stored"].map(|name| dir.join(name));
    let echo = Echo::with(&["--fault", "rsv2-set"]);
    let (json_arg, live_arg) = (
        format!("--json={}", json.display()),
        format!("--pcap={}", live.display()),
    );
    let select = ["--filter", "control.ping-*", "--filter", "frame.mask"];
    let (code, stdout, _) = run(&[&[echo.url(), &json_arg, &live_arg], &select[..]].concat());
    assert_eq!(code, Some(1), "{stdout}");

    // Cases, and passive rules.
    let report: Value = serde_json::from_slice(&std::fs::read(&json).unwrap()).unwrap();
    let rows = report["targets"][0]["cases"].as_array().unwrap().iter();
    let kept = rows.filter(|row| row["transcript"].is_object());
    let expected: BTreeSet<String> = kept
        .map(|row| format!("{}.pcap", text(row, "id")))
        .collect();
    assert!(expected.contains("passive.rsv-set.pcap"), "{expected:?}");
    assert_eq!(files(&live), expected);

    let report = json.to_str().unwrap();
    let (_, _, stderr) = run(&["report", report, "--pcap", stored.to_str().unwrap()]);
    assert_eq!(files(&stored), expected, "{stderr}");

    let capture = stored.join("passive.rsv-set.pcap");
    let (code, stdout, stderr) = run(&["decode", capture.to_str().unwrap()]);
    assert_eq!(code, Some(0), "{stderr}");
    assert!(stdout.contains("(RFC 6455 §5.2), byte "), "{stdout}");
}

#[test]
fn an_id_of_a_stored_report_does_not_lead_out_of_the_folder() {
    let dir = scratch("pcap-outside");
    let json = dir.join("report.json");
    let echo = Echo::with(&["--fault", "mask-ignored"]);
    let json_arg = format!("--json={}", json.display());
    run(&[
        echo.url(),
        &json_arg,
        "--filter",
        "frame.mask.wrong-text-empty",
    ]);
    let report = std::fs::read_to_string(&json).unwrap();
    let inside = dir.join("a").join("b");
    std::fs::write(
        &json,
        report.replace("frame.mask.wrong-text-empty", "../../out"),
    )
    .unwrap();
    let (_, _, stderr) = run(&[
        "report",
        json.to_str().unwrap(),
        "--pcap",
        inside.to_str().unwrap(),
    ]);
    assert_eq!(
        files(&inside),
        BTreeSet::from([".._.._out.pcap".to_owned()]),
        "{stderr}"
    );
}
