//! Merges reports: the shards of a run, or runs against different targets.

use std::collections::BTreeMap;
use std::fmt;

use crate::{CaseResult, Ending, Probe, Report, Summary, TargetReport};

/// Why reports cannot be merged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MergeError {
    /// There is no report.
    Nothing,
    /// They differ in a key that must be the same in all: its name and both values.
    Differ(&'static str, String, String),
    /// Two reports disagree about what the probe found out about this target.
    Probe(String),
    /// Two reports of this target divide the run into different numbers of shards.
    Shards(String),
    /// Two reports have the same shard of a target, with different results.
    Twice {
        /// The name of the target.
        target: String,
        /// The shard, written `2/8`.
        shard: String,
    },
    /// Two reports have different verdicts on the same case of a target.
    Case {
        /// The URL of the target.
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
                    "{target} behaved differently at the start of two runs; check that both tested the same server"
                )
            }
            MergeError::Shards(target) => {
                write!(
                    f,
                    "the reports of {target} come from different numbers of shards, or one is of a whole run; merge the shards of one run"
                )
            }
            MergeError::Twice { target, shard } => {
                write!(
                    f,
                    "two reports have shard {shard} of {target}, and not the same results; leave out one of them"
                )
            }
            MergeError::Case { target, case } => {
                write!(
                    f,
                    "two reports have different verdicts on {case} of {target}; merge the shards of one run, not repeated runs"
                )
            }
        }
    }
}

impl std::error::Error for MergeError {}

/// Merges reports.
///
/// Causes are found anew. The shards of a run give the report of the whole run, except for times. A target that only one
/// report has is taken as it is. A case of a target that two reports have must have the same
/// verdict in both.
///
/// Two reports are about the same target if its role, its transport, its name and its URL are the same. Where it was given
/// a name, two shards need only that: each machine may have started the server at another address. The merged report has
/// the URL of the first shard. Results that are given twice count once.
///
/// # Errors
/// If there is no report, or the reports do not belong together: see [`MergeError`].
pub fn merge(mut reports: Vec<Report>) -> Result<Report, MergeError> {
    drop_copies(&mut reports);
    let mut reports = reports.into_iter();
    let mut whole = reports.next().ok_or(MergeError::Nothing)?;
    for report in reports {
        same("tool", &whole.tool, &report.tool)?;
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
            let known = whole.targets.iter_mut().find(|t| is_same(t, &target));
            match known {
                Some(into) => join(into, target)?,
                None => whole.targets.push(target),
            }
        }
    }
    for target in &mut whole.targets {
        // All shards together are the whole run.
        target
            .shards
            .take_if(|shards| shards.missing().next().is_none());
    }
    whole.find_causes();
    Ok(whole)
}

/// Drops the results of a target that an earlier report has, word for word.
fn drop_copies(reports: &mut [Report]) {
    for n in 1..reports.len() {
        let (before, from) = reports.split_at_mut(n);
        from[0]
            .targets
            .retain(|target| !before.iter().any(|report| report.targets.contains(target)));
    }
}

/// Whether two reports are about the same target.
fn is_same(a: &TargetReport, b: &TargetReport) -> bool {
    (&a.name, a.role, a.over) == (&b.name, b.role, b.over)
        && (a.url == b.url || is_named_shard(a) && is_named_shard(b))
}

/// Whether this is a part of a run against a target with a name of its own.
fn is_named_shard(target: &TargetReport) -> bool {
    target.shards.is_some() && target.name != target.url
}

fn same<T: PartialEq + ToString>(key: &'static str, a: &T, b: &T) -> Result<(), MergeError> {
    if a == b {
        Ok(())
    } else {
        Err(MergeError::Differ(key, a.to_string(), b.to_string()))
    }
}

/// Adds the results of the same target from another report.
fn join(into: &mut TargetReport, from: TargetReport) -> Result<(), MergeError> {
    check_shards(into, &from)?;
    join_probes(into, &from)?;
    into.ended = std::mem::take(&mut into.ended).max(from.ended);
    if let (Some(shards), Some(others)) = (&mut into.shards, from.shards) {
        if others.parts.first() < shards.parts.first() {
            (into.url, into.again) = (from.url, from.again);
        }
        shards.parts.extend(others.parts);
    }
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
    // Each run has had processes of its own.
    into.usage = None;
    into.cases = cases.into_values().collect();
    into.summary = Summary::of(&into.cases);
    into.broken_baseline.extend(from.broken_baseline);
    into.broken_baseline.sort();
    into.broken_baseline.dedup();
    Ok(())
}

/// Checks that two reports of the same target are parts of one run, and not the same part of it.
fn check_shards(into: &TargetReport, from: &TargetReport) -> Result<(), MergeError> {
    let (shards, others) = match (&into.shards, &from.shards) {
        (None, None) => return Ok(()),
        (Some(shards), Some(others)) if shards.of == others.of => (shards, others),
        _ => return Err(MergeError::Shards(into.name.clone())),
    };
    match shards.parts.intersection(&others.parts).next() {
        None => Ok(()),
        Some(part) => Err(MergeError::Twice {
            target: into.name.clone(),
            shard: format!("{part}/{}", shards.of),
        }),
    }
}

/// Checks that both probes found the same, except what depends on the time, and keeps the shorter
/// round trip.
fn join_probes(into: &mut TargetReport, from: &TargetReport) -> Result<(), MergeError> {
    if !was_probed(from) {
        return Ok(());
    }
    if !was_probed(into) {
        into.probe = from.probe.clone();
        return Ok(());
    }
    let round_trip_us = into.probe.round_trip_us.min(from.probe.round_trip_us);
    into.probe.round_trip_us = round_trip_us;
    // What depends on the time may differ.
    let other = Probe {
        round_trip_us,
        answers_after_us: into.probe.answers_after_us,
        pushes: into.probe.pushes,
        pings: into.probe.pings,
        lifetime: into.probe.lifetime,
        max_connections: into.probe.max_connections,
        max_rate: into.probe.max_rate,
        ..from.probe.clone()
    };
    if into.probe == other {
        Ok(())
    } else {
        Err(MergeError::Probe(into.url.clone()))
    }
}

/// Whether the target was reached, so that its probe says something.
fn was_probed(target: &TargetReport) -> bool {
    !target.cases.is_empty() || target.ended == Ending::Complete
}

/// Adds what another run saw of a passive rule, which is judged on every connection.
fn add(into: &mut CaseResult, mut from: CaseResult) {
    let count = into.count.unwrap_or_default() + from.count.unwrap_or_default();
    // The graver verdict is kept; among equals, the one from the first case by id.
    if from.verdict > into.verdict
        || from.verdict == into.verdict && is_earlier(from.seen_in_cases.first(), into)
    {
        std::mem::swap(into, &mut from);
    }
    into.count = Some(count);
    into.seen_in_cases.append(&mut from.seen_in_cases);
    into.seen_in_cases.sort();
    into.seen_in_cases.dedup();
    into.seen_in_cases.truncate(CaseResult::SEEN_IN);
}

/// Whether `case` comes before the first one in which `other` was broken.
fn is_earlier(case: Option<&String>, other: &CaseResult) -> bool {
    match (case, other.seen_in_cases.first()) {
        (Some(case), Some(first)) => case < first,
        (Some(_), None) => true,
        (None, _) => false,
    }
}
