//! The sinks of a run: what is in a file, and when.

mod common;

use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use wsspec_reports::sink::{Finished, JsonLines, Needed, ReportFile, Sink, SinkError, Sinks};
use wsspec_reports::{CaseResult, Ending, Format, Report, TargetReport};

fn file(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name)
}

fn case(id: &str, verdict: &str) -> CaseResult {
    CaseResult {
        passive: id.starts_with("passive."),
        ..common::result(id, verdict)
    }
}

/// The report of a run before its first target, with more requirements than its cases cite.
fn head() -> Report {
    let mut head = common::report(&[]);
    let clause = head.requirements["RFC6455-5.1-1"].clone();
    head.requirements.insert("other".into(), clause);
    head.targets.clear();
    head
}

fn target(cases: &[CaseResult]) -> TargetReport {
    TargetReport {
        ended: Ending::Interrupted,
        cases: cases.to_vec(),
        ..common::target(&[])
    }
}

fn finish(sink: &mut impl Sink, case: &CaseResult) {
    let finished = Finished {
        run_as: &case.id,
        kept: case,
        whole: case,
    };
    sink.finished(&target(&[]), finished).unwrap();
}

fn read(path: &PathBuf) -> Value {
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

fn verdicts(report: &Value) -> Vec<(String, String)> {
    let cases = report["targets"][0]["cases"].as_array().unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    cases
        .iter()
        .map(|case| (text(&case["id"]), text(&case["verdict"])))
        .collect()
}

#[test]
fn a_json_report_is_whole_from_the_start_and_loses_no_result() {
    let path = file("live.json");
    let mut sink = ReportFile::create(Format::Json, &path, &head()).unwrap();
    let report = read(&path);
    assert_eq!(report["complete"], false);
    assert_eq!(report["targets"], json!([]));
    sink.started(&target(&[])).unwrap();
    sink.probed(&target(&[]), 2).unwrap();
    finish(&mut sink, &case("b.x", "fail"));
    finish(&mut sink, &case("a.x", "pass"));
    finish(&mut sink, &case("b.x", "pass"));
    // No further event: the results get there all the same.
    let began = Instant::now();
    while read(&path)["targets"][0]["cases"]
        .as_array()
        .map_or(0, Vec::len)
        < 2
    {
        assert!(began.elapsed() < Duration::from_secs(20));
        std::thread::sleep(Duration::from_millis(20));
    }
    let report = read(&path);
    let pass = |id: &str| (id.to_owned(), "pass".to_owned());
    assert_eq!(verdicts(&report), [pass("a.x"), pass("b.x")]);
    assert_eq!(report["targets"][0]["summary"]["pass"], 2);
    assert_eq!(report["requirements"].as_object().unwrap().len(), 1);
    // A run that fails half way writes what it has.
    finish(&mut sink, &case("c.x", "fail"));
    drop(sink);
    assert_eq!(verdicts(&read(&path)).len(), 3);
}

#[test]
fn a_client_that_asks_finds_its_report_and_the_end_replaces_it() {
    let path = file("asked.json");
    let mut sink = ReportFile::create(Format::Json, &path, &head()).unwrap();
    sink.started(&target(&[])).unwrap();
    finish(&mut sink, &case("a.x", "pass"));
    let known = [case("a.x", "pass"), case("passive.x", "fail")];
    sink.reported(&head(), &target(&known)).unwrap();
    assert_eq!(verdicts(&read(&path)).len(), 2);
    let whole = Report {
        targets: vec![target(&known[..1])],
        ..head()
    };
    sink.target_done(&whole, &whole.targets[0]).unwrap();
    sink.run_done(&whole).unwrap();
    assert_eq!(read(&path)["complete"], true);
    assert_eq!(verdicts(&read(&path)).len(), 1);
}

/// A target of this name with results, as it is when it is done.
fn named(name: &str, cases: &[CaseResult]) -> TargetReport {
    TargetReport {
        name: name.into(),
        url: format!("ws://{name}/"),
        ended: Ending::Complete,
        ..target(cases)
    }
}

#[test]
fn targets_that_are_done_stay_in_a_json_report_without_their_cases_in_memory() {
    let path = file("targets.json");
    let mut sink = ReportFile::create(Format::Json, &path, &head()).unwrap();
    let first = named("a", &[case("a.x", "pass"), case("passive.x", "fail")]);
    let second = named("b", &[case("a.x", "fail"), case("b.x", "pass")]);
    sink.started(&first.without_cases()).unwrap();
    sink.target_done(&head(), &first).unwrap();
    sink.started(&second.without_cases()).unwrap();
    let case = &second.cases[0];
    let finished = Finished {
        run_as: &case.id,
        kept: case,
        whole: case,
    };
    sink.finished(&second.without_cases(), finished).unwrap();
    sink.reported(&head(), &second).unwrap();
    let so_far = read(&path);
    let ids = |report: &Value| -> Vec<usize> {
        let targets = report["targets"].as_array().unwrap().iter();
        targets
            .map(|target| target["cases"].as_array().unwrap().len())
            .collect()
    };
    assert_eq!(
        (ids(&so_far), &so_far["complete"]),
        (vec![2, 2], &json!(false))
    );
    assert_eq!(so_far["requirements"].as_object().unwrap().len(), 1);
    sink.target_done(&head(), &second).unwrap();
    assert_eq!(sink.needs_at_the_end(), Needed::None);
    let whole = Report {
        targets: vec![first, second],
        ..head()
    };
    let light = Report {
        targets: whole
            .targets
            .iter()
            .map(TargetReport::without_cases)
            .collect(),
        ..head()
    };
    sink.run_done(&light).unwrap();
    let mut expected = Vec::new();
    Format::Json.write(&whole, &mut expected).unwrap();
    assert_eq!(fs::read_to_string(&path).unwrap().as_bytes(), expected);
    drop(sink);
    assert!(!file("targets.json.targets").exists());
}

#[test]
fn formats_that_are_made_at_the_end_ask_for_the_cases() {
    let asks = |format, name: &str| {
        let sink = ReportFile::create(format, &file(name), &head()).unwrap();
        sink.needs_at_the_end()
    };
    assert_eq!(asks(Format::Junit, "asks.xml"), Needed::All);
    assert_eq!(asks(Format::Badge, "asks.json"), Needed::None);
    let mut sinks = Sinks::default();
    sinks.push(ReportFile::create(Format::Badge, &file("all.json"), &head()).unwrap());
    assert_eq!(sinks.needs_at_the_end(), Needed::None);
    sinks.push(ReportFile::create(Format::Html, &file("all.html"), &head()).unwrap());
    assert_eq!(sinks.needs_at_the_end(), Needed::All);
}

#[test]
fn formats_that_ask_for_findings_are_the_same_without_passes() {
    let cases = [case("a", "pass"), case("b", "fail"), case("c", "skipped")];
    let findings = Needed::Findings.of(target(&cases));
    assert_eq!(findings.cases.len(), 2);
    let written = |format: Format, target: &TargetReport| {
        let report = Report {
            targets: vec![target.clone()],
            ..head()
        };
        let mut text = Vec::new();
        format.write(&report, &mut text).unwrap();
        String::from_utf8(text).unwrap()
    };
    for format in [Format::Markdown, Format::Sarif] {
        let sink = ReportFile::create(format, &file("findings"), &head()).unwrap();
        assert_eq!(sink.needs_at_the_end(), Needed::Findings);
        assert_eq!(written(format, &findings), written(format, &target(&cases)));
    }
}

#[test]
fn a_file_that_cannot_be_written_is_known_before_the_run() {
    let nowhere = file("no-such-folder").join("report.xml");
    let error = ReportFile::create(Format::Junit, &nowhere, &head())
        .err()
        .unwrap();
    assert!(error.to_string().starts_with("cannot write "), "{error}");
    let error = JsonLines::create(&nowhere).err().unwrap();
    assert!(error.to_string().contains("report.xml"), "{error}");
}

#[test]
fn results_are_lines_and_passive_rules_come_at_the_end() {
    let path = file("lines.jsonl");
    let mut sink = JsonLines::create(&path).unwrap();
    finish(&mut sink, &case("a.x", "pass"));
    let done = target(&[case("a.x", "pass"), case("passive.x", "fail")]);
    sink.target_done(&head(), &done).unwrap();
    let text = fs::read_to_string(&path).unwrap();
    let lines: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines.len(), 2);
    assert_eq!(
        (&lines[0]["target"], &lines[1]["id"]),
        (&json!("ws://127.0.0.1:1/"), &json!("passive.x"))
    );
}

#[test]
fn an_error_of_one_sink_keeps_no_event_from_the_others() {
    struct Broken;
    impl Sink for Broken {
        fn started(&mut self, _: &TargetReport) -> Result<(), SinkError> {
            Err(SinkError::new("x".as_ref(), std::io::Error::other("full")))
        }
    }
    struct Heard<'a>(&'a mut usize);
    impl Sink for Heard<'_> {
        fn started(&mut self, _: &TargetReport) -> Result<(), SinkError> {
            *self.0 += 1;
            Ok(())
        }
    }
    let mut heard = 0;
    let mut sinks = Sinks::default();
    sinks.push(Broken);
    sinks.push(Heard(&mut heard));
    let error = sinks.started(&target(&[])).unwrap_err();
    assert_eq!(error.to_string(), "cannot write x: full");
    drop(sinks);
    assert_eq!(heard, 1);
}
