//! Findings in a line each: tolerated results, and a baseline that does not hold.

use std::collections::BTreeMap;

use super::page::{Page, verdict_style};
use crate::{CaseResult, TargetReport, Verdict};

impl Page {
    /// What is worth knowing and no cause: each distinct line with its count. If verbose, non-strict
    /// results too, one by one, and the cases that cannot be judged for what they rest on.
    pub(super) fn tolerated(&mut self, target: &TargetReport) {
        let wanted = |case: &&CaseResult| match case.verdict {
            Verdict::Informational => true,
            Verdict::NonStrict => self.options.verbose,
            Verdict::Skipped => self.options.verbose && case.rests_on.is_some(),
            _ => false,
        };
        let tolerated: Vec<&CaseResult> = target.cases.iter().filter(wanted).collect();
        if tolerated.is_empty() {
            return;
        }
        if self.options.verbose {
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
