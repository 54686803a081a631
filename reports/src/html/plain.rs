//! What the page says without JavaScript: the counts, what broke, worst first, each with its smallest
//! case in full, and why cases were skipped.

use crate::text::{self, counted, link};
use crate::{
    CaseResult, Cause, Report, Skipped, Summary, TargetReport, Verdict, plain_text, skipped,
};
use wsspec_core::dissect::printable;

/// Most causes shown for each target.
const MOST_CAUSES: usize = 30;

/// The results of one target.
pub(super) struct Target<'a> {
    pub(super) name: String,
    pub(super) trouble: Option<String>,
    /// What its processes took.
    pub(super) usage: Option<String>,
    /// The number of cases with each verdict, worst first.
    pub(super) counts: Vec<Word>,
    pub(super) causes: Vec<PlainCause>,
    /// Number of causes that are not shown.
    pub(super) more: usize,
    pub(super) skipped: Vec<Skipped<'a>>,
}

/// A verdict, as the page shows it.
pub(super) struct Word {
    /// What the name of its class ends with.
    pub(super) class: u8,
    /// Its mark and its name.
    pub(super) text: String,
    pub(super) meaning: &'static str,
}

/// A cause and its smallest case.
pub(super) struct PlainCause {
    pub(super) verdict: Word,
    pub(super) impact: &'static str,
    pub(super) reason: String,
    pub(super) rule: String,
    pub(super) link: Option<String>,
    pub(super) rows: String,
    /// The smallest case in full.
    pub(super) case: String,
}

impl<'a> Target<'a> {
    pub(super) fn new(report: &Report, target: &'a TargetReport) -> Target<'a> {
        let causes = report.causes_of(target);
        let shown = causes.iter().take(MOST_CAUSES);
        Target {
            name: printable(target.name.as_bytes()),
            trouble: target.ended.trouble().map(|t| printable(t.as_bytes())),
            usage: target.usage.as_ref().map(ToString::to_string),
            counts: counts(target.summary),
            causes: shown.map(|c| PlainCause::new(report, target, c)).collect(),
            more: causes.len().saturating_sub(MOST_CAUSES),
            skipped: skipped(&target.cases),
        }
    }

    /// How many causes are not shown.
    pub(super) fn more(&self) -> String {
        counted(self.more, "more cause")
    }
}

fn counts(summary: Summary) -> Vec<Word> {
    worst_first()
        .map(|verdict| (verdict, summary.count(verdict)))
        .filter(|(_, count)| *count > 0)
        .map(|(verdict, count)| Word {
            text: format!("{} {count} {}", verdict.mark(), verdict.name()),
            ..Word::of(verdict)
        })
        .collect()
}

/// Every verdict, worst first.
pub(super) fn legend() -> Vec<Word> {
    worst_first().map(Word::of).collect()
}

fn worst_first() -> impl Iterator<Item = Verdict> {
    Verdict::ALL.into_iter().rev()
}

impl Word {
    fn of(verdict: Verdict) -> Word {
        Word {
            class: verdict as u8,
            text: format!("{} {}", verdict.mark(), verdict.name()),
            meaning: verdict.meaning(),
        }
    }
}

impl PlainCause {
    fn new(report: &Report, target: &TargetReport, cause: &Cause) -> PlainCause {
        let clause = report.requirements.get(&cause.requirement);
        let smallest = target.cases.iter().find(|case| case.id == cause.case);
        PlainCause {
            verdict: Word::of(cause.verdict),
            impact: cause.impact.name(),
            reason: printable(cause.reason.as_bytes()),
            rule: clause.map_or_else(
                || cause.requirement.clone(),
                |clause| text::requirement(&cause.requirement, clause),
            ),
            link: clause.and_then(|clause| link(&clause.clause)),
            rows: text::rows(cause),
            case: smallest.map_or_else(String::new, |case| in_full(report, target, case)),
        }
    }
}

/// A case in full, without control characters.
fn in_full(report: &Report, target: &TargetReport, case: &CaseResult) -> String {
    let text = plain_text::case(report, target, case);
    let lines: Vec<String> = text.lines().map(|l| printable(l.as_bytes())).collect();
    lines.join("\n")
}
