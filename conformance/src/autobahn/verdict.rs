//! Our results as Autobahn's verdicts.
//!
//! `behavior` is about messages, pings and pongs, and about whether the connection was failed if it
//! had to be; `behaviorClose` is about how it ended. A result that is not a plain pass for us only
//! because of a close code is therefore OK in the first if the second accepts it.
//! `docs/coming-from-autobahn.md` lists where the two tools differ, and why.

use std::sync::Arc;

use wsspec_reports::autobahn::{Behavior, BehaviorClose, CaseReport, Closing, Observed};
use wsspec_reports::wire::{self, Line};
use wsspec_reports::{CaseResult, TargetRole, Transcript, Verdict, Who};
use wsspec_vectors::{Case, Need};

use super::catalogue::{AutobahnCase, Rule, RuleKind, expectation};

/// The report on an Autobahn case, given the results of our cases for it: the worst of them.
///
/// `number` is the one it ran under, `started` when, RFC 3339 in UTC.
pub fn judged(
    autobahn: &AutobahnCase,
    number: usize,
    results: &[(&Case, &CaseResult)],
    started: &str,
) -> CaseReport {
    results
        .iter()
        .map(|(case, result)| judged_by(autobahn, number, case, result, started))
        .max_by_key(|report| (report.behavior, report.behavior_close))
        .unwrap_or_else(|| {
            judged_without_case(autobahn, number, "no vector stands for this case", started)
        })
}

/// The report on an Autobahn case, given the result of one of our cases for it.
fn judged_by(
    autobahn: &AutobahnCase,
    number: usize,
    case: &Case,
    result: &CaseResult,
    started: &str,
) -> CaseReport {
    let rule = Rule::of(&autobahn.id);
    let transcript = result.transcript.clone().unwrap_or_default();
    let observed = Observed::new(&transcript, result.close.as_ref());
    let lines = wire::lines(&transcript);
    let (behavior_close, result_close) =
        judge_close(&rule, &observed, result.verdict, transcript.target_role);
    let (behavior, reason) = match unjudged(&rule, case, result).or_else(|| own_fault(&lines)) {
        Some(verdict) => verdict,
        None => judge_messages(&rule, result, &observed, behavior_close),
    };
    CaseReport {
        id: autobahn.id.clone(),
        number,
        description: autobahn.description.clone(),
        expectation: expectation(case),
        behavior,
        result: reason,
        behavior_close,
        result_close,
        duration_ms: result.duration_ms.round() as u64,
        started: started.to_owned(),
        closing: rule.closing,
        compression: rule.compression,
        timed: rule.timed,
        transcript,
        observed,
        lines,
    }
}

/// The report on an Autobahn case that could not be run.
pub fn judged_without_case(
    autobahn: &AutobahnCase,
    number: usize,
    reason: &str,
    started: &str,
) -> CaseReport {
    let rule = Rule::of(&autobahn.id);
    CaseReport {
        id: autobahn.id.clone(),
        number,
        description: autobahn.description.clone(),
        expectation: String::new(),
        behavior: Behavior::Failed,
        result: reason.to_owned(),
        behavior_close: BehaviorClose::Failed,
        result_close: reason.to_owned(),
        duration_ms: 0,
        started: started.to_owned(),
        closing: Closing {
            by_suite: true,
            codes: vec![1000],
            clean: true,
        },
        compression: false,
        timed: rule.timed,
        transcript: Arc::default(),
        observed: Observed::new(&Transcript::default(), None),
        lines: Vec::new(),
    }
}

/// The verdict on messages that follows from ours, whatever was sent.
fn unjudged(rule: &Rule, case: &Case, result: &CaseResult) -> Option<(Behavior, String)> {
    let about_compression = case.agree.is_some() || case.needs.contains(&Need::Deflate);
    let behavior = match result.verdict {
        Verdict::Skipped if about_compression => Behavior::Unimplemented,
        Verdict::Fail | Verdict::Flaky | Verdict::Error | Verdict::Skipped => Behavior::Failed,
        _ if rule.kind == RuleKind::Informational => Behavior::Informational,
        _ => return None,
    };
    Some((behavior, result.reason.clone()))
}

/// The verdict if the target's own bytes break a rule: Autobahn's parser fails on them as well.
fn own_fault(lines: &[Line]) -> Option<(Behavior, String)> {
    let fault = lines
        .iter()
        .filter(|line| line.who == Who::Target)
        .find_map(|line| line.faults.first())?;
    Some((Behavior::Failed, format!("the target's own bytes: {fault}")))
}

/// The verdict on messages of a case that ran and did not fail, and the reason.
fn judge_messages(
    rule: &Rule,
    result: &CaseResult,
    observed: &Observed,
    close: BehaviorClose,
) -> (Behavior, String) {
    match rule.kind {
        RuleKind::EchoBefore if !observed.has_answer() => {
            return (
                Behavior::NonStrict,
                "the legal message before the violation was not echoed".into(),
            );
        }
        RuleKind::Early if observed.sent_all() => {
            return (
                Behavior::NonStrict,
                "the text was only checked at the end of the message or frame".into(),
            );
        }
        _ => {}
    }
    let closing = &rule.closing;
    // The target had to fail the connection and did: our reason can only be the close code. The
    // same holds if it closed well and no clean closing was asked for.
    let only_code = close == BehaviorClose::WrongCode && !closing.by_suite
        || matches!(close, BehaviorClose::Ok | BehaviorClose::FailedByClient) && !closing.clean;
    match result.verdict {
        Verdict::Pass => (Behavior::Ok, "as required".into()),
        _ if only_code => (Behavior::Ok, result.reason.clone()),
        Verdict::NonStrict => (Behavior::NonStrict, result.reason.clone()),
        _ => (Behavior::Informational, result.reason.clone()),
    }
}

/// The verdict on the end of the connection, and the reason.
fn judge_close(
    rule: &Rule,
    observed: &Observed,
    verdict: Verdict,
    target: TargetRole,
) -> (BehaviorClose, String) {
    let closing = &rule.closing;
    if !observed.opened && verdict == Verdict::Skipped {
        let reason = "the case was not run, so there was nothing to close";
        return (BehaviorClose::Ok, reason.into());
    }
    if !observed.opened {
        let reason = "the opening handshake was not completed";
        return (BehaviorClose::Failed, reason.into());
    }
    if rule.kind == RuleKind::Informational {
        return (BehaviorClose::Informational, "not judged".into());
    }
    let by_suite = match rule.kind {
        RuleKind::WrongClose => observed.target.close.is_none() && observed.ended.is_none(),
        _ => observed.closed_by_suite(),
    };
    // A size limit of the target, which RFC 6455 §10.4 allows.
    if closing.by_suite && !by_suite && verdict == Verdict::Informational {
        let reason = "the target closed first, as it may";
        return (BehaviorClose::Informational, reason.into());
    }
    if by_suite != closing.by_suite {
        let reason = if closing.by_suite {
            "the target closed first"
        } else {
            "the target left it to the suite to close"
        };
        return (BehaviorClose::Failed, reason.into());
    }
    if closing.clean && !observed.clean() {
        let reason = "the connection ended without a closing handshake";
        return (BehaviorClose::Unclean, reason.into());
    }
    let code = observed.target.close.as_ref().and_then(|close| close.code);
    if let Some(code) = code.filter(|code| !closing.codes.contains(code)) {
        let reason = format!(
            "close code {code}; accepted are {:?} and none",
            closing.codes
        );
        return (BehaviorClose::WrongCode, reason);
    }
    // Only a server is required to end the connection (RFC 6455 §7.1.1), and only if its Close was
    // answered: in the middle of a frame it is not.
    let answered = observed.target.close.is_none() || observed.suite.close.is_some();
    if observed.ended.is_none() && target == TargetRole::Server && answered {
        let reason = "the target did not end the connection";
        return (BehaviorClose::FailedByClient, reason.into());
    }
    (BehaviorClose::Ok, "as required".into())
}
