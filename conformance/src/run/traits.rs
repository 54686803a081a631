//! A row for each trait of the target: what its application does that no rule forbids.

use wsspec_reports::{
    CaseResult, Impact, Probe, TRAIT_FAMILY, TRAIT_NAMES, Trait, Verdict, traits,
};

/// The id of every row that a trait can have.
pub(super) fn row_ids() -> impl Iterator<Item = String> {
    TRAIT_NAMES.into_iter().map(row_id)
}

pub(super) fn row_id(name: &str) -> String {
    format!("trait.{name}")
}

/// An informational row for each trait that the probe found.
pub(crate) fn rows(probe: &Probe) -> Vec<CaseResult> {
    traits(probe).iter().map(row).collect()
}

fn row(found: &Trait) -> CaseResult {
    CaseResult {
        about: "What the application of the target does, which no rule forbids".into(),
        reason: found.to_string(),
        reason_key: "trait".into(),
        ..CaseResult::new(
            row_id(found.name()),
            TRAIT_FAMILY,
            Impact::Interop,
            Verdict::Informational,
        )
    }
}
