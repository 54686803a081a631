//! A case in plain text, for reports that are read where there is no terminal.

use std::fmt::Write as _;

use wsspec_core::dissect;

use crate::{CaseResult, Clause, Report, TargetReport, Who, wire};

/// Lines of a wire log that are told; the first and the last matter most.
const FIRST: usize = 10;
const LAST: usize = 30;

/// What the case is about, its clauses, what came, the wire log, and how to run it again.
pub(crate) fn case(report: &Report, target: &TargetReport, case: &CaseResult) -> String {
    let mut out = String::new();
    let mut line = |label: &str, text: &str| {
        if !text.is_empty() {
            let _ = writeln!(out, "{label:<10}{text}");
        }
    };
    line("about", &case.about);
    for id in &case.requirements {
        if let Some(Clause {
            clause,
            level,
            text,
            ..
        }) = report.requirements.get(id)
        {
            line("clause", &format!("{clause} {level}: {text} [{id}]"));
        }
    }
    line("sent", case.sent.as_deref().unwrap_or_default());
    line("expected", case.expected.as_deref().unwrap_or_default());
    line("received", case.received.as_deref().unwrap_or_default());
    line("reason", &case.reason);
    line("again", &target.rerun(case));
    for transcript in [&case.transcript, &case.transcript_alone]
        .into_iter()
        .flatten()
    {
        out.push('\n');
        let lines = wire::lines(transcript);
        for (i, line) in lines.iter().enumerate() {
            if lines.len() > FIRST + LAST && i >= FIRST && i < lines.len() - LAST {
                if i == FIRST {
                    let _ = writeln!(out, "          … {} more …", lines.len() - FIRST - LAST);
                }
                continue;
            }
            let _ = writeln!(out, "{}", row(line));
        }
    }
    out
}

/// A line of the wire log, and under it what is wrong with it.
fn row(line: &wire::Line) -> String {
    let arrow = if line.who == Who::Suite { "→" } else { "←" };
    let hex = if line.hex.is_empty() {
        String::new()
    } else {
        format!("  [{}]", line.hex)
    };
    let mut row = format!(
        "{:>9.3} {arrow} {}{hex}",
        line.at_us as f64 / 1000.0,
        line.meaning
    );
    for violation in dissect::distinct(&line.faults) {
        let _ = write!(
            row,
            "\n            ^ {} ({})",
            violation.meaning(),
            violation.clause()
        );
    }
    row
}
