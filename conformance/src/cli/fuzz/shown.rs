//! What is shown of a fuzzing run.

use std::io::IsTerminal;

use indicatif::{ProgressBar, ProgressStyle};
use wsspec::fuzz::{Event, Stats};
use wsspec_reports::counted;

use crate::cli::out::out;

/// Shows an event beside the bar.
pub(super) fn show(event: &Event<'_>, bar: &ProgressBar) {
    match event {
        Event::Resumed(next) => {
            bar.suspend(|| anstream::eprintln!("goes on with conversation {next}"));
        }
        Event::Progress(stats) => {
            bar.set_position(stats.conversations);
            let findings = counted(stats.findings, "finding");
            bar.set_message(format!("{} showed something new, {findings}", stats.novel));
        }
        Event::Found(finding) => bar.suspend(|| {
            out!(
                "{}: {} [{}]",
                finding.file.display(),
                finding.reason,
                finding.requirement
            );
        }),
    }
}

/// The last line of a run that ends after this number of findings.
pub(super) fn summarize(max_findings: usize, stats: &Stats) {
    let findings = counted(stats.findings, "finding");
    let note = if stats.findings >= max_findings {
        ", which is --max-findings".to_owned()
    } else if stats.unconfirmed > 0 {
        format!(" ({} could not be confirmed)", stats.unconfirmed)
    } else {
        String::new()
    };
    let reached = match stats.counters {
        0 => String::new(),
        counters => format!(", {counters} counters of the map reached"),
    };
    anstream::eprintln!(
        "{} conversations, {} showed something new{reached}, {findings}{note}",
        stats.conversations,
        stats.novel,
    );
}

/// The progress bar, on a terminal.
pub(super) fn bar(quiet: bool) -> ProgressBar {
    let bar = if quiet || !std::io::stderr().is_terminal() {
        ProgressBar::hidden()
    } else {
        ProgressBar::new_spinner()
    };
    let style =
        ProgressStyle::with_template("{spinner} {pos} conversations, {per_sec}, {elapsed}: {msg}");
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()));
    bar
}
