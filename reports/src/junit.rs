//! JUnit XML: a suite for each family of cases of each target.

use quick_junit::{NonSuccessKind, Report as Junit, TestCase, TestCaseStatus, TestSuite};
use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, Writer};
use std::collections::BTreeMap;
use std::time::Duration;

use crate::{CaseResult, Report, TargetReport, Verdict, told};

/// The report as JUnit XML. A known failure is `skipped`, with the reason; what is not strict passes, with what was
/// found as its output. A run that did not come to its end is an error.
pub(crate) fn junit(report: &Report) -> String {
    let mut junit = Junit::new(&report.tool);
    junit.set_time(Duration::from_millis(report.duration_ms));
    for target in &report.targets {
        let mut families: BTreeMap<&str, Vec<&CaseResult>> = BTreeMap::new();
        target
            .cases
            .iter()
            .for_each(|case| families.entry(case.family()).or_default().push(case));
        for (family, cases) in families {
            let mut suite = TestSuite::new(format!("{}: {family}", target.name));
            suite.set_time(cases.iter().map(|case| duration(case)).sum::<Duration>());
            suite.add_test_cases(cases.iter().map(|case| test_case(report, target, case)));
            junit.add_test_suite(suite);
        }
        if !target.broken_baseline.is_empty() {
            let mut suite = TestSuite::new(format!("{}: baseline", target.name));
            suite.add_test_cases(target.broken_baseline.iter().map(|broken| {
                let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
                status.set_message(broken.clone()).set_type("baseline");
                TestCase::new(broken.clone(), status)
            }));
            junit.add_test_suite(suite);
        }
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

/// The same without `skipped` on `testsuites`, which the schema of Jenkins does not know there; each suite has it.
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
                    .filter(|a| a.key.as_ref() != b"skipped");
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
    let failed = |kind| {
        let mut status = TestCaseStatus::non_success(kind);
        let rule = case.requirements.first().map_or("wsspec", String::as_str);
        status
            .set_message(case.reason.clone())
            .set_type(format!("{} {rule}", case.impact.name()));
        status.set_description(told::case(report, target, case));
        status
    };
    let skipped = |message: String| {
        let mut status = TestCaseStatus::skipped();
        status.set_message(message);
        status
    };
    let status = match (case.verdict, &case.known) {
        (Verdict::Fail | Verdict::Flaky, Some(reason)) => skipped(format!("known: {reason}")),
        (Verdict::Fail | Verdict::Flaky, None) => failed(NonSuccessKind::Failure),
        (Verdict::Error, _) => failed(NonSuccessKind::Error),
        (Verdict::Skipped, _) => skipped(case.reason.clone()),
        (Verdict::Pass | Verdict::Informational | Verdict::NonStrict, _) => {
            TestCaseStatus::success()
        }
    };
    let mut test = TestCase::new(case.id.clone(), status);
    test.set_classname(case.family()).set_time(duration(case));
    if matches!(case.verdict, Verdict::Informational | Verdict::NonStrict) {
        test.set_system_out(format!("{}: {}", case.verdict.name(), case.reason));
    }
    test
}
