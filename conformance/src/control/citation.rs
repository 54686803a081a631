//! Which requirement a target broke: that of the expectation which was not met, and not what the
//! case is about where these differ.

use wsspec_core::{Role, Violation as V};
use wsspec_reports::Verdict;
use wsspec_vectors::Case;

use super::build::{is_long, is_plain};
use super::requirements::{of_client, of_reader};
use crate::exchange::{
    ClosingReason, Conclusion, Ending, Lost, MessageReason, OpeningReason, Reason, RequestReason,
};
use crate::run::requirements_of;

/// The requirement that the target broke in `case`; `None` if it did not fall short.
pub(crate) fn broken(case: &Case, role: Role, conclusion: &Conclusion) -> Option<String> {
    if !matches!(conclusion.verdict, Verdict::NonStrict | Verdict::Fail) {
        return None;
    }
    let own = case.requirements.first().map(String::as_str);
    let request = mistaken_request(conclusion).map(|(_, rule)| rule);
    let taken = accepted_fault(conclusion).or(request);
    let reason = conclusion.reason.as_ref();
    let derived = taken
        .map(|rule| of_reader(rule, case))
        .or_else(|| of_reason(reason?, case, role, conclusion.heard()));
    derived.or(own).map(str::to_owned)
}

/// What failures with the same cause have in common: stable words for programs, without bytes or
/// numbers. Empty for a plain pass.
pub(crate) fn cause(conclusion: &Conclusion) -> String {
    if let Some((mistake, fault)) = mistaken_request(conclusion) {
        return format!("{}.{}", mistake.name(), fault.name());
    }
    match (accepted_fault(conclusion), &conclusion.reason) {
        (Some(fault), _) => format!("accepts.{}", fault.name()),
        (None, Some(reason)) => root(reason).key().into_owned(),
        (None, None) => String::new(),
    }
}

/// Bytes of a case beside which nothing but its size is out of the ordinary.
const HUGE: u64 = 1 << 20;

/// The rule that the suite broke on purpose, where the target did not refuse it.
pub(super) fn accepted_fault(conclusion: &Conclusion) -> Option<V> {
    let fell_short = matches!(conclusion.verdict, Verdict::NonStrict | Verdict::Fail);
    let took_it = conclusion.reaction.ending == Ending::Open
        || matches!(
            conclusion.reason,
            Some(
                Reason::Closing(ClosingReason::ClosedAnyway(_) | ClosingReason::AnsweredInstead(_))
                    | Reason::Message(MessageReason::Delivered(_))
            )
        );
    conclusion
        .reaction
        .provoked
        .filter(|_| fell_short && took_it)
}

/// What a server made of a request that it had to refuse.
#[derive(Clone, Copy)]
enum Mistake {
    Opens,
    LeavesUnanswered,
}

impl Mistake {
    fn name(self) -> &'static str {
        match self {
            Mistake::Opens => "opens",
            Mistake::LeavesUnanswered => "leaves-unanswered",
        }
    }
}

/// The rule that our request broke on purpose, where the server opened the connection or gave no
/// answer.
fn mistaken_request(conclusion: &Conclusion) -> Option<(Mistake, V)> {
    if conclusion.verdict != Verdict::Fail {
        return None;
    }
    let fault = conclusion.reaction.provoked_by_request?;
    let silent = matches!(
        conclusion.reason.as_ref().map(root),
        Some(Reason::Opening(
            OpeningReason::NoAnswer | OpeningReason::EndedUnanswered
        ))
    );
    if conclusion.opening.opens {
        Some((Mistake::Opens, fault))
    } else {
        silent.then_some((Mistake::LeavesUnanswered, fault))
    }
}

/// The part of a reason that the rest follows from.
pub(super) fn root(reason: &Reason) -> Reason {
    match reason {
        Reason::DidNotSurvive(inner)
        | Reason::NoPlainConnection(inner)
        | Reason::OnlyAmongMany { because: inner, .. } => root(inner),
        Reason::Message(MessageReason::Missing {
            lost: Some(lost), ..
        }) => Reason::Lost(lost.clone()),
        Reason::None(reasons) => {
            let roots = reasons.iter().map(root);
            // Of equals, the first.
            roots
                .min_by_key(|root| match root {
                    Reason::Broke(..) => 0,
                    Reason::Lost(_) => 1,
                    _ => 2,
                })
                .unwrap_or_else(|| reason.clone())
        }
        reason => reason.clone(),
    }
}

/// The requirement that a reason names by itself; `heard`: the target sent something.
fn of_reason(reason: &Reason, case: &Case, role: Role, heard: bool) -> Option<&'static str> {
    let found =
        match root(reason) {
            Reason::Broke(violation, _) | Reason::Deviates(violation) => {
                let mut bound = requirements_of(violation).peekable();
                let first = bound.peek().copied();
                let own = bound.find(|id| case.cites(id)).or(first);
                return match role {
                    Role::Client => own.or_else(|| of_client(violation)),
                    Role::Server => own,
                };
            }
            // A head of ours is what the case is about.
            Reason::PingUnanswered if case.states_opening() => return None,
            Reason::PingUnanswered | Reason::Message(MessageReason::NoPong(_)) => "RFC6455-5.5.2-2",
            Reason::Message(MessageReason::OtherPong { .. }) => "RFC6455-5.5.3-1",
            Reason::Message(MessageReason::InsteadOfEcho { came, sent })
                if came.kind() != sent.kind() =>
            {
                "RFC6455-6.2-3"
            }
            Reason::FramingLost(lost) => lost.requirement(),
            Reason::Message(MessageReason::Missing { .. }) if is_plain(case) && is_long(case) => {
                "RFC6455-5.2-9"
            }
            Reason::Message(
                MessageReason::Missing { .. } | MessageReason::InsteadOfEcho { .. },
            ) if case.weight() > HUGE => "RFC6455-5.2-9",
            Reason::Message(message) if is_plain(case) => of_message(&message)?,
            Reason::Lost(Lost::Ended(_) | Lost::Closed(_)) if is_plain(case) => "RFC6455-5.2-9",
            Reason::Lost(Lost::Closed(code))
                if role == Role::Client && Ending::Closed(code).is_of_application() =>
            {
                "RFC6455-7.1.7-8"
            }
            Reason::Closing(ClosingReason::CloseUnanswered | ClosingReason::NoCloseFrame(_)) => {
                "RFC6455-5.5.1-8"
            }
            Reason::Closing(ClosingReason::StreamNotEnded) => "RFC6455-5.5.1-13",
            Reason::Closing(ClosingReason::Accused(_)) => "RFC6455-7.1.2-1",
            Reason::NotServed if role == Role::Server => "RFC6455-4.2.2-1",
            Reason::NotServed => "RFC6455-4.1-2",
            Reason::Request(RequestReason::None) if !heard => "RFC6455-4.1-2",
            Reason::Request(
                RequestReason::None | RequestReason::Broken(_) | RequestReason::Ended(_),
            ) => "RFC6455-4.1-15",
            _ => return None,
        };
    Some(found)
}

/// What an echo of plain messages shows that is none: the frames that carry them are wrong.
fn of_message(reason: &MessageReason) -> Option<&'static str> {
    match reason {
        MessageReason::InsteadOfEcho { .. } => Some("RFC6455-5.2-9"),
        MessageReason::Missing { .. }
        | MessageReason::EchoDiffers { .. }
        | MessageReason::Unasked(_) => Some("RFC6455-6.1-2"),
        MessageReason::BeforeItsTurn(_) => Some("RFC6455-6.2-4"),
        _ => None,
    }
}
