//! The failures in full: one for each cause, or all.

use std::collections::BTreeMap;

use owo_colors::Style;

use super::causes::rule;
use super::page::{Page, verdict_style};
use crate::text::counted;
use crate::{CaseResult, Cause, Report, TargetReport, Verdict, wire};

impl Page {
    /// The smallest failure of each cause, worst first, then errors: one for each of their kinds.
    /// If verbose, every failure and error, by cause.
    pub(super) fn failures(&mut self, report: &Report, target: &TargetReport, causes: &[Cause]) {
        let failures = if self.options.verbose {
            every(target, causes)
        } else {
            smallest(target, causes)
        };
        let shown = failures.len().min(self.options.details);
        for case in &failures[..shown] {
            self.failure(report, target, case);
        }
        if failures.len() > shown {
            let rest = failures.len() - shown;
            let text = format!(
                "… and {}; -v shows every case, --json FILE keeps everything.",
                counted(rest, "more cause")
            );
            self.paragraph(&text, 2);
            self.line("");
        }
    }

    fn failure(&mut self, report: &Report, target: &TargetReport, case: &CaseResult) {
        let mark = self.paint(
            case.verdict.name().to_uppercase(),
            verdict_style(case.verdict).bold(),
        );
        let id = self.paint(&case.id, Style::new().bold());
        let head = format!("{mark} {id}  ({})", case.impact.name());
        self.paragraph(&head, 4);
        self.labelled("about", &case.about);
        if !case.breaks().is_empty() {
            self.labelled("clause", &rule(report, case.breaks()));
        }
        for (label, text) in [
            ("sent", &case.sent),
            ("expected", &case.expected),
            ("received", &case.received),
        ] {
            if let Some(text) = text {
                self.labelled(label, text);
            }
        }
        self.labelled("reason", &case.reason);
        if let Some(like) = case.answers_like() {
            self.labelled("answers", &like);
        }
        for (n, line) in case.stderr.iter().enumerate() {
            self.labelled(if n == 0 { "stderr" } else { "" }, line);
        }
        if let Some(usage) = &case.usage {
            self.labelled("usage", &usage.to_string());
        }
        if let Some(growth) = &case.growth {
            self.labelled("growth", &growth.to_string());
        }
        if let Some(count) = case.count {
            let (times, cases) = (counted(count, "time"), case.seen_in_cases.join(", "));
            self.labelled("seen", &format!("{times}, first in {cases}"));
        }
        for transcript in [&case.transcript, &case.transcript_alone]
            .into_iter()
            .flatten()
        {
            let lines = wire::lines(transcript);
            if self.options.verbose || case.opening {
                self.wire_log(&lines);
            } else {
                self.wire_log(&wire::without_heads(lines));
            }
        }
        let again = target.rerun(case);
        if !again.is_empty() {
            // Not wrapped: it is to be copied.
            self.line(format_args!("    {:<10}{again}", "again"));
        }
        if !case.breaks().is_empty() {
            self.line(format_args!(
                "    {:<10}wsspec explain {}",
                "rule",
                case.breaks()
            ));
        }
        self.line("");
    }
}

/// Whether a row is shown in full: what is only non-strict is shown by its reason.
fn is_in_full(case: &CaseResult) -> bool {
    case.verdict >= Verdict::Flaky && case.known.is_none()
}

/// The rows that are shown in full, by id.
fn in_full(target: &TargetReport) -> BTreeMap<&str, &CaseResult> {
    let rows = target.cases.iter().filter(|case| is_in_full(case));
    rows.map(|case| (case.id.as_str(), case)).collect()
}

/// One row for each cause, and one for each kind of error.
fn smallest<'a>(target: &'a TargetReport, causes: &[Cause]) -> Vec<&'a CaseResult> {
    let rows = in_full(target);
    // If the baseline expects the smallest, the first that it does not expect.
    let failures = causes.iter().filter_map(|cause| {
        let mut ids = [&cause.case].into_iter().chain(&cause.cases);
        ids.find_map(|id| rows.get(id.as_str()))
    });
    let mut errors: BTreeMap<&str, &CaseResult> = BTreeMap::new();
    for case in errors_of(target) {
        errors.entry(case.cause()).or_insert(case);
    }
    failures.copied().chain(errors.into_values()).collect()
}

/// Every row that is shown in full: by cause, the smallest of each first; errors last.
fn every<'a>(target: &'a TargetReport, causes: &[Cause]) -> Vec<&'a CaseResult> {
    let rows = in_full(target);
    let failures = causes.iter().flat_map(|cause| {
        let others = cause.cases.iter().filter(|id| **id != cause.case);
        [&cause.case].into_iter().chain(others)
    });
    failures
        .filter_map(|id| rows.get(id.as_str()).copied())
        .chain(errors_of(target))
        .collect()
}

fn errors_of(target: &TargetReport) -> impl Iterator<Item = &CaseResult> {
    let rows = target.cases.iter();
    rows.filter(|case| case.verdict == Verdict::Error && case.known.is_none())
}
