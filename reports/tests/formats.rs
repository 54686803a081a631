//! Every format of a report, read back by the parsers of others.

mod common;
#[path = "../../conformance/tests/common/schema.rs"]
mod schema;

use common::{EVIL, case, each, failing, report, written};
use schema::Schema;
use serde_json::{Value, json};
use wsspec_reports::baseline::{Baseline, Scope};
use wsspec_reports::terminal::{self, DETAILS, Options};
use wsspec_reports::{CaseResult, Ending, Format, Report, Verdict};

fn mark_known(report: &mut Report, baseline: &str) {
    let scope = Scope {
        whole: true,
        every_id: None,
    };
    let baseline = Baseline::parse(baseline).unwrap();
    baseline.apply(&mut report.targets[0], scope).unwrap();
}

#[test]
fn junit_has_a_flaky_case_as_a_success_after_a_failure() {
    let xml = written(Format::Junit, &each());
    let junit = quick_junit::Report::deserialize_from_str(&xml).unwrap();
    let cases = &junit.test_suites[0].test_cases;
    let flaky = cases
        .iter()
        .find(|case| case.name.as_str() == "frame.mask.flaky");
    let quick_junit::TestCaseStatus::Success { flaky_runs } = &flaky.unwrap().status else {
        panic!("{xml}");
    };
    assert_eq!(flaky_runs.len(), 1);
}

#[test]
fn junit_has_failures_as_failures_and_errors_as_errors() {
    let mut report = each();
    let known = r#"{"known": [{"case": "frame.mask.flaky", "reason": "issue 7"}, {"case": "frame.mask.pass", "reason": "old"}]}"#;
    mark_known(&mut report, known);
    let xml = written(Format::Junit, &report);
    // Jenkins' schema allows `skipped` on suites only.
    let head = |name: &str| xml.split_once(name).unwrap().1.split_once('>').unwrap().0;
    assert!(
        !head("<testsuites ").contains("skipped") && head("<testsuite ").contains("skipped=\"2\""),
        "{xml}"
    );
    let junit = quick_junit::Report::deserialize_from_str(&xml).unwrap();
    // The entry that does not hold is a failure of its own.
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
        ty,
        description,
        ..
    } = &of("frame.mask.failed").status
    else {
        panic!("no failure");
    };
    assert!(message.as_deref().unwrap().contains("alert(1)"));
    assert_eq!(ty.as_deref(), Some("violation.mask-missing"));
    let description = description.as_deref().unwrap();
    for part in [
        "RFC 6455 §5.1 MUST",
        "wsspec ws://127.0.0.1:1/ --filter 'frame.mask.failed' -v",
        "(reset)",
    ] {
        assert!(description.contains(part), "{description}");
    }
}

#[test]
fn sarif_is_read_by_its_types_and_names_rules() {
    let mut report = each();
    let known = r#"{"known": [{"case": "frame.mask.failed", "reason": "issue 7"}]}"#;
    mark_known(&mut report, known);
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
    let sarif: Value = serde_json::from_str(&written(Format::Sarif, &report)).unwrap();
    let results = &sarif["runs"][0]["results"];
    assert_eq!(
        results[0]["properties"]["reasonKey"],
        "violation.mask-missing"
    );
    assert_eq!(results[1]["properties"]["reasonKey"], Value::Null);
}

#[test]
fn the_severity_of_a_rule_is_that_of_its_gravest_result() {
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
fn text_of_a_peer_is_no_markup_in_the_page() {
    let page = written(Format::Html, &each());
    assert!(
        !page.contains("alert(1)") || page.contains("\\u003cscript>alert(1)"),
        "raw markup of the peer"
    );
    assert!(!page.contains("<script>alert"));
    // Our own: the index, the details, the code.
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

/// What the page holds for its script.
fn index(page: &str) -> Value {
    let (_, rest) = page.split_once("id=\"index\">").unwrap();
    let (json, _) = rest.split_once("</script>").unwrap();
    serde_json::from_str(json).unwrap()
}

#[test]
fn the_page_can_be_read_without_its_script() {
    let page = written(Format::Html, &two_causes());
    let (_, rest) = page.split_once("<noscript>").unwrap();
    let (plain, rest) = rest.split_once("</noscript>").unwrap();
    let causes: Vec<&str> = plain.split("<li>").skip(1).collect();
    assert!(
        causes[0].contains("frame.mask.c") && causes[1].contains("frame.mask.a"),
        "{plain}"
    );
    let link = "<a href=\"https://www.rfc-editor.org/rfc/rfc6455#section-5.1\"";
    assert!(causes[0].contains(link), "{plain}");
    assert!(causes[0].contains("sent      a frame"), "{plain}");
    let (_, legend) = rest.split_once("id=\"legend\"").unwrap();
    for verdict in Verdict::ALL {
        let term = format!("{} {}</dt>", verdict.mark(), verdict.name());
        assert!(legend.contains(&term), "{term}");
    }
}

#[test]
fn the_page_knows_clauses_skip_reasons_and_commands() {
    let index = index(&written(Format::Html, &two_causes()));
    assert_eq!(
        index["requirements"]["RFC6455-5.1-1"][3],
        "https://www.rfc-editor.org/rfc/rfc6455#section-5.1"
    );
    let target = &index["targets"][0];
    let group = &target["skipped"][0];
    assert_eq!(
        (&group["needs"], &group["cases"]),
        (&json!("premise"), &json!([3]))
    );
    assert_eq!(
        target["causes"][0]["again"],
        "wsspec ws://127.0.0.1:1/ --filter 'frame.mask.c' -v"
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
    assert_eq!(row.replace("\\|", "").matches('|').count(), 5, "{row}");
}

#[test]
fn a_badge_has_the_number_of_failures() {
    let badge: Value = serde_json::from_str(&written(Format::Badge, &each())).unwrap();
    assert_eq!(
        (&badge["schemaVersion"], &badge["message"]),
        (&json!(1), &json!("1 of 4 cases fails"))
    );
}

#[test]
fn every_format_shows_that_a_run_did_not_come_to_its_end() {
    let mut report = each();
    report.targets[0].ended = Ending::Unreachable(EVIL.into());
    let shown = |report: &Report| {
        let junit =
            quick_junit::Report::deserialize_from_str(&written(Format::Junit, report)).unwrap();
        let sarif: Value = serde_json::from_str(&written(Format::Sarif, report)).unwrap();
        let badge: Value = serde_json::from_str(&written(Format::Badge, report)).unwrap();
        let run = sarif["runs"][0]["invocations"][0].clone();
        let markdown = written(Format::Markdown, report).contains("**Results are incomplete**");
        (
            junit.errors,
            run["executionSuccessful"].clone(),
            badge["message"].clone(),
            markdown,
        )
    };
    let whole = each();
    assert_eq!(
        shown(&whole),
        (1, true.into(), "1 of 4 cases fails".into(), false)
    );
    assert_eq!(
        shown(&report),
        (2, false.into(), "not reached".into(), true)
    );
    assert!(written(Format::Html, &report).contains("could not be reached"));
    assert!(!written(Format::Markdown, &report).contains("<script"));
    report.targets[0].ended = Ending::Died("of a case".into());
    assert_eq!(
        shown(&report),
        (2, false.into(), "the target died".into(), true)
    );
    report.targets[0].ended = Ending::Interrupted;
    assert_eq!(shown(&report), (2, false.into(), "incomplete".into(), true));
    // Version 0.1.0 did not store how a target ended.
    assert_eq!(
        shown(&Report {
            complete: false,
            ..whole.clone()
        }),
        (2, false.into(), "incomplete".into(), true)
    );
    assert_eq!(
        shown(&Report {
            targets: Vec::new(),
            ..whole
        }),
        (1, false.into(), "incomplete".into(), true)
    );
}

#[test]
fn a_passive_rule_is_known_by_its_properties_and_not_by_its_id() {
    let read = |case: Value| -> CaseResult { serde_json::from_value(case).unwrap() };
    let mut row = case("passive.mine", "fail", "because");
    assert!(!read(row.clone()).is_passive());
    row["passive"] = true.into();
    assert!(read(row).is_passive());
    assert!(
        read(common::passive(0, &[])).is_passive(),
        "as in version 0.1.0"
    );
}

#[test]
fn a_case_is_shown_in_its_family() {
    let mut row = case("frame.mask.wrong", "fail", "because");
    let read = |case: &Value| -> CaseResult { serde_json::from_value(case.clone()).unwrap() };
    assert_eq!(read(&row).family(), "frame", "as in version 0.1.0");
    row["family"] = "frame.mask".into();
    assert_eq!(read(&row).family(), "frame.mask");
}

/// A failure that says what broke, and what was sent.
fn broke(id: &str, broken: &str, cause: &str) -> Value {
    let mut row = failing(id, broken, cause);
    row["reason"] = "the reason".into();
    row["reason_key"] = "closing.still-open".into();
    row["sent"] = "a frame".into();
    row
}

/// Two failures that share a cause, the first of which is about another rule than it broke, one more
/// failure, which is about security, and a case that rests on the first.
fn two_causes() -> Report {
    let mut echo = broke("frame.mask.a", "RFC6455-6.1-2", "message.missing");
    echo["requirements"] = json!(["RFC6455-5.1-1", "RFC6455-6.1-2"]);
    let mut plain = broke("frame.mask.b", "RFC6455-6.1-2", "message.missing");
    plain["requirements"] = json!(["RFC6455-6.1-2"]);
    plain["impact"] = "data".into();
    let mut resting = case("frame.mask.d", "skipped", "a simpler case fails");
    resting["rests_on"] = "frame.mask.a".into();
    resting["reason_key"] = "needs.premise".into();
    let mut report = report(&[
        echo,
        plain,
        broke("frame.mask.c", "RFC6455-5.1-1", "accepts.mask-missing"),
        resting,
    ]);
    let clause = json!({"clause": "RFC 6455 §6.1", "level": "MUST", "text": "It sends the data.", "party": "both"});
    report.requirements.insert(
        "RFC6455-6.1-2".into(),
        serde_json::from_value(clause).unwrap(),
    );
    report
}

/// The report on the first target as it is shown on a terminal.
fn shown(report: &Report, verbose: bool) -> String {
    let options = Options {
        color: false,
        width: 100,
        whole_last_line: false,
        details: if verbose { usize::MAX } else { DETAILS },
        verbose,
    };
    terminal::render(report, &report.targets[0], &options)
}

#[test]
fn the_terminal_lists_causes_with_what_broke_and_shows_one_case_of_each() {
    let said = shown(&two_causes(), false);
    let list = said.split_once("What broke, worst first\n").unwrap().1;
    let (list, rest) = list.split_once("\n\n").unwrap();
    assert_eq!(
        list,
        "  \
  fail       security RFC 6455 §5.1 MUST: A client masks all frames. [RFC6455-5.1-1]
    the reason (frame.mask.c)
    sent      a frame
  fail       data     RFC 6455 §6.1 MUST: It sends the data. [RFC6455-6.1-2]
    the reason (2 cases, the smallest frame.mask.a; 1 more rests on it)
    sent      a frame"
    );
    assert_eq!(rest.matches("\nFAIL ").count() + 1, 2, "{said}");
    assert!(rest.contains("clause    RFC 6455 §6.1 MUST: It sends the data. [RFC6455-6.1-2]"));
    let last = "1 skipped, 3 fail; 2 causes in 3 failing cases; 3 of 4 cases judged\n";
    assert!(said.ends_with(last), "{said}");
    let whole = shown(&two_causes(), true);
    assert_eq!(whole.matches("FAIL ").count(), 3, "{whole}");
    assert!(
        whole.contains("skipped frame.mask.d: a simpler case fails (rests on frame.mask.a)"),
        "{whole}"
    );
}

#[test]
fn what_the_baseline_expects_is_no_cause_on_a_terminal() {
    let mut report = two_causes();
    mark_known(
        &mut report,
        r#"{"known": [{"cause": "message.*", "reason": "issue 7"}]}"#,
    );
    assert!(report.targets[0].broken_baseline.is_empty());
    let said = shown(&report, false);
    assert!(!said.contains("FAIL frame.mask.a"), "{said}");
    assert!(said.contains("; 1 cause in 1 failing case; "), "{said}");
}

#[test]
fn every_format_cites_what_broke() {
    let report = two_causes();
    let junit =
        quick_junit::Report::deserialize_from_str(&written(Format::Junit, &report)).unwrap();
    let suite = &junit.test_suites[0];
    let quick_junit::TestCaseStatus::NonSuccess { message, ty, .. } = &suite.test_cases[0].status
    else {
        panic!("no failure");
    };
    assert_eq!(ty.as_deref(), Some("message.missing"));
    assert_eq!(
        message.as_deref(),
        Some("RFC 6455 §6.1 MUST [RFC6455-6.1-2]: the reason")
    );
    let quick_junit::TestCaseStatus::Skipped { message, .. } = &suite.test_cases[3].status else {
        panic!("not skipped");
    };
    assert_eq!(
        message.as_deref(),
        Some("a simpler case fails (rests on frame.mask.a)")
    );
    let causes: Vec<&str> = suite.properties.iter().map(|p| p.value.as_str()).collect();
    assert_eq!(
        causes,
        [
            "fail RFC6455-5.1-1 accepts.mask-missing: the reason (frame.mask.c)",
            "fail RFC6455-6.1-2 message.missing: the reason (2 cases, the smallest frame.mask.a)",
        ]
    );

    let sarif: Value = serde_json::from_str(&written(Format::Sarif, &report)).unwrap();
    let run = &sarif["runs"][0];
    let rules: Vec<&Value> = (0..3).map(|i| &run["results"][i]["ruleId"]).collect();
    assert_eq!(rules, ["RFC6455-6.1-2", "RFC6455-6.1-2", "RFC6455-5.1-1"]);
    assert_eq!(
        run["results"][0]["properties"]["causeKey"],
        "message.missing"
    );

    let markdown = written(Format::Markdown, &report);
    let rows: Vec<&str> = markdown
        .lines()
        .filter(|line| line.starts_with("| fail |"))
        .collect();
    assert_eq!(
        rows,
        [
            "| fail | security | RFC 6455 §5.1 MUST: A client masks all frames.<br>the reason | `frame.mask.c` |",
            "| fail | data | RFC 6455 §6.1 MUST: It sends the data.<br>the reason | `frame.mask.a`<br>`frame.mask.b`<br>1 case not judged for it |",
        ]
    );
}

#[test]
fn a_json_report_has_its_causes() {
    let mut report = two_causes();
    report.find_causes();
    let stored: Value = serde_json::from_str(&written(Format::Json, &report)).unwrap();
    let causes = &stored["targets"][0]["causes"];
    assert_eq!(
        causes[1],
        json!({
            "requirement": "RFC6455-6.1-2", "clause": "RFC 6455 §6.1", "key": "message.missing",
            "verdict": "fail", "impact": "data", "reason": "the reason", "case": "frame.mask.a",
            "cases": ["frame.mask.a", "frame.mask.b"], "rows": 2, "rests": 1,
        })
    );
    assert_eq!(causes[0]["case"], "frame.mask.c");
    assert_eq!(
        Schema::new(&wsspec_reports::json::schema()).complaint(&stored),
        None
    );
}
