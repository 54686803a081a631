//! Whose verdicts look like these.
//!
//! Two implementations that share their code share their departures. A verdict that most have says little, so each case
//! weighs by how rare the verdict is among the implementations of the lab.

use std::collections::BTreeMap;

use serde::Serialize;
use wsspec_reports::Verdict;

use super::results::StoredRun;

/// The least number of cases that both have judged.
const LEAST_CASES: usize = 50;

/// How much an implementation looks like the one in question.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Likeness {
    /// The implementation and its version.
    pub implementation: String,
    /// From 0, nothing in common, to 1, the same verdicts.
    pub likeness: f64,
    /// Cases that both judged.
    pub cases: usize,
    /// Cases with another verdict.
    pub different: usize,
    /// Cases that neither passes, with the same verdict.
    pub shared_departures: usize,
}

/// The implementations of the same role and transport, the most alike first.
pub fn resembling(unknown: &StoredRun, runs: &[StoredRun]) -> Vec<Likeness> {
    let runs: Vec<&StoredRun> = runs
        .iter()
        .filter(|run| (run.role, run.over) == (unknown.role, unknown.over))
        .collect();
    let unknown: BTreeMap<&str, Verdict> = unknown.judged().collect();
    let usual = Usual::of(&runs);
    let mut likenesses: Vec<Likeness> = runs
        .iter()
        .map(|run| likeness(&unknown, run, &usual))
        .filter(|likeness| likeness.cases >= LEAST_CASES)
        .collect();
    likenesses.sort_by(|a, b| b.likeness.total_cmp(&a.likeness));
    likenesses
}

/// How often each verdict is seen in each case.
struct Usual<'a>(BTreeMap<&'a str, BTreeMap<Verdict, usize>>);

impl<'a> Usual<'a> {
    fn of(runs: &[&'a StoredRun]) -> Usual<'a> {
        let mut seen: BTreeMap<&str, BTreeMap<Verdict, usize>> = BTreeMap::new();
        for (case, verdict) in runs.iter().flat_map(|run| run.judged()) {
            *seen.entry(case).or_default().entry(verdict).or_default() += 1;
        }
        Usual(seen)
    }

    /// How much the verdict says: nothing if all have it.
    fn weight(&self, case: &str, verdict: Verdict) -> f64 {
        let Some(seen) = self.0.get(case) else {
            return 0.0;
        };
        let all: usize = seen.values().sum();
        // The one in question may be the first with its verdict.
        let same = seen.get(&verdict).copied().unwrap_or(0).max(1);
        (all as f64 / same as f64).ln()
    }
}

fn likeness(unknown: &BTreeMap<&str, Verdict>, run: &StoredRun, usual: &Usual<'_>) -> Likeness {
    let mut likeness = Likeness {
        implementation: run.name(),
        likeness: 0.0,
        cases: 0,
        different: 0,
        shared_departures: 0,
    };
    let (mut same, mut all) = (0.0, 0.0);
    for (case, verdict) in run.judged() {
        let Some(other) = unknown.get(case) else {
            continue;
        };
        likeness.cases += 1;
        let weight = usual.weight(case, *other);
        all += weight;
        if *other == verdict {
            same += weight;
            likeness.shared_departures += usize::from(verdict != Verdict::Pass);
        } else {
            likeness.different += 1;
            all += usual.weight(case, verdict);
        }
    }
    likeness.likeness = if all > 0.0 {
        same / all
    } else if likeness.different == 0 {
        1.0
    } else {
        0.0
    };
    likeness
}
