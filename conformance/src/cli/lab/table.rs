//! What is printed about a lab.

use wsspec::lab::{Event, Outcome, State};
use wsspec_reports::{Summary, counted};

use super::super::out::out;
use super::choose::Chosen;

/// The implementations, one way on each line.
pub(super) fn list(chosen: &[Chosen]) {
    let rows = chosen.iter().flat_map(|chosen| {
        let manifest = &chosen.entry.manifest;
        let package = manifest.package.as_ref();
        let package = package.map_or(String::new(), |package| {
            let version = chosen.version.as_ref().unwrap_or(&package.version);
            format!("{} {} {version}", package.registry.name(), package.name)
        });
        let ways = wsspec::lab::units(&chosen.entry.name, manifest);
        let ways = ways
            .into_iter()
            .filter(|unit| chosen.units.contains(&unit.id));
        let language = &manifest.language;
        let rows: Vec<[String; 4]> = ways
            .map(|unit| {
                let role = unit.role.name().to_owned();
                [unit.id, role, language.clone(), package.clone()]
            })
            .collect();
        rows
    });
    print(&rows.collect::<Vec<_>>());
}

/// What is going on.
pub(super) fn going_on(event: &Event, wanted: bool) {
    match event {
        Event::Installing(name, version) if wanted => {
            anstream::eprintln!("{name} {version}: installing");
        }
        Event::Testing(id, version) if wanted => anstream::eprintln!("{id} {version}: testing"),
        _ => {}
    }
}

/// One way is done.
pub(super) fn done(outcome: &Outcome, wanted: bool) {
    if !wanted {
        return;
    }
    let Outcome {
        id, version, state, ..
    } = outcome;
    match (&outcome.summary, state) {
        (Some(summary), State::Tested) => {
            let seconds = outcome.tested_s.unwrap_or_default();
            anstream::eprintln!("{id} {version}: {} fail, {seconds:.1} s", summary.fail);
        }
        _ => anstream::eprintln!("{id} {version}: {state}"),
    }
}

/// All of them, with their verdicts.
pub(super) fn summary(outcomes: &[Outcome], duration_ms: u64, cache_bytes: u64) {
    let heading = [
        "",
        "version",
        "fail",
        "non-strict",
        "pass",
        "skipped",
        "flaky",
        "error",
        "s",
    ];
    let mut rows = vec![heading.map(str::to_owned)];
    for outcome in outcomes {
        let Some(summary) = outcome.summary else {
            continue;
        };
        let Summary {
            pass,
            informational,
            non_strict,
            skipped,
            flaky,
            error,
            fail,
        } = summary;
        let numbers = [
            fail,
            non_strict,
            pass + informational,
            skipped,
            flaky,
            error,
        ];
        let [fail, non_strict, pass, skipped, flaky, error] = numbers.map(|n| n.to_string());
        let seconds = outcome
            .tested_s
            .map_or(String::new(), |s| format!("{s:.1}"));
        let (id, version) = (outcome.id.clone(), outcome.version.clone());
        rows.push([
            id, version, fail, non_strict, pass, skipped, flaky, error, seconds,
        ]);
    }
    if rows.len() > 1 {
        print(&rows);
    }
    for outcome in outcomes
        .iter()
        .filter(|outcome| outcome.state.trouble().is_some())
    {
        out!("{} {}: {}", outcome.id, outcome.version, outcome.state);
    }
    let tested = outcomes
        .iter()
        .filter(|outcome| outcome.state == State::Tested);
    let kept = outcomes
        .iter()
        .filter(|outcome| outcome.state == State::Kept);
    let troubles = outcomes
        .iter()
        .filter(|outcome| outcome.state.trouble().is_some());
    out!(
        "{} tested, {} tested before, {} without results, in {} s; the cache takes {} MiB",
        tested.count(),
        kept.count(),
        counted(troubles.count(), "implementation"),
        duration_ms / 1000,
        cache_bytes >> 20
    );
}

/// Rows with their columns aligned.
fn print<const N: usize>(rows: &[[String; N]]) {
    let mut widths = [0; N];
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    for row in rows {
        let cells = row.iter().zip(widths);
        let line: Vec<String> = cells
            .map(|(cell, width)| format!("{cell:width$}"))
            .collect();
        out!("{}", line.join("  ").trim_end());
    }
}
