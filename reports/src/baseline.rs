//! Known failures, each with a reason. They do not make a run fail; one that passes does, so that a
//! baseline never outlives the failures it excuses.

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
    /// The entries.
    pub known: Vec<Known>,
}

/// An entry: cases that are known to fail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Known {
    /// The id of a case, or a pattern with `*`, `?`, `[…]` and `{a,b}`.
    pub case: String,
    /// Why it fails, such as an issue number or an intended limit; never empty.
    pub reason: String,
    /// The name or URL of the targets it is about, or a pattern; all targets by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
}

/// What the results at hand cover.
#[derive(Debug, Clone, Copy)]
pub struct Scope<'a> {
    /// Whether they cover every case. The promise of a pattern is only checked then: a case that
    /// fails may be among those left out.
    pub whole: bool,
    /// Every id that a case can have, if known.
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

/// An entry with its patterns compiled.
struct Matcher<'a> {
    known: &'a Known,
    case: GlobMatcher,
    target: Option<GlobMatcher>,
}

impl<'a> Matcher<'a> {
    fn new(known: &'a Known) -> Result<Matcher<'a>, BaselineError> {
        let Known {
            case,
            reason,
            target,
        } = known;
        if reason.trim().is_empty() {
            return Err(BaselineError(format!(
                "the entry {case:?} has no reason; say why it may fail"
            )));
        }
        Ok(Matcher {
            known,
            case: glob(case)?,
            target: target.as_deref().map(glob).transpose()?,
        })
    }

    fn applies_to(&self, target: &TargetReport) -> bool {
        self.target
            .as_ref()
            .is_none_or(|glob| glob.is_match(&target.name) || glob.is_match(&target.url))
    }

    fn is_exact(&self) -> bool {
        !self.known.case.contains(['*', '?', '[', '{'])
    }
}

fn glob(pattern: &str) -> Result<GlobMatcher, BaselineError> {
    let glob = Glob::new(pattern)
        .map_err(|e| BaselineError(format!("{pattern:?} is not a valid pattern: {e}")))?;
    Ok(glob.compile_matcher())
}

/// Whether an entry excuses this verdict.
fn fails(verdict: Verdict) -> bool {
    matches!(verdict, Verdict::Fail | Verdict::Flaky | Verdict::NonStrict)
}

impl Baseline {
    /// Reads the text of a baseline file.
    ///
    /// # Errors
    /// If it is not valid, a pattern is not, or an entry has no reason.
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

    fn entries(&self) -> Result<Vec<Matcher<'_>>, BaselineError> {
        self.known.iter().map(Matcher::new).collect()
    }

    /// Marks the known failures of `target` with their reasons, and adds the promises that do not
    /// hold to its `broken_baseline`:
    ///
    /// - an id whose case passes,
    /// - in a whole report, a pattern none of whose cases fails,
    /// - an entry that matches no id there is.
    ///
    /// Cases that were skipped or ended in an error say nothing, nor does a run that did not come
    /// to its end.
    ///
    /// # Errors
    /// If a pattern is not valid, or an entry has no reason.
    pub fn apply(&self, target: &mut TargetReport, scope: Scope<'_>) -> Result<(), BaselineError> {
        for entry in self.entries()? {
            if entry.applies_to(target) {
                let broken = entry.apply(target, scope);
                target.broken_baseline.extend(broken);
            }
        }
        // The same baseline may have been applied before.
        target.broken_baseline.sort();
        target.broken_baseline.dedup();
        Ok(())
    }

    /// The baseline that fits `report`.
    ///
    /// Entries that hold are kept with their reasons, entries that do not are removed, and failures
    /// without an entry get one with `reason`.
    ///
    /// # Errors
    /// If a pattern is not valid, or an entry has no reason.
    pub fn updated(&self, report: &Report, reason: &str) -> Result<Update, BaselineError> {
        let entries = self.entries()?;
        let mut known: Vec<Known> = entries
            .iter()
            .filter(|entry| entry.holds(report))
            .map(|entry| entry.known.clone())
            .collect();
        let removed = entries.len() - known.len();
        let kept = known.len();
        let several = report.targets.len() > 1;
        for target in &report.targets {
            let of = several.then(|| globset::escape(&target.name));
            for case in &target.cases {
                let failed = matches!(case.verdict, Verdict::Fail | Verdict::Flaky);
                let covered = entries.iter().any(|entry| {
                    entry.applies_to(target)
                        && entry.case.is_match(&case.id)
                        && entry.matches_any(report, true)
                });
                let added = known.iter().any(|k| k.case == case.id && k.target == of);
                if failed && !covered && !added {
                    known.push(Known {
                        case: case.id.clone(),
                        reason: reason.to_owned(),
                        target: of.clone(),
                    });
                }
            }
        }
        let added = known.len() - kept;
        known.sort_by(|a, b| (&a.case, &a.target).cmp(&(&b.case, &b.target)));
        Ok(Update {
            baseline: Baseline { known },
            added,
            removed,
        })
    }
}

/// A baseline that was brought up to date with a report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Update {
    /// The new baseline.
    pub baseline: Baseline,
    /// Number of entries that were added.
    pub added: usize,
    /// Number of entries that were removed.
    pub removed: usize,
}

impl Matcher<'_> {
    /// Marks the cases of `target` that this entry excuses. Returns its promise if that does not
    /// hold.
    fn apply(&self, target: &mut TargetReport, scope: Scope<'_>) -> Option<String> {
        let Known { case, reason, .. } = self.known;
        let (mut failed, mut first_pass) = (false, None);
        for result in &mut target.cases {
            if !self.case.is_match(&result.id) {
                continue;
            }
            if fails(result.verdict) {
                result.known = Some(reason.clone());
                failed = true;
            } else if matches!(result.verdict, Verdict::Pass | Verdict::Informational) {
                first_pass.get_or_insert(&result.id);
            }
        }
        if target.ended != Ending::Complete {
            return None;
        }
        let stale = scope
            .every_id
            .is_some_and(|ids| !ids.iter().any(|id| self.case.is_match(id)));
        if stale {
            return Some(format!("{case} matches no case (known: {reason})"));
        }
        let first_pass = first_pass?;
        if self.is_exact() {
            Some(format!("{case} passes now (known: {reason})"))
        } else if !failed && scope.whole {
            Some(format!(
                "{case} passes now, for example {first_pass} (known: {reason})"
            ))
        } else {
            None
        }
    }

    /// Whether it still excuses something. Cases that did not run are no evidence against it.
    fn holds(&self, report: &Report) -> bool {
        self.matches_any(report, true) || !self.matches_any(report, false)
    }

    /// Whether a case that it matches, and that was judged, fails (or does not fail).
    fn matches_any(&self, report: &Report, failing: bool) -> bool {
        report
            .targets
            .iter()
            .filter(|target| self.applies_to(target))
            .flat_map(|target| &target.cases)
            .filter(|case| !matches!(case.verdict, Verdict::Skipped | Verdict::Error))
            .any(|case| self.case.is_match(&case.id) && fails(case.verdict) == failing)
    }
}
