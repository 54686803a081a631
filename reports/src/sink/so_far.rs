//! The report of a run that is not over, put together from its events.

use std::collections::BTreeMap;
use std::time::Instant;

use crate::{CaseResult, Clause, Probe, Report, Summary, TargetReport};

/// What is known so far. Targets are numbered in the order in which they started.
#[derive(Debug)]
pub(super) struct SoFar {
    /// Up to date once [`SoFar::report`] has been called.
    report: Report,
    /// Every requirement that a case may cite.
    requirements: BTreeMap<String, Clause>,
    began: Instant,
}

impl SoFar {
    /// The run that `head` describes begins now; `head.requirements` holds those of all cases.
    pub(super) fn new(mut head: Report) -> SoFar {
        head.complete = false;
        head.targets.clear();
        SoFar {
            requirements: std::mem::take(&mut head.requirements),
            report: head,
            began: Instant::now(),
        }
    }

    /// A target that has no results yet.
    pub(super) fn start(&mut self, target: TargetReport) {
        self.report.targets.push(target);
    }

    /// Replaces what is known of a target.
    pub(super) fn replace(&mut self, number: usize, target: TargetReport) {
        self.report.targets[number] = target;
    }

    /// The probe of a target.
    pub(super) fn probed(&mut self, number: usize, probe: Probe) {
        self.report.targets[number].probe = probe;
    }

    /// A result of a target.
    pub(super) fn result(&mut self, number: usize, case: CaseResult) {
        self.report.targets[number].cases.push(case);
    }

    /// The report, with the requirements that its cases cite.
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
            .filter_map(|id| self.requirements.get_key_value(id));
        report.requirements = cited
            .map(|(id, clause)| (id.clone(), clause.clone()))
            .collect();
        report.find_causes();
        report.duration_ms = self.began.elapsed().as_millis() as u64;
        report
    }
}
