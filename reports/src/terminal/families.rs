//! The families of cases, each with the number of its cases with each verdict.

use std::collections::BTreeMap;

use owo_colors::Style;

use super::page::Page;
use crate::{CaseResult, Summary, TargetReport, Verdict};

impl Page {
    /// A line for each family in which not every case passes, and one for all the others.
    pub(super) fn families(&mut self, target: &TargetReport) {
        let mut families: BTreeMap<&str, Vec<&CaseResult>> = BTreeMap::new();
        for case in &target.cases {
            families.entry(case.group()).or_default().push(case);
        }
        let families = families
            .into_iter()
            .map(|(name, cases)| (name, Summary::of(cases)));
        let (clean, mixed): (Vec<_>, Vec<_>) =
            families.partition(|(_, counts)| counts.pass == counts.total());
        let legend: Vec<String> = worst_first()
            .filter(|verdict| target.summary.count(*verdict) > 0)
            .map(|verdict| self.marked(verdict, verdict.name()))
            .collect();
        let heading = self.paint("Families", Style::new().bold());
        self.paragraph(&format!("{heading}  {}", legend.join(", ")), 2);
        let width = mixed.iter().map(|(name, _)| name.chars().count()).max();
        let width = width.unwrap_or_default();
        for (name, counts) in mixed {
            let cells = self.cells(counts);
            self.line(format!("  {name:<width$}  {cells}"));
        }
        if !clean.is_empty() {
            let names: Vec<String> = clean
                .iter()
                // The number stays beside its family.
                .map(|(name, counts)| format!("{name}\u{a0}{}", counts.total()))
                .collect();
            let mark = self.marked(Verdict::Pass, "all:");
            let text = textwrap::fill(&format!("  {mark} {}", names.join(", ")), self.wrap(4));
            self.line(text.replace('\u{a0}', " "));
        }
        self.line("");
    }

    /// The counts of a family, worst first: `✗ 9 ~ 4 ✓ 37`.
    fn cells(&self, counts: Summary) -> String {
        let cells: Vec<String> = worst_first()
            .filter(|verdict| counts.count(*verdict) > 0)
            .map(|verdict| self.marked(verdict, counts.count(verdict)))
            .collect();
        cells.join(" ")
    }
}

fn worst_first() -> impl Iterator<Item = Verdict> {
    Verdict::ALL.into_iter().rev()
}
