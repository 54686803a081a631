//! Findings in a line each: tolerated results, and a baseline that does not hold.

use std::collections::BTreeMap;

use super::page::{Page, verdict_style};
use crate::{CaseResult, Skipped, TargetReport, Verdict, skipped};

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
                let text = format!("{mark} {}: {}", case.id, case.explained());
                self.paragraph(&text, 2);
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
                let text = format!("  {reason} ({}{more})", cases[0].id);
                self.paragraph(&text, 4);
            }
        }
        self.line("");
    }

    /// Why cases were skipped: a line for each thing that they needed.
    pub(super) fn skipped(&mut self, target: &TargetReport) {
        let groups = skipped(&target.cases);
        if groups.is_empty() {
            return;
        }
        self.heading("Skipped");
        let most = groups.iter().map(|group| group.cases.len()).max();
        let digits = most.unwrap_or_default().to_string().len();
        for Skipped { needs, why, cases } in groups {
            let count = cases.len();
            let what = if needs.is_empty() {
                String::new()
            } else {
                format!(" {needs}:")
            };
            self.paragraph(&format!("  {count:>digits$}{what} {why}"), digits + 3);
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
            self.paragraph(&format!("  {mark}: {broken}"), 4);
        }
        self.line("");
    }
}
