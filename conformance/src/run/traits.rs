//! A row for each trait of the target: what its application does that no rule forbids.

use wsspec_reports::{CaseResult, Impact, Probe, TRAIT_NAMES, Trait, Verdict, traits};

/// The id of every row that a trait can have.
pub(super) fn row_ids() -> impl Iterator<Item = String> {
    TRAIT_NAMES.into_iter().map(row_id)
}

fn row_id(name: &str) -> String {
    format!("trait.{name}")
}

/// An informational row for each trait that the probe found.
pub(crate) fn rows(probe: &Probe) -> Vec<CaseResult> {
    traits(probe).iter().map(row).collect()
}

fn row(found: &Trait) -> CaseResult {
    CaseResult {
        id: row_id(found.name()),
        family: "trait".into(),
        group: String::new(),
        opening: false,
        about: "What the application of the target does, which no rule forbids".into(),
        autobahn: Vec::new(),
        requirements: Vec::new(),
        impact: Impact::Interop,
        verdict: Verdict::Informational,
        reason: found.to_string(),
        reason_key: "trait".into(),
        cause_key: String::new(),
        broken: None,
        rests_on: None,
        known: None,
        sent: None,
        expected: None,
        received: None,
        stderr: Vec::new(),
        duration_ms: 0.0,
        close: None,
        transcript: None,
        transcript_alone: None,
        passive: false,
        count: None,
        seen_in_cases: Vec::new(),
    }
}
