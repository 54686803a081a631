//! What many failures have in common: one fault of a target has many consequences.

use std::collections::BTreeMap;

use crate::{TargetReport, Verdict};

/// Fewest failures that make a cause worth naming.
const FEWEST_FAILURES: usize = 8;

/// Most causes that are named.
const MOST_CAUSES: usize = 3;

/// A reason that many failures share.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cause {
    /// The key of the reason; in reports of version 0.1.0, which have none, the reason itself.
    pub key: String,
    /// The reason of the first of these failures.
    pub reason: String,
    /// Number of failures.
    pub failures: usize,
}

/// The causes that at least 8 failures share, the most frequent first, at most three.
///
/// Failures share a cause if their `reason_key` is the same. In reports of version 0.1.0, which
/// have no keys, they share one only if they have the very same reason. Passive rules are left out:
/// a row of theirs is a cause already.
pub fn causes(target: &TargetReport) -> Vec<Cause> {
    let mut by_key: BTreeMap<&str, Cause> = BTreeMap::new();
    let failed = target
        .cases
        .iter()
        .filter(|case| case.verdict == Verdict::Fail && !case.is_passive());
    for case in failed {
        let cause = by_key.entry(case.cause()).or_insert_with(|| Cause {
            key: case.cause().to_owned(),
            reason: case.reason.clone(),
            failures: 0,
        });
        cause.failures += 1;
    }
    let mut causes: Vec<Cause> = by_key
        .into_values()
        .filter(|cause| cause.failures >= FEWEST_FAILURES)
        .collect();
    causes.sort_by_key(|cause| std::cmp::Reverse(cause.failures));
    causes.truncate(MOST_CAUSES);
    causes
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    /// The causes of failures with these keys, reasons and numbers.
    fn causes_of(failures: &[(&str, &str, usize)]) -> Vec<(String, String, usize)> {
        let mut cases: Vec<Value> = Vec::new();
        for (key, reason, count) in failures {
            let case = json!({
                "id": "message.x", "about": "", "autobahn": [], "requirements": [], "impact": "data",
                "verdict": "fail", "reason": reason, "reason_key": key, "duration_ms": 0.0,
            });
            cases.extend(vec![case; *count]);
        }
        let target = json!({
            "name": "", "url": "", "cases": cases,
            "probe": {"peer": "echo", "pongs": true, "greeting": 0, "round_trip_us": 1, "opens": true},
            "summary": {"pass": 0, "non-strict": 0, "informational": 0, "fail": 0, "skipped": 0, "flaky": 0, "error": 0},
        });
        causes(&serde_json::from_value(target).unwrap())
            .into_iter()
            .map(|cause| (cause.key, cause.reason, cause.failures))
            .collect()
    }

    fn cause(key: &str, reason: &str, failures: usize) -> (String, String, usize) {
        (key.to_owned(), reason.to_owned(), failures)
    }

    #[test]
    fn failures_with_the_same_key_are_one_cause() {
        let found = causes_of(&[
            (
                "echo.differs",
                "the echo differs from byte 17: a instead of b",
                9,
            ),
            (
                "echo.differs",
                "the echo differs from byte 4: c instead of d",
                1,
            ),
            (
                "opening.status",
                "the target answered 101 Switching Protocols",
                8,
            ),
            ("pong.missing", "no pong with \"x\"", 7),
        ]);
        let first = "the echo differs from byte 17: a instead of b";
        let second = "the target answered 101 Switching Protocols";
        assert_eq!(
            found,
            [
                cause("echo.differs", first, 10),
                cause("opening.status", second, 8)
            ]
        );
    }

    #[test]
    fn without_keys_only_equal_reasons_are_one_cause() {
        let found = causes_of(&[
            ("", "the echo differs from byte 17", 7),
            ("", "the echo differs from byte 4", 7),
            ("", "no pong", 8),
        ]);
        assert_eq!(found, [cause("no pong", "no pong", 8)]);
    }
}
