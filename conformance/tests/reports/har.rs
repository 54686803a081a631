//! HAR files are judged as far as they show anything.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use super::common::{read, run, scratch, text};

const ACCEPT: &str = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

fn headers(fields: &[(&str, &str)]) -> Value {
    let fields = fields.iter();
    fields
        .map(|(name, value)| json!({"name": name, "value": value}))
        .collect()
}

/// A file with one WebSocket: what the server answered, and the opcode of what it sent.
fn har(file: &Path, accept: &str, opcode: i64) {
    let request = headers(&[
        ("Host", "a"),
        ("Upgrade", "websocket"),
        ("Connection", "Upgrade"),
        ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
        ("Sec-WebSocket-Version", "13"),
    ]);
    let answer = headers(&[
        ("upgrade", "websocket"),
        ("connection", "Upgrade"),
        ("sec-websocket-accept", accept),
    ]);
    let har = json!({"log": {"version": "1.2", "entries": [
        {"request": {"method": "GET", "url": "http://a/", "headers": []}, "response": {"status": 200}},
        {
            "_resourceType": "websocket",
            "request": {"method": "GET", "url": "ws://a/chat?x=1", "headers": request},
            "response": {"status": 101, "headers": answer},
            "_webSocketMessages": [
                {"type": "send", "time": 1.5, "opcode": 1, "data": "hello"},
                {"type": "receive", "time": 1.6, "opcode": opcode, "data": "AAEC"},
            ],
        },
    ]}});
    fs::write(file, har.to_string()).unwrap();
}

/// The rows of a target with a verdict.
fn rows<'a>(report: &'a Value, target: usize, verdict: &str) -> Vec<&'a str> {
    let cases = report["targets"][target]["cases"].as_array().unwrap();
    let rows = cases.iter().filter(|case| case["verdict"] == verdict);
    rows.map(|case| case["id"].as_str().unwrap()).collect()
}

#[test]
fn an_opening_and_opcodes_are_judged_and_frames_have_no_row() {
    let dir = scratch("judge-har");
    let (file, out) = (dir.join("traffic.har"), dir.join("out.json"));
    har(&file, ACCEPT, 2);
    let (code, output) = run(&["judge", text(&file), "--json", text(&out)]);
    assert_eq!(code, Some(0), "{output}");
    let clean = read(&out);
    assert_eq!(rows(&clean, 1, "skipped"), ["unjudged.no-frames"]);
    let passed = rows(&clean, 1, "pass");
    assert!(
        passed.contains(&"passive.accept-wrong") && passed.contains(&"passive.opcode-reserved")
    );
    for id in ["passive.mask-unexpected", "passive.text-not-utf8"] {
        assert!(!passed.contains(&id), "{id}");
    }

    har(&file, "AAAAAAAAAAAAAAAAAAAAAAAAAAA=", 3);
    let (code, output) = run(&["judge", text(&file), "--json", text(&out)]);
    assert_eq!(code, Some(1), "{output}");
    let broken = read(&out);
    let failed = rows(&broken, 1, "fail");
    assert_eq!(failed, ["passive.accept-wrong", "passive.opcode-reserved"]);
    assert_eq!(rows(&broken, 0, "fail"), [""; 0]);
}

#[test]
fn what_a_browser_left_out_is_no_violation() {
    let dir = scratch("judge-har-cut");
    let file = dir.join("traffic.har");
    har(&file, ACCEPT, 1);
    let whole = fs::read_to_string(&file).unwrap();
    for left_out in ["Sec-WebSocket-Version", "sec-websocket-accept"] {
        fs::write(&file, whole.replace(left_out, "x")).unwrap();
        let (code, output) = run(&["judge", text(&file)]);
        assert_eq!(code, Some(2), "{output}");
    }
}

#[test]
fn reports_on_traffic_and_gateways_say_what_to_do_instead() {
    let dir = scratch("judge-traffic");
    let (file, out) = (dir.join("traffic.har"), dir.join("out.json"));
    har(&file, ACCEPT, 1);
    run(&["judge", text(&file), "--json", text(&out)]);
    let (code, output) = run(&["judge", text(&out)]);
    assert_eq!(code, Some(2), "{output}");
    assert!(output.contains("`wsspec proxy` again"), "{output}");
    let mut of_gateway = read(&out);
    for target in of_gateway["targets"].as_array_mut().unwrap() {
        for row in target["cases"].as_array_mut().unwrap() {
            if row["family"] == "traffic" {
                row["id"] = "through.frame.unmasked".into();
                row["family"] = "through.frame".into();
            }
        }
    }
    fs::write(&out, of_gateway.to_string()).unwrap();
    let (code, output) = run(&["judge", text(&out)]);
    assert_eq!(code, Some(2), "{output}");
    assert!(output.contains("`wsspec through` again"), "{output}");
}
