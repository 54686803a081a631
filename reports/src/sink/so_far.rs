//! The report of a run that is not over, put together from its events.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use crate::{CaseResult, Clause, Probe, Report, Summary, TargetReport};

/// What is known so far of the targets that are not done. Targets are numbered in the order in which
/// they started.
#[derive(Debug)]
pub(super) struct SoFar {
    /// Up to date once [`SoFar::report`] has been called.
    report: Report,
    /// The number of each target in the report.
    numbers: Vec<usize>,
    /// Number of targets that started.
    started: usize,
    /// Every requirement that a case may cite.
    requirements: BTreeMap<String, Clause>,
    /// The ids of those that targets cite which are done.
    cited: BTreeSet<String>,
    began: Instant,
}

impl SoFar {
    /// The run that `head` describes begins now; `head.requirements` holds those of all cases.
    pub(super) fn new(head: &Report) -> SoFar {
        let mut report = head.without_targets();
        report.complete = false;
        SoFar {
            requirements: std::mem::take(&mut report.requirements),
            report,
            numbers: Vec::new(),
            started: 0,
            cited: BTreeSet::new(),
            began: Instant::now(),
        }
    }

    /// A target that has no results yet.
    pub(super) fn start(&mut self, target: TargetReport) {
        self.report.targets.push(target);
        self.numbers.push(self.started);
        self.started += 1;
    }

    /// Replaces what is known of a target.
    pub(super) fn replace(&mut self, number: usize, target: TargetReport) {
        if let Some(known) = self.target(number) {
            *known = target;
        }
    }

    /// The probe of a target.
    pub(super) fn probed(&mut self, number: usize, probe: Probe) {
        if let Some(target) = self.target(number) {
            target.probe = probe;
        }
    }

    /// A result of a target.
    pub(super) fn result(&mut self, number: usize, case: CaseResult) {
        if let Some(target) = self.target(number) {
            target.cases.push(case);
        }
    }

    /// Forgets a target but for the requirements that it cites.
    pub(super) fn done(&mut self, number: usize) {
        let Some(at) = self.numbers.iter().position(|known| *known == number) else {
            return;
        };
        self.numbers.remove(at);
        let target = self.report.targets.remove(at);
        let cited = target.cases.iter().flat_map(CaseResult::requirements_named);
        self.cited.extend(cited.cloned());
    }

    fn target(&mut self, number: usize) -> Option<&mut TargetReport> {
        let at = self.numbers.iter().position(|known| *known == number)?;
        self.report.targets.get_mut(at)
    }

    /// The report on the targets that are not done, with the requirements that all cases cite.
    pub(super) fn report(&mut self) -> &Report {
        let report = &mut self.report;
        for target in &mut report.targets {
            // A case that ran once more stands after its older result, and replaces it.
            target.cases.sort_by(|a, b| a.id.cmp(&b.id));
            target.cases.dedup_by(|later, earlier| {
                let same = later.id == earlier.id;
                if same {
                    std::mem::swap(later, earlier);
                }
                same
            });
            target.summary = Summary::of(&target.cases);
        }
        let cited = report
            .targets
            .iter()
            .flat_map(|target| &target.cases)
            .flat_map(CaseResult::requirements_named)
            .chain(&self.cited)
            .filter_map(|id| self.requirements.get_key_value(id));
        report.requirements = cited
            .map(|(id, clause)| (id.clone(), clause.clone()))
            .collect();
        report.find_causes();
        report.duration_ms = self.began.elapsed().as_millis() as u64;
        report
    }
}
