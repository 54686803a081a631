//! What stored results of a lab say beside each other.

use std::path::Path;

use wsspec::lab::{Outcome, Results, StoredRun, agreement, read_runs, resembling};
use wsspec_reports::diff::{causes, diff, text};
use wsspec_reports::published::Problem;

use super::super::exit::Exit;
use super::super::failure::{Done, Failure};
use super::super::out::{self, out};
use super::super::stored;

/// Most implementations that are named as alike.
const MOST_ALIKE: usize = 5;

/// Says what changed from each version to the next. Returns whether one got worse.
pub(super) fn between_versions(outcomes: &[Outcome], results: &Results) -> Result<bool, Failure> {
    let mut regressed = false;
    let with_results: Vec<&Outcome> = outcomes.iter().filter(|o| o.summary.is_some()).collect();
    for pair in with_results.windows(2) {
        let [old, new] = pair else { continue };
        if old.id != new.id {
            continue;
        }
        let (from, to) = (&old.version, &new.version);
        out!("\n{} {from} -> {to}", old.id);
        let reports = [from, to].map(|version| results.report(&old.id, version));
        let [Some(before), Some(now)] = reports else {
            continue;
        };
        let (before, now) = (stored::read(&before)?, stored::read(&now)?);
        let changes = diff(&before, &now);
        out::text(format_args!("{}", text(&causes(&before, &now), &changes)));
        regressed |= changes
            .iter()
            .any(|change| change.direction().is_regression());
    }
    Ok(regressed)
}

/// The first thing that is wrong with a folder of results.
fn first(problems: Vec<Problem>) -> Failure {
    let first = problems.into_iter().next();
    first.map_or_else(|| Failure::internal("no problem"), Failure::usage)
}

/// `wsspec lab --agreement DIR`
pub(super) fn agreement_in(dir: &Path, json: Option<&Path>) -> Done {
    let runs = read_runs(dir).map_err(first)?;
    let groups = agreement(&runs);
    match json {
        Some(path) => out::json(path, &groups)?,
        None => groups
            .iter()
            .for_each(|group| out::text(format_args!("{}", group.text()))),
    }
    Ok(Exit::Fine)
}

/// `wsspec lab --looks-like REPORT`
pub(super) fn looks_like(report: &Path, results: &Path, json: Option<&Path>) -> Done {
    let runs = read_runs(results).map_err(first)?;
    let stored = stored::read(report)?;
    let [target] = &stored.targets[..] else {
        let wanted = "this is not the report of one target";
        return Err(Failure::file(report, wanted));
    };
    let alike = resembling(&StoredRun::new(&target.name, "", target), &runs);
    if let Some(path) = json {
        out::json(path, &alike)?;
        return Ok(Exit::Fine);
    }
    if alike.is_empty() {
        out!(
            "no implementation in {} has enough cases in common",
            results.display()
        );
    }
    for likeness in alike.iter().take(MOST_ALIKE) {
        out!(
            "{:>4.0}%  {}: {} of {} verdicts the same, {} departures shared",
            likeness.likeness * 100.0,
            likeness.implementation,
            likeness.cases - likeness.different,
            likeness.cases,
            likeness.shared_departures
        );
    }
    Ok(Exit::Fine)
}
