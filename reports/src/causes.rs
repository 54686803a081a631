//! The rows of a report by what broke.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use crate::{CaseResult, Cause, Impact, Report, TargetReport, Transcript, Verdict, What, Who};

/// What broke, worst first.
///
/// Rows have the same cause if they have the same verdict, [requirement](CaseResult::breaks) and
/// [cause](CaseResult::cause). Passes, informational and skipped rows and errors have none.
///
/// Causes that the baseline expects come last. The others are in the order of their verdict (fail,
/// non-strict, flaky), their impact, the number of cases that they affect, and the smallest id.
pub fn causes(cases: &[CaseResult]) -> Vec<Cause> {
    let mut rows: BTreeMap<(Verdict, &str, &str), Vec<&CaseResult>> = BTreeMap::new();
    for case in cases.iter().filter(|case| rank(case.verdict).is_some()) {
        let identity = (case.verdict, case.breaks(), case.cause());
        rows.entry(identity).or_default().push(case);
    }
    let unjudged: Vec<&str> = cases
        .iter()
        .filter(|case| case.verdict == Verdict::Skipped)
        .filter_map(|case| case.rests_on.as_deref())
        .collect();
    let mut causes: Vec<Cause> = rows
        .into_values()
        .filter_map(|rows| cause(&rows, &unjudged))
        .collect();
    causes.sort_by(|a, b| order(a).cmp(&order(b)));
    causes
}

/// The place of a verdict among causes; `None` if rows with this verdict have no cause.
fn rank(verdict: Verdict) -> Option<u8> {
    match verdict {
        Verdict::Fail => Some(0),
        Verdict::NonStrict => Some(1),
        Verdict::Flaky => Some(2),
        Verdict::Pass | Verdict::Informational | Verdict::Skipped | Verdict::Error => None,
    }
}

fn order(cause: &Cause) -> impl Ord {
    (
        cause.known,
        rank(cause.verdict),
        cause.impact,
        Reverse(cause.rows + cause.rests),
        cause.cases.first().cloned(),
    )
}

/// The cause that these rows share; `unjudged`: for each case that cannot be judged, what it rests
/// on. `None` without a row.
fn cause(rows: &[&CaseResult], unjudged: &[&str]) -> Option<Cause> {
    let smallest = *rows.iter().min_by_key(|case| size(case))?;
    let ids: BTreeSet<&str> = rows.iter().map(|case| case.id.as_str()).collect();
    Some(Cause {
        requirement: smallest.breaks().to_owned(),
        clause: None,
        key: smallest.cause().to_owned(),
        verdict: smallest.verdict,
        impact: impact(rows.iter().copied()),
        reason: smallest.reason.clone(),
        case: smallest.id.clone(),
        rows: rows.len(),
        rests: unjudged.iter().filter(|on| ids.contains(*on)).count(),
        known: rows.iter().all(|case| case.known.is_some()),
        cases: ids.into_iter().map(str::to_owned).collect(),
    })
}

/// How much it matters what these rows show: the gravest impact among the rows that say so.
///
/// A case about security that fails by another rule than its own says nothing about security.
pub(crate) fn impact<'a>(rows: impl Iterator<Item = &'a CaseResult>) -> Impact {
    rows.filter(|case| case.impact != Impact::Security || case.is_about_what_broke())
        .map(|case| case.impact)
        .min()
        .unwrap_or(Impact::Interop)
}

/// How much there is to read: bytes that were sent, then events, then the id. A row without its bytes
/// comes after all others.
fn size(case: &CaseResult) -> (bool, u64, usize, &str) {
    let transcript = case.transcript.as_deref();
    (
        transcript.is_none(),
        transcript.map_or(0, sent),
        transcript.map_or(0, |transcript| transcript.entries.len()),
        &case.id,
    )
}

/// Number of bytes that the suite sent.
fn sent(transcript: &Transcript) -> u64 {
    let ours = transcript.entries.iter().filter(|e| e.who == Who::Suite);
    ours.map(|entry| match &entry.what {
        What::Bytes(bytes) => bytes.len() as u64,
        What::Left(more) => *more,
        _ => 0,
    })
    .fold(0, u64::saturating_add)
}

impl Report {
    /// The causes of a target's failures, with their clauses. They are found anew, so that every
    /// report has them, whatever version wrote it.
    pub fn causes_of(&self, target: &TargetReport) -> Vec<Cause> {
        let mut causes = causes(&target.cases);
        for cause in &mut causes {
            let clause = self.requirements.get(&cause.requirement);
            cause.clause = clause.map(|clause| clause.clause.clone());
        }
        causes
    }

    /// Brings the causes of every target up to date with its cases.
    pub fn find_causes(&mut self) {
        let found: Vec<Vec<Cause>> = self.targets.iter().map(|t| self.causes_of(t)).collect();
        for (target, causes) in self.targets.iter_mut().zip(found) {
            target.causes = causes;
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    const MASK: &str = "RFC6455-5.1-2";
    const ECHO: &str = "RFC6455-6.1-2";

    /// A row about security, which broke the rule it is about.
    fn row(id: &str, verdict: &str, broken: &str, key: &str) -> Value {
        json!({
            "id": id, "about": "", "autobahn": [], "requirements": [broken], "impact": "security",
            "verdict": verdict, "reason": format!("{key} in {id}"), "reason_key": "closing.still-open",
            "cause_key": key, "broken": broken, "duration_ms": 0.0,
        })
    }

    /// A row of a case that cannot be judged.
    fn resting(id: &str, on: &str) -> Value {
        let mut row = row(id, "skipped", MASK, "needs.premise");
        row["broken"] = Value::Null;
        row["rests_on"] = on.into();
        row
    }

    fn with(mut row: Value, key: &str, value: Value) -> Value {
        row[key] = value;
        row
    }

    /// A row in which the suite sent this many bytes.
    fn sending(row: Value, bytes: usize) -> Value {
        let entry =
            json!({"at_us": 0, "who": "suite", "what": "bytes", "data": "00".repeat(bytes)});
        with(
            row,
            "transcript",
            json!({"target_role": "server", "entries": [entry]}),
        )
    }

    fn causes_of(rows: &[Value]) -> Vec<Cause> {
        let rows: Vec<CaseResult> = rows
            .iter()
            .map(|row| serde_json::from_value(row.clone()).unwrap())
            .collect();
        causes(&rows)
    }

    /// The rows of each cause.
    fn rows_of(rows: &[Value]) -> Vec<Vec<String>> {
        causes_of(rows).into_iter().map(|c| c.cases).collect()
    }

    #[test]
    fn rows_with_the_same_verdict_requirement_and_key_are_one_cause() {
        let found = rows_of(&[
            unmasked("a"),
            unmasked("b"),
            row("c", "fail", MASK, "echo.missing"),
            row("d", "fail", ECHO, "echo.missing"),
            row("e", "non-strict", ECHO, "echo.missing"),
        ]);
        assert_eq!(found, [vec!["a", "b"], vec!["c"], vec!["d"], vec!["e"]]);
    }

    #[test]
    fn what_says_nothing_of_a_rule_is_no_cause() {
        let rows = ["pass", "informational", "skipped", "error"]
            .map(|verdict| row("a", verdict, MASK, "stated"));
        assert!(causes_of(&rows).is_empty());
    }

    /// A row that takes what is not masked.
    fn unmasked(id: &str) -> Value {
        row(id, "fail", MASK, "accepts.mask-missing")
    }

    #[test]
    fn the_smallest_case_is_the_one_in_which_the_fewest_bytes_were_sent() {
        let found = causes_of(&[
            unmasked("a"),
            sending(unmasked("b"), 9),
            sending(unmasked("d"), 4),
            sending(unmasked("c"), 4),
        ]);
        assert_eq!(found.len(), 1);
        let cause = &found[0];
        assert_eq!(
            (cause.case.as_str(), cause.reason.as_str(), cause.rows),
            ("c", "accepts.mask-missing in c", 4)
        );
        assert_eq!(cause.cases, ["a", "b", "c", "d"]);
    }

    /// The impact of the only cause of these rows.
    fn impact_of(rows: &[Value]) -> Impact {
        let causes = causes_of(rows);
        assert_eq!(causes.len(), 1);
        causes[0].impact
    }

    #[test]
    fn a_case_about_security_that_fails_for_another_rule_is_not_about_security() {
        let by_the_way = with(
            row("a", "fail", ECHO, "echo.missing"),
            "requirements",
            json!([MASK, ECHO]),
        );
        assert_eq!(
            impact_of(std::slice::from_ref(&by_the_way)),
            Impact::Interop
        );
        let own = row("b", "fail", ECHO, "echo.missing");
        let pedantic = with(own.clone(), "impact", "pedantic".into());
        assert_eq!(impact_of(&[by_the_way.clone(), pedantic]), Impact::Pedantic);
        assert_eq!(impact_of(&[by_the_way, own]), Impact::Security);
    }

    fn with_impact(id: &str, impact: &str) -> Value {
        with(row(id, "fail", ECHO, id), "impact", impact.into())
    }

    #[test]
    fn the_worst_comes_first() {
        let found = rows_of(&[
            row("a", "flaky", MASK, "a"),
            row("b", "non-strict", MASK, "b"),
            with(row("c", "fail", MASK, "c"), "known", "issue 7".into()),
            with_impact("d", "interop"),
            with_impact("e", "data"),
            with_impact("f", "interop"),
            resting("x", "f"),
            row("g", "fail", MASK, "g"),
            with_impact("h", "interop"),
        ]);
        let order: Vec<&str> = found.iter().map(|rows| rows[0].as_str()).collect();
        assert_eq!(order, ["g", "e", "f", "d", "h", "b", "a", "c"]);
    }

    #[test]
    fn cases_that_rest_on_a_row_count_with_its_cause() {
        let found = causes_of(&[
            row("a", "fail", MASK, "a"),
            row("b", "fail", MASK, "a"),
            resting("x", "a"),
            resting("y", "b"),
            resting("z", "elsewhere"),
        ]);
        assert_eq!((found[0].rows, found[0].rests), (2, 2));
    }

    /// A failure in a report of version 0.1.0.
    fn old(id: &str, reason: &str) -> Value {
        json!({
            "id": id, "about": "", "autobahn": [], "requirements": [MASK, ECHO],
            "impact": "data", "verdict": "fail", "reason": reason, "duration_ms": 0.0,
        })
    }

    #[test]
    fn old_reports_cite_the_first_requirement_and_share_a_cause_by_reason_alone() {
        let found = causes_of(&[
            old("a", "no pong"),
            old("b", "no echo"),
            old("c", "no pong"),
        ]);
        let listed: Vec<_> = found
            .iter()
            .map(|c| (c.requirement.as_str(), c.key.as_str(), c.rows))
            .collect();
        assert_eq!(listed, [(MASK, "no pong", 2), (MASK, "no echo", 1)]);
    }
}
