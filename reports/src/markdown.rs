//! Markdown, for the summary of a CI job.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::{CaseResult, Impact, Report, TargetReport, Verdict, causes};

/// Broken rules named for each target, and cases named for each rule.
const RULES: usize = 25;
const CASES: usize = 3;

/// The report as Markdown: a table of targets, then what is broken, worst first.
pub(crate) fn markdown(report: &Report) -> String {
    let mut out = String::from("# WebSocket conformance\n\n| target |");
    let shown: Vec<Verdict> = Verdict::ALL
        .into_iter()
        .filter(|v| {
            matches!(v, Verdict::Pass | Verdict::Fail)
                || report.targets.iter().any(|t| t.summary.count(*v) > 0)
        })
        .collect();
    for verdict in &shown {
        let _ = write!(out, " {} |", verdict.name());
    }
    let _ = writeln!(out, "\n|---|{}", "---:|".repeat(shown.len()));
    for target in &report.targets {
        let part = target
            .shards
            .as_ref()
            .map_or_else(String::new, |shards| format!(" (shard {shards})"));
        let _ = write!(out, "| {}{part} |", code(&target.name));
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
    for (name, trouble) in report.troubles() {
        let _ = writeln!(
            out,
            "\n**No whole result** of {}: {}.",
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
    report
        .targets
        .iter()
        .for_each(|target| of_target(&mut out, report, target));
    out
}

fn of_target(out: &mut String, report: &Report, target: &TargetReport) {
    let failed: Vec<&CaseResult> = target
        .cases
        .iter()
        .filter(|c| matches!(c.verdict, Verdict::Fail | Verdict::Flaky))
        .collect();
    if failed.is_empty() && target.broken_baseline.is_empty() && target.probe.trouble.is_none() {
        return;
    }
    let _ = writeln!(out, "\n## {}\n", code(&target.name));
    if let Some(trouble) = &target.probe.trouble {
        let _ = writeln!(out, "No plain connection works: {}.\n", text(trouble));
    }
    for broken in &target.broken_baseline {
        let _ = writeln!(out, "- **baseline**: {}", text(broken));
    }
    let chief: Vec<String> = causes(target)
        .into_iter()
        .map(|(cause, count)| format!("{} ({count})", text(&cause)))
        .collect();
    if !chief.is_empty() {
        let _ = writeln!(out, "Chiefly: {}.\n", chief.join(", "));
    }
    let mut rules: BTreeMap<(Impact, &str), Vec<&CaseResult>> = BTreeMap::new();
    for case in failed {
        let rule = case.requirements.first().map_or("", String::as_str);
        rules.entry((case.impact, rule)).or_default().push(case);
    }
    let count = rules.len();
    if count > 0 {
        out.push_str("| impact | rule | cases |\n|---|---|---|\n");
    }
    for ((impact, rule), cases) in rules.into_iter().take(RULES) {
        let rule = report.requirements.get(rule).map_or_else(
            || rule.to_owned(),
            |c| format!("{} {}: {}", c.clause, c.level, c.text),
        );
        let named: Vec<String> = cases
            .iter()
            .take(CASES)
            .map(|case| {
                let known = case
                    .known
                    .as_ref()
                    .map(|known| format!(" (known: {})", text(known)))
                    .unwrap_or_default();
                format!("{} {}{known}", code(&case.id), text(&case.reason))
            })
            .collect();
        let more = if cases.len() > CASES {
            format!("<br>… and {} more", cases.len() - CASES)
        } else {
            String::new()
        };
        let _ = writeln!(
            out,
            "| {} | {} | {}{more} |",
            impact.name(),
            text(&rule),
            named.join("<br>")
        );
    }
    if count > RULES {
        let _ = writeln!(out, "\n… and {} more rules.", count - RULES);
    }
}

/// What a peer said, as text and nothing else: no markup, no table cell, no line of its own.
pub(crate) fn text(said: &str) -> String {
    let mut out = String::with_capacity(said.len());
    for c in said.chars() {
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

/// A code span. Ticks end one, and a bar ends the cell even inside of it.
fn code(said: &str) -> String {
    let plain: String = said
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
    fn what_a_peer_says_is_no_markup() {
        assert_eq!(
            text("a|b <img src=x>\n# [x](y) @all"),
            "a\\|b &lt;img src=x&gt; \\# \\[x\\]\\(y\\) &#64;all"
        );
        assert_eq!(code("a`b|c"), "`a b c`");
    }
}
