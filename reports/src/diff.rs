//! What changed between two reports.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::{CaseResult, Report, TargetReport, Verdict};

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
    /// A graver verdict than before.
    Worse,
    /// A new case that does not pass.
    NewAndFailing,
    /// A milder verdict than before.
    Better,
    /// A new case.
    New,
    /// A case that the new report does not have.
    Gone,
}

impl Direction {
    /// Every direction, the most important first.
    pub const ALL: [Direction; 5] = [
        Direction::Worse,
        Direction::NewAndFailing,
        Direction::Better,
        Direction::New,
        Direction::Gone,
    ];

    /// The heading in [`text`].
    pub const fn name(self) -> &'static str {
        match self {
            Direction::Worse => "worse",
            Direction::NewAndFailing => "new and failing",
            Direction::Better => "better",
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
            (Some(old), Some(new)) if new > old => Direction::Worse,
            (None, Some(new)) if new >= Verdict::Flaky => Direction::NewAndFailing,
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
    let only = old.targets.len() == 1 && new.targets.len() == 1;
    for target in &new.targets {
        let before = old.targets.iter().find(|t| only || same(t, target));
        changes_of(before, Some(target), &mut changes);
    }
    for target in &old.targets {
        if !only && !new.targets.iter().any(|other| same(target, other)) {
            changes_of(Some(target), None, &mut changes);
        }
    }
    changes
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

/// The changes as text, the most important first, with their numbers in the last line.
pub fn text(changes: &[Change]) -> String {
    let mut out = String::new();
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
