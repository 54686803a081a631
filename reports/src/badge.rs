//! A badge, as the JSON that shields.io reads from an endpoint.

use serde_json::{Value, json};

use crate::{Ending, Report, Verdict};

/// How many cases pass of those that could be judged, over all targets.
pub(crate) fn badge(report: &Report) -> Value {
    let count = |verdict| {
        report
            .targets
            .iter()
            .map(|t| t.summary.count(verdict))
            .sum::<usize>()
    };
    let right = count(Verdict::Pass) + count(Verdict::Informational) + count(Verdict::NonStrict);
    let wrong = count(Verdict::Fail) + count(Verdict::Flaky);
    let lost = |ended: &Ending| matches!(ended, Ending::Unreachable(_) | Ending::Died(_));
    if report.targets.iter().any(|target| lost(&target.ended)) {
        let died = report
            .targets
            .iter()
            .any(|target| matches!(target.ended, Ending::Died(_)));
        return shown(
            if died {
                "the target died"
            } else {
                "not reached"
            },
            "red",
        );
    }
    if !report.troubles().is_empty() {
        return shown("no whole result", "lightgrey");
    }
    let (message, color) = match (right, wrong, count(Verdict::Error)) {
        (0, 0, _) => ("no result".to_owned(), "lightgrey"),
        (_, 0, 0) => (format!("{right} cases pass"), "brightgreen"),
        (_, 0, errors) => (format!("{errors} errors"), "lightgrey"),
        (_, wrong, _) => {
            let share = wrong as f64 / (right + wrong) as f64;
            (
                format!("{wrong} of {} cases fail", right + wrong),
                if share < 0.02 { "yellow" } else { "red" },
            )
        }
    };
    shown(&message, color)
}

fn shown(message: &str, color: &str) -> Value {
    json!({"schemaVersion": 1, "label": "WebSocket conformance", "message": message, "color": color})
}
