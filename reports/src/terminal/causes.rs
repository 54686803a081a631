//! What broke, worst first: a paragraph for each cause.

use owo_colors::Style;

use super::page::{Page, verdict_style};
use crate::text::{self, counted};
use crate::{CaseResult, Cause, Impact, Report, TargetReport, Verdict};

/// Number of causes for which the list says what was sent and received.
const IN_WORDS: usize = 3;

/// Most causes listed unless all are asked for.
const MOST_CAUSES: usize = 30;

impl Page {
    /// The list of causes, without those that the baseline expects.
    pub(super) fn causes(&mut self, report: &Report, target: &TargetReport, causes: &[Cause]) {
        let causes: Vec<&Cause> = causes.iter().filter(|cause| !cause.known).collect();
        if causes.is_empty() {
            return;
        }
        self.heading("What broke, worst first");
        let shown = if self.options.verbose {
            causes.len()
        } else {
            causes.len().min(MOST_CAUSES)
        };
        for (i, cause) in causes[..shown].iter().enumerate() {
            self.cause(report, cause);
            if i < IN_WORDS {
                let smallest = target.cases.iter().find(|case| case.id == cause.case);
                if let Some(smallest) = smallest {
                    self.exchange(smallest);
                }
            }
        }
        if causes.len() > shown {
            let rest = causes.len() - shown;
            self.line(format!(
                "  … and {}; -v lists all",
                counted(rest, "more cause")
            ));
        }
        self.line("");
    }

    fn cause(&mut self, report: &Report, cause: &Cause) {
        let verdict = self.paint(
            format!("{:<10}", cause.verdict.name()),
            verdict_style(cause.verdict),
        );
        let style = if cause.impact == Impact::Security && cause.verdict == Verdict::Fail {
            verdict_style(Verdict::Fail)
        } else {
            Style::new()
        };
        let impact = self.paint(format!("{:<8}", cause.impact.name()), style);
        let rule = rule(report, &cause.requirement);
        let (reason, cases) = (&cause.reason, rows_and_rests(cause));
        for paragraph in [
            format!("  {verdict} {impact} {rule}"),
            format!("    {reason} ({cases})"),
        ] {
            self.paragraph(&paragraph, 4);
        }
    }

    /// What was sent and received, in words.
    fn exchange(&mut self, case: &CaseResult) {
        for (label, text) in [("sent", &case.sent), ("received", &case.received)] {
            if let Some(text) = text {
                self.labelled(label, text);
            }
        }
    }
}

/// A requirement in full, or its id where the report lacks its text.
pub(super) fn rule(report: &Report, id: &str) -> String {
    match report.requirements.get(id) {
        Some(clause) => text::requirement(id, clause),
        None if id.is_empty() => "no requirement is cited".to_owned(),
        None => id.to_owned(),
    }
}

/// The rows of a cause, and how many more rest on them: `20 cases, the smallest x.y; 130 more rest on them`.
fn rows_and_rests(cause: &Cause) -> String {
    let rows = text::rows(cause);
    match cause.rests {
        0 => rows,
        1 => format!("{rows}; 1 more rests on it"),
        n => format!("{rows}; {n} more rest on it"),
    }
}
