//! What the target is, and the counts on the last lines.

use owo_colors::Style;
use wsspec_core::dissect;

use super::page::{Page, verdict_style};
use crate::text::counted;
use crate::{
    CaseResult, Cause, Ending, MessageBehaviour, Probe, Report, TRAIT_FAMILY, TargetReport,
    TargetRole, Trait, Verdict, traits,
};

/// A target that was never reached, or is no WebSocket server; `None` for any other.
pub(super) fn unreachable(target: &TargetReport, page: &Page) -> Option<String> {
    let (what, reason) = match &target.ended {
        Ending::Unreachable(reason) => ("no case was run", reason),
        Ending::NoEndpoint(reason) => ("nothing can be judged", reason),
        _ => return None,
    };
    let name = page.paint(&target.url, Style::new().bold());
    let trouble = page.paint(what, verdict_style(Verdict::Error));
    Some(format!("{name}  {trouble}: {reason}"))
}

impl Page {
    /// What the probe found.
    pub(super) fn header(&mut self, target: &TargetReport) {
        let name = self.paint(&target.url, Style::new().bold());
        if target.role == TargetRole::Gateway {
            self.paragraph(&format!("{name}  a gateway"), 2);
            self.changes(&target.cases);
        } else {
            let what = format!("{name}  {}", kind(&target.probe).join(", "));
            self.paragraph(&what, 2);
            self.traits(&target.probe);
        }
        if let Some(trouble) = trouble(&target.probe) {
            let text = self.paint(format!("{trouble}."), verdict_style(Verdict::Error));
            self.paragraph(&text, 2);
            self.paragraph("Only cases about the opening handshake can be judged.", 2);
        }
        self.line("");
    }

    /// What a gateway changes, a line each.
    fn changes(&mut self, rows: &[CaseResult]) {
        let changes = rows.iter().filter(|row| row.family == TRAIT_FAMILY);
        for change in changes {
            let text = format!("It {}.", dissect::printable(change.reason.as_bytes()));
            let filled = textwrap::fill(&text, self.wrap(4).initial_indent("  "));
            self.line(filled);
        }
    }

    /// What its application does other than a plain echo, and what the run does about it.
    fn traits(&mut self, probe: &Probe) {
        let found: Vec<String> = traits(probe).iter().map(Trait::to_string).collect();
        if found.is_empty() {
            return;
        }
        let keeps = if probe.max_connections.is_some() || probe.max_rate.is_some() {
            "; the run keeps to that"
        } else {
            ""
        };
        let text = format!("It {}{keeps}.", found.join("; it "));
        let filled = textwrap::fill(&text, self.wrap(2).initial_indent("  "));
        self.line(filled);
    }
}

/// The number of cases with each verdict, of causes, and of cases judged.
pub(super) fn counts(
    report: &Report,
    target: &TargetReport,
    causes: &[Cause],
    page: &Page,
) -> String {
    let mut counts = Vec::new();
    for verdict in Verdict::ALL {
        let count = target.summary.count(verdict);
        if count > 0 || verdict == Verdict::Fail {
            let style = if count > 0 {
                verdict_style(verdict)
            } else {
                Style::new()
            };
            let known = known(target, verdict);
            counts.push(page.paint(format!("{count} {}{known}", verdict.name()), style));
        }
    }
    let seconds = report.duration_ms as f64 / 1000.0;
    let interrupted = if report.complete && target.ended != Ending::Interrupted {
        ""
    } else {
        "  (interrupted)"
    };
    let shards = target
        .shards
        .as_ref()
        .map_or_else(String::new, |shards| format!(" (shard {shards})"));
    let all = counted(target.summary.total(), "case");
    format!(
        "{all}{shards} in {seconds:.2} s: {}{interrupted}{}; {} of {all} judged{}",
        counts.join(", "),
        counted_causes(target, causes),
        target.summary.judged(),
        diagnosis(target)
    )
}

/// How many failures with this verdict are known, in brackets; empty if none are.
fn known(target: &TargetReport, verdict: Verdict) -> String {
    let known = target
        .cases
        .iter()
        .filter(|case| case.verdict == verdict && case.known.is_some())
        .count();
    if known > 0 {
        format!(" ({known} known)")
    } else {
        String::new()
    }
}

/// What kind of target the probe found, in short.
fn kind(probe: &Probe) -> Vec<String> {
    let mut kind = Vec::new();
    if !probe.was_asked() {
        return kind;
    }
    let claimed = if probe.claimed { " (you say)" } else { "" };
    if probe.trouble.is_none() {
        kind.push(match probe.peer {
            MessageBehaviour::Echo => format!("echoes{claimed}"),
            MessageBehaviour::Silent => format!("does not echo{claimed}"),
            MessageBehaviour::Talks => {
                "is no echo (use --peer echo if it is meant to be one)".into()
            }
        });
        kind.push(if probe.pongs {
            "answers pings".into()
        } else {
            "does not answer pings".into()
        });
        let ms = probe.round_trip_us as f64 / 1000.0;
        kind.push(format!("round trip {ms:.2} ms"));
    }
    match probe.liked {
        Some(reaction) if reaction.comes_back() => kind.push("answers --message as you say".into()),
        Some(_) => kind.push("does not answer --message as you say".into()),
        None => {}
    }
    if let Some(extensions) = &probe.extensions {
        let extensions = dissect::printable(extensions.as_bytes());
        kind.push(format!("agrees to {extensions}"));
    }
    if let Some(server) = &probe.server {
        let server = dissect::printable(server.as_bytes());
        kind.push(format!("Server: {server}"));
    }
    kind
}

/// Why no plain connection to the target works, if none does.
fn trouble(probe: &Probe) -> Option<String> {
    let trouble = probe.trouble.as_ref()?;
    let opens = if probe.opens { "after a 101, " } else { "" };
    Some(format!("No plain connection works: {opens}{trouble}"))
}

/// What is wrong with the target as a whole, to follow the counts.
fn diagnosis(target: &TargetReport) -> String {
    if let Ending::Died(_) = target.ended {
        let died = target.ended.trouble().unwrap_or_default();
        return format!("; {died}");
    }
    if let Some(trouble) = trouble(&target.probe) {
        return format!(". {trouble}");
    }
    String::new()
}

/// What broke in how many cases: `; 3 causes in 41 failing cases, 2 in 12 non-strict`. What the
/// baseline expects does not count.
fn counted_causes(target: &TargetReport, causes: &[Cause]) -> String {
    let mut parts = Vec::new();
    for verdict in [Verdict::Fail, Verdict::NonStrict, Verdict::Flaky] {
        let causes = causes.iter().filter(|c| c.verdict == verdict && !c.known);
        let count = causes.count();
        let cases = target.cases.iter();
        let cases = cases.filter(|c| c.verdict == verdict && c.known.is_none());
        let cases = cases.count();
        if count == 0 {
            continue;
        }
        let causes = if parts.is_empty() {
            counted(count, "cause")
        } else {
            count.to_string()
        };
        parts.push(match verdict {
            Verdict::Fail => format!("{causes} in {}", counted(cases, "failing case")),
            _ => format!(
                "{causes} in {}",
                counted(cases, &format!("{} case", verdict.name()))
            ),
        });
    }
    if parts.is_empty() {
        String::new()
    } else {
        format!("; {}", parts.join(", "))
    }
}
