//! The report on a terminal: a table of families, then what broke, worst first.

use std::collections::BTreeMap;
use std::fmt::{self, Write as _};

use owo_colors::{OwoColorize, Style};
use wsspec_core::dissect;

use crate::{
    CaseResult, Clause, Ending, Impact, Peer, Probe, Report, TargetReport, TargetRole, Verdict,
    Who, causes, wire,
};

/// How to render.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// Colours.
    pub color: bool,
    /// Columns of the terminal.
    pub width: usize,
    /// Failures shown in full, at most.
    pub details: usize,
    /// Also what is not strict or informational.
    pub verbose: bool,
}

/// Failures shown in full, where nobody asks for all.
pub const DETAILS: usize = 12;

/// Lines of a wire log that are shown; the first and the last matter most.
const WIRE_HEAD: usize = 6;
const WIRE_TAIL: usize = 14;

/// Renders the results of one target.
pub fn render(report: &Report, target: &TargetReport, options: &Options) -> String {
    let mut page = Page {
        out: String::new(),
        options: *options,
    };
    if let Ending::Unreachable(reason) = &target.ended {
        page.unreachable(target, reason);
        return page.out;
    }
    page.header(target);
    page.families(target);
    page.details(report, target);
    page.softer(target);
    page.rules(report, target);
    page.baseline(target);
    page.summary(report, target);
    page.out
}

struct Page {
    out: String,
    options: Options,
}

impl Page {
    fn line(&mut self, text: impl fmt::Display) {
        let _ = writeln!(self.out, "{text}");
    }

    fn paint(&self, text: impl fmt::Display, style: Style) -> String {
        if self.options.color {
            text.style(style).to_string()
        } else {
            text.to_string()
        }
    }

    /// Wraps `text` behind a label.
    fn labelled(&mut self, label: &str, text: &str) {
        let head = format!("    {label:<10}");
        let filled = textwrap::fill(text, self.wrap(14).initial_indent(&head));
        self.line(filled);
    }

    /// How a text is wrapped whose further lines stand `indent` columns in. A word stays whole, so that it can be
    /// searched for.
    fn wrap(&self, indent: usize) -> textwrap::Options<'static> {
        const SPACES: &str = "              ";
        textwrap::Options::new(self.options.width.max(40))
            .subsequent_indent(&SPACES[..indent])
            .word_splitter(textwrap::WordSplitter::NoHyphenation)
    }

    fn unreachable(&mut self, target: &TargetReport, reason: &str) {
        let name = self.paint(&target.url, Style::new().bold());
        let trouble = self.paint("no case was run", verdict_style(Verdict::Error));
        self.line(format!("{name}  {trouble}: {reason}"));
    }

    fn header(&mut self, target: &TargetReport) {
        let probe = &target.probe;
        let mut about = vec![match probe.peer {
            Peer::Echo => "echoes".to_owned(),
            Peer::Silent => "does not echo".to_owned(),
            Peer::Talks => "answers messages with others".to_owned(),
        }];
        if probe.trouble.is_some() {
            about.clear();
        } else {
            about.push(if probe.pongs {
                "answers pings".into()
            } else {
                "does not answer pings".into()
            });
            about.push(format!(
                "{:.2} ms a round trip",
                probe.round_trip_us as f64 / 1000.0
            ));
        }
        if probe.peer == Peer::Talks {
            about[0].push_str(" (contents cannot be judged; --peer echo if it is meant to echo)");
        }
        if probe.greeting > 0 {
            about.push("greets".into());
        }
        about.extend(
            probe
                .extensions
                .as_ref()
                .map(|e| format!("agrees to {}", dissect::printable(e.as_bytes()))),
        );
        about.extend(
            probe
                .server
                .as_ref()
                .map(|s| format!("Server: {}", dissect::printable(s.as_bytes()))),
        );
        let name = self.paint(&target.url, Style::new().bold());
        self.line(format!("{name}  {}", about.join(", ")));
        if let Some(trouble) = trouble(probe) {
            let text = self.paint(format!("{trouble}."), verdict_style(Verdict::Error));
            self.line(text);
            self.line("Only cases on the opening handshake can be judged; the rest are errors.");
        }
        self.line("");
    }

    fn families(&mut self, target: &TargetReport) {
        let mut families: BTreeMap<&str, Vec<&CaseResult>> = BTreeMap::new();
        for case in &target.cases {
            families.entry(case.family()).or_default().push(case);
        }
        let width = families
            .keys()
            .map(|name| name.len())
            .max()
            .unwrap_or(6)
            .max(6);
        let shown: Vec<Verdict> = Verdict::ALL
            .into_iter()
            .filter(|v| *v == Verdict::Pass || target.summary.count(*v) > 0)
            .collect();
        let mut head = format!("  {:<width$} {:>6}", "family", "cases");
        for verdict in &shown {
            let _ = write!(head, " {:>13}", verdict.name());
        }
        let head = self.paint(head, Style::new().dimmed());
        self.line(head);
        for (name, cases) in &families {
            let mut row = format!("  {name:<width$} {:>6}", cases.len());
            for verdict in &shown {
                let count = cases.iter().filter(|c| c.verdict == *verdict).count();
                let cell = format!(
                    " {:>13}",
                    if count == 0 {
                        "·".to_owned()
                    } else {
                        count.to_string()
                    }
                );
                row.push_str(&if count == 0 {
                    self.paint(cell, Style::new().dimmed())
                } else {
                    self.paint(cell, verdict_style(*verdict))
                });
            }
            self.line(row);
        }
        self.line("");
    }

    /// Failures, flaky cases and errors, the first of every requirement before the second of any.
    fn details(&mut self, report: &Report, target: &TargetReport) {
        let mut bad: Vec<&CaseResult> = target
            .cases
            .iter()
            .filter(|c| c.verdict >= Verdict::Flaky && c.known.is_none())
            .collect();
        let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
        let mut ranked: Vec<(usize, usize, &CaseResult)> = Vec::new();
        bad.sort_by_key(|c| (std::cmp::Reverse(c.verdict), c.impact));
        for case in bad {
            let nth = seen.entry(first_requirement(report, case)).or_default();
            ranked.push((usize::from(case.verdict == Verdict::Error), *nth, case));
            *nth += 1;
        }
        ranked.sort_by_key(|(error, nth, _)| (*error, *nth));
        let shown = ranked.len().min(self.options.details);
        let mut last_reason = None;
        for (_, _, case) in &ranked[..shown] {
            if case.verdict == Verdict::Error && last_reason == Some(&case.reason) {
                continue;
            }
            last_reason = Some(&case.reason);
            self.case(report, target, case);
        }
        if ranked.len() > shown {
            let rest = ranked.len() - shown;
            self.line(format!(
                "… and {rest} more; -v shows all, --json FILE keeps everything.\n"
            ));
        }
    }

    fn case(&mut self, report: &Report, target: &TargetReport, case: &CaseResult) {
        let mark = self.paint(
            case.verdict.name().to_uppercase(),
            verdict_style(case.verdict).bold(),
        );
        let id = self.paint(&case.id, Style::new().bold());
        self.line(format!("{mark} {id}  ({})", case.impact.name()));
        self.labelled("about", &case.about);
        for id in binding(report, case) {
            if let Some(Clause {
                clause,
                level,
                text,
                ..
            }) = report.requirements.get(id)
            {
                self.labelled("clause", &format!("{clause} {level}: {text} [{id}]"));
            }
        }
        if let Some(sent) = &case.sent {
            self.labelled("sent", sent);
        }
        if let Some(expected) = &case.expected {
            self.labelled("expected", expected);
        }
        if let Some(received) = &case.received {
            self.labelled("received", received);
        }
        self.labelled("reason", &case.reason);
        if let Some(count) = case.count {
            self.labelled(
                "seen",
                &format!("{count} times, first in {}", case.seen_in_cases.join(", ")),
            );
        }
        for transcript in [&case.transcript, &case.transcript_alone]
            .into_iter()
            .flatten()
        {
            // The heads matter where the case is about them.
            let heads = self.options.verbose
                || ["handshake.", "client."]
                    .iter()
                    .any(|f| case.id.starts_with(f));
            let lines = wire::lines(transcript);
            self.wire(&if heads {
                lines
            } else {
                wire::without_heads(lines)
            });
        }
        // To be copied, so it stays a line.
        self.line(format_args!("    {:<10}{}", "again", target.rerun(case)));
        self.line("");
    }

    fn wire(&mut self, lines: &[wire::Line]) {
        for (i, line) in lines.iter().enumerate() {
            if lines.len() > WIRE_HEAD + WIRE_TAIL
                && i >= WIRE_HEAD
                && i < lines.len() - WIRE_TAIL
                && !self.options.verbose
            {
                if i == WIRE_HEAD {
                    let left = lines.len() - WIRE_HEAD - WIRE_TAIL;
                    self.line(format!("              … {left} more …"));
                }
                continue;
            }
            let arrow = match line.who {
                Who::Suite => "→",
                Who::Target => "←",
            };
            let head = if i == 0 { "wire" } else { "" };
            let hex = if line.hex.is_empty() {
                String::new()
            } else {
                format!("  [{}]", line.hex)
            };
            let text = format!(
                "    {head:<4} {:>8.3} {arrow} {}{hex}",
                line.at_us as f64 / 1000.0,
                line.meaning
            );
            let room = self.options.width.max(60) * 2;
            let cut: String = if text.chars().count() > room {
                text.chars().take(room - 1).chain(['…']).collect()
            } else {
                text
            };
            let style = if line.who == Who::Suite {
                Style::new().dimmed()
            } else {
                Style::new()
            };
            let painted = self.paint(cut, style);
            self.line(painted);
            for violation in dissect::distinct(&line.faults) {
                let note = format!(
                    "                  ^ {} ({})",
                    violation.meaning(),
                    violation.clause()
                );
                let painted = self.paint(note, Style::new().yellow());
                self.line(painted);
            }
        }
    }

    /// What is not strict or informational: a line each when asked for, else only the reasons with their counts.
    fn softer(&mut self, target: &TargetReport) {
        let soft: Vec<&CaseResult> = target
            .cases
            .iter()
            .filter(|c| matches!(c.verdict, Verdict::NonStrict | Verdict::Informational))
            .collect();
        if soft.is_empty() {
            return;
        }
        if self.options.verbose {
            for case in soft {
                let mark = self.paint(case.verdict.name(), verdict_style(case.verdict));
                self.line(format!("{mark} {}: {}", case.id, case.reason));
            }
        } else {
            let mut reasons: BTreeMap<(Verdict, &str), Vec<&CaseResult>> = BTreeMap::new();
            for case in soft {
                reasons
                    .entry((case.verdict, &case.reason))
                    .or_default()
                    .push(case);
            }
            let heading = self.paint("Not strict, or worth knowing", Style::new().bold());
            self.line(heading);
            for ((verdict, reason), cases) in reasons {
                let more = if cases.len() > 1 {
                    format!(" and {} more", cases.len() - 1)
                } else {
                    String::new()
                };
                let mark = self.paint(verdict.name(), verdict_style(verdict));
                self.line(format!("  {mark}: {reason} ({}{more})", cases[0].id));
            }
        }
        self.line("");
    }

    /// One line for each broken rule: the diagnosis.
    fn rules(&mut self, report: &Report, target: &TargetReport) {
        let mut rules: BTreeMap<(Impact, &str), Vec<&CaseResult>> = BTreeMap::new();
        for case in target
            .cases
            .iter()
            .filter(|c| c.verdict == Verdict::Fail && c.known.is_none())
        {
            rules
                .entry((case.impact, first_requirement(report, case)))
                .or_default()
                .push(case);
        }
        if rules.is_empty() {
            return;
        }
        let heading = self.paint("Broken rules, worst first", Style::new().bold());
        self.line(heading);
        let mut rules: Vec<_> = rules.into_iter().collect();
        rules.sort_by_key(|((impact, _), cases)| (*impact, std::cmp::Reverse(cases.len())));
        for ((impact, id), cases) in rules {
            let text = report.requirements.get(id).map_or(id.to_owned(), |c| {
                format!("{} {}: {}", c.clause, c.level, c.text)
            });
            let count = if cases.len() == 1 {
                "1 case".to_owned()
            } else {
                format!("{} cases", cases.len())
            };
            let mark = self.paint(
                format!("{:<9}", impact.name()),
                if impact == Impact::Security {
                    verdict_style(Verdict::Fail)
                } else {
                    Style::new()
                },
            );
            let head = format!("  {mark} {text}");
            let filled = textwrap::fill(
                &format!(
                    "{head} ({count}: {}{})",
                    cases[0].id,
                    if cases.len() > 1 { ", …" } else { "" }
                ),
                self.wrap(12),
            );
            self.line(filled);
        }
        self.line("");
    }

    /// What the baseline promised and does not hold.
    fn baseline(&mut self, target: &TargetReport) {
        if target.broken_baseline.is_empty() {
            return;
        }
        let heading = self.paint(
            "Baseline that does not hold (wsspec baseline update REPORT mends it)",
            Style::new().bold(),
        );
        self.line(heading);
        for broken in &target.broken_baseline {
            let mark = self.paint("baseline", verdict_style(Verdict::Fail));
            self.line(format!("  {mark}: {broken}"));
        }
        self.line("");
    }

    fn summary(&mut self, report: &Report, target: &TargetReport) {
        let mut counts = Vec::new();
        for verdict in Verdict::ALL {
            let count = target.summary.count(verdict);
            let known = target
                .cases
                .iter()
                .filter(|c| c.verdict == verdict && c.known.is_some())
                .count();
            let known = if known > 0 {
                format!(" ({known} known)")
            } else {
                String::new()
            };
            if count > 0 || verdict == Verdict::Fail {
                counts.push(self.paint(
                    format!("{count} {}{known}", verdict.name()),
                    if count > 0 {
                        verdict_style(verdict)
                    } else {
                        Style::new()
                    },
                ));
            }
        }
        let seconds = report.duration_ms as f64 / 1000.0;
        let partial = if report.complete && target.ended != Ending::Interrupted {
            ""
        } else {
            "  (interrupted)"
        };
        let total = target.summary.total();
        let part = target
            .shards
            .as_ref()
            .map_or_else(String::new, |shards| format!(" (shard {shards})"));
        self.line(format!(
            "{total} cases{part} in {seconds:.2} s: {}{partial}{}",
            counts.join(", "),
            in_short(target)
        ));
    }
}

/// Why no plain connection to the target works, if none does.
fn trouble(probe: &Probe) -> Option<String> {
    let opens = if probe.opens { "after a 101, " } else { "" };
    probe
        .trouble
        .as_ref()
        .map(|trouble| format!("No plain connection works: {opens}{trouble}"))
}

/// What is the matter with the target, in a few words behind the counts.
fn in_short(target: &TargetReport) -> String {
    let causes = causes(target)
        .into_iter()
        .map(|(cause, count)| format!("{cause} ({count})"))
        .collect::<Vec<_>>();
    match trouble(&target.probe) {
        _ if matches!(target.ended, Ending::Died(_)) => target
            .ended
            .trouble()
            .map(|died| format!("; {died}"))
            .unwrap_or_default(),
        Some(trouble) => format!(". {trouble}"),
        None if causes.is_empty() => String::new(),
        None => format!("; chiefly: {}", causes.join(", ")),
    }
}

/// The requirement a case is counted under: the first that binds the target.
fn first_requirement<'a>(report: &Report, case: &'a CaseResult) -> &'a str {
    binding(report, case)
        .next()
        .or_else(|| case.requirements.first().map(String::as_str))
        .unwrap_or("")
}

/// The requirements of a case that bind the target, MUST before SHOULD before MAY.
fn binding<'a>(report: &Report, case: &'a CaseResult) -> impl Iterator<Item = &'a str> {
    let other = match case.transcript.as_ref().map(|t| t.target_role) {
        Some(TargetRole::Client) => "server",
        _ => "client",
    };
    let known = case
        .requirements
        .iter()
        .filter_map(|id| report.requirements.get(id).map(|c| (id.as_str(), c)));
    let mut found: Vec<(u8, &str)> = known
        .filter(|(_, clause)| clause.party != other)
        .map(|(id, clause)| (u8::from(!clause.level.starts_with("MUST")), id))
        .collect();
    found.sort_by_key(|(rank, _)| *rank);
    found.into_iter().map(|(_, id)| id)
}

fn verdict_style(verdict: Verdict) -> Style {
    match verdict {
        Verdict::Pass => Style::new().green(),
        Verdict::Informational => Style::new().cyan(),
        Verdict::NonStrict => Style::new().yellow(),
        Verdict::Skipped => Style::new().dimmed(),
        Verdict::Flaky | Verdict::Error => Style::new().magenta(),
        Verdict::Fail => Style::new().red(),
    }
}
