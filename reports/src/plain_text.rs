//! A case as plain text, for reports that are read outside a terminal.

use std::fmt::Write as _;

use crate::text::requirement;
use crate::wire::{self, Line, rows::rows};
use crate::{CaseResult, Report, TargetReport, Transcript};

/// Lines of a wire log that are shown: the first and the last matter most.
const FIRST_LINES: usize = 10;
const LAST_LINES: usize = 30;

/// Describes a case: its subject, the clause it cites, the exchange, wire log, and the command that runs it again.
pub(crate) fn case(report: &Report, target: &TargetReport, case: &CaseResult) -> String {
    let mut out = String::new();
    labelled(&mut out, "about", &case.about);
    let id = case.breaks();
    if let Some(clause) = report.requirements.get(id) {
        labelled(&mut out, "clause", &requirement(id, clause));
    }
    let rerun = target.rerun(case);
    let explain = format!("wsspec explain {id}");
    for (label, text) in [
        ("impact", case.impact.name()),
        ("sent", case.sent.as_deref().unwrap_or_default()),
        ("expected", case.expected.as_deref().unwrap_or_default()),
        ("received", case.received.as_deref().unwrap_or_default()),
        ("reason", &case.reason),
        ("key", &case.reason_key),
        ("cause", &case.cause_key),
        ("again", &rerun),
        ("rule", if id.is_empty() { "" } else { &explain }),
    ] {
        labelled(&mut out, label, text);
    }
    labelled(
        &mut out,
        "answers",
        &case.answers_like().unwrap_or_default(),
    );
    for line in &case.stderr {
        labelled(&mut out, "stderr", line);
    }
    if let Some(usage) = &case.usage {
        labelled(&mut out, "usage", &usage.to_string());
    }
    if let Some(growth) = &case.growth {
        labelled(&mut out, "growth", &growth.to_string());
    }
    for transcript in [&case.transcript, &case.transcript_alone]
        .into_iter()
        .flatten()
    {
        wire_log(&mut out, transcript);
    }
    out
}

/// A line with its label; none without a text.
fn labelled(out: &mut String, label: &str, text: &str) {
    if !text.is_empty() {
        let _ = writeln!(out, "{label:<10}{text}");
    }
}

fn wire_log(out: &mut String, transcript: &Transcript) {
    out.push('\n');
    let lines = wire::lines(transcript);
    let left_out = lines.len().saturating_sub(FIRST_LINES + LAST_LINES);
    for (i, line) in lines.iter().enumerate() {
        if left_out > 0 && i == FIRST_LINES {
            let _ = writeln!(out, "          … {left_out} more …");
        }
        if left_out == 0 || i < FIRST_LINES || i >= FIRST_LINES + left_out {
            wire_line(out, line);
        }
    }
}

/// A line of the wire log, and what is wrong with it below.
fn wire_line(out: &mut String, line: &Line) {
    for row in rows(line, "", usize::MAX) {
        let _ = writeln!(out, "{}", row.text);
    }
}
