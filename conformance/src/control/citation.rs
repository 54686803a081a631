//! Which requirement a target broke: that of the expectation which was not met, and not what the
//! case is about where these differ.

use wsspec_core::{Role, Violation as V};
use wsspec_reports::Verdict;
use wsspec_vectors::Case;

use super::build::is_plain;
use crate::exchange::{
    ClosingReason, Conclusion, Ending, Lost, MessageReason, Reason, RequestReason,
};
use crate::run::requirements_of;

/// The requirement that the target broke in `case`; `None` if it did not fall short.
pub(crate) fn broken(case: &Case, role: Role, conclusion: &Conclusion) -> Option<String> {
    if !matches!(conclusion.verdict, Verdict::NonStrict | Verdict::Fail) {
        return None;
    }
    let own = case.requirements.first().map(String::as_str);
    let accepted = accepted_fault(conclusion).and_then(|fault| of_receiver(fault, case, role));
    let reason = conclusion.reason.as_ref();
    let derived = accepted.or_else(|| of_reason(reason?, case, role, conclusion.heard()));
    derived.or(own).map(str::to_owned)
}

/// What failures with the same cause have in common: stable words for programs, without bytes or
/// numbers. Empty for a plain pass.
pub(crate) fn cause(conclusion: &Conclusion) -> String {
    match (accepted_fault(conclusion), &conclusion.reason) {
        (Some(fault), _) => format!("accepts.{}", fault.name()),
        (None, Some(reason)) => root(reason).key().into_owned(),
        (None, None) => String::new(),
    }
}

/// The rule that the suite broke on purpose, where the target did not refuse it.
fn accepted_fault(conclusion: &Conclusion) -> Option<V> {
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

/// The part of a reason that the rest follows from.
pub(super) fn root(reason: &Reason) -> Reason {
    match reason {
        Reason::DidNotSurvive(inner) | Reason::NoPlainConnection(inner) => root(inner),
        Reason::Message(MessageReason::Missing {
            lost: Some(lost), ..
        }) => Reason::Lost(lost.clone()),
        Reason::None(reasons) => {
            let roots = || reasons.iter().map(root);
            let broke = roots().find(|reason| matches!(reason, Reason::Broke(..)));
            let lost = || roots().find(|reason| matches!(reason, Reason::Lost(_)));
            broke
                .or_else(lost)
                .or_else(|| roots().next())
                .unwrap_or_else(|| reason.clone())
        }
        reason => reason.clone(),
    }
}

/// The requirement that a reason names by itself; `heard`: the target sent something.
fn of_reason(reason: &Reason, case: &Case, role: Role, heard: bool) -> Option<&'static str> {
    let found = match root(reason) {
        Reason::Broke(violation, _) | Reason::Deviates(violation) => {
            let mut bound = requirements_of(violation).peekable();
            let first = bound.peek().copied();
            return bound.find(|id| case.cites(id)).or(first);
        }
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
        Reason::Message(message) if is_plain(case) => of_message(&message)?,
        Reason::Lost(Lost::Ended(_) | Lost::Closed(_)) if is_plain(case) => "RFC6455-5.2-9",
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

/// Whether a message needs more than the seven bits of a short length (RFC 6455 §5.2).
fn is_long(case: &Case) -> bool {
    const SHORT: u64 = 125;
    // A frame counts 300 bytes beside its payload.
    case.weight() > 300 * case.steps.len() as u64 + SHORT
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

/// The requirements on close codes without a meaning.
const UNASSIGNED: [&str; 4] = [
    "RFC6455-7.4.2-3",
    "RFC6455-7.4.2-1",
    "RFC6455-7.4.2-6",
    "RFC6455-7.4.1-8",
];

/// The requirement on the receiver to refuse what breaks a rule.
fn of_receiver(fault: V, case: &Case, role: Role) -> Option<&'static str> {
    Some(match fault {
        V::RsvSet => "RFC6455-5.2-3",
        V::OpcodeReserved => "RFC6455-5.2-4",
        V::LengthTopBit => "RFC6455-5.2-5",
        V::LengthNotMinimal => "RFC6455-5.2-7",
        V::ControlFragmented => "RFC6455-5.4-3",
        V::MessageInterleaved => "RFC6455-5.4-5",
        V::ContinuationOrphan => "RFC6455-5.4-6",
        V::ControlTooLong => "RFC6455-5.5-1",
        V::CloseBodyOneByte => "RFC6455-5.5.1-2",
        V::CloseCodeUnassigned => UNASSIGNED
            .into_iter()
            .find(|id| case.cites(id))
            .unwrap_or(UNASSIGNED[0]),
        V::CloseReasonNotUtf8 => "RFC6455-5.5.1-4",
        V::CloseCodeForbidden => "RFC6455-7.4.1-6",
        V::TextNotUtf8 => "RFC6455-8.1-1",
        V::MaskMissing if role == Role::Server => "RFC6455-5.1-2",
        V::MaskUnexpected if role == Role::Client => "RFC6455-5.1-5",
        V::Rsv1Misplaced => "RFC7692-6.1-4",
        V::DeflateInvalid
        | V::DeflateUnfinished
        | V::DeflateBeyondWindow
        | V::DeflateBeyondMessage => "RFC7692-7.2.2-2",
        _ => return None,
    })
}
