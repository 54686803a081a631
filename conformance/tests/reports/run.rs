//! The files that a run writes.

use std::fs;
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::common::{Echo, FEW, read, run, scratch, text};

#[test]
fn a_run_and_its_stored_report_write_the_same_files() {
    let dir = scratch("forms");
    let forms = ["json", "html", "junit", "sarif", "markdown", "badge"];
    let files = |suffix: &str| -> Vec<String> {
        forms
            .iter()
            .flat_map(|form| {
                [
                    format!("--{form}"),
                    dir.join(format!("{form}{suffix}")).display().to_string(),
                ]
            })
            .collect()
    };
    let first = files("");
    let first: Vec<&str> = first.iter().map(String::as_str).collect();
    let (code, said) = run(&[&FEW[..], &first].concat());
    assert_eq!(code, Some(0), "{said}");
    let second = files(".again");
    let second: Vec<&str> = second.iter().map(String::as_str).collect();
    let (code, said) = run(&[&["report", text(&dir.join("json"))], &second[..]].concat());
    assert_eq!(code, Some(0), "{said}");
    for form in forms {
        let (one, two) = (
            fs::read(dir.join(form)).unwrap(),
            fs::read(dir.join(format!("{form}.again"))).unwrap(),
        );
        assert!(one == two, "{form}");
    }
}

#[test]
fn files_are_created_before_a_connection_is_made() {
    let dir = scratch("early");
    let html = dir.join("no-such-folder/x.html");
    let (code, said) = run(&["ws://127.0.0.1:1/", "--html", text(&html)]);
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("no-such-folder"), "{said}");
    let (code, said) = run(&["--json", "-", "--junit", "-"]);
    assert_eq!(
        (code, said.trim()),
        (Some(2), "wsspec: only one report can go to stdout")
    );
}

#[test]
fn a_killed_run_leaves_every_finished_case() {
    let dir = scratch("killed");
    let (json, lines) = (dir.join("run.json"), dir.join("run.jsonl"));
    let mut command = Command::new(env!("CARGO_BIN_EXE_wsspec"));
    let mut child = command
        .args(["--quiet", "--json", text(&json), "--jsonl", text(&lines)])
        .spawn()
        .unwrap();
    // Killed in the middle, once some results are written.
    let began = Instant::now();
    while fs::read_to_string(&lines).map_or(0, |said| said.lines().count()) < 100 {
        assert!(began.elapsed() < Duration::from_secs(60));
        std::thread::sleep(Duration::from_millis(5));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let report = read(&json);
    assert_eq!(report["complete"], false);
    let said = fs::read_to_string(&lines).unwrap();
    assert!(said.ends_with('\n'));
    let lines: Vec<Value> = said
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let finished = lines.len();
    let stored = report["targets"]
        .as_array()
        .unwrap()
        .first()
        .map_or(0, |t| t["cases"].as_array().unwrap().len());
    assert!(
        finished >= 100 && stored <= finished,
        "{finished} and {stored}"
    );
    let (code, said) = run(&["report", text(&json)]);
    assert!(stored == 0 || code == Some(130), "{said}");
}

#[test]
fn secrets_in_fields_and_queries_are_in_no_report() {
    let dir = scratch("secrets");
    let echo = Echo::with(&["--fault", "mask-ignored"]);
    let files: Vec<String> = [
        "json", "jsonl", "html", "junit", "sarif", "markdown", "autobahn",
    ]
    .map(|form| format!("--{form}={}", dir.join(form).display()))
    .into();
    let files: Vec<&str> = files.iter().map(String::as_str).collect();
    let fields = [
        "-H",
        "Authorization: Bearer s3cr3t-v4lue",
        "-H",
        "x-api-key: 7",
        "-H",
        "X-Open: shown",
    ];
    // Some stand for Autobahn cases, the others fail.
    let cases = [
        "--filter",
        "frame.mask.wrong-text-*",
        "--filter",
        "autobahn:1.1.1",
        "-v",
    ];
    let url = format!("{}?page=2&access_token=s3cr3t-t0ken", echo.url());
    let (code, said) = run(&[&[url.as_str()], &fields[..], &cases, &files].concat());
    assert_eq!(code, Some(1), "{said}");
    let hex = |text: &str| wsspec_core::dissect::hex_digits(text.as_bytes());
    let mut told = vec![said];
    let mut folders = vec![dir.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
            if entry.path().is_dir() {
                folders.push(entry.path());
            } else {
                told.push(fs::read_to_string(entry.path()).unwrap());
            }
        }
    }
    assert!(told.len() > 8, "{}", told.len());
    for text in &told {
        assert!(
            !text.contains("s3cr3t") && !text.to_lowercase().contains(&hex("s3cr3t")),
            "{text}"
        );
    }
    let report = read(&dir.join("json"));
    assert!(
        report["targets"][0]["url"]
            .as_str()
            .unwrap()
            .ends_with("/?page=2&access_token=…"),
        "{report}"
    );
    let again = report["targets"][0]["again"].as_str().unwrap();
    assert!(
        again.contains(r#"&access_token=${WSSPEC_ACCESS_TOKEN}" -H "Authorization: ${WSSPEC_AUTHORIZATION}" -H "x-api-key: ${WSSPEC_X_API_KEY}" -H 'X-Open: shown'"#),
        "{again}"
    );
    let cases = report["targets"][0]["cases"].as_array().unwrap();
    let failed = cases
        .iter()
        .find(|case| case["id"] == "frame.mask.wrong-text-empty")
        .unwrap();
    let request = failed["transcript"]["entries"][0]["data"].as_str().unwrap();
    for line in [
        "?page=2&access_token=************ HTTP/1.1\r\n",
        "Authorization: *******************\r\n",
        "x-api-key: *\r\n",
        "X-Open: shown\r\n",
    ] {
        assert!(request.contains(&hex(line)), "{line:?}");
    }
}

#[test]
fn a_run_also_writes_autobahns_reports() {
    let dir = scratch("autobahn");
    let folder = dir.join("servers");
    let (code, said) = run(&["--filter", "autobahn:1.*", "--autobahn", text(&folder)]);
    assert_eq!(code, Some(0), "{said}");
    let index = read(&folder.join("index.json"));
    let agent = index["embedded reference server"].as_object().unwrap();
    assert_eq!(agent.len(), 16);
    for (id, row) in agent {
        assert_eq!(
            (&row["behavior"], &row["behaviorClose"]),
            (&"OK".into(), &"OK".into()),
            "{id}"
        );
        let case = read(&folder.join(row["reportfile"].as_str().unwrap()));
        assert!(
            case["id"] == id.as_str() && case["wirelog"].as_array().unwrap().len() > 4,
            "{case}"
        );
    }
    let (code, said) = run(&["--filter", "handshake.*", "--autobahn", text(&folder)]);
    assert!(
        code == Some(2) && said.contains("list --autobahn"),
        "{said}"
    );
}
