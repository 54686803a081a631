//! Our results in the incumbent's words.
//!
//! `behavior` speaks of messages, pings and pongs, and of whether the connection was failed where it had to be;
//! `behaviorClose` of how it ended. What is soft for us only because of a close code is therefore OK in the first
//! where the second has nothing against it. `docs/coming-from-autobahn.md` lists where the two tools differ, and why.

use std::sync::Arc;

use wsspec_reports::autobahn::{Behavior, BehaviorClose, CaseReport, Closing, Seen};
use wsspec_reports::{CaseResult, TargetRole, Transcript, Verdict, Who, wire};

use super::catalogue::{Entry, Kind, Rule, expectation};
use wsspec_vectors::{Case, Need};

/// What is told of `entry`, given the results of the cases that stand for it: the worst of them.
///
/// `number` is the one it is run by, `started` when, RFC 3339 in UTC.
pub fn judged(
    entry: &Entry,
    number: usize,
    results: &[(&Case, &CaseResult)],
    started: &str,
) -> CaseReport {
    let rule = Rule::of(&entry.id);
    let each = results.iter().map(|(case, result)| {
        let transcript = result.transcript.clone().unwrap_or_default();
        let seen = Seen::of(&transcript, result.close.as_ref());
        let (behavior_close, result_close) =
            close(&rule, &seen, result.verdict, transcript.target_role);
        let (behavior, reason) = behavior(&rule, case, result, &seen, behavior_close);
        CaseReport {
            id: entry.id.clone(),
            number,
            description: entry.description.clone(),
            expectation: expectation(case),
            behavior,
            result: reason,
            behavior_close,
            result_close,
            duration_ms: result.duration_ms.round() as u64,
            started: started.to_owned(),
            closing: rule.closing.clone(),
            compression: rule.compression,
            close: result.close.clone(),
            transcript,
        }
    });
    each.max_by_key(|report| (report.behavior, report.behavior_close))
        .unwrap_or_else(|| {
            judged_without_case(entry, number, "no vector stands for this case", started)
        })
}

/// What is told of a case that could not be run.
pub fn judged_without_case(
    entry: &Entry,
    number: usize,
    reason: &str,
    started: &str,
) -> CaseReport {
    CaseReport {
        id: entry.id.clone(),
        number,
        description: entry.description.clone(),
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
        close: None,
        transcript: Arc::new(Transcript::default()),
    }
}

fn behavior(
    rule: &Rule,
    case: &Case,
    result: &CaseResult,
    seen: &Seen,
    close: BehaviorClose,
) -> (Behavior, String) {
    let reason = result.reason.clone();
    let about_compression = case.agree.is_some() || case.needs.contains(&Need::Deflate);
    match result.verdict {
        Verdict::Skipped if about_compression => return (Behavior::Unimplemented, reason),
        Verdict::Fail | Verdict::Flaky | Verdict::Error | Verdict::Skipped => {
            return (Behavior::Failed, reason);
        }
        _ if rule.kind == Kind::Informational => return (Behavior::Informational, reason),
        _ => {}
    }
    // The incumbent's own parser fails on these as well.
    if let Some(broken) = own_faults(result) {
        return (Behavior::Failed, broken);
    }
    match rule.kind {
        Kind::EchoBefore if !seen.heard_message() => (
            Behavior::NonStrict,
            "the legal message before the violation was not echoed".into(),
        ),
        Kind::Early if seen.sent_all() => (
            Behavior::NonStrict,
            "the text was checked when the message or the frame was complete".into(),
        ),
        _ => match result.verdict {
            Verdict::Pass => (Behavior::Ok, "as required".into()),
            // Where the target has to fail the connection, and did, this can only be about its close code; so where no
            // clean closing is asked for and it closed well.
            _ if close == BehaviorClose::WrongCode && !rule.closing.by_suite => {
                (Behavior::Ok, reason)
            }
            _ if matches!(close, BehaviorClose::Ok | BehaviorClose::FailedByClient)
                && !rule.closing.clean =>
            {
                (Behavior::Ok, reason)
            }
            Verdict::NonStrict => (Behavior::NonStrict, reason),
            _ => (Behavior::Informational, reason),
        },
    }
}

/// A rule that the target's own bytes break.
fn own_faults(result: &CaseResult) -> Option<String> {
    let lines = wire::lines(result.transcript.as_deref()?);
    let fault = lines
        .iter()
        .filter(|line| line.who == Who::Target)
        .find_map(|line| line.faults.first())?;
    Some(format!("the target's own bytes: {fault}"))
}

/// The verdict on the end of the connection, and why.
fn close(
    rule: &Rule,
    seen: &Seen,
    verdict: Verdict,
    target: TargetRole,
) -> (BehaviorClose, String) {
    let closing = &rule.closing;
    let code = seen.theirs.as_ref().and_then(|close| close.code);
    if !seen.opened && verdict == Verdict::Skipped {
        return (
            BehaviorClose::Ok,
            "there was nothing to close: the case was not run".into(),
        );
    }
    if !seen.opened {
        return (
            BehaviorClose::Failed,
            "the opening handshake was not completed".into(),
        );
    }
    if rule.kind == Kind::Informational {
        return (BehaviorClose::Informational, "not judged".into());
    }
    let by_suite = match rule.kind {
        Kind::WrongClose => seen.theirs.is_none() && seen.ended.is_none(),
        _ => seen.closed_by_suite(),
    };
    // A size limit of its own, which RFC 6455 §10.4 allows.
    if closing.by_suite && !by_suite && verdict == Verdict::Informational {
        return (
            BehaviorClose::Informational,
            "the target closed first, as it may".into(),
        );
    }
    if by_suite != closing.by_suite {
        let who = if closing.by_suite {
            "the target closed first"
        } else {
            "the target left it to the suite to close"
        };
        return (BehaviorClose::Failed, who.into());
    }
    if closing.clean && !seen.clean() {
        return (
            BehaviorClose::Unclean,
            "TCP ended without a closing handshake".into(),
        );
    }
    if let Some(code) = code.filter(|code| !closing.codes.contains(code)) {
        return (
            BehaviorClose::WrongCode,
            format!(
                "close code {code}, where {:?} or none is accepted",
                closing.codes
            ),
        );
    }
    // Only of a server is it asked to end TCP (RFC 6455 §7.1.1), and not where its Close got no answer: in the midst
    // of a frame there is none.
    let answered = seen.theirs.is_none() || seen.ours.is_some();
    if seen.ended.is_none() && target == TargetRole::Server && answered {
        return (
            BehaviorClose::FailedByClient,
            "the target did not end the connection".into(),
        );
    }
    (BehaviorClose::Ok, "as required".into())
}
