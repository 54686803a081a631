//! Findings in a line each: tolerated results, broken rules, and a baseline that does not hold.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use owo_colors::Style;

use super::failures::first_requirement;
use super::page::{Page, verdict_style};
use crate::text::counted;
use crate::{CaseResult, Impact, Report, TargetReport, Verdict};

impl Page {
    /// Non-strict and informational results: one by one if verbose, otherwise each distinct line
    /// with its count.
    pub(super) fn tolerated(&mut self, target: &TargetReport) {
        let tolerated: Vec<&CaseResult> = target
            .cases
            .iter()
            .filter(|c| matches!(c.verdict, Verdict::NonStrict | Verdict::Informational))
            .collect();
        if tolerated.is_empty() {
            return;
        }
        if self.options.verbose {
            for case in tolerated {
                let mark = self.paint(case.verdict.name(), verdict_style(case.verdict));
                self.line(format!("{mark} {}: {}", case.id, case.reason));
            }
        } else {
            self.heading("Non-strict and informational");
            let mut lines: BTreeMap<(Verdict, &str), Vec<&CaseResult>> = BTreeMap::new();
            for case in tolerated {
                let line = (case.verdict, case.reason.as_str());
                lines.entry(line).or_default().push(case);
            }
            for ((verdict, reason), cases) in lines {
                let more = match cases.len() - 1 {
                    0 => String::new(),
                    more => format!(" and {more} more"),
                };
                let mark = self.paint(verdict.name(), verdict_style(verdict));
                self.line(format!("  {mark}: {reason} ({}{more})", cases[0].id));
            }
        }
        self.line("");
    }

    /// The diagnosis: one line for each broken rule, worst first.
    pub(super) fn broken_rules(&mut self, report: &Report, target: &TargetReport) {
        let mut rules: BTreeMap<(Impact, &str), Vec<&CaseResult>> = BTreeMap::new();
        let failed = target
            .cases
            .iter()
            .filter(|case| case.verdict == Verdict::Fail && case.known.is_none());
        for case in failed {
            let rule = (case.impact, first_requirement(report, case));
            rules.entry(rule).or_default().push(case);
        }
        if rules.is_empty() {
            return;
        }
        self.heading("Broken rules, worst first");
        let mut rules: Vec<_> = rules.into_iter().collect();
        rules.sort_by_key(|((impact, _), cases)| (*impact, Reverse(cases.len())));
        for ((impact, id), cases) in rules {
            let text = report.requirements.get(id).map_or_else(
                || id.to_owned(),
                |c| format!("{} {}: {}", c.clause, c.level, c.text),
            );
            let style = if impact == Impact::Security {
                verdict_style(Verdict::Fail)
            } else {
                Style::new()
            };
            let mark = self.paint(format!("{:<9}", impact.name()), style);
            let count = counted(cases.len(), "case");
            let more = if cases.len() > 1 { ", …" } else { "" };
            let line = format!("  {mark} {text} ({count}: {}{more})", cases[0].id);
            let filled = textwrap::fill(&line, self.wrap(12));
            self.line(filled);
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
