//! Known failures: what may fail, each with the reason. They do not fail a run; one that passes does, so that a
//! baseline never outlives what it excuses.

use std::collections::BTreeSet;
use std::fmt;

use globset::{Glob, GlobMatcher};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Ending, Report, TargetReport, Verdict};

/// A file of known failures.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Baseline {
    /// What is known.
    pub known: Vec<Known>,
}

/// Cases that are known to fail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Known {
    /// The id of a case, or a pattern with `*`, `?`, `[…]` and `{a,b}`.
    pub case: String,
    /// Why it fails: an issue number, an intended limit. Never empty.
    pub reason: String,
    /// Only of targets with this name or URL; a pattern as well.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
}

/// Of what a report has the results, where it is held against a baseline.
#[derive(Debug, Clone, Copy)]
pub struct Scope<'a> {
    /// Of every case; what a pattern promises is not for a part to keep.
    pub whole: bool,
    /// Every id there is, where that is known.
    pub every_id: Option<&'a BTreeSet<String>>,
}

/// What is wrong with a baseline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BaselineError(pub String);

impl fmt::Display for BaselineError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for BaselineError {}

/// An entry that is ready to match.
struct Entry<'a> {
    known: &'a Known,
    case: GlobMatcher,
    target: Option<GlobMatcher>,
}

impl<'a> Entry<'a> {
    fn new(known: &'a Known) -> Result<Entry<'a>, BaselineError> {
        let Known {
            case,
            reason,
            target,
        } = known;
        if reason.trim().is_empty() {
            return Err(BaselineError(format!(
                "{case:?} has no reason; say why it may fail"
            )));
        }
        Ok(Entry {
            known,
            case: glob(case)?,
            target: target.as_deref().map(glob).transpose()?,
        })
    }

    fn is_of(&self, target: &TargetReport) -> bool {
        self.target
            .as_ref()
            .is_none_or(|glob| glob.is_match(&target.name) || glob.is_match(&target.url))
    }

    fn is_exact(&self) -> bool {
        !self.known.case.contains(['*', '?', '[', '{'])
    }
}

fn glob(pattern: &str) -> Result<GlobMatcher, BaselineError> {
    let glob =
        Glob::new(pattern).map_err(|e| BaselineError(format!("{pattern:?} is no pattern: {e}")))?;
    Ok(glob.compile_matcher())
}

/// What is excused when it is known.
fn fails(verdict: Verdict) -> bool {
    matches!(verdict, Verdict::Fail | Verdict::Flaky | Verdict::NonStrict)
}

impl Baseline {
    /// Reads a file.
    pub fn parse(text: &str) -> Result<Baseline, BaselineError> {
        let baseline: Baseline =
            serde_json::from_str(text).map_err(|e| BaselineError(e.to_string()))?;
        baseline.entries()?;
        Ok(baseline)
    }

    /// The text of the file.
    pub fn text(&self) -> String {
        let mut text = serde_json::to_string_pretty(self).unwrap_or_default();
        text.push('\n');
        text
    }

    fn entries(&self) -> Result<Vec<Entry<'_>>, BaselineError> {
        self.known.iter().map(Entry::new).collect()
    }

    /// Marks the known failures of `target` with their reasons, and notes in `broken_baseline` what of the baseline
    /// does not hold: an id that passes, and in a whole report a pattern of which all that ran passes, and an entry
    /// that speaks of no case there is. What was skipped or broke down says nothing, nor does a run without its end.
    pub fn apply(&self, target: &mut TargetReport, scope: Scope<'_>) -> Result<(), BaselineError> {
        let judged = target.ended == Ending::Complete;
        for entry in self.entries()? {
            if !entry.is_of(target) {
                continue;
            }
            let (mut failed, mut passed) = (0, Vec::new());
            for case in target
                .cases
                .iter_mut()
                .filter(|case| entry.case.is_match(&case.id))
            {
                if fails(case.verdict) {
                    case.known = Some(entry.known.reason.clone());
                    failed += 1;
                } else if matches!(case.verdict, Verdict::Pass | Verdict::Informational) {
                    passed.push(case.id.clone());
                }
            }
            let Known { case, reason, .. } = entry.known;
            let stale = scope
                .every_id
                .is_some_and(|ids| !ids.iter().any(|id| entry.case.is_match(id)));
            let broken = match passed.as_slice() {
                _ if !judged => continue,
                _ if stale => format!("{case} names no case (known: {reason})"),
                [_, ..] if entry.is_exact() => format!("{case} passes now (known: {reason})"),
                [first, ..] if failed == 0 && scope.whole => {
                    format!("{case} passes now, {first} for one (known: {reason})")
                }
                _ => continue,
            };
            target.broken_baseline.push(broken);
        }
        // It may have been held against the same before.
        target.broken_baseline.sort();
        target.broken_baseline.dedup();
        Ok(())
    }

    /// The baseline that fits `report`: entries that hold are kept with their reasons, those that do not are left
    /// out, and failures that nobody knew come in with `reason`. Says how many came and how many went.
    pub fn updated(
        &self,
        report: &Report,
        reason: &str,
    ) -> Result<(Baseline, usize, usize), BaselineError> {
        let entries = self.entries()?;
        let several = report.targets.len() > 1;
        let failing = |target: &'_ TargetReport| {
            let failing = target
                .cases
                .iter()
                .filter(|c| matches!(c.verdict, Verdict::Fail | Verdict::Flaky));
            failing.map(|c| c.id.clone()).collect::<Vec<_>>()
        };
        let judged = |entry: &Entry<'_>, bad: bool| {
            let of_it = report
                .targets
                .iter()
                .filter(|t| entry.is_of(t))
                .flat_map(|t| &t.cases);
            of_it
                .filter(|c| {
                    entry.case.is_match(&c.id)
                        && !matches!(c.verdict, Verdict::Skipped | Verdict::Error)
                })
                .any(|c| fails(c.verdict) == bad)
        };
        // What did not run is not judged.
        let holds = |entry: &&Entry<'_>| judged(entry, true) || !judged(entry, false);
        let mut known: Vec<Known> = entries
            .iter()
            .filter(holds)
            .map(|entry| entry.known.clone())
            .collect();
        let gone = entries.len() - known.len();
        let kept = known.len();
        for target in &report.targets {
            let covered = |id: &str| {
                entries
                    .iter()
                    .any(|e| e.is_of(target) && e.case.is_match(id) && judged(e, true))
            };
            for id in failing(target) {
                let of = several.then(|| globset::escape(&target.name));
                if !covered(&id) && !known.iter().any(|k| k.case == id && k.target == of) {
                    known.push(Known {
                        case: id,
                        reason: reason.to_owned(),
                        target: of,
                    });
                }
            }
        }
        let came = known.len() - kept;
        known.sort_by(|a, b| (&a.case, &a.target).cmp(&(&b.case, &b.target)));
        Ok((Baseline { known }, came, gone))
    }
}
