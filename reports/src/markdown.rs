//! Markdown, for the summary of a CI job.

use std::fmt::Write as _;

use wsspec_core::dissect;

use crate::text::counted;
use crate::{Cause, Report, TargetReport, Verdict, plain_text};

/// Most causes shown for each target.
const MOST_CAUSES: usize = 25;

/// Most causes for which a case is shown with its bytes.
const MOST_IN_FULL: usize = 3;

/// Most cases shown for each cause.
const MOST_CASES: usize = 3;

/// The report as Markdown: a table of targets, then what broke in each, worst first.
pub(crate) fn markdown(report: &Report) -> String {
    let mut out = String::from("# WebSocket conformance\n\n");
    targets(&mut out, report);
    for (name, trouble) in report.troubles() {
        let _ = writeln!(
            out,
            "\n**Results are incomplete** for {}: {}.",
            code(name),
            text(&trouble)
        );
    }
    let _ = writeln!(
        out,
        "\n{} {}, {:.1} s, started {}{}.",
        report.tool,
        report.version,
        report.duration_ms as f64 / 1000.0,
        report.started,
        if report.complete {
            ""
        } else {
            ", **interrupted**"
        }
    );
    for target in &report.targets {
        findings(&mut out, report, target);
    }
    out
}

/// The table of targets: the number of cases with each verdict.
fn targets(out: &mut String, report: &Report) {
    let shown: Vec<Verdict> = Verdict::ALL
        .into_iter()
        .filter(|v| {
            matches!(v, Verdict::Pass | Verdict::Fail)
                || report.targets.iter().any(|t| t.summary.count(*v) > 0)
        })
        .collect();
    out.push_str("| target |");
    for verdict in &shown {
        let _ = write!(out, " {} |", verdict.name());
    }
    let _ = writeln!(out, "\n|---|{}", "---:|".repeat(shown.len()));
    for target in &report.targets {
        let shards = target
            .shards
            .as_ref()
            .map_or_else(String::new, |shards| format!(" (shard {shards})"));
        let _ = write!(out, "| {}{shards} |", code(&target.name));
        for verdict in &shown {
            let known = target
                .cases
                .iter()
                .filter(|c| c.verdict == *verdict && c.known.is_some())
                .count();
            let known = if known > 0 {
                format!(" ({known} known)")
            } else {
                String::new()
            };
            let _ = write!(out, " {}{known} |", target.summary.count(*verdict));
        }
        out.push('\n');
    }
}

/// What is wrong with a target; nothing if all is well.
fn findings(out: &mut String, report: &Report, target: &TargetReport) {
    let failed = target
        .cases
        .iter()
        .any(|c| matches!(c.verdict, Verdict::Fail | Verdict::Flaky));
    if !failed && target.broken_baseline.is_empty() && target.probe.trouble.is_none() {
        return;
    }
    let _ = writeln!(out, "\n## {}\n", code(&target.name));
    if let Some(trouble) = &target.probe.trouble {
        let _ = writeln!(out, "No plain connection works: {}.\n", text(trouble));
    }
    for broken in &target.broken_baseline {
        let _ = writeln!(out, "- **baseline**: {}", text(broken));
    }
    causes(out, report, target);
}

/// The table of causes, and the bytes of the worst.
fn causes(out: &mut String, report: &Report, target: &TargetReport) {
    let causes = report.causes_of(target);
    if causes.is_empty() {
        return;
    }
    out.push_str("| verdict | impact | what broke | cases |\n|---|---|---|---|\n");
    for cause in causes.iter().take(MOST_CAUSES) {
        row(out, report, target, cause);
    }
    if causes.len() > MOST_CAUSES {
        let more = counted(causes.len() - MOST_CAUSES, "more cause");
        let _ = writeln!(out, "\n… and {more}.");
    }
    let worst = causes.iter().filter(|cause| cause.verdict == Verdict::Fail);
    for cause in worst.take(MOST_IN_FULL) {
        if let Some(case) = target.cases.iter().find(|case| case.id == cause.case) {
            let _ = writeln!(out, "\n{}:\n", code(&case.id));
            out.push_str(&preformatted(&plain_text::case(report, target, case)));
        }
    }
}

/// A row of the table of causes.
fn row(out: &mut String, report: &Report, target: &TargetReport, cause: &Cause) {
    let rule = report.requirements.get(&cause.requirement).map_or_else(
        || cause.requirement.clone(),
        |c| format!("{} {}: {}", c.clause, c.level, c.text),
    );
    let others = cause.cases.iter().filter(|id| **id != cause.case);
    let mut cases: Vec<String> = [&cause.case]
        .into_iter()
        .chain(others)
        .take(MOST_CASES)
        .map(|id| listed(target, id))
        .collect();
    if cause.rows > MOST_CASES {
        cases.push(format!("… and {} more", cause.rows - MOST_CASES));
    }
    if cause.rests > 0 {
        cases.push(format!(
            "{} not judged for it",
            counted(cause.rests, "case")
        ));
    }
    let _ = writeln!(
        out,
        "| {} | {} | {}<br>{} | {} |",
        cause.verdict.name(),
        cause.impact.name(),
        text(&rule),
        text(&cause.reason),
        cases.join("<br>")
    );
}

/// The id of a case, and why the baseline expects it.
fn listed(target: &TargetReport, id: &str) -> String {
    let case = target.cases.iter().find(|case| case.id == id);
    let known = case.and_then(|case| case.known.as_ref());
    let known = known.map_or_else(String::new, |known| format!(" (known: {})", text(known)));
    format!("{}{known}", code(id))
}

/// A block of lines shown as they are, without markup.
fn preformatted(untrusted: &str) -> String {
    let mut out = String::from("<pre>\n");
    for line in untrusted.lines() {
        for c in dissect::printable(line.as_bytes()).chars() {
            out.push_str(match c {
                '<' => "&lt;",
                '>' => "&gt;",
                '&' => "&amp;",
                '@' => "&#64;",
                c => {
                    out.push(c);
                    continue;
                }
            });
        }
        out.push('\n');
    }
    out + "</pre>\n"
}

/// Escapes a text of a peer: it contains no markup, ends no table cell and starts no line.
pub(crate) fn text(untrusted: &str) -> String {
    let mut out = String::with_capacity(untrusted.len());
    for c in untrusted.chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '@' => out.push_str("&#64;"),
            '\\' | '`' | '*' | '_' | '{' | '}' | '[' | ']' | '(' | ')' | '#' | '!' | '|' | '~' => {
                out.push('\\');
                out.push(c);
            }
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

/// A code span. A backtick would end it, and a bar would end the table cell even inside it.
fn code(untrusted: &str) -> String {
    let plain: String = untrusted
        .chars()
        .map(|c| {
            if c.is_control() || "`|".contains(c) {
                ' '
            } else {
                c
            }
        })
        .collect();
    format!("`{plain}`")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_of_a_peer_contains_no_markup() {
        assert_eq!(
            text("a|b <img src=x>\n# [x](y) @all"),
            "a\\|b &lt;img src=x&gt; \\# \\[x\\]\\(y\\) &#64;all"
        );
        assert_eq!(code("a`b|c"), "`a b c`");
        assert_eq!(
            preformatted("</pre>\n\n@all & \u{202e}"),
            "<pre>\n&lt;/pre&gt;\n\n&#64;all &amp; \\u{202e}\n</pre>\n"
        );
    }
}
