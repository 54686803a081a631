//! Markdown, for the summary of a CI job.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::{CaseResult, Impact, Report, TargetReport, Verdict, causes};

/// Most broken rules shown for each target.
const MOST_RULES: usize = 25;

/// Most cases shown for each rule.
const MOST_CASES: usize = 3;

/// The report as Markdown: a table of targets, then the broken rules of each, worst first.
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
    let causes: Vec<String> = causes(target)
        .into_iter()
        .map(|cause| format!("{} ({})", text(&cause.reason), cause.failures))
        .collect();
    if !causes.is_empty() {
        let _ = writeln!(out, "Mainly: {}.\n", causes.join(", "));
    }
    broken_rules(out, report, failed);
}

/// The table of broken rules.
fn broken_rules(out: &mut String, report: &Report, failed: Vec<&CaseResult>) {
    let mut rules: BTreeMap<(Impact, &str), Vec<&CaseResult>> = BTreeMap::new();
    for case in failed {
        let rule = case.requirements.first().map_or("", String::as_str);
        rules.entry((case.impact, rule)).or_default().push(case);
    }
    let more_rules = rules.len().saturating_sub(MOST_RULES);
    if !rules.is_empty() {
        out.push_str("| impact | rule | cases |\n|---|---|---|\n");
    }
    for ((impact, rule), cases) in rules.into_iter().take(MOST_RULES) {
        let rule = report.requirements.get(rule).map_or_else(
            || rule.to_owned(),
            |c| format!("{} {}: {}", c.clause, c.level, c.text),
        );
        let shown: Vec<String> = cases
            .iter()
            .take(MOST_CASES)
            .map(|case| failed_case(case))
            .collect();
        let more = if cases.len() > MOST_CASES {
            format!("<br>… and {} more", cases.len() - MOST_CASES)
        } else {
            String::new()
        };
        let _ = writeln!(
            out,
            "| {} | {} | {}{more} |",
            impact.name(),
            text(&rule),
            shown.join("<br>")
        );
    }
    if more_rules > 0 {
        let _ = writeln!(out, "\n… and {more_rules} more rules.");
    }
}

fn failed_case(case: &CaseResult) -> String {
    let known = case
        .known
        .as_ref()
        .map_or_else(String::new, |known| format!(" (known: {})", text(known)));
    format!("{} {}{known}", code(&case.id), text(&case.reason))
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
    }
}
