//! What changed between two reports.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::text::key_and_reason;
use crate::{CaseResult, Cause, Report, TargetReport, Verdict};

/// A case whose verdict has changed. A verdict is `None` if the report does not have the case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The URL of the target.
    pub target: String,
    /// The id of the case.
    pub case: String,
    /// The verdict in the old report.
    pub old: Option<Verdict>,
    /// The verdict in the new report.
    pub new: Option<Verdict>,
    /// The reason in the new report.
    pub reason: String,
}

/// The direction of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Direction {
    /// A graver verdict than before, or a pass that cannot be judged any more.
    Worse,
    /// A new case that does not pass.
    NewAndFailing,
    /// A verdict that was milder, and is another from one time to the next.
    Flaky,
    /// A milder verdict than before.
    Better,
    /// A failure that cannot be judged any more.
    Unjudged,
    /// A new case.
    New,
    /// A case that the new report does not have.
    Gone,
}

impl Direction {
    /// Every direction, the most important first.
    pub const ALL: [Direction; 7] = [
        Direction::Worse,
        Direction::NewAndFailing,
        Direction::Flaky,
        Direction::Better,
        Direction::Unjudged,
        Direction::New,
        Direction::Gone,
    ];

    /// The heading in [`text`].
    pub const fn name(self) -> &'static str {
        match self {
            Direction::Worse => "worse",
            Direction::NewAndFailing => "new and failing",
            Direction::Flaky => "flaky now",
            Direction::Better => "better",
            Direction::Unjudged => "not judged any more",
            Direction::New => "new",
            Direction::Gone => "gone",
        }
    }

    /// Whether it should fail a CI job.
    pub const fn is_regression(self) -> bool {
        matches!(self, Direction::Worse | Direction::NewAndFailing)
    }
}

impl Change {
    /// The direction of the change.
    pub fn direction(&self) -> Direction {
        match (self.old, self.new) {
            (Some(old), Some(Verdict::Flaky)) if old < Verdict::Flaky => Direction::Flaky,
            (None, Some(Verdict::Flaky)) => Direction::Flaky,
            (Some(old), Some(new)) if new > old => Direction::Worse,
            (Some(old), Some(Verdict::Skipped)) if old > Verdict::Skipped => Direction::Unjudged,
            (None, Some(new)) if new > Verdict::Flaky => Direction::NewAndFailing,
            (None, _) => Direction::New,
            (_, None) => Direction::Gone,
            _ => Direction::Better,
        }
    }
}

/// The cases whose verdict differs between two reports, in the order of targets and ids.
///
/// Two targets are the same if they have the same role, and the same URL or name. If both reports
/// have only one target, these two are compared in any case.
pub fn diff(old: &Report, new: &Report) -> Vec<Change> {
    let mut changes = Vec::new();
    for (before, now) in pairs(old, new) {
        changes_of(before, now, &mut changes);
    }
    changes
}

/// A cause that only one of two reports has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CauseChange {
    /// The URL of the target.
    pub target: String,
    /// Whether the new report is the one that has it.
    pub appeared: bool,
    /// The cause, as in the report that has it.
    pub cause: Cause,
}

/// The causes that appeared or vanished, in the order of targets: first what appeared, worst first.
///
/// None for a target that only one report has, nor where failures do not say what broke, as in
/// version 0.1.0.
pub fn causes(old: &Report, new: &Report) -> Vec<CauseChange> {
    let mut changes = Vec::new();
    for (before, now) in pairs(old, new) {
        let (Some(before), Some(now)) = (before, now) else {
            continue;
        };
        if !(says_what_broke(before) && says_what_broke(now)) {
            continue;
        }
        let (old, new) = (old.causes_of(before), new.causes_of(now));
        for (appeared, here, there) in [(true, &new, &old), (false, &old, &new)] {
            let only_here = here
                .iter()
                .filter(|cause| there.iter().all(|c| c.identity() != cause.identity()));
            changes.extend(only_here.map(|cause| CauseChange {
                target: now.url.clone(),
                appeared,
                cause: cause.clone(),
            }));
        }
    }
    changes
}

/// Whether every failure says which requirement was broken.
fn says_what_broke(target: &TargetReport) -> bool {
    let mut failed = target.cases.iter().filter(|c| c.verdict == Verdict::Fail);
    failed.all(|case| case.broken.is_some())
}

/// The targets of both reports side by side.
fn pairs<'a>(
    old: &'a Report,
    new: &'a Report,
) -> Vec<(Option<&'a TargetReport>, Option<&'a TargetReport>)> {
    let mut pairs = Vec::new();
    let only = old.targets.len() == 1 && new.targets.len() == 1;
    for target in &new.targets {
        let before = old.targets.iter().find(|t| only || same(t, target));
        pairs.push((before, Some(target)));
    }
    for target in &old.targets {
        if !only && !new.targets.iter().any(|other| same(target, other)) {
            pairs.push((Some(target), None));
        }
    }
    pairs
}

fn same(a: &TargetReport, b: &TargetReport) -> bool {
    a.role == b.role && (a.url == b.url || a.name == b.name)
}

fn changes_of(old: Option<&TargetReport>, new: Option<&TargetReport>, changes: &mut Vec<Change>) {
    let url = new.or(old).map(|t| t.url.clone()).unwrap_or_default();
    let mut cases: BTreeMap<&str, [Option<&CaseResult>; 2]> = BTreeMap::new();
    for (i, target) in [old, new].into_iter().enumerate() {
        for case in target.into_iter().flat_map(|t| &t.cases) {
            cases.entry(&case.id).or_default()[i] = Some(case);
        }
    }
    for (id, [old, new]) in cases {
        let verdicts = [old, new].map(|case| case.map(|c| c.verdict));
        if verdicts[0] != verdicts[1] {
            changes.push(Change {
                target: url.clone(),
                case: id.to_owned(),
                old: verdicts[0],
                new: verdicts[1],
                reason: new.map(|c| c.reason.clone()).unwrap_or_default(),
            });
        }
    }
}

/// The changes as text: causes first, then verdicts, the most important first, with their numbers in
/// the last line.
pub fn text(causes: &[CauseChange], changes: &[Change]) -> String {
    let mut out = String::new();
    for (appeared, name) in [
        (true, "causes that appeared"),
        (false, "causes that vanished"),
    ] {
        let mut these = causes.iter().filter(|c| c.appeared == appeared).peekable();
        if these.peek().is_some() {
            let _ = writeln!(out, "{name}");
        }
        for change in these {
            cause_line(&mut out, change);
        }
    }
    let mut counts = Vec::new();
    for direction in Direction::ALL {
        let these: Vec<&Change> = changes
            .iter()
            .filter(|c| c.direction() == direction)
            .collect();
        if these.is_empty() {
            continue;
        }
        counts.push(format!("{} {}", these.len(), direction.name()));
        let _ = writeln!(out, "{}", direction.name());
        for change in these {
            line(&mut out, change);
        }
    }
    let last = if counts.is_empty() {
        "no verdict changed".to_owned()
    } else {
        counts.join(", ")
    };
    out + &last + "\n"
}

fn cause_line(out: &mut String, change: &CauseChange) {
    let CauseChange { target, cause, .. } = change;
    let (verdict, requirement) = (cause.verdict.name(), &cause.requirement);
    let clause = cause.clause.as_deref().unwrap_or_default();
    let found = key_and_reason(cause);
    let _ = writeln!(
        out,
        "  {target}  {verdict}  {clause} [{requirement}] {found}"
    );
}

fn line(out: &mut String, change: &Change) {
    let Change { target, case, .. } = change;
    let [old, new] = [change.old, change.new].map(|v| v.map_or("none", Verdict::name));
    let reason = if change.reason.is_empty() {
        String::new()
    } else {
        format!(": {}", change.reason)
    };
    let _ = writeln!(out, "  {target}  {case}  {old} -> {new}{reason}");
}
