//! Rules judged on every byte the target sent, whatever a case was about. Each is one row of the
//! report, so that one fault is one finding.

mod carried;
mod causes;
mod heads;
mod keys;
mod rules;

pub(crate) use carried::requirement as requirement_of_carried;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use wsspec_core::Role;
use wsspec_core::violation::Fault;
use wsspec_core::violation::Violation as V;
use wsspec_reports::{CaseResult, Impact, Transcript, Transport, Verdict};

use crate::binding::{Breach, CarrierRule};
use crate::exchange::{Conclusion, Observed, Reason, TransportReason};
use causes::Causes;
use keys::Keys;
use rules::{Binds, RULES, Rule};

/// The passive rules, each with the requirement it checks.
pub(crate) fn passive_rules() -> impl Iterator<Item = (&'static str, &'static str)> {
    let on_bytes = RULES
        .iter()
        .map(|rule| (rule.violation.name(), rule.requirement));
    let on_streams = CarrierRule::all().map(|rule| (rule.name(), carried::requirement(rule)));
    on_bytes
        .chain(on_streams)
        .chain(keys::rows().map(|row| (row.name, row.requirement)))
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
        let requirement = seen.requirement.unwrap_or(self.requirement);
        CaseResult {
            about: self.about.to_owned(),
            requirements: vec![requirement.to_owned()],
            broken: matches!(verdict, Verdict::Fail | Verdict::NonStrict)
                .then(|| requirement.to_owned()),
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
    /// The requirement that was broken, where it is not that of the rule.
    requirement: Option<&'static str>,
    /// Times that it was not broken as we had broken it.
    own: usize,
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
    /// Rules of HTTP/2 and HTTP/3.
    carried: BTreeMap<CarrierRule, Seen>,
    /// What conversations ran over.
    over: Vec<Transport>,
    keys: Keys,
    /// A connection was opened: there was something to judge.
    opened: bool,
    /// Heads were judged as any other bytes.
    judges_heads: bool,
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

/// The requirement on this side that bytes of its own break, and how grave that is.
pub(crate) fn broken_rule(violation: V, side: Role) -> Option<(&'static str, Verdict)> {
    let mut rules = RULES.iter().chain(heads::RULES);
    let rule = rules.find(|rule| rule.violation == violation && rule.binds(side))?;
    Some((rule.requirement, grade(violation)))
}

/// The requirement on a client whose opening request breaks a rule.
pub(crate) fn requirement_of_request(violation: V) -> Option<&'static str> {
    let mut rules = heads::RULES.iter().filter(|rule| rule.binds(Role::Client));
    Some(rules.find(|rule| rule.violation == violation)?.requirement)
}

/// The requirement that a close code breaks which never appears on the wire.
pub(crate) fn requirement_of_close_code(code: Option<u16>) -> Option<&'static str> {
    match code? {
        1006 => Some("RFC6455-7.4.1-4"),
        1015 => Some("RFC6455-7.4.1-5"),
        _ => None,
    }
}

/// Text that is none only ever where compression was agreed on is compressed, and not marked so.
fn on_compression(conclusion: &Conclusion, before: &Seen) -> Option<&'static str> {
    let plain_before = before.count > 0 && before.requirement.is_none();
    let clean = conclusion.reaction.provoked.is_none();
    (conclusion.reaction.compresses && clean && !plain_before).then_some("RFC7692-6.1-1")
}

fn broken_in(fault: Fault, case: &str) -> Reason {
    Reason::Passive {
        fault,
        case: case.to_owned(),
    }
}

impl Passive {
    /// Takes what one case showed.
    pub(crate) fn note(&mut self, case: &str, conclusion: &Conclusion) {
        let Conclusion {
            observed,
            transcript,
            ..
        } = conclusion;
        for fault in &observed.faults {
            let seen = self.broken.entry(fault.violation).or_default();
            seen.requirement = match fault.violation {
                V::CloseCodeForbidden => {
                    let code = conclusion.close.as_ref().and_then(|close| close.code);
                    let now = requirement_of_close_code(code);
                    now.filter(|_| seen.count == 0 || seen.requirement == now)
                }
                V::TextNotUtf8 => on_compression(conclusion, seen),
                _ => None,
            };
            seen.own += usize::from(!observed.mirrored);
            seen.note(case, transcript, 1, || broken_in(*fault, case));
        }
        for breach in &observed.carried {
            self.broke_carrier(case, (*breach, 1), transcript);
        }
        let over = transcript.circumstances.as_ref().map(|known| known.over);
        if let Some(over) = over {
            self.carried_by(over);
        }
        self.keys.note(case, observed, transcript);
        self.opened |= observed.opened;
    }

    /// Takes a rule that was broken in a conversation which no case ran, and how often.
    pub(crate) fn broke(
        &mut self,
        conversation: &str,
        (fault, count): (Fault, usize),
        requirement: &'static str,
        transcript: &Arc<Transcript>,
    ) {
        let seen = self.broken.entry(fault.violation).or_default();
        seen.requirement =
            Some(requirement).filter(|now| seen.count == 0 || seen.requirement == Some(*now));
        seen.own += count;
        seen.note(conversation, transcript, count, || {
            broken_in(fault, conversation)
        });
    }

    /// Takes a rule of what carries a conversation that was broken in it, and how often.
    pub(crate) fn broke_carrier(
        &mut self,
        conversation: &str,
        (breach, count): (Breach, usize),
        transcript: &Arc<Transcript>,
    ) {
        let seen = self.carried.entry(breach.rule).or_default();
        seen.note(conversation, transcript, count, || {
            let case = conversation.to_owned();
            TransportReason::Broke { breach, case }.into()
        });
    }

    /// A conversation went over this: its rules are judged.
    pub(crate) fn carried_by(&mut self, over: Transport) {
        if !self.over.contains(&over) {
            self.over.push(over);
        }
    }

    /// Takes what else such a conversation showed.
    pub(crate) fn watched(
        &mut self,
        conversation: &str,
        observed: &Observed,
        transcript: &Arc<Transcript>,
    ) {
        self.keys.note(conversation, observed, transcript);
        self.opened = true;
        self.judges_heads = true;
    }

    /// A row for each rule that binds `role`; none of a target that never opened a connection.
    /// `cases`: the other rows of the run, of which some say what broke a rule.
    pub(crate) fn rows(mut self, role: Role, cases: &[CaseResult]) -> Vec<CaseResult> {
        if !self.opened {
            return Vec::new();
        }
        let causes = Causes::of(&self.broken, role, cases);
        let heads = heads::RULES.iter().filter(|_| self.judges_heads);
        let binding = RULES.iter().chain(heads).filter(|rule| rule.binds(role));
        let rules = binding.map(|rule| {
            let seen = self.broken.remove(&rule.violation).unwrap_or_default();
            let cause = causes.of_rule(rule.violation, &seen);
            let verdict = match (seen.count, &cause) {
                (0, _) => Verdict::Pass,
                (_, Some(_)) => Verdict::Skipped,
                (_, None) => grade(rule.violation),
            };
            let Rule {
                violation,
                requirement,
                impact,
                about,
                ..
            } = *rule;
            let row = Row {
                name: violation.name(),
                requirement,
                impact,
                about,
            };
            CaseResult {
                rests_on: cause,
                // As of the cases that fail by it.
                cause_key: if seen.count > 0 {
                    format!("violation.{}", violation.name())
                } else {
                    String::new()
                },
                ..row.result(verdict, seen)
            }
        });
        let mut rows: Vec<CaseResult> = rules.collect();
        let on_streams = CarrierRule::all().filter(|rule| self.over.contains(&rule.over()));
        rows.extend(on_streams.map(|rule| {
            let seen = self.carried.remove(&rule).unwrap_or_default();
            let verdict = if seen.count == 0 {
                Verdict::Pass
            } else {
                Verdict::Fail
            };
            let row = Row {
                name: rule.name(),
                requirement: carried::requirement(rule),
                impact: carried::impact(rule),
                about: rule.meaning(),
            };
            row.result(verdict, seen)
        }));
        if role == Role::Client {
            rows.extend(self.keys.rows());
        }
        rows
    }
}
