//! Which requirement a target broke: that of the expectation which was not met, and not what the
//! case is about where these differ.

use wsspec_core::deflate::negotiation::BadParameter;
use wsspec_core::{Role, Violation as V};
use wsspec_reports::Verdict;
use wsspec_vectors::{Case, Corpus, Over, Word};

use super::build::{is_long, is_plain};
use super::contents::has_odd_head;
use super::requirements::of_reader;
use crate::binding::EndOfStream;
use crate::exchange::{
    ClosingReason, Conclusion, Ending, FieldReason, Lost, MessageReason, OpeningReason, Particular,
    Reason, RequestReason, TransportReason,
};
use crate::run::{requirement_of_carried, requirement_of_request, requirements_of};

/// The requirement that the target broke in `case`; `None` if it did not fall short.
pub(crate) fn broken(case: &Case, role: Role, conclusion: &Conclusion) -> Option<String> {
    if !matches!(conclusion.verdict, Verdict::NonStrict | Verdict::Fail) {
        return None;
    }
    let own = own(case, role);
    if let Some(Reason::Cost(_)) = conclusion.reason {
        // Whatever else it made of what it was sent: that has cases of its own.
        return own.map(str::to_owned);
    }
    let request = mistaken_request(conclusion);
    if let Some((Mistake::Opens, V::FieldMalformed)) = request {
        // What the case does to the grammar of fields is said best by itself.
        return own.map(str::to_owned);
    }
    // What follows a request that had to be refused are no frames.
    let taken = request
        .map(|(_, rule)| rule)
        .or_else(|| accepted_fault(conclusion));
    let reason = conclusion.reason.as_ref();
    let derived = taken
        .map(|rule| of_reader(rule, case))
        .or(conclusion.blamed)
        .or_else(|| of_reason(reason?, case, role, conclusion));
    derived.or(own).map(str::to_owned)
}

/// The first requirement of a case that binds a target of this role.
fn own(case: &Case, role: Role) -> Option<&str> {
    let known = Corpus::embedded_requirements();
    let binds = |id: &&String| {
        known
            .get(id)
            .is_none_or(|requirement| requirement.binds(role))
    };
    let mut cited = case.requirements.iter();
    let own = cited.clone().find(binds).or_else(|| cited.next());
    own.map(String::as_str)
}

/// What failures with the same cause have in common: stable words for programs, without bytes or
/// numbers. Empty for a plain pass.
pub(crate) fn cause(conclusion: &Conclusion) -> String {
    if let Some(reason @ Reason::Cost(_)) = &conclusion.reason {
        return reason.key().into_owned();
    }
    if let Some((mistake, fault)) = mistaken_request(conclusion) {
        return format!("{}.{}", mistake.name(), fault.name());
    }
    match (accepted_fault(conclusion), &conclusion.reason) {
        (Some(fault), _) => format!("accepts.{}", fault.name()),
        (None, Some(reason)) => root(reason).key().into_owned(),
        (None, None) => String::new(),
    }
}

/// The requirements on the codes for text that is none, and for messages that are too big.
const CODES: [&str; 2] = ["RFC6455-7.4.1-9", "RFC6455-7.4.1-10"];

/// The requirement to read frames however they come.
const READS_ANY_CUT: &str = "RFC6455-6.2-1";

/// Bytes of a message whose length is in doubt nowhere.
const SHORT: u64 = 125;

/// Bytes of messages beside which nothing but their size is out of the ordinary.
const HUGE: u64 = 1 << 20;

/// The rule that the suite broke on purpose, where the target did not refuse it.
pub(super) fn accepted_fault(conclusion: &Conclusion) -> Option<V> {
    let fell_short = matches!(conclusion.verdict, Verdict::NonStrict | Verdict::Fail)
        && !is_of_its_own(conclusion);
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

/// Whether a failure has nothing to do with what we broke: a Close that is not answered, or framing
/// that is lost.
fn is_of_its_own(conclusion: &Conclusion) -> bool {
    match &conclusion.reason {
        Some(reason) if reason.is_unreadable() => true,
        Some(reason) => {
            let of_the_close = conclusion.reaction.provoked.is_some_and(is_of_a_close);
            !of_the_close && reason.contains(&ClosingReason::CloseUnanswered.into())
        }
        None => false,
    }
}

fn is_of_a_close(rule: V) -> bool {
    matches!(
        rule,
        V::CloseBodyOneByte
            | V::CloseCodeForbidden
            | V::CloseCodeUnassigned
            | V::CloseReasonNotUtf8
    )
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

/// The requirement that a reason names by itself.
fn of_reason(
    reason: &Reason,
    case: &Case,
    role: Role,
    conclusion: &Conclusion,
) -> Option<&'static str> {
    let root = root(reason);
    if case.over != Over::Tcp && is_of_the_transport(&root, case.over.has_streams()) {
        return None;
    }
    match root {
        Reason::Broke(V::SubprotocolMalformed, Some(Particular::TokenRepeated))
            if role == Role::Client =>
        {
            Some("RFC6455-4.1-29")
        }
        Reason::Broke(violation, _) | Reason::Deviates(violation) => {
            of_sender(violation, case, role)
        }
        Reason::Lost(Lost::BrokenHead(fault)) => of_sender(fault.violation, case, role),
        // A head of ours is what the case is about.
        Reason::PingUnanswered if case.states_opening() => None,
        Reason::PingUnanswered => Some("RFC6455-5.5.2-2"),
        Reason::Message(message) => of_message(&message, case, conclusion),
        Reason::FramingLost(lost) => Some(lost.requirement()),
        Reason::Transport(TransportReason::Broke { breach, .. }) => {
            Some(requirement_of_carried(breach.rule))
        }
        Reason::Lost(Lost::Closed(code)) => of_close(code, case, role, conclusion),
        // What a client makes of our answer over a stream is what the case is about.
        Reason::Lost(Lost::Ended(_))
            if role == Role::Client && case.over.has_streams() && case.states_opening() =>
        {
            None
        }
        Reason::Lost(Lost::Ended(_)) if is_harmless(case, role, conclusion) => {
            Some(ends_at_will(role))
        }
        Reason::Lost(Lost::Ended(_)) if is_plain(case) => Some("RFC6455-5.2-9"),
        Reason::Closing(reason) => of_closing(&reason, case, conclusion),
        Reason::Opening(OpeningReason::NoAnswer) if conclusion.heard() => Some(ANSWER),
        Reason::Opening(OpeningReason::EndedUnanswered)
            if case.over.has_streams() && MALFORMED.iter().any(|id| case.cites(id)) =>
        {
            Some(MALFORMED[0])
        }
        Reason::Opening(reason) if refuses_without_error(&reason, case, conclusion) => {
            Some(REFUSAL)
        }
        Reason::Transport(TransportReason::NoHello) => Some("RFC6455-4.1-11"),
        Reason::NotServed if role == Role::Server => Some("RFC6455-4.2.2-1"),
        Reason::NotServed => Some("RFC6455-4.1-2"),
        Reason::Request(RequestReason::None) if !conclusion.heard() => Some("RFC6455-4.1-2"),
        Reason::Request(RequestReason::BadOffer(bad)) => Some(of_offer(&bad)),
        Reason::Request(RequestReason::Field(FieldReason::Missing(name))) => of_field(&name),
        Reason::Request(RequestReason::Line {
            part: "target",
            found,
            wanted,
        }) => of_target(&found, &wanted),
        Reason::Request(
            RequestReason::None | RequestReason::Broken(_) | RequestReason::Ended(_),
        ) => Some("RFC6455-4.1-15"),
        _ => None,
    }
}

/// Whether a failure of a case about a transport shows what the case is about: on a stream, what
/// is lost is the work of what carries it.
fn is_of_the_transport(root: &Reason, on_a_stream: bool) -> bool {
    match root {
        Reason::NotServed => true,
        Reason::Lost(Lost::Ended(end)) => on_a_stream && *end != EndOfStream::Finished,
        Reason::Message(MessageReason::Missing { .. } | MessageReason::NoPong(_))
        | Reason::PingUnanswered
        | Reason::Opening(OpeningReason::NoAnswer) => on_a_stream,
        _ => false,
    }
}

/// The requirement to send a field of the opening request.
fn of_field(name: &str) -> Option<&'static str> {
    Some(match name.to_ascii_lowercase().as_str() {
        "host" => "RFC6455-4.1-19",
        "upgrade" => "RFC6455-4.1-20",
        "connection" => "RFC6455-4.1-21",
        "sec-websocket-key" => "RFC6455-4.1-22",
        "sec-websocket-version" => "RFC6455-4.1-26",
        ":protocol" => "RFC8441-5-1",
        ":scheme" | ":path" => "RFC8441-4-2",
        _ => return None,
    })
}

/// What is wrong with a request target beside being another.
fn of_target(found: &str, wanted: &str) -> Option<&'static str> {
    if found.contains('#') {
        Some("RFC6455-3-4")
    } else {
        (wanted.contains('?') && !found.contains('?')).then_some("RFC6455-3-3")
    }
}

/// The requirement on a parameter of permessage-deflate in an offer.
fn of_offer(bad: &BadParameter) -> &'static str {
    match bad.name.as_str() {
        "server_max_window_bits" => "RFC7692-7.1.2.1-2",
        "client_max_window_bits" => "RFC7692-7.1.2.2-2",
        _ => "RFC6455-9-3",
    }
}

/// The requirement to refuse a request with an HTTP error that fits.
const REFUSAL: &str = "RFC6455-4.2.1-1";

/// The requirement to answer a malformed request over HTTP/2 with an error, and those that say what is
/// malformed.
const MALFORMED: [&str; 4] = [
    "RFC9113-8.1.1-1",
    "RFC9113-8.2.1-1",
    "RFC9113-8.2.2-1",
    "RFC9113-8.5-1",
];

/// The requirement to read no frames after a request that is refused.
const NO_FRAMES: &str = "RFC6455-4.2.1-18";

/// Whether a server refused a request that breaks a rule, as it had to, but with no HTTP error that
/// says so: whatever the rule, this is what broke.
fn refuses_without_error(reason: &OpeningReason, case: &Case, conclusion: &Conclusion) -> bool {
    let odd = match reason {
        OpeningReason::EndedUnanswered => true,
        // Where frames followed the request, it may be an answer to them.
        OpeningReason::RefusedWithGarbage => !case.cites(NO_FRAMES),
        OpeningReason::Refused(status) => status.code >= 500,
        _ => false,
    };
    odd && conclusion.reaction.provoked_by_request.is_some()
}

/// The requirement that the answer of a server is HTTP and complete.
const ANSWER: &str = "RFC6455-4.2.2-15";

/// The requirement on the sender of what breaks a rule; of several, one that the case cites.
fn of_sender(violation: V, case: &Case, role: Role) -> Option<&'static str> {
    let mut bound = requirements_of(violation).peekable();
    let first = bound.peek().copied();
    let own = bound.find(|id| case.cites(id));
    match role {
        // A URL of its own is what the case is about.
        Role::Client if case.dial.is_some() => own,
        Role::Client => own.or_else(|| requirement_of_request(violation)).or(first),
        Role::Server if violation.is_of_a_head() => own.or(first).or(Some(ANSWER)),
        Role::Server => own.or(first),
    }
}

/// Whether the connection was opened as usual, and no message sent on it that is not short.
fn is_harmless(case: &Case, role: Role, conclusion: &Conclusion) -> bool {
    let opened = match role {
        Role::Server => conclusion.opening.opens,
        Role::Client => conclusion.heard(),
    };
    opened && case.states_opening() && !has_odd_head(case) && conclusion.reaction.bytes < SHORT
}

/// The clause on ends for no reason.
fn ends_at_will(role: Role) -> &'static str {
    match role {
        Role::Server => "RFC6455-7.3-1",
        Role::Client => "RFC6455-7.1.7-8",
    }
}

/// What a Close frame shows that came where the conversation had to go on.
fn of_close(
    code: Option<u16>,
    case: &Case,
    role: Role,
    conclusion: &Conclusion,
) -> Option<&'static str> {
    if let Some(wrong) = code.and_then(of_code) {
        return Some(wrong);
    }
    let due = conclusion.expected.as_deref().is_some_and(|alternatives| {
        let mut words = alternatives.iter().map(|outcome| &outcome.word);
        words.any(|word| matches!(word, Word::Close(..)))
    });
    if due {
        None
    } else if Ending::Closed(code).is_of_application() {
        Some(ends_at_will(role))
    } else {
        is_plain(case).then_some("RFC6455-5.2-9")
    }
}

/// The requirement that a Close frame breaks by its code alone.
fn of_code(code: u16) -> Option<&'static str> {
    match code {
        0..=999 => Some("RFC6455-7.4.2-1"),
        1004 => Some("RFC6455-7.4.1-8"),
        1016..=2999 => Some("RFC6455-7.4.2-3"),
        5000.. => Some("RFC6455-7.4.2-6"),
        _ => None,
    }
}

fn of_closing(
    reason: &ClosingReason,
    case: &Case,
    conclusion: &Conclusion,
) -> Option<&'static str> {
    match reason {
        // It failed the connection, with a code that does not say why.
        ClosingReason::OtherCode { .. } if !CODES.iter().any(|id| case.cites(id)) => {
            Some("RFC6455-7.1.7-5")
        }
        ClosingReason::CloseUnanswered => Some("RFC6455-5.5.1-8"),
        ClosingReason::NoCloseFrame(_) if conclusion.reaction.closed_by_us => {
            Some("RFC6455-5.5.1-8")
        }
        ClosingReason::StreamNotEnded => Some("RFC6455-5.5.1-13"),
        ClosingReason::Accused(_) => Some("RFC6455-7.1.2-1"),
        _ => None,
    }
}

/// What is wrong with messages and pongs. Where a library sees nothing out of the ordinary in what
/// it was sent, the frames that carry an echo are wrong.
fn of_message(
    reason: &MessageReason,
    case: &Case,
    conclusion: &Conclusion,
) -> Option<&'static str> {
    use MessageReason as M;
    match reason {
        M::NoPong(_) => Some("RFC6455-5.5.2-2"),
        M::OtherPong { .. } => Some("RFC6455-5.5.3-1"),
        M::InsteadOfEcho { came, sent } if came.kind() != sent.kind() => Some("RFC6455-6.2-3"),
        M::Missing { .. } | M::InsteadOfEcho { .. } if conclusion.reaction.bytes > HUGE => {
            Some("RFC6455-5.2-9")
        }
        // Nothing in the case makes the difference.
        M::Missing { .. } | M::Unasked(_)
            if case.agree.is_none()
                && !is_plain(case)
                && !case.states_opening()
                && !case.cites(READS_ANY_CUT) =>
        {
            Some("RFC6455-6.1-2")
        }
        _ if !is_plain(case) => None,
        M::EchoDiffers { came, sent, .. } if came.is_rotated(sent) => Some("RFC6455-5.4-4"),
        M::Missing { .. } if is_long(case) => Some("RFC6455-5.2-9"),
        M::InsteadOfEcho { .. } => Some("RFC6455-5.2-9"),
        M::Missing { .. } | M::EchoDiffers { .. } | M::Unasked(_) => Some("RFC6455-6.1-2"),
        M::BeforeItsTurn(_) => Some("RFC6455-6.2-4"),
        _ => None,
    }
}
