//! Numbers of cases with each verdict, as pages show them.

use std::collections::BTreeMap;

use crate::{Summary, Verdict};

/// The number of cases with a verdict.
pub(super) struct Mark {
    /// What the name of its class ends with.
    pub(super) class: u8,
    pub(super) sign: char,
    pub(super) name: &'static str,
    pub(super) meaning: &'static str,
    pub(super) count: usize,
}

impl Mark {
    pub(super) fn of(verdict: Verdict, count: usize) -> Mark {
        Mark {
            class: verdict as u8,
            sign: verdict.mark(),
            name: verdict.name(),
            meaning: verdict.meaning(),
            count,
        }
    }
}

/// All numbers but zeros, worst first.
pub(super) fn marks(counts: &BTreeMap<Verdict, usize>) -> Vec<Mark> {
    let worst_first = counts.iter().rev().filter(|(_, count)| **count > 0);
    worst_first
        .map(|(verdict, count)| Mark::of(*verdict, *count))
        .collect()
}

/// The same, of a whole report.
pub(super) fn of_summary(summary: Summary) -> Vec<Mark> {
    marks(
        &Verdict::ALL
            .map(|verdict| (verdict, summary.count(verdict)))
            .into(),
    )
}

/// Every verdict, worst first.
pub(super) fn legend() -> Vec<Mark> {
    Verdict::ALL
        .into_iter()
        .rev()
        .map(|verdict| Mark::of(verdict, 0))
        .collect()
}
