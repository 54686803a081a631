//! Failures, flaky cases and errors in full.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use owo_colors::Style;

use super::page::{Page, verdict_style};
use crate::text::counted;
use crate::{CaseResult, Clause, Report, TargetReport, TargetRole, Verdict, wire};

impl Page {
    /// Failures, flaky cases and errors: the first of every requirement before the second of any.
    pub(super) fn failures(&mut self, report: &Report, target: &TargetReport) {
        let ranked = ranked(report, target);
        let shown = ranked.len().min(self.options.details);
        let mut last_error = None;
        for case in &ranked[..shown] {
            if case.verdict == Verdict::Error {
                // Errors in a row with the same cause say the same.
                if last_error == Some(case.cause()) {
                    continue;
                }
                last_error = Some(case.cause());
            }
            self.failure(report, target, case);
        }
        if ranked.len() > shown {
            let rest = ranked.len() - shown;
            self.line(format!(
                "… and {rest} more; -v shows all, --json FILE keeps everything.\n"
            ));
        }
    }

    fn failure(&mut self, report: &Report, target: &TargetReport, case: &CaseResult) {
        let mark = self.paint(
            case.verdict.name().to_uppercase(),
            verdict_style(case.verdict).bold(),
        );
        let id = self.paint(&case.id, Style::new().bold());
        self.line(format!("{mark} {id}  ({})", case.impact.name()));
        self.labelled("about", &case.about);
        for id in binding(report, case) {
            if let Some(Clause {
                clause,
                level,
                text,
                ..
            }) = report.requirements.get(id)
            {
                self.labelled("clause", &format!("{clause} {level}: {text} [{id}]"));
            }
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
        for (n, line) in case.stderr.iter().enumerate() {
            self.labelled(if n == 0 { "stderr" } else { "" }, line);
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
        // Not wrapped: it is to be copied.
        self.line(format_args!("    {:<10}{}", "again", target.rerun(case)));
        self.line("");
    }
}

/// What failed, in the order in which it is shown: errors last; then the first of each requirement,
/// the second of each, and so on; then by verdict and impact.
fn ranked<'a>(report: &Report, target: &'a TargetReport) -> Vec<&'a CaseResult> {
    let mut failed: Vec<&CaseResult> = target
        .cases
        .iter()
        .filter(|case| case.verdict >= Verdict::Flaky && case.known.is_none())
        .collect();
    failed.sort_by_key(|case| (Reverse(case.verdict), case.impact));
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    let mut ranked: Vec<(bool, usize, &CaseResult)> = Vec::new();
    for case in failed {
        let nth = seen.entry(first_requirement(report, case)).or_default();
        ranked.push((case.verdict == Verdict::Error, *nth, case));
        *nth += 1;
    }
    ranked.sort_by_key(|(error, nth, _)| (*error, *nth));
    ranked.into_iter().map(|(_, _, case)| case).collect()
}

/// The requirement a case is counted under: the first that binds the target.
pub(super) fn first_requirement<'a>(report: &Report, case: &'a CaseResult) -> &'a str {
    binding(report, case)
        .next()
        .or_else(|| case.requirements.first().map(String::as_str))
        .unwrap_or("")
}

/// The requirements of a case that bind the target, a MUST before a SHOULD or MAY.
fn binding<'a>(report: &Report, case: &'a CaseResult) -> impl Iterator<Item = &'a str> {
    let role = case.transcript.as_ref().map(|t| t.target_role);
    let other_party = match role {
        Some(TargetRole::Client) => "server",
        Some(TargetRole::Server) | None => "client",
    };
    let mut binding: Vec<(bool, &str)> = Vec::new();
    for id in &case.requirements {
        if let Some(clause) = report.requirements.get(id)
            && clause.party != other_party
        {
            binding.push((!clause.level.starts_with("MUST"), id));
        }
    }
    binding.sort_by_key(|(is_weaker, _)| *is_weaker);
    binding.into_iter().map(|(_, id)| id)
}
