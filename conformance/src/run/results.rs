//! Results and reports, made from conclusions: the place where reasons become text.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use chrono::{SecondsFormat, Utc};
use wsspec_core::Role;
use wsspec_reports::{
    CaseResult, Clause, Ending, Impact, Probe, Report, Resemblance, Summary, TargetReport,
    TargetRole, Verdict,
};
use wsspec_vectors::{Case, Corpus, KnownBugs, Requirement};

use super::{Options, Shard, Subject, death, passive, traits};
use crate::control::{broken, cause};
use crate::exchange::{Conclusion, Reason, shortened};
use crate::through::change_ids;

/// The row of a summary table, where that is not the family.
fn group(case: &Case) -> String {
    if case.group == case.family {
        String::new()
    } else {
        case.group.clone()
    }
}

/// The row of a case of which only the verdict and its reason are known.
fn row(case: &Case, verdict: Verdict, reason: String, reason_key: String) -> CaseResult {
    CaseResult {
        group: group(case),
        opening: case.states_opening(),
        about: case.about.clone(),
        autobahn: case.autobahn.clone(),
        requirements: case.requirements.clone(),
        reason,
        reason_key,
        ..CaseResult::new(case.id.clone(), &case.family, case.impact, verdict)
    }
}

/// The result of a case that was not run.
pub(crate) fn not_run(case: &Case, verdict: Verdict, reason: &Reason) -> CaseResult {
    row(case, verdict, reason.to_string(), reason.key().into_owned())
}

/// The requirement that a server breaks if it dies of what it is sent.
pub(super) const ROBUST: &str = "RFC6455-10.7-1";

/// The result of a case that killed the server, with what was seen of its conversation. It breaks
/// the requirement to validate all input before those that the case is about.
pub(super) fn killer(
    case: &Case,
    reason: &Reason,
    stderr: Vec<String>,
    conclusion: Option<&Conclusion>,
) -> CaseResult {
    let mut killer = match conclusion {
        Some(conclusion) => CaseResult {
            transcript: Some(Arc::clone(&conclusion.transcript)),
            ..result(case, conclusion)
        },
        None => not_run(case, Verdict::Fail, reason),
    };
    killer.verdict = Verdict::Fail;
    killer.stderr = stderr;
    killer.reason = one_line(reason);
    killer.reason_key = reason.key().into_owned();
    killer.impact = Impact::Security;
    // Whatever its conversation looked like, the death is what broke.
    killer.broken = Some(ROBUST.to_owned());
    killer.cause_key.clear();
    killer.requirements.retain(|id| id != ROBUST);
    killer.requirements.insert(0, ROBUST.to_owned());
    killer
}

/// A reason for people, of readable length.
pub(super) fn one_line(reason: &Reason) -> String {
    shortened(reason.to_string())
}

/// The result of a case.
pub(crate) fn result(case: &Case, conclusion: &Conclusion) -> CaseResult {
    let passes = conclusion.verdict == Verdict::Pass;
    CaseResult {
        rests_on: conclusion.rests_on.clone(),
        broken: broken(case, conclusion.role(), conclusion),
        cause_key: cause(conclusion),
        sent: conclusion.sent.clone(),
        expected: conclusion.expectation(),
        received: conclusion.received.clone(),
        stderr: if passes {
            Vec::new()
        } else {
            conclusion.stderr.clone()
        },
        usage: conclusion.usage,
        growth: conclusion.growth.clone(),
        duration_ms: (conclusion.duration.as_secs_f64() * 1e6).round() / 1e3,
        close: conclusion.close.clone(),
        transcript: (!passes).then(|| Arc::clone(&conclusion.transcript)),
        ..row(
            case,
            conclusion.verdict,
            conclusion.explanation(),
            conclusion.reason_key(),
        )
    }
}

/// The report on `subject` before anything is known of it: interrupted, until it has its end.
pub fn nothing_yet(subject: &Subject, options: &Options) -> TargetReport {
    TargetReport {
        name: subject.name(),
        url: subject.url(),
        again: options.rerun.clone().unwrap_or_else(|| subject.rerun()),
        over: subject.transport(),
        role: match subject {
            Subject::Server(_) => TargetRole::Server,
            Subject::Client(_) => TargetRole::Client,
        },
        probe: Probe::default(),
        ended: Ending::Interrupted,
        shards: options.shard.map(Shard::alone),
        usage: None,
        summary: Summary::default(),
        causes: Vec::new(),
        broken_baseline: Vec::new(),
        cases: Vec::new(),
    }
}

/// Every id that a result can have.
pub fn every_id(corpus: &Corpus) -> BTreeSet<String> {
    let passive = passive::passive_rules().map(|(name, _)| passive::row_id(name));
    corpus
        .cases
        .iter()
        .map(|case| case.id.clone())
        .chain(passive)
        .chain(traits::row_ids())
        .chain([death::ROW.to_owned()])
        .chain(corpus.throughs.iter().map(|case| case.id.clone()))
        .chain(change_ids())
        .collect()
}

/// A report around the results of targets.
pub fn report(
    corpus: &Corpus,
    started: &str,
    duration: Duration,
    seed: u64,
    complete: bool,
    mut targets: Vec<TargetReport>,
) -> Report {
    targets.iter_mut().for_each(note_resemblances);
    let cited = targets
        .iter()
        .flat_map(|target| &target.cases)
        .flat_map(CaseResult::requirements_named);
    let requirements = cited
        .filter_map(|id| corpus.requirements.get(id))
        .map(|requirement| (requirement.id.clone(), clause(requirement)))
        .collect();
    let mut report = Report {
        tool: "wsspec".into(),
        version: env!("CARGO_PKG_VERSION").into(),
        vectors_digest: corpus.digest.clone(),
        started: started.to_owned(),
        duration_ms: duration.as_millis() as u64,
        seed,
        complete,
        targets,
        requirements,
    };
    report.find_causes();
    report
}

/// Notes at each failure which known bugs show in the same way.
fn note_resemblances(target: &mut TargetReport) {
    let role = target.role;
    let failures = target
        .cases
        .iter_mut()
        .filter(|case| case.verdict == Verdict::Fail);
    for case in failures {
        let bugs = KnownBugs::embedded().iter();
        case.resembles = bugs
            .filter(|bug| target_role(bug.role()) == role)
            .filter(|bug| bug.shows_by(&case.id, &case.reason_key))
            .map(|bug| Resemblance {
                bug: bug.id.clone(),
                program: format!("{} {}", bug.library, bug.affected),
            })
            .collect();
    }
}

fn target_role(role: Role) -> TargetRole {
    match role {
        Role::Server => TargetRole::Server,
        Role::Client => TargetRole::Client,
    }
}

/// The time now as reports have it: RFC 3339, in UTC.
pub fn now() -> String {
    Utc::now().to_rfc3339_opts(SecondsFormat::AutoSi, true)
}

/// A report without targets, of a run that begins. Its requirements are all that a case may cite.
pub fn report_head(corpus: &Corpus, started: &str, seed: u64) -> Report {
    let requirements = corpus.requirements.iter();
    Report {
        requirements: requirements.map(|r| (r.id.clone(), clause(r))).collect(),
        ..report(corpus, started, Duration::ZERO, seed, false, Vec::new())
    }
}

fn clause(requirement: &Requirement) -> Clause {
    Clause {
        clause: requirement.clause(),
        level: requirement.level.clone(),
        text: requirement.requirement.clone(),
        party: requirement.party.clone(),
    }
}
