//! A badge, as the JSON that shields.io reads from an endpoint.

use serde_json::{Value, json};

use crate::text::counted;
use crate::{Ending, Report, Verdict};

/// Share of failing cases above which a badge is red and no longer yellow.
const RED_SHARE: f64 = 0.02;

/// The number of cases that pass, or fail, among those that could be judged, over all targets.
pub(crate) fn badge(report: &Report) -> Value {
    let (message, color) = content(report);
    json!({"schemaVersion": 1, "label": "WebSocket conformance", "message": message, "color": color})
}

fn content(report: &Report) -> (String, &'static str) {
    for target in &report.targets {
        if matches!(target.ended, Ending::Died(_)) {
            return ("the target died".into(), "red");
        }
    }
    for target in &report.targets {
        if matches!(target.ended, Ending::Unreachable(_) | Ending::NoEndpoint(_)) {
            return ("not reached".into(), "red");
        }
    }
    if !report.troubles().is_empty() {
        return ("incomplete".into(), "lightgrey");
    }
    let passed = count(
        report,
        &[Verdict::Pass, Verdict::Informational, Verdict::NonStrict],
    );
    let failed = count(report, &[Verdict::Fail]);
    let judged = passed + failed;
    match (passed, failed, count(report, &[Verdict::Error])) {
        (0, 0, _) => ("no result".into(), "lightgrey"),
        (_, 0, 0) => {
            let verb = if passed == 1 { "passes" } else { "pass" };
            (format!("{} {verb}", counted(passed, "case")), "brightgreen")
        }
        (_, 0, errors) => (counted(errors, "error"), "lightgrey"),
        (_, _, _) => {
            let verb = if failed == 1 { "fails" } else { "fail" };
            let red = failed as f64 / judged as f64 >= RED_SHARE;
            (
                format!("{failed} of {} {verb}", counted(judged, "case")),
                if red { "red" } else { "yellow" },
            )
        }
    }
}

/// The number of cases with one of these verdicts, over all targets.
fn count(report: &Report, verdicts: &[Verdict]) -> usize {
    let mut count = 0;
    for target in &report.targets {
        count += verdicts
            .iter()
            .map(|verdict| target.summary.count(*verdict))
            .sum::<usize>();
    }
    count
}
