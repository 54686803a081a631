//! Known failures, each with a reason. They do not make a run fail; one that passes does, so that a
//! baseline never outlives the failures it excuses. Nor may a case that passed stop being judged
//! without notice: one that cannot be judged needs an entry, too.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use globset::{Glob, GlobMatcher};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::text::counted;
use crate::{CaseResult, Ending, Report, TargetReport, Verdict};

/// A file of known failures.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Baseline {
    /// The entries.
    pub known: Vec<Known>,
}

/// An entry: cases that are known to fail, by id, by cause, or by both.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Known {
    /// The id of a case, or a pattern with `*`, `?`, `[…]` and `{a,b}`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub case: String,
    /// What the failures have in common (`key` of a cause in the JSON report), such as
    /// `accepts.mask-missing`, or a pattern. Cases that cannot be judged because they rest on one
    /// of them are known, too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<String>,
    /// Why it fails, such as an issue number or an intended limit; never empty.
    pub reason: String,
    /// The name or URL of the targets it is about, or a pattern; all targets by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// Whether it passes at times, such as in a race of the target: a pass does not break the entry.
    #[serde(default, skip_serializing_if = "is_false")]
    pub sometimes: bool,
}

#[allow(clippy::trivially_copy_pass_by_ref)] // as serde calls it
fn is_false(value: &bool) -> bool {
    !value
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
    /// `None`: any case.
    case: Option<GlobMatcher>,
    /// `None`: any cause.
    cause: Option<GlobMatcher>,
    target: Option<GlobMatcher>,
}

impl<'a> Matcher<'a> {
    fn new(known: &'a Known) -> Result<Matcher<'a>, BaselineError> {
        let Known {
            case,
            cause,
            reason,
            target,
            sometimes: _,
        } = known;
        if case.is_empty() && cause.is_none() {
            return Err(BaselineError(
                "an entry names neither a case nor a cause".to_owned(),
            ));
        }
        if reason.trim().is_empty() {
            return Err(BaselineError(format!(
                "the entry {:?} has no reason; say why it may fail",
                known.name()
            )));
        }
        Ok(Matcher {
            known,
            case: Some(case.as_str())
                .filter(|case| !case.is_empty())
                .map(glob)
                .transpose()?,
            cause: cause.as_deref().map(glob).transpose()?,
            target: target.as_deref().map(glob).transpose()?,
        })
    }

    fn applies_to(&self, target: &TargetReport) -> bool {
        self.target
            .as_ref()
            .is_none_or(|glob| glob.is_match(&target.name) || glob.is_match(&target.url))
    }

    /// Whether it may be about the case with this id.
    fn is_about(&self, id: &str) -> bool {
        self.case.as_ref().is_none_or(|glob| glob.is_match(id))
    }

    /// Whether it excuses the failure `case`.
    fn excuses(&self, case: &CaseResult) -> bool {
        self.is_about(&case.id)
            && self
                .cause
                .as_ref()
                .is_none_or(|glob| glob.is_match(case.cause()))
    }

    /// Whether it is about one case alone, whatever its cause.
    fn is_exact(&self) -> bool {
        self.cause.is_none() && !self.known.case.contains(['*', '?', '[', '{'])
    }
}

impl Known {
    /// What it says is known, in words.
    fn name(&self) -> String {
        match &self.cause {
            None => self.case.clone(),
            Some(cause) if self.case.is_empty() => format!("cause {cause}"),
            Some(cause) => format!("{} (cause {cause})", self.case),
        }
    }
}

fn glob(pattern: &str) -> Result<GlobMatcher, BaselineError> {
    let glob = Glob::new(pattern)
        .map_err(|e| BaselineError(format!("{pattern:?} is not a valid pattern: {e}")))?;
    Ok(glob.compile_matcher())
}

/// Whether an entry can excuse this case.
fn can_be_known(case: &CaseResult) -> bool {
    matches!(
        case.verdict,
        Verdict::Fail | Verdict::Flaky | Verdict::NonStrict
    ) || case.cannot_be_judged()
}

/// Whether an entry is needed for this case.
fn needs_entry(case: &CaseResult) -> bool {
    matches!(case.verdict, Verdict::Fail | Verdict::Flaky) || case.cannot_be_judged()
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
    /// - an entry that matches no id there is,
    /// - in a whole report, that all else is judged: a case that [cannot be](CaseResult::cannot_be_judged) is worse than
    ///   one that passes. An entry for it excuses it, or one for the failure that it rests on.
    ///
    /// Otherwise, cases that were skipped or ended in an error say nothing, nor does a run that did
    /// not come to its end.
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
        let unjudged = excuse_unjudged(target);
        // What a case rests on may be in another part.
        if target.ended == Ending::Complete && scope.whole {
            target.broken_baseline.extend(unjudged);
        }
        // The same baseline may have been applied before.
        target.broken_baseline.sort();
        target.broken_baseline.dedup();
        Ok(())
    }

    /// The baseline that fits `report`.
    ///
    /// Entries that hold are kept with their reasons, entries that do not are removed, and failures
    /// without an entry get one with `reason`, as do cases that cannot be judged.
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
            let applying: Vec<&Matcher<'_>> = entries
                .iter()
                .filter(|entry| entry.applies_to(target) && entry.excuses_any(report))
                .collect();
            let covered: BTreeSet<&str> = target
                .cases
                .iter()
                .filter(|case| applying.iter().any(|entry| entry.excuses(case)))
                .map(|case| case.id.as_str())
                .collect();
            for case in target.cases.iter().filter(|case| needs_entry(case)) {
                // What rests on a failure that has an entry, or gets one, needs none.
                let rests = case.rests_on.as_deref().is_some_and(|on| {
                    let basis = target.cases.iter().find(|basis| basis.id == on);
                    covered.contains(on) || basis.is_some_and(needs_entry)
                });
                let added = known.iter().any(|k| k.case == case.id && k.target == of);
                if !covered.contains(case.id.as_str()) && !rests && !added {
                    known.push(Known {
                        case: case.id.clone(),
                        cause: None,
                        reason: reason.to_owned(),
                        target: of.clone(),
                        sometimes: false,
                    });
                }
            }
        }
        let added = known.len() - kept;
        known.sort_by(|a, b| (&a.case, &a.cause, &a.target).cmp(&(&b.case, &b.cause, &b.target)));
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

/// Marks the cases that cannot be judged because they rest on one that is known. Returns a sentence
/// about those left, for each that they rest on.
fn excuse_unjudged(target: &mut TargetReport) -> Vec<String> {
    while excuse_what_rests_on_known(&mut target.cases) {}
    // For each case that others rest on, the first of those and their number.
    let mut left: BTreeMap<Option<&str>, (&str, usize)> = BTreeMap::new();
    for case in target.cases.iter().filter(|c| is_unexcused(c)) {
        let rest = left.entry(case.rests_on.as_deref());
        rest.or_insert((&case.id, 0)).1 += 1;
    }
    left.into_iter()
        .map(|(on, (first, count))| {
            let cases = counted(count, "case");
            let on = on.map_or_else(String::new, |on| format!(", which rests on {on}"));
            format!("{cases} without an entry cannot be judged, for example {first}{on}")
        })
        .collect()
}

fn is_unexcused(case: &CaseResult) -> bool {
    case.cannot_be_judged() && case.known.is_none()
}

/// Marks what rests directly on a known case; whether there was any.
fn excuse_what_rests_on_known(cases: &mut [CaseResult]) -> bool {
    let known: BTreeMap<String, String> = cases
        .iter()
        .filter_map(|case| Some((case.id.clone(), case.known.clone()?)))
        .collect();
    let mut any = false;
    for case in cases.iter_mut().filter(|c| is_unexcused(c)) {
        let reason = case.rests_on.as_ref().and_then(|on| known.get(on));
        any |= reason.is_some();
        case.known = reason.cloned();
    }
    any
}

impl Matcher<'_> {
    /// Marks the cases of `target` that this entry excuses. Returns its promise if that does not
    /// hold.
    fn apply(&self, target: &mut TargetReport, scope: Scope<'_>) -> Option<String> {
        let (name, reason) = (self.known.name(), &self.known.reason);
        let (mut failed, mut first_pass) = (false, None);
        for result in &mut target.cases {
            if !self.is_about(&result.id) {
                continue;
            }
            if can_be_known(result) && self.excuses(result) {
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
            .is_some_and(|ids| !ids.iter().any(|id| self.is_about(id)));
        if stale {
            return Some(format!("{name} matches no case (known: {reason})"));
        }
        let first_pass = first_pass.filter(|_| !self.known.sometimes)?;
        if self.is_exact() {
            Some(format!("{name} passes now (known: {reason})"))
        } else if failed || !scope.whole {
            None
        } else if self.cause.is_some() {
            Some(format!("no case fails for {name} (known: {reason})"))
        } else {
            Some(format!(
                "{name} passes now, for example {first_pass} (known: {reason})"
            ))
        }
    }

    /// Whether it still excuses something. Cases that did not run are no evidence against it.
    fn holds(&self, report: &Report) -> bool {
        self.known.sometimes || self.excuses_any(report) || !self.is_about_one_judged(report)
    }

    /// Whether it excuses a case.
    fn excuses_any(&self, report: &Report) -> bool {
        self.cases_of(report)
            .any(|case| can_be_known(case) && self.excuses(case))
    }

    /// Whether a case that it may be about was judged.
    fn is_about_one_judged(&self, report: &Report) -> bool {
        self.cases_of(report)
            .any(|case| !matches!(case.verdict, Verdict::Skipped | Verdict::Error))
    }

    /// The cases that it may be about.
    fn cases_of<'a>(&'a self, report: &'a Report) -> impl Iterator<Item = &'a CaseResult> {
        report
            .targets
            .iter()
            .filter(|target| self.applies_to(target))
            .flat_map(|target| &target.cases)
            .filter(|case| self.is_about(&case.id))
    }
}
