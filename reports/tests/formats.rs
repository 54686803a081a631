//! Every form of a report, read back by others' readers, with a peer that says the worst it can.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use wsspec_reports::baseline::{Baseline, Scope};
use wsspec_reports::diff::{Direction, diff, text};
use wsspec_reports::merge::{MergeError, merge};
use wsspec_reports::{Ending, Format, Probe, Report};

const EVIL: &str =
    "</script><script>alert(1)</script> ]]> & \"'` | \u{0}\u{1}\u{1b}[31m\u{202e}\nx";

fn case(id: &str, verdict: &str, reason: &str) -> Value {
    json!({
        "id": id, "about": "What a right one does.", "autobahn": [], "requirements": ["RFC6455-5.1-1"], "impact": "security",
        "verdict": verdict, "reason": reason, "duration_ms": 1.5,
    })
}

fn passive(count: usize, seen: &[&str]) -> Value {
    let mut row = case(
        "passive.rsv-set",
        if count > 0 { "fail" } else { "pass" },
        "",
    );
    row["count"] = count.into();
    row["seen_in_cases"] = json!(seen);
    row
}

fn report(cases: &[Value]) -> Report {
    let probe = json!({"peer": "echo", "pongs": true, "greeting": 0, "round_trip_us": 7, "server": EVIL, "extensions": null,
        "opens": true, "trouble": null});
    let mut report: Report = serde_json::from_value(json!({
        "tool": "wsspec", "version": "1.2.3", "vectors_digest": "aa", "started": "2026-01-02T03:04:05Z", "duration_ms": 1500,
        "seed": 0, "complete": true,
        "targets": [{"name": "mine", "url": "ws://127.0.0.1:1/", "again": "wsspec ws://127.0.0.1:1/ --filter '{case}' -v", "probe": probe, "cases": cases, "summary": {
            "pass": 0, "non-strict": 0, "informational": 0, "fail": 0, "skipped": 0, "flaky": 0, "error": 0}}],
        "requirements": {"RFC6455-5.1-1":
            {"clause": "RFC 6455 §5.1", "level": "MUST", "text": "A client masks all frames.", "party": "client"}},
    }))
    .unwrap();
    for target in &mut report.targets {
        target.summary = wsspec_reports::Summary::of(&target.cases);
    }
    report
}

/// One of each verdict; the failure is told with everything the peer said.
fn each() -> Report {
    let mut failed = case("frame.mask.failed", "fail", EVIL);
    failed["received"] = EVIL.into();
    failed["close"] = json!({"code": 1000, "reason": EVIL, "clean": true});
    let said = wsspec_core::dissect::hex_digits(EVIL.as_bytes());
    failed["transcript"] = json!({"target_role": "server", "entries": [
        {"at_us": 3, "who": "target", "what": "bytes", "data": format!("81{:02x}{said}", EVIL.len())},
        {"at_us": 9, "who": "target", "what": "rst"},
    ]});
    let others = [
        "pass",
        "non-strict",
        "informational",
        "skipped",
        "flaky",
        "error",
    ];
    let others = others.map(|verdict| case(&format!("frame.mask.{verdict}"), verdict, "because"));
    report(&[&[failed], &others[..]].concat())
}

fn written(format: Format, report: &Report) -> String {
    let mut out = Vec::new();
    format.write(report, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn junit_has_failures_as_failures_and_errors_as_errors() {
    let mut report = each();
    let known = r#"{"known": [{"case": "frame.mask.flaky", "reason": "issue 7"}, {"case": "frame.mask.pass", "reason": "old"}]}"#;
    Baseline::parse(known)
        .unwrap()
        .apply(
            &mut report.targets[0],
            Scope {
                whole: true,
                every_id: None,
            },
        )
        .unwrap();
    let xml = written(Format::Junit, &report);
    // The schema of Jenkins knows `skipped` of a suite alone.
    let head = |name: &str| xml.split_once(name).unwrap().1.split_once('>').unwrap().0;
    assert!(
        !head("<testsuites ").contains("skipped") && head("<testsuite ").contains("skipped=\"2\""),
        "{xml}"
    );
    let junit = quick_junit::Report::deserialize_from_str(&xml).unwrap();
    // The entry that holds no more is a failure of its own.
    assert_eq!((junit.tests, junit.failures, junit.errors), (8, 2, 1));
    let cases = &junit.test_suites[0].test_cases;
    let of = |name: &str| {
        cases
            .iter()
            .find(|case| case.name.as_str() == name)
            .unwrap()
    };
    assert!(matches!(
        of("frame.mask.flaky").status,
        quick_junit::TestCaseStatus::Skipped { .. }
    ));
    assert!(matches!(
        of("frame.mask.skipped").status,
        quick_junit::TestCaseStatus::Skipped { .. }
    ));
    let quick_junit::TestCaseStatus::NonSuccess {
        message,
        description,
        ..
    } = &of("frame.mask.failed").status
    else {
        panic!("no failure");
    };
    assert!(message.as_deref().unwrap().contains("alert(1)"));
    let told = description.as_deref().unwrap();
    for part in [
        "RFC 6455 §5.1 MUST",
        "wsspec ws://127.0.0.1:1/ --filter 'frame.mask.failed' -v",
        "(reset of TCP)",
    ] {
        assert!(told.contains(part), "{told}");
    }
}

#[test]
fn sarif_is_read_by_its_types_and_names_rules() {
    let mut report = each();
    let known = r#"{"known": [{"case": "frame.mask.failed", "reason": "issue 7"}]}"#;
    Baseline::parse(known)
        .unwrap()
        .apply(
            &mut report.targets[0],
            Scope {
                whole: true,
                every_id: None,
            },
        )
        .unwrap();
    let sarif: serde_sarif::sarif::Sarif =
        serde_json::from_str(&written(Format::Sarif, &report)).unwrap();
    let run = &sarif.runs[0];
    let rules = run.tool.driver.rules.as_ref().unwrap();
    assert_eq!(rules[0].id, "RFC6455-5.1-1");
    assert_eq!(
        rules[0].help_uri.as_deref(),
        Some("https://www.rfc-editor.org/rfc/rfc6455#section-5.1")
    );
    assert_eq!(rules[0].name.as_deref(), Some("AClientMasksAllFrames"));
    let help = rules[0].help.as_ref().unwrap();
    let link = "https://www.rfc-editor.org/rfc/rfc6455#section-5.1";
    assert_eq!(
        help.text,
        format!("RFC 6455 §5.1 <{link}> MUST: A client masks all frames.")
    );
    let markdown = format!("[RFC 6455 §5.1]({link}) **MUST**: A client masks all frames.");
    assert_eq!(help.markdown.as_deref(), Some(markdown.as_str()));
    let results = run.results.as_ref().unwrap();
    let levels: Vec<Value> = results
        .iter()
        .map(|r| serde_json::to_value(r.level).unwrap())
        .collect();
    assert_eq!(levels, ["error", "warning", "note", "warning"]);
    assert_eq!(
        results[0].suppressions.as_ref().unwrap()[0]
            .justification
            .as_deref(),
        Some("issue 7")
    );
}

#[test]
fn a_rule_is_as_grave_as_the_gravest_of_its_results() {
    let mut cases = ["frame.a", "frame.b", "frame.c"].map(|id| case(id, "fail", "because"));
    cases[0]["impact"] = "pedantic".into();
    cases[2]["requirements"] = json!(["OWN-1"]);
    cases[2]["impact"] = "interop".into();
    let sarif: Value = serde_json::from_str(&written(Format::Sarif, &report(&cases))).unwrap();
    let rules = sarif["runs"][0]["tool"]["driver"]["rules"]
        .as_array()
        .unwrap();
    let properties: Vec<&Value> = rules.iter().map(|rule| &rule["properties"]).collect();
    assert_eq!(
        properties[0],
        &json!({"security-severity": "8.0", "tags": ["security"]})
    );
    assert_eq!(
        properties[1],
        &json!({"security-severity": "4.0", "tags": ["interop"]})
    );
    assert!(
        rules.iter().all(|rule| rule["help"]["text"].is_string()),
        "{rules:?}"
    );
    assert_eq!(
        sarif["runs"][0]["results"][0]["properties"]["security-severity"],
        Value::Null
    );
}

#[test]
fn nothing_a_peer_says_gets_out_of_the_page() {
    let page = written(Format::Html, &each());
    assert!(
        !page.contains("alert(1)") || page.contains("\\u003cscript>alert(1)"),
        "raw markup of the peer"
    );
    assert!(!page.contains("<script>alert"));
    // Ours: the index, the details, the code.
    assert_eq!(page.matches("<script").count(), 3);
    let policy = page
        .split("Content-Security-Policy\" content=\"")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap();
    assert!(
        policy.starts_with("default-src 'none'; script-src 'sha256-") && !policy.contains("unsafe"),
        "{policy}"
    );
    assert!(
        !page.contains("http://") && !page.contains("src=\"http"),
        "nothing is loaded"
    );
}

#[test]
fn markdown_keeps_its_table() {
    let page = written(Format::Markdown, &each());
    assert!(!page.contains("<script>"), "{page}");
    let row = page
        .lines()
        .find(|line| line.contains("frame.mask.failed"))
        .unwrap();
    assert_eq!(row.replace("\\|", "").matches('|').count(), 4, "{row}");
}

#[test]
fn a_badge_says_how_many_fail() {
    let badge: Value = serde_json::from_str(&written(Format::Badge, &each())).unwrap();
    assert_eq!(
        (&badge["schemaVersion"], &badge["message"]),
        (&json!(1), &json!("2 of 5 cases fail"))
    );
}

#[test]
fn every_form_says_that_a_run_did_not_come_to_its_end() {
    let mut report = each();
    report.targets[0].ended = Ending::Unreachable(EVIL.into());
    let told = |report: &Report| {
        let junit =
            quick_junit::Report::deserialize_from_str(&written(Format::Junit, report)).unwrap();
        let sarif: Value = serde_json::from_str(&written(Format::Sarif, report)).unwrap();
        let badge: Value = serde_json::from_str(&written(Format::Badge, report)).unwrap();
        let run = sarif["runs"][0]["invocations"][0].clone();
        let markdown = written(Format::Markdown, report).contains("**No whole result**");
        (
            junit.errors,
            run["executionSuccessful"].clone(),
            badge["message"].clone(),
            markdown,
        )
    };
    let whole = each();
    assert_eq!(
        told(&whole),
        (1, true.into(), "2 of 5 cases fail".into(), false)
    );
    assert_eq!(told(&report), (2, false.into(), "not reached".into(), true));
    assert!(written(Format::Html, &report).contains("could not be reached"));
    assert!(!written(Format::Markdown, &report).contains("<script"));
    report.targets[0].ended = Ending::Died("of a case".into());
    assert_eq!(
        told(&report),
        (2, false.into(), "the target died".into(), true)
    );
    report.targets[0].ended = Ending::Interrupted;
    assert_eq!(
        told(&report),
        (2, false.into(), "no whole result".into(), true)
    );
    // Of a version that did not say how a target ended.
    assert_eq!(
        told(&Report {
            complete: false,
            ..whole.clone()
        }),
        (2, false.into(), "no whole result".into(), true)
    );
    assert_eq!(
        told(&Report {
            targets: Vec::new(),
            ..whole
        }),
        (1, false.into(), "no whole result".into(), true)
    );
}

#[test]
fn a_baseline_excuses_and_is_kept_honest() {
    let cases = [
        case("a.b.1", "fail", ""),
        case("a.b.2", "pass", ""),
        case("a.c.1", "pass", ""),
        case("d.1", "skipped", ""),
    ];
    let held = |text: &str, scope: fn(&BTreeSet<String>) -> Scope<'_>, ended: Ending| {
        let mut report = report(&cases);
        report.targets[0].ended = ended;
        let ids = cases
            .iter()
            .map(|c| c["id"].as_str().unwrap().to_owned())
            .collect();
        Baseline::parse(text)
            .unwrap()
            .apply(&mut report.targets[0], scope(&ids))
            .unwrap();
        let excused = report.targets[0]
            .cases
            .iter()
            .filter(|c| c.known.is_some())
            .count();
        (excused, report.targets[0].broken_baseline.clone())
    };
    let known = |text: &str| {
        held(
            text,
            |ids| Scope {
                whole: true,
                every_id: Some(ids),
            },
            Ending::Complete,
        )
    };
    let entry = |case: &str| format!(r#"{{"known": [{{"case": "{case}", "reason": "r"}}]}}"#);
    assert_eq!(known(&entry("a.b.1")), (1, vec![]));
    assert_eq!(
        known(&entry("a.b.*")),
        (1, vec![]),
        "of a pattern, some may pass"
    );
    assert_eq!(
        known(&entry("d.1")),
        (0, vec![]),
        "what did not run says nothing"
    );
    assert_eq!(
        known(&entry("a.b.2")),
        (0, vec!["a.b.2 passes now (known: r)".to_owned()])
    );
    assert_eq!(
        known(&entry("a.c.*")),
        (
            0,
            vec!["a.c.* passes now, a.c.1 for one (known: r)".to_owned()]
        )
    );
    assert_eq!(
        known(&entry("x.*")),
        (0, vec!["x.* names no case (known: r)".to_owned()])
    );
    assert_eq!(
        known(r#"{"known": [{"case": "a.*", "reason": "r", "target": "other*"}]}"#),
        (0, vec![])
    );
    // A part says nothing of a pattern, nor a run without its end of anything.
    let part = |text: &str| {
        held(
            text,
            |_| Scope {
                whole: false,
                every_id: None,
            },
            Ending::Complete,
        )
    };
    assert_eq!(part(&entry("a.*.1")), (1, vec![]));
    assert_eq!(
        part(&entry("a.b.2")),
        (0, vec!["a.b.2 passes now (known: r)".to_owned()])
    );
    for silent in ["a.c.*", "x.*", "x"] {
        assert_eq!(part(&entry(silent)), (0, vec![]));
    }
    let died = |text: &str| {
        held(
            text,
            |ids| Scope {
                whole: true,
                every_id: Some(ids),
            },
            Ending::Died("it did".into()),
        )
    };
    assert_eq!(
        (died(&entry("a.b.1")), died(&entry("a.b.2"))),
        ((1, vec![]), (0, vec![]))
    );
    for bad in [
        r#"{"known": [{"case": "a", "reason": " "}]}"#,
        r#"{"known": [{"case": "a[", "reason": "r"}]}"#,
        "{}",
        "[",
    ] {
        assert!(Baseline::parse(bad).is_err(), "{bad}");
    }

    let old = r#"{"known": [{"case": "a.b.1", "reason": "mine"}, {"case": "a.b.2", "reason": "r"}, {"case": "d.1", "reason": "r"}]}"#;
    let both = report(&[&[case("a.b.0", "fail", "")], &cases[..]].concat());
    let (new, came, went) = Baseline::parse(old).unwrap().updated(&both, "new").unwrap();
    let listed: Vec<_> = new
        .known
        .iter()
        .map(|k| (k.case.as_str(), k.reason.as_str()))
        .collect();
    assert_eq!(
        (listed, came, went),
        (
            vec![("a.b.0", "new"), ("a.b.1", "mine"), ("d.1", "r")],
            1,
            1
        )
    );
    assert_eq!(Baseline::parse(&new.text()).unwrap(), new);
}

#[test]
fn a_diff_knows_better_from_worse() {
    let old = report(&[
        case("a", "pass", ""),
        case("b", "fail", ""),
        case("c", "pass", ""),
        case("d", "pass", ""),
    ]);
    let new = report(&[
        case("a", "fail", "why"),
        case("b", "pass", ""),
        case("d", "pass", ""),
        case("e", "fail", ""),
    ]);
    let changes = diff(&old, &new);
    let directions: Vec<_> = changes
        .iter()
        .map(|c| (c.case.as_str(), c.direction()))
        .collect();
    let wanted = [
        ("a", Direction::Worse),
        ("b", Direction::Better),
        ("c", Direction::Gone),
        ("e", Direction::NewAndWrong),
    ];
    assert_eq!(directions, wanted);
    let said = text(&changes);
    assert!(
        said.contains("a  pass -> fail: why")
            && said.ends_with("1 worse, 1 new, and not right, 1 better, 1 gone\n"),
        "{said}"
    );
    assert_eq!(text(&diff(&old, &old)), "no verdict changed\n");
}

#[test]
fn shards_make_the_whole_and_conflicts_are_refused() {
    let a = report(&[case("b", "pass", ""), passive(2, &["b", "x"])]);
    let b = report(&[case("a", "pass", ""), passive(1, &["a"])]);
    let whole = merge(vec![a.clone(), b.clone()]).unwrap();
    assert_eq!(whole, merge(vec![b.clone(), a.clone()]).unwrap());
    assert_eq!(
        whole,
        report(&[
            case("a", "pass", ""),
            case("b", "pass", ""),
            passive(3, &["a", "b", "x"])
        ])
    );

    assert_eq!(merge(vec![]), Err(MergeError::Nothing));
    let again = report(&[case("b", "fail", "")]);
    assert!(
        matches!(merge(vec![a.clone(), again]), Err(MergeError::Case { case, .. }) if case == "b")
    );
    assert!(matches!(
        merge(vec![
            a.clone(),
            Report {
                seed: 1,
                ..b.clone()
            }
        ]),
        Err(MergeError::Differ("seed", ..))
    ));
    let mut other = b.clone();
    other.targets[0].probe.pongs = false;
    assert!(matches!(
        merge(vec![a.clone(), other]),
        Err(MergeError::Probe(_))
    ));
    // A part that never reached the target found nothing of it, and the whole says so.
    let mut lost = report(&[]);
    (lost.targets[0].probe, lost.targets[0].ended) =
        (Probe::default(), Ending::Unreachable("refused".into()));
    let whole = merge(vec![a.clone(), lost.clone()]).unwrap();
    assert_eq!(whole, merge(vec![lost, a.clone()]).unwrap());
    assert_eq!(
        whole.targets[0].ended,
        Ending::Unreachable("refused".into())
    );
    assert_eq!(whole.targets[0].probe, a.targets[0].probe);
    let mut elsewhere = b;
    "ws://127.0.0.1:2/".clone_into(&mut elsewhere.targets[0].url);
    assert_eq!(merge(vec![a, elsewhere]).unwrap().targets.len(), 2);
}
