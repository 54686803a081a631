//! How good is the suite? Every planted fault against every case, in memory.
//!
//! A mutant is the reference peer with one planted fault, in one role. It is killed when a case
//! says worse of it than of the conforming peer. The suite is as good as the mutants it kills by a
//! case meant for them, and as bad as the false positives: failures of peers that are not at
//! fault. In the other direction, a case is worth something if it kills a mutant.
//!
//! | module | contents |
//! |---|---|
//! | `result` | [`MutantResult`] and [`CaseKills`]: both sides of the matrix |
//! | `baseline` | what the suite says of the conforming peer, and what differs for a mutant |
//! | `environment` | what a run knows about its target before the first case |
//! | `attribution` | [`Attribution`]: what the failing rows of a mutant name |
//! | `meant` | which cases are meant for a fault |
//! | `applications` | [`applications()`]: legal applications, of which the suite accuses none |
//! | `power` | [`power()`]: planted faults below legal applications |

mod applications;
mod attribution;
mod baseline;
mod environment;
mod meant;
mod power;
mod result;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use wsspec_core::Role;
use wsspec_vectors::Corpus;

use crate::check::parallel;
use crate::peer::PlantedFault;
pub use applications::{Accusation, ApplicationResult, applications};
pub use attribution::{Attribution, AttributionFigures};
use baseline::{Baseline, Findings};
use meant::Meant;
pub use power::{LeftOut, Power, PowerResult, power};
pub use result::{CaseKills, Matrix, MutantResult, MutantStatus};

/// Runs `corpus` against `faults` in every role in which they show, on all cores, and calls `on`
/// with each result as it is ready. Large cases kill no mutant that others do not: with
/// `large_cases`, they run against a few faults to show that each of them kills one.
pub fn run(
    corpus: &Corpus,
    faults: &[&'static PlantedFault],
    large_cases: bool,
    on: impl Fn(&MutantResult) + Sync,
) -> Matrix {
    let baselines = parallel::map(&[Role::Server, Role::Client], |role| {
        Baseline::new(corpus, *role)
    });
    let work: Vec<(&'static PlantedFault, Role)> = faults
        .iter()
        .flat_map(|fault| fault.roles.iter().map(|role| (*fault, *role)))
        .collect();
    let done = parallel::map(&work, |(fault, role)| {
        let findings = baselines[usize::from(*role == Role::Client)].judge(fault);
        let result = MutantResult {
            fault,
            role: *role,
            by: findings.worse.clone(),
            rows: findings.rows.clone(),
            meant: kills_meant(corpus, fault, &findings),
        };
        on(&result);
        (result, findings)
    });
    let (mutants, findings): (Vec<MutantResult>, Vec<Findings>) = done.into_iter().unzip();
    let mut cases: Vec<CaseKills> = baselines.iter().flat_map(Baseline::without_kills).collect();
    count_kills(&mut cases, &mutants);
    if large_cases {
        for baseline in &baselines {
            let known: Vec<(&PlantedFault, &Findings)> = work
                .iter()
                .zip(&findings)
                .filter(|((_, role), _)| *role == baseline.role())
                .map(|((fault, _), findings)| (*fault, findings))
                .collect();
            cases.extend(parallel::map(baseline.large_cases(), |case| {
                baseline.first_kill(case, &known)
            }));
        }
    }
    Matrix { mutants, cases }
}

/// Adds to `cases` what they say of `mutants`.
fn count_kills(cases: &mut [CaseKills], mutants: &[MutantResult]) {
    let indices: BTreeMap<(String, bool), usize> = cases
        .iter()
        .enumerate()
        .map(|(i, kills)| ((kills.case.clone(), kills.role == Role::Server), i))
        .collect();
    for mutant in mutants {
        for (id, verdict) in &mutant.by {
            let Some(index) = indices.get(&(id.clone(), mutant.role == Role::Server)) else {
                continue;
            };
            cases[*index].count(*verdict);
        }
    }
}

/// The cases and passive rules that are meant for a fault and give at least the verdict it
/// deserves.
fn kills_meant(corpus: &Corpus, fault: &PlantedFault, findings: &Findings) -> Vec<String> {
    let meant = Meant::of(fault);
    findings
        .worse
        .iter()
        .filter(|(_, verdict)| *verdict >= fault.worst)
        .filter(|(id, _)| meant.has(corpus, id))
        .map(|(id, _)| id.clone())
        .collect()
}
