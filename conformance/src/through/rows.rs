//! The rows of a report about a gateway.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use wsspec_reports::{CaseResult, Impact, TRAIT_FAMILY, Verdict};
use wsspec_vectors::ThroughCase;

use super::changes::{CHANGE_NAMES, Change};
use super::conversation::Conclusion;
use super::reason::Reason;

/// Bytes of memory for the transcript of a case.
const TRANSCRIPT_BYTES: usize = 64 << 10;

/// The name of the row about idle tunnels.
const IDLE: &str = "idle";

/// The ids of the rows that tell what a gateway changes.
pub fn change_ids() -> impl Iterator<Item = String> {
    CHANGE_NAMES.into_iter().chain([IDLE]).map(change_id)
}

fn change_id(name: &str) -> String {
    format!("trait.through.{name}")
}

pub(super) fn blank(case: &ThroughCase, verdict: Verdict, reason: Option<&Reason>) -> CaseResult {
    CaseResult {
        opening: case.states_opening(),
        about: case.about.clone(),
        requirements: case.requirements.clone(),
        reason: reason.map(Reason::to_string).unwrap_or_default(),
        reason_key: reason
            .map(|reason| reason.key().into_owned())
            .unwrap_or_default(),
        ..CaseResult::new(case.id.clone(), &case.family, case.impact, verdict)
    }
}

pub(super) fn row(case: &ThroughCase, conclusion: Conclusion) -> CaseResult {
    let passes = conclusion.verdict == Verdict::Pass;
    let transcript = &conclusion.transcript;
    CaseResult {
        broken: conclusion.broken,
        duration_ms: (conclusion.duration.as_secs_f64() * 1e6).round() / 1e3,
        transcript: (!passes).then(|| transcript.shortened(TRANSCRIPT_BYTES).into()),
        ..blank(case, conclusion.verdict, conclusion.reason.as_ref())
    }
}

/// A row for each kind of change.
pub(super) fn change_rows(changes: &BTreeMap<Change, BTreeSet<String>>) -> Vec<CaseResult> {
    let mut kinds: BTreeMap<&str, Vec<(&Change, &BTreeSet<String>)>> = BTreeMap::new();
    for (change, seen) in changes {
        kinds.entry(change.name()).or_default().push((change, seen));
    }
    kinds
        .into_iter()
        .map(|(name, of)| change_row(name, &of))
        .collect()
}

fn change_row(name: &str, of: &[(&Change, &BTreeSet<String>)]) -> CaseResult {
    let fields: Vec<&str> = of.iter().filter_map(|(change, _)| change.field()).collect();
    let what = of.first().map(|(change, _)| change.to_string());
    let reason = match what.unwrap_or_default() {
        what if fields.is_empty() => what,
        what => format!("{what}: {}", fields.join(", ")),
    };
    let seen = of.iter().flat_map(|(_, seen)| seen.iter().cloned());
    CaseResult {
        seen_in_cases: seen
            .collect::<BTreeSet<_>>()
            .into_iter()
            .take(CaseResult::SEEN_IN)
            .collect(),
        ..fact(
            name,
            "What the gateway changes, which no rule forbids",
            reason,
        )
    }
}

/// A row that tells how long an idle tunnel lives.
pub(super) fn idle_row(ended: bool, after: Duration) -> CaseResult {
    let seconds = after.as_secs_f64();
    let reason = if ended {
        format!("ends an idle tunnel after {seconds:.1} s")
    } else {
        format!("has not ended an idle tunnel after {seconds:.1} s")
    };
    fact(
        IDLE,
        "How long a tunnel lives on which nothing is sent",
        reason,
    )
}

/// A row that is no verdict.
fn fact(name: &str, about: &str, reason: String) -> CaseResult {
    CaseResult {
        about: about.into(),
        reason,
        reason_key: "trait".into(),
        ..CaseResult::new(
            change_id(name),
            TRAIT_FAMILY,
            Impact::Interop,
            Verdict::Informational,
        )
    }
}
