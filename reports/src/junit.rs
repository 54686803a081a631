//! JUnit XML: one suite for each family of cases of each target.

use std::collections::BTreeMap;
use std::time::Duration;

use quick_junit::{
    NonSuccessKind, Property, Report as Junit, TestCase, TestCaseStatus, TestRerun, TestSuite,
};
use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, Writer};

use crate::text::key_and_reason;
use crate::{CaseResult, Cause, Report, TargetReport, Verdict, plain_text};

/// Most causes that are properties of a target.
const MOST_CAUSES: usize = 50;

/// The report as JUnit XML.
///
/// A known failure is `skipped`, with the reason. Non-strict and informational results pass, with
/// the finding as their output. A run that did not come to its end is an error. The `type` of a
/// failure is the key of its cause, its message begins with the requirement that was broken, and the
/// first suite of a target has a property `cause` for each of them.
pub(crate) fn junit(report: &Report) -> String {
    let mut junit = Junit::new(&report.tool);
    junit.set_time(Duration::from_millis(report.duration_ms));
    for target in &report.targets {
        junit.add_test_suites(suites(report, target));
    }
    for (name, trouble) in report.troubles() {
        let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
        status.set_message(trouble).set_type("run");
        let mut suite = TestSuite::new(format!("{name}: run"));
        suite.add_test_case(TestCase::new("the run came to its end", status));
        junit.add_test_suite(suite);
    }
    junit
        .to_string()
        .map(|xml| for_jenkins(&xml).unwrap_or(xml))
        .unwrap_or_default()
}

/// The suites of a target: its families, then its baseline if that does not hold.
fn suites(report: &Report, target: &TargetReport) -> Vec<TestSuite> {
    let mut families: BTreeMap<&str, Vec<&CaseResult>> = BTreeMap::new();
    for case in &target.cases {
        families.entry(case.group()).or_default().push(case);
    }
    let mut suites = Vec::new();
    for (family, cases) in families {
        let mut suite = TestSuite::new(format!("{}: {family}", target.name));
        suite.set_time(cases.iter().map(|case| duration(case)).sum::<Duration>());
        suite.add_test_cases(cases.iter().map(|case| test_case(report, target, case)));
        suites.push(suite);
    }
    if let Some(first) = suites.first_mut() {
        let causes = report.causes_of(target);
        first.add_properties(causes.iter().take(MOST_CAUSES).map(property));
    }
    if !target.broken_baseline.is_empty() {
        let mut suite = TestSuite::new(format!("{}: baseline", target.name));
        for broken in &target.broken_baseline {
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
            status.set_message(broken.clone()).set_type("baseline");
            suite.add_test_case(TestCase::new(broken.clone(), status));
        }
        suites.push(suite);
    }
    suites
}

/// What broke, and in how many cases.
fn property(cause: &Cause) -> Property {
    let (verdict, requirement) = (cause.verdict.name(), &cause.requirement);
    let value = format!("{verdict} {requirement} {}", key_and_reason(cause));
    Property::new("cause", value)
}

/// The same document without `skipped` on `testsuites`, an attribute that Jenkins' schema allows
/// only on `testsuite`.
fn for_jenkins(xml: &str) -> quick_xml::Result<String> {
    let mut reader = Reader::from_str(xml);
    let mut writer = Writer::new(Vec::new());
    loop {
        match reader.read_event()? {
            Event::Eof => break,
            Event::Start(tag) if tag.name().as_ref() == b"testsuites" => {
                let known = tag
                    .attributes()
                    .flatten()
                    .filter(|attribute| attribute.key.as_ref() != b"skipped");
                writer.write_event(Event::Start(
                    BytesStart::new("testsuites").with_attributes(known),
                ))?;
            }
            event => writer.write_event(event)?,
        }
    }
    Ok(String::from_utf8_lossy(&writer.into_inner()).into_owned())
}

fn duration(case: &CaseResult) -> Duration {
    Duration::try_from_secs_f64(case.duration_ms / 1000.0).unwrap_or_default()
}

fn test_case(report: &Report, target: &TargetReport, case: &CaseResult) -> TestCase {
    let status = match (case.verdict, &case.known) {
        (Verdict::Fail | Verdict::Flaky, Some(reason)) => skipped(format!("known: {reason}")),
        (Verdict::Fail, None) => failed(NonSuccessKind::Failure, report, target, case),
        (Verdict::Flaky, None) => flaky(report, target, case),
        (Verdict::Error, _) => failed(NonSuccessKind::Error, report, target, case),
        (Verdict::Skipped, _) => skipped(case.explained()),
        (Verdict::Pass | Verdict::Informational | Verdict::NonStrict, _) => {
            TestCaseStatus::success()
        }
    };
    let mut test = TestCase::new(case.id.clone(), status);
    test.set_classname(case.group()).set_time(duration(case));
    if matches!(case.verdict, Verdict::Informational | Verdict::NonStrict) {
        test.set_system_out(format!("{}: {}", case.verdict.name(), case.reason));
    }
    test
}

/// A success at the end, with the failure before it: `flakyFailure`, as Surefire has it.
fn flaky(report: &Report, target: &TargetReport, case: &CaseResult) -> TestCaseStatus {
    let mut first = TestRerun::new(NonSuccessKind::Failure);
    first
        .set_message(case.reason.clone())
        .set_type(case.cause())
        .set_description(plain_text::case(report, target, case));
    let mut status = TestCaseStatus::success();
    status.add_rerun(first);
    status
}

fn skipped(message: String) -> TestCaseStatus {
    let mut status = TestCaseStatus::skipped();
    status.set_message(message);
    status
}

fn failed(
    kind: NonSuccessKind,
    report: &Report,
    target: &TargetReport,
    case: &CaseResult,
) -> TestCaseStatus {
    let mut status = TestCaseStatus::non_success(kind);
    let message = match (report.requirements.get(case.breaks()), kind) {
        (Some(broken), NonSuccessKind::Failure) => {
            let (clause, level) = (&broken.clause, &broken.level);
            format!("{clause} {level} [{}]: {}", case.breaks(), case.reason)
        }
        _ => case.reason.clone(),
    };
    status
        .set_message(message)
        .set_description(plain_text::case(report, target, case));
    if case.reason_key.is_empty() {
        // A report of version 0.1.0: what it had instead.
        status.set_type(format!("{} {}", case.impact.name(), case.breaks()));
    } else {
        status.set_type(case.cause());
    }
    status
}
