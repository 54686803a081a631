//! One report out of several: the shards of a run, or runs against different targets.

use std::collections::BTreeMap;
use std::fmt;

use crate::{CaseResult, Ending, Report, Summary, TargetReport};

/// Why reports do not go together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MergeError {
    /// There is none.
    Nothing,
    /// They differ in what has to be the same for all: the name of the key, and both values.
    Differ(&'static str, String, String),
    /// The probe of this target found something else in another report.
    Probe(String),
    /// The run against this target was divided into another number of shards in another report.
    Shards(String),
    /// This target has this case in two reports, with different verdicts.
    Case {
        /// The target.
        target: String,
        /// The id of the case.
        case: String,
    },
}

impl fmt::Display for MergeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            MergeError::Nothing => f.write_str("there is no report to merge"),
            MergeError::Differ(key, a, b) => {
                write!(
                    f,
                    "the reports differ in {key}: {a} and {b}; only runs of the same kind can be merged"
                )
            }
            MergeError::Probe(target) => {
                write!(
                    f,
                    "{target} was found to behave differently at the start of two runs: is it the same server?"
                )
            }
            MergeError::Shards(target) => {
                write!(
                    f,
                    "the reports of {target} are of runs with different numbers of shards, or one is of a whole run"
                )
            }
            MergeError::Case { target, case } => {
                write!(
                    f,
                    "{case} of {target} is in two reports, with different verdicts; merge shards, not repeats"
                )
            }
        }
    }
}

impl std::error::Error for MergeError {}

/// Puts reports together. Shards of a run give the report of the whole run, but for times; a target that is in one
/// report alone is taken as it is. Where the same case of the same target is in two reports it must have the same
/// verdict.
pub fn merge(reports: Vec<Report>) -> Result<Report, MergeError> {
    let mut reports = reports.into_iter();
    let mut whole = reports.next().ok_or(MergeError::Nothing)?;
    for report in reports {
        same("version", &whole.version, &report.version)?;
        same(
            "vectors_digest",
            &whole.vectors_digest,
            &report.vectors_digest,
        )?;
        same("seed", &whole.seed, &report.seed)?;
        whole.complete &= report.complete;
        whole.duration_ms = whole.duration_ms.max(report.duration_ms);
        if report.started < whole.started {
            whole.started = report.started;
        }
        whole.requirements.extend(report.requirements);
        for target in report.targets {
            let known = |t: &&mut TargetReport| {
                (&t.name, &t.url, t.role) == (&target.name, &target.url, target.role)
            };
            match whole.targets.iter_mut().find(known) {
                Some(into) => join(into, target)?,
                None => whole.targets.push(target),
            }
        }
    }
    Ok(whole)
}

fn same<T: PartialEq + ToString>(key: &'static str, a: &T, b: &T) -> Result<(), MergeError> {
    if a == b {
        Ok(())
    } else {
        Err(MergeError::Differ(key, a.to_string(), b.to_string()))
    }
}

fn join(into: &mut TargetReport, from: TargetReport) -> Result<(), MergeError> {
    // Of a target that was never reached nothing was found, either.
    let found =
        |target: &TargetReport| !target.cases.is_empty() || target.ended == Ending::Complete;
    match (found(into), found(&from)) {
        (_, false) => {}
        (false, true) => into.probe = from.probe,
        (true, true) => {
            let round_trip_us = into.probe.round_trip_us.min(from.probe.round_trip_us);
            into.probe.round_trip_us = round_trip_us;
            if into.probe
                != (crate::Probe {
                    round_trip_us,
                    ..from.probe
                })
            {
                return Err(MergeError::Probe(into.url.clone()));
            }
        }
    }
    into.ended = std::mem::take(&mut into.ended).max(from.ended);
    match (&mut into.shards, from.shards) {
        (None, None) => {}
        (Some(shards), Some(others)) if shards.of == others.of => shards.parts.extend(others.parts),
        _ => return Err(MergeError::Shards(into.url.clone())),
    }
    // All of them are the whole.
    into.shards
        .take_if(|shards| shards.missing().next().is_none());
    let mut cases: BTreeMap<String, CaseResult> = std::mem::take(&mut into.cases)
        .into_iter()
        .map(|case| (case.id.clone(), case))
        .collect();
    for case in from.cases {
        match cases.get_mut(&case.id) {
            None => drop(cases.insert(case.id.clone(), case)),
            Some(before) if before.is_passive() => add(before, case),
            Some(before) if before.verdict == case.verdict => {}
            Some(_) => {
                return Err(MergeError::Case {
                    target: into.url.clone(),
                    case: case.id,
                });
            }
        }
    }
    into.cases = cases.into_values().collect();
    into.summary = Summary::of(&into.cases);
    into.broken_baseline.extend(from.broken_baseline);
    into.broken_baseline.sort();
    into.broken_baseline.dedup();
    Ok(())
}

/// A passive rule is judged on every connection: what the others saw is added.
fn add(into: &mut CaseResult, mut from: CaseResult) {
    let count = into.count.unwrap_or_default() + from.count.unwrap_or_default();
    let first = |case: &CaseResult| case.seen_in_cases.first().cloned();
    if from.verdict > into.verdict
        || from.verdict == into.verdict
            && first(&from).is_some_and(|id| first(into).is_none_or(|other| id < other))
    {
        std::mem::swap(into, &mut from);
    }
    into.count = Some(count);
    into.seen_in_cases.append(&mut from.seen_in_cases);
    into.seen_in_cases.sort();
    into.seen_in_cases.dedup();
    into.seen_in_cases.truncate(CaseResult::SEEN_IN);
}
