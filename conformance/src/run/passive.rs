//! Rules judged on every byte the target sent, whatever a case was about. Each is one row of the
//! report, so that one fault is one finding.

mod keys;
mod rules;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use wsspec_core::Role;
use wsspec_core::violation::Fault;
use wsspec_core::violation::Violation as V;
use wsspec_reports::{CaseResult, Impact, Transcript, Verdict};

use crate::exchange::{Observed, Reason};
use keys::Keys;
use rules::{Binds, RULES, Rule};

/// The passive rules, each with the requirement it checks.
pub(crate) fn passive_rules() -> impl Iterator<Item = (&'static str, &'static str)> {
    let on_bytes = RULES
        .iter()
        .map(|rule| (rule.violation.name(), rule.requirement));
    on_bytes.chain(keys::rows().map(|row| (row.name, row.requirement)))
}

/// The id of the row of a rule.
pub(crate) fn row_id(name: &str) -> String {
    format!("passive.{name}")
}

/// The requirements on the sender that a violation breaks.
pub(crate) fn requirements_of(violation: V) -> impl Iterator<Item = &'static str> {
    RULES
        .iter()
        .filter(move |rule| rule.violation == violation)
        .map(|rule| rule.requirement)
}

/// The verdict when a rule is broken. An unassigned close code is usually our own, sent back; no
/// clause forbids that explicitly.
fn grade(violation: V) -> Verdict {
    match violation {
        V::CloseCodeUnassigned | V::ResponseVersionTooLow | V::DeflateWindowUnanswered => {
            Verdict::NonStrict
        }
        _ => Verdict::Fail,
    }
}

/// What a rule is called in a report.
#[derive(Debug, Clone)]
struct Row {
    name: &'static str,
    requirement: &'static str,
    impact: Impact,
    about: &'static str,
}

impl Row {
    fn result(&self, verdict: Verdict, seen: Seen) -> CaseResult {
        CaseResult {
            about: self.about.to_owned(),
            requirements: vec![self.requirement.to_owned()],
            broken: (verdict != Verdict::Pass).then(|| self.requirement.to_owned()),
            reason_key: seen
                .reason
                .as_ref()
                .map_or(String::new(), |r| r.key().into_owned()),
            reason: seen.reason.map_or(String::new(), |r| r.to_string()),
            transcript: seen.transcript,
            passive: true,
            count: Some(seen.count),
            seen_in_cases: seen.cases.into_iter().collect(),
            ..CaseResult::new(row_id(self.name), "passive", self.impact, verdict)
        }
    }
}

/// Where a rule was seen broken. Of the cases, the first by id: whichever ended first, the row is
/// the same.
#[derive(Debug, Clone, Default)]
struct Seen {
    count: usize,
    cases: BTreeSet<String>,
    transcript: Option<Arc<Transcript>>,
    reason: Option<Reason>,
}

impl Seen {
    fn note(
        &mut self,
        case: &str,
        transcript: &Arc<Transcript>,
        count: usize,
        reason: impl FnOnce() -> Reason,
    ) {
        self.count += count;
        if self.cases.first().is_none_or(|first| case < first.as_str()) {
            self.transcript = Some(transcript.clone());
            self.reason = Some(reason());
        }
        if !self.cases.contains(case) {
            self.cases.insert(case.to_owned());
        }
        if self.cases.len() > CaseResult::SEEN_IN {
            self.cases.pop_last();
        }
    }
}

/// What was seen so far.
#[derive(Debug, Clone, Default)]
pub(crate) struct Passive {
    broken: BTreeMap<V, Seen>,
    keys: Keys,
    /// A connection was opened: there was something to judge.
    opened: bool,
}

impl Rule {
    fn binds(&self, role: Role) -> bool {
        match role {
            Role::Server => self.binds != Binds::Client,
            Role::Client => self.binds != Binds::Server,
        }
    }
}

/// The requirement that a target of this role fails with such bytes of its own, if that is a
/// failure.
pub(crate) fn failed(violation: V, role: Role) -> Option<&'static str> {
    let broken = RULES
        .iter()
        .find(|rule| rule.violation == violation && rule.binds(role))?;
    (grade(violation) == Verdict::Fail).then_some(broken.requirement)
}

fn broken_in(fault: Fault, case: &str) -> Reason {
    Reason::Passive {
        fault,
        case: case.to_owned(),
    }
}

impl Passive {
    /// Takes what one case showed.
    pub(crate) fn note(&mut self, case: &str, observed: &Observed, transcript: &Arc<Transcript>) {
        for fault in &observed.faults {
            self.broken
                .entry(fault.violation)
                .or_default()
                .note(case, transcript, 1, || broken_in(*fault, case));
        }
        self.keys.note(case, observed, transcript);
        self.opened |= observed.opened;
    }

    /// A row for each rule that binds `role`; none of a target that never opened a connection.
    pub(crate) fn rows(mut self, role: Role) -> Vec<CaseResult> {
        if !self.opened {
            return Vec::new();
        }
        let rules = RULES.iter().filter(|rule| rule.binds(role)).map(|rule| {
            let seen = self.broken.remove(&rule.violation).unwrap_or_default();
            let verdict = if seen.count == 0 {
                Verdict::Pass
            } else {
                grade(rule.violation)
            };
            let Rule {
                violation,
                requirement,
                impact,
                about,
                ..
            } = *rule;
            Row {
                name: violation.name(),
                requirement,
                impact,
                about,
            }
            .result(verdict, seen)
        });
        let keys = (role == Role::Client).then(|| self.keys.rows());
        rules.chain(keys.into_iter().flatten()).collect()
    }
}
