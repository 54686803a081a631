//! What pages need of the published reports. A report is read, and dropped before the next.

use std::collections::BTreeMap;

use super::log::{Log, cut};
use crate::published::{Implementation, Problem, Reading, Run, Version};
use crate::{CaseResult, Cause, Report, Summary, TargetReport, Verdict, skipped};

/// Longest text of a peer or a contributor on a page, in bytes.
const LONGEST: usize = 2000;

/// Most causes of a version that are shown.
const MOST_CAUSES: usize = 200;

/// The results of one version of an implementation.
#[derive(Debug, Clone)]
pub(super) struct Tested<'a> {
    pub(super) implementation: &'a Implementation,
    pub(super) version: &'a str,
    pub(super) run: &'a Run,
    /// What its cases were reached over.
    pub(super) over: &'static str,
    /// The tool that wrote the report, with its version.
    pub(super) tool: String,
    /// Whether it was tested with the vectors of this site.
    pub(super) same_vectors: bool,
    pub(super) started: String,
    /// Why results are missing.
    pub(super) trouble: Option<String>,
    pub(super) summary: Summary,
    pub(super) causes: Vec<Broke>,
    /// Causes that are not shown.
    pub(super) more_causes: usize,
    /// Why cases were skipped: the number of cases, what they need, and why.
    pub(super) skipped: Vec<(usize, String, String)>,
    /// The outcome of each case, by id.
    pub(super) outcomes: BTreeMap<String, Outcome>,
    /// Rows of no vector: passive rules, traits, and cases of other vectors.
    pub(super) others: Vec<Other>,
}

/// What came of a case.
#[derive(Debug, Clone)]
pub(super) struct Outcome {
    pub(super) family: String,
    pub(super) verdict: Verdict,
    pub(super) reason: String,
    /// The number of its cause among those of its version.
    pub(super) cause: Option<usize>,
}

/// Something that broke.
#[derive(Debug, Clone)]
pub(super) struct Broke {
    pub(super) verdict: Verdict,
    pub(super) impact: &'static str,
    pub(super) requirement: String,
    pub(super) key: String,
    pub(super) reason: String,
    /// The smallest case and its family.
    pub(super) case: (String, String),
    /// The other cases, each with its family.
    pub(super) cases: Vec<(String, String)>,
    /// The number of cases that cannot be judged for it.
    pub(super) rests: usize,
    pub(super) sent: String,
    pub(super) expected: String,
    pub(super) received: String,
    pub(super) log: Log,
    pub(super) readings: Vec<Reading>,
}

/// A row that is no case of the vectors.
#[derive(Debug, Clone)]
pub(super) struct Other {
    pub(super) id: String,
    pub(super) family: String,
    pub(super) about: String,
    pub(super) requirements: Vec<String>,
}

impl<'a> Tested<'a> {
    /// Reads the report of a version. `known`: the cases of the vectors, each with its family.
    pub(super) fn read(
        implementation: &'a Implementation,
        version: &'a Version,
        (digest, known): (&str, &BTreeMap<&str, &str>),
    ) -> Result<Tested<'a>, Problem> {
        let report = version.report()?;
        let Some(target) = report.targets.first() else {
            let message = "the report has no target; publish a run that reached one";
            return Err(Problem::of(version.report_path(), message));
        };
        let found = report.causes_of(target);
        let number: BTreeMap<&str, usize> = (0..)
            .zip(found.iter().take(MOST_CAUSES))
            .flat_map(|(number, cause)| cause.cases.iter().map(move |id| (id.as_str(), number)))
            .collect();
        let rows: BTreeMap<&str, &CaseResult> = target
            .cases
            .iter()
            .map(|case| (case.id.as_str(), case))
            .collect();
        let readings = &implementation.about.reading;
        let shown = found.iter().take(MOST_CAUSES);
        Ok(Tested {
            implementation,
            version: &version.version,
            run: &version.run,
            over: target.over.name(),
            tool: cut(&format!("{} {}", report.tool, report.version), 100),
            same_vectors: report.vectors_digest == digest,
            started: cut(&report.started, 40),
            trouble: target.ended.trouble().map(|trouble| cut(&trouble, LONGEST)),
            summary: Summary::of(&target.cases),
            causes: shown
                .map(|cause| Broke::new(cause, &rows, readings, known))
                .collect(),
            more_causes: found.len().saturating_sub(MOST_CAUSES),
            skipped: why_skipped(target),
            outcomes: target
                .cases
                .iter()
                .map(|case| outcome(case, &number, known))
                .collect(),
            others: others(&report, target, known),
        })
    }

    /// The address of its page below the site.
    pub(super) fn page(&self) -> String {
        let id = &self.implementation.id;
        if self.is_newest() {
            format!("implementations/{id}.html")
        } else {
            format!("implementations/{id}/{}.html", self.version)
        }
    }

    /// Whether it is the newest version of its implementation.
    pub(super) fn is_newest(&self) -> bool {
        let newest = self.implementation.versions.last();
        newest.is_some_and(|newest| newest.version == self.version)
    }

    /// How many causes are not shown.
    pub(super) fn more_causes(&self) -> String {
        crate::counted(self.more_causes, "more cause")
    }

    /// The name of its implementation.
    pub(super) fn name(&self) -> String {
        cut(&self.implementation.about.name, 100)
    }

    /// The number of cases of a family with each verdict.
    pub(super) fn of_family(&self, family: &str) -> BTreeMap<Verdict, usize> {
        let mut counts = BTreeMap::new();
        let outcomes = self
            .outcomes
            .values()
            .filter(|outcome| outcome.family == family);
        for outcome in outcomes {
            *counts.entry(outcome.verdict).or_default() += 1;
        }
        counts
    }
}

fn outcome(
    case: &CaseResult,
    number: &BTreeMap<&str, usize>,
    known: &BTreeMap<&str, &str>,
) -> (String, Outcome) {
    let outcome = Outcome {
        family: family(case, known),
        verdict: case.verdict,
        reason: cut(&case.reason, LONGEST),
        cause: number.get(case.id.as_str()).copied(),
    };
    (case.id.clone(), outcome)
}

/// The family of a case, as the vectors have it.
fn family(case: &CaseResult, known: &BTreeMap<&str, &str>) -> String {
    let family = known.get(case.id.as_str()).copied();
    family.unwrap_or(case.family()).to_owned()
}

fn why_skipped(target: &TargetReport) -> Vec<(usize, String, String)> {
    let groups = skipped(&target.cases);
    let shown = groups.iter().take(MOST_CAUSES);
    shown
        .map(|group| {
            (
                group.cases.len(),
                cut(group.needs, 100),
                cut(group.why, LONGEST),
            )
        })
        .collect()
}

/// The rows of no vector that say something of this target.
fn others(report: &Report, target: &TargetReport, known: &BTreeMap<&str, &str>) -> Vec<Other> {
    let rows = target
        .cases
        .iter()
        .filter(|case| !known.contains_key(case.id.as_str()));
    rows.map(|case| Other {
        id: case.id.clone(),
        family: case.family().to_owned(),
        about: cut(&case.about, LONGEST),
        requirements: case
            .requirements
            .iter()
            .filter(|id| report.requirements.contains_key(*id))
            .cloned()
            .collect(),
    })
    .collect()
}

/// The id of a case, and its family.
fn with_family(
    id: &str,
    rows: &BTreeMap<&str, &CaseResult>,
    known: &BTreeMap<&str, &str>,
) -> (String, String) {
    let family = rows.get(id).map(|case| family(case, known));
    (id.to_owned(), family.unwrap_or_default())
}

/// A sentence of a report; empty if it has none.
fn said(text: Option<&str>) -> String {
    cut(text.unwrap_or_default(), LONGEST)
}

impl Broke {
    fn new(
        cause: &Cause,
        rows: &BTreeMap<&str, &CaseResult>,
        readings: &[Reading],
        known: &BTreeMap<&str, &str>,
    ) -> Broke {
        let smallest = rows.get(cause.case.as_str());
        let transcript = smallest.and_then(|case| case.transcript.as_deref());
        let about_it = readings.iter().filter(|reading| reading.is_about(cause));
        Broke {
            verdict: cause.verdict,
            impact: cause.impact.name(),
            requirement: cause.requirement.clone(),
            key: cut(&cause.key, LONGEST),
            reason: cut(&cause.reason, LONGEST),
            case: with_family(&cause.case, rows, known),
            cases: cause
                .cases
                .iter()
                .filter(|id| **id != cause.case)
                .map(|id| with_family(id, rows, known))
                .collect(),
            rests: cause.rests,
            sent: said(smallest.and_then(|case| case.sent.as_deref())),
            expected: said(smallest.and_then(|case| case.expected.as_deref())),
            received: said(smallest.and_then(|case| case.received.as_deref())),
            log: transcript.map(Log::of).unwrap_or_default(),
            readings: about_it.map(Reading::shown).collect(),
        }
    }

    /// What makes it the same as a cause of another version.
    pub(super) fn identity(&self) -> (&str, &str, Verdict) {
        (&self.requirement, &self.key, self.verdict)
    }
}

impl Reading {
    /// Whether it is about this cause.
    pub fn is_about(&self, cause: &Cause) -> bool {
        let of_requirement = self.requirement.as_ref();
        of_requirement.is_none_or(|id| *id == cause.requirement)
            && (self.cause == cause.key || self.cause == cause.reason)
    }

    /// The same, without control characters.
    fn shown(&self) -> Reading {
        Reading {
            cause: cut(&self.cause, LONGEST),
            requirement: self.requirement.clone(),
            arguable: self.arguable,
            seen: cut(&self.seen, LONGEST),
            note: self.note.as_deref().map(|note| cut(note, LONGEST)),
        }
    }
}
