//! Cases in which an implementation stands alone, or most disagree with us.
//!
//! Neither is a verdict. Who stands alone has a bug that others avoided, or has read the text better than all others. Where
//! most of the careful ones fail, the case is to be settled by the text: it may be wrong.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use serde::Serialize;
use wsspec_reports::{TargetRole, Transport, Verdict, counted};

use super::results::StoredRun;

/// The least number of implementations that judge a case before anything is said of it.
const LEAST: usize = 5;

/// What the implementations of one role say about the cases.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub struct Agreement {
    /// Servers, clients or gateways.
    pub role: TargetRole,
    /// What they were reached over.
    pub over: Transport,
    /// The implementations, by name and version.
    pub implementations: Vec<String>,
    /// The half of them that fails in the fewest cases.
    pub careful: Vec<String>,
    /// Cases that most of the careful ones fail.
    pub disputed: Vec<Disputed>,
    /// Cases that only one fails.
    pub alone: Vec<Alone>,
}

/// A case that most of the careful implementations fail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Disputed {
    /// The id of the case.
    pub case: String,
    /// Those that fail.
    pub fail: Vec<String>,
    /// Those that do not.
    pub pass: Vec<String>,
}

/// The cases that one implementation fails, and no other.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Alone {
    /// The implementation.
    pub implementation: String,
    /// The ids of the cases.
    pub cases: Vec<String>,
}

/// Compares the stored runs, each role and transport by itself.
pub fn agreement(runs: &[StoredRun]) -> Vec<Agreement> {
    let mut groups: BTreeMap<(&str, &str), Vec<&StoredRun>> = BTreeMap::new();
    for run in runs {
        let kind = (run.role.name(), run.over.name());
        groups.entry(kind).or_default().push(run);
    }
    groups.values().map(|runs| of_group(runs)).collect()
}

fn of_group(runs: &[&StoredRun]) -> Agreement {
    let careful = careful(runs);
    let mut cases: BTreeMap<&str, Vec<(&StoredRun, bool)>> = BTreeMap::new();
    for run in runs {
        for (case, verdict) in run.judged() {
            let fails = verdict == Verdict::Fail;
            cases.entry(case).or_default().push((run, fails));
        }
    }
    let mut disputed = Vec::new();
    let mut alone: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (case, judged) in cases {
        let fail = names(&judged, true);
        let mature = judged
            .iter()
            .filter(|(run, _)| careful.contains(&run.name()));
        let (failing, all) = mature.fold((0, 0), |(failing, all), (_, fails)| {
            (failing + usize::from(*fails), all + 1)
        });
        if all >= LEAST && failing * 2 > all {
            disputed.push(Disputed {
                case: case.to_owned(),
                pass: names(&judged, false),
                fail,
            });
        } else if let ([one], true) = (&fail[..], judged.len() >= LEAST) {
            alone.entry(one.clone()).or_default().push(case.to_owned());
        }
    }
    let kind = runs.first().map(|run| (run.role, run.over));
    let (role, over) = kind.unwrap_or_default();
    Agreement {
        role,
        over,
        implementations: runs.iter().map(|run| run.name()).collect(),
        careful: careful.into_iter().collect(),
        disputed,
        alone: alone
            .into_iter()
            .map(|(implementation, cases)| Alone {
                implementation,
                cases,
            })
            .collect(),
    }
}

/// The half that fails in the fewest cases.
fn careful(runs: &[&StoredRun]) -> BTreeSet<String> {
    let mut failures: Vec<(usize, String)> = runs
        .iter()
        .map(|run| {
            let failed = run.judged().filter(|(_, v)| *v == Verdict::Fail);
            (failed.count(), run.name())
        })
        .collect();
    failures.sort();
    let half = failures.len().div_ceil(2);
    failures
        .into_iter()
        .take(half)
        .map(|(_, name)| name)
        .collect()
}

fn names(judged: &[(&StoredRun, bool)], failing: bool) -> Vec<String> {
    let these = judged.iter().filter(|(_, fails)| *fails == failing);
    these.map(|(run, _)| run.name()).collect()
}

impl Agreement {
    /// As text for people.
    pub fn text(&self) -> String {
        let mut out = String::new();
        let number = counted(self.implementations.len(), self.role.name());
        let _ = writeln!(out, "{number} over {}", self.over.name());
        let _ = writeln!(out, "  careful: {}", self.careful.join(", "));
        if self.disputed.is_empty() {
            let _ = writeln!(out, "  no case that most of the careful ones fail");
        } else {
            let _ = writeln!(
                out,
                "  most of the careful ones fail; settle these by the text:"
            );
        }
        for Disputed { case, fail, pass } in &self.disputed {
            let (fail, pass) = (fail.len(), pass.join(", "));
            let _ = writeln!(out, "    {case}: {fail} fail; not {pass}");
        }
        for Alone {
            implementation,
            cases,
        } in &self.alone
        {
            let number = counted(cases.len(), "case");
            let first = cases.iter().take(5).cloned().collect::<Vec<_>>().join(", ");
            let more = if cases.len() > 5 { ", …" } else { "" };
            let _ = writeln!(
                out,
                "  {implementation} alone fails {number}: {first}{more}"
            );
        }
        out
    }
}
