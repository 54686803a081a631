//! What changed between two reports.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::{CaseResult, Report, TargetReport, Verdict};

/// A case whose verdict is another than before; `None` where there was, or is, none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The URL of the target.
    pub target: String,
    /// The id of the case.
    pub case: String,
    /// The verdict before.
    pub old: Option<Verdict>,
    /// The verdict now.
    pub new: Option<Verdict>,
    /// Why, now.
    pub reason: String,
}

/// Which way a case changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Direction {
    /// A graver verdict than before.
    Worse,
    /// A new case that is not right.
    NewAndWrong,
    /// A milder verdict than before.
    Better,
    /// A new case.
    New,
    /// A case that is no longer there.
    Gone,
}

impl Direction {
    /// Every direction, what matters most first.
    pub const ALL: [Direction; 5] = [
        Direction::Worse,
        Direction::NewAndWrong,
        Direction::Better,
        Direction::New,
        Direction::Gone,
    ];

    /// The heading.
    pub const fn name(self) -> &'static str {
        match self {
            Direction::Worse => "worse",
            Direction::NewAndWrong => "new, and not right",
            Direction::Better => "better",
            Direction::New => "new",
            Direction::Gone => "gone",
        }
    }

    /// Whether CI should stop at it.
    pub const fn is_regression(self) -> bool {
        matches!(self, Direction::Worse | Direction::NewAndWrong)
    }
}

impl Change {
    /// Which way it changed.
    pub fn direction(&self) -> Direction {
        match (self.old, self.new) {
            (Some(old), Some(new)) if new > old => Direction::Worse,
            (None, Some(new)) if new >= Verdict::Flaky => Direction::NewAndWrong,
            (None, _) => Direction::New,
            (_, None) => Direction::Gone,
            _ => Direction::Better,
        }
    }
}

/// Every case with another verdict, in the order of targets and ids. Targets are the same by URL and role, or by
/// name; the only targets of two reports are compared whatever they are called.
pub fn diff(old: &Report, new: &Report) -> Vec<Change> {
    let mut changes = Vec::new();
    let alone = old.targets.len() == 1 && new.targets.len() == 1;
    let alike = |a: &TargetReport, b: &TargetReport| {
        a.role == b.role && (a.url == b.url || a.name == b.name) || alone
    };
    for target in &new.targets {
        let before = old.targets.iter().find(|t| alike(t, target));
        changes_of(before, Some(target), &mut changes);
    }
    for target in old
        .targets
        .iter()
        .filter(|t| !new.targets.iter().any(|other| alike(t, other)))
    {
        changes_of(Some(target), None, &mut changes);
    }
    changes
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
        let verdict = |case: Option<&CaseResult>| case.map(|c| c.verdict);
        if verdict(old) != verdict(new) {
            changes.push(Change {
                target: url.clone(),
                case: id.to_owned(),
                old: verdict(old),
                new: verdict(new),
                reason: new.map(|c| c.reason.clone()).unwrap_or_default(),
            });
        }
    }
}

/// The changes as text, what matters most first.
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
            let word = |verdict: Option<Verdict>| verdict.map_or("none", Verdict::name);
            let why = if change.reason.is_empty() {
                String::new()
            } else {
                format!(": {}", change.reason)
            };
            let (old, new) = (word(change.old), word(change.new));
            let _ = writeln!(
                out,
                "  {}  {}  {old} -> {new}{why}",
                change.target, change.case
            );
        }
    }
    let _ = writeln!(
        out,
        "{}",
        if counts.is_empty() {
            "no verdict changed".to_owned()
        } else {
            counts.join(", ")
        }
    );
    out
}
