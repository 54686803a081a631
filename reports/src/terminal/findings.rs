//! Findings in a line each: tolerated results, and a baseline that does not hold.

use std::collections::BTreeMap;

use super::page::{Page, verdict_style};
use crate::{CaseResult, TargetReport, Verdict};

fn is_tolerated(case: &CaseResult, verbose: bool) -> bool {
    match case.verdict {
        Verdict::Informational => true,
        Verdict::NonStrict => verbose,
        Verdict::Skipped => verbose && case.rests_on.is_some(),
        _ => false,
    }
}

impl Page {
    /// Results that are worth knowing, but no causes: each distinct line with its count. If verbose,
    /// one by one, with non-strict results and the cases that rest on one that failed.
    pub(super) fn tolerated(&mut self, target: &TargetReport) {
        let verbose = self.options.verbose;
        let tolerated: Vec<&CaseResult> = target
            .cases
            .iter()
            .filter(|case| is_tolerated(case, verbose))
            .collect();
        if tolerated.is_empty() {
            return;
        }
        if verbose {
            for case in tolerated {
                let mark = self.paint(case.verdict.name(), verdict_style(case.verdict));
                self.line(format!("{mark} {}: {}", case.id, case.explained()));
            }
        } else {
            self.heading("Informational");
            let mut lines: BTreeMap<&str, Vec<&CaseResult>> = BTreeMap::new();
            for case in tolerated {
                lines.entry(&case.reason).or_default().push(case);
            }
            for (reason, cases) in lines {
                let more = match cases.len() - 1 {
                    0 => String::new(),
                    more => format!(" and {more} more"),
                };
                self.line(format!("  {reason} ({}{more})", cases[0].id));
            }
        }
        self.line("");
    }

    /// Promises of the baseline that do not hold.
    pub(super) fn broken_baseline(&mut self, target: &TargetReport) {
        if target.broken_baseline.is_empty() {
            return;
        }
        self.heading(
            "The baseline does not hold (`wsspec baseline update REPORT` brings it up to date)",
        );
        for broken in &target.broken_baseline {
            let mark = self.paint("baseline", verdict_style(Verdict::Fail));
            self.line(format!("  {mark}: {broken}"));
        }
        self.line("");
    }
}
