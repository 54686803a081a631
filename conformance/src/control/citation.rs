//! Which requirement a target broke: that of the expectation which was not met, and not what the
//! case is about where these differ.

use wsspec_core::{Role, Violation as V};
use wsspec_reports::Verdict;
use wsspec_vectors::Case;

use super::build::is_plain;
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
    let accepted = accepted_fault(conclusion).and_then(|fault| of_receiver(fault, case, role));
    let request = mistaken_request(conclusion).and_then(|(_, fault)| of_server(fault, case));
    let reason = conclusion.reason.as_ref();
    let derived = accepted
        .or(request)
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

/// The requirement on the server to refuse what breaks a rule.
fn of_server(fault: V, case: &Case) -> Option<&'static str> {
    let all: &[&'static str] = match fault {
        V::MethodNotGet => &["RFC6455-4.2.1-2"],
        V::HttpVersionTooLow => &["RFC6455-4.2.1-3"],
        V::TargetMalformed => &["RFC6455-4.2.1-1", "RFC6455-4.2.1-4"],
        V::HostMissing | V::HostInvalid => &["RFC6455-4.2.1-5", "RFC9112-3.2-1"],
        V::UpgradeMissing => &["RFC6455-4.2.1-6", "RFC9110-7.8-4"],
        V::ConnectionMissing => &["RFC6455-4.2.1-8"],
        V::KeyMissing => &["RFC6455-4.2.1-9"],
        V::KeyMalformed => &["RFC6455-4.2.1-10"],
        V::VersionMissing => &["RFC6455-4.2.1-12"],
        V::VersionUnsupported => &["RFC6455-4.2.2-8", "RFC6455-4.2.1-12"],
        V::KeyRepeated => &["RFC6455-11.3.1-2"],
        V::VersionRepeated => &["RFC6455-11.3.5-3"],
        V::SubprotocolMalformed => &["RFC6455-4.2.1-14"],
        _ => return None,
    };
    all.iter()
        .find(|id| case.cites(id))
        .or(all.first())
        .copied()
}

/// The requirement on the request of a client.
fn of_client(fault: V) -> Option<&'static str> {
    Some(match fault {
        V::MethodNotGet => "RFC6455-4.1-16",
        V::HttpVersionTooLow => "RFC6455-4.1-17",
        V::TargetMalformed => "RFC6455-4.1-18",
        V::HostMissing | V::HostInvalid => "RFC6455-4.1-19",
        V::UpgradeMissing => "RFC6455-4.1-20",
        V::ConnectionMissing => "RFC6455-4.1-21",
        V::KeyMissing | V::KeyMalformed => "RFC6455-4.1-22",
        V::VersionMissing | V::VersionUnsupported => "RFC6455-4.1-26",
        V::VersionRepeated => "RFC6455-11.3.5-2",
        V::KeyRepeated => "RFC6455-11.3.1-1",
        V::SubprotocolMalformed => "RFC6455-4.1-28",
        V::BodyPresent | V::LineEndBare | V::FieldMalformed | V::StartLineMalformed => {
            "RFC6455-4.1-15"
        }
        _ => return None,
    })
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
    let found =
        match root(reason) {
            Reason::Broke(violation, _) | Reason::Deviates(violation) => {
                let mut bound = requirements_of(violation).peekable();
                let first = bound.peek().copied();
                let of_head = || of_client(violation).filter(|_| role == Role::Client);
                return bound.find(|id| case.cites(id)).or(first).or_else(of_head);
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
