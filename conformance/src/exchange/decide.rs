//! The judge: is an expectation decided, and how?
//!
//! A pure function of the alternatives, both sides of the story, and how long was waited. The exchange calls it
//! until it answers; the same function judges a stored transcript that is played back.

use globset::Glob;
use wsspec_core::Role;
use wsspec_core::close::CloseCode;
use wsspec_core::deflate::negotiation;
use wsspec_core::frame::MessageKind;
use wsspec_core::violation::{Answer as Reply, Violation};

use super::Setup;
use super::agreement;
use super::build::fill_demand;
use super::describe;
use super::sent::Sent;
use super::setup::BARRIER;
use super::view::{Answer, EndOfStream, MessageUse, View};
use wsspec_reports::Peer;
use wsspec_vectors::{
    Agreed, Codes, Demand, EndKind, Grade, OpenedFields, Outcome, Payload, RequestedFields, Word,
};

/// The reason of a failed `serves`.
pub(crate) const NOT_SERVED: &str = "a second connection is not served";

/// What is known when an expectation is judged.
pub(crate) struct Evidence<'a> {
    pub(crate) setup: &'a Setup,
    pub(crate) view: &'a View,
    pub(crate) sent: &'a Sent,
    pub(crate) key: &'a str,
    /// The barrier of this expectation was answered.
    pub(crate) pong: bool,
    /// It was answered one grace ago, and nothing has come since.
    pub(crate) settled: bool,
    /// Nothing has come for the quiet time.
    pub(crate) quiet: bool,
    /// The time for this expectation is over.
    pub(crate) late: bool,
    /// What the target had said when the expectation began, pings and pongs aside.
    pub(crate) stir_before: u64,
    /// Whether a second connection was served, once that is known.
    pub(crate) second: Option<bool>,
}

/// What became of an expectation.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Decision {
    /// Wait for more evidence.
    Undecided,
    /// An alternative matched: which, and its grade (`None` is a plain pass) with the reason.
    Matched(usize, Option<(Grade, String)>),
    /// Nothing matches, and nothing can any more.
    Failed(String),
}

/// What one alternative says.
enum Assessment {
    Matches(Option<(Grade, String)>),
    Open,
    Impossible(String),
}

use Assessment::{Impossible, Matches, Open};

/// Judges an expectation.
pub(crate) fn decide(alternatives: &[Outcome], evidence: &Evidence<'_>) -> Decision {
    if let Some(reason) = unwelcome_message(alternatives, evidence) {
        return Decision::Failed(reason);
    }
    let mut best: Option<(usize, Option<(Grade, String)>)> = None;
    let mut reasons: Vec<String> = Vec::new();
    let mut open: Option<Option<Grade>> = None;
    for (i, outcome) in alternatives.iter().enumerate() {
        match assess(outcome, evidence) {
            // A verdict that is stated stands for the codes that are named, and for no softer reading.
            Matches(Some((_, reason)))
                if outcome.verdict.is_some() && names_codes(&outcome.word) =>
            {
                reasons.push(reason);
            }
            Matches(own) => {
                let stated = outcome
                    .verdict
                    .map(|g| (g, outcome.why.clone().unwrap_or_default()));
                // The worse of what the vector says of this alternative and what the word found in it.
                let graded = match (stated, own) {
                    (Some(a), Some(b)) => Some(if milder(Some(a.0), Some(b.0)) { b } else { a }),
                    (a, b) => a.or(b),
                };
                let grade = |g: &Option<(Grade, String)>| g.as_ref().map(|(g, _)| *g);
                if grade(&graded) == Some(Grade::Fail) {
                    return Decision::Failed(graded.map(|(_, why)| why).unwrap_or_default());
                }
                if best
                    .as_ref()
                    .is_none_or(|(_, b)| milder(grade(&graded), grade(b)))
                {
                    best = Some((i, graded));
                }
            }
            Open => {
                let grade = outcome.verdict;
                if open.is_none_or(|o| milder(grade, o)) {
                    open = Some(grade);
                }
            }
            Impossible(reason)
                if outcome.verdict != Some(Grade::Fail) && !reasons.contains(&reason) =>
            {
                reasons.push(reason);
            }
            Impossible(_) => {}
        }
    }
    match (best, open) {
        (Some((_, graded)), Some(open))
            if milder(open, graded.as_ref().map(|(g, _)| *g))
                && !evidence.late
                && !evidence.quiet =>
        {
            Decision::Undecided
        }
        (Some((i, graded)), _) => Decision::Matched(i, graded),
        (None, Some(_)) => Decision::Undecided,
        (None, None) => Decision::Failed(reasons.join("; ")),
    }
}

/// Whether the word lists the codes or statuses it means.
fn names_codes(word: &Word) -> bool {
    matches!(
        word,
        Word::Failed(Codes::These(_))
            | Word::Closed(Codes::These(_))
            | Word::Refused(Codes::These(_))
    )
}

/// Whether `a` is milder than `b`; `None` is a plain pass.
fn milder(a: Option<Grade>, b: Option<Grade>) -> bool {
    let rank = |g: Option<Grade>| match g {
        None => 0,
        Some(Grade::Informational) => 1,
        Some(Grade::NonStrict) => 2,
        Some(Grade::Fail) => 3,
    };
    rank(a) < rank(b)
}

/// A data message that pays no debt and that no alternative asks for.
fn unwelcome_message(alternatives: &[Outcome], e: &Evidence<'_>) -> Option<String> {
    let asks = |kind, bytes: &[u8]| {
        alternatives.iter().any(|o| match &o.word {
            Word::Text(p) => kind == MessageKind::Text && p.bytes() == bytes,
            Word::Binary(p) => kind == MessageKind::Binary && p.bytes() == bytes,
            _ => false,
        })
    };
    let echoes = alternatives.iter().any(|o| o.word == Word::Echo);
    let message = e.view.messages.iter().find(|m| match m.use_ {
        MessageUse::Unasked => !asks(m.kind, &m.payload),
        MessageUse::PaysDoubtful => !echoes && !asks(m.kind, &m.payload),
        MessageUse::Pays | MessageUse::Settled => false,
    })?;
    let shown = describe::message(message.kind, &message.payload);
    Some(match (message.use_, e.sent.debts.front()) {
        (MessageUse::PaysDoubtful, _) => {
            format!("the target delivered what it had to refuse, and sent back {shown}")
        }
        (_, Some(owed))
            if owed.payload.len() == message.payload.len() && owed.kind == message.kind =>
        {
            // What is owed now may be this very message: it came when another was due.
            match owed
                .payload
                .iter()
                .zip(&message.payload)
                .position(|(a, b)| a != b)
            {
                None => format!("{shown} came back before its turn"),
                Some(at) => format!(
                    "the echo has the right length but differs from byte {at} on: {shown} instead of {}",
                    describe::message(owed.kind, &owed.payload)
                ),
            }
        }
        (_, Some(owed)) => {
            format!(
                "{shown} came instead of the echo of {}",
                describe::message(owed.kind, &owed.payload)
            )
        }
        (_, None) => format!("{shown} came, which nobody asked for"),
    })
}

fn assess(outcome: &Outcome, e: &Evidence<'_>) -> Assessment {
    match &outcome.word {
        Word::Close(codes, reason) => close(codes, reason.as_ref(), e),
        Word::Alive => alive(e),
        Word::Echo => echo(e),
        Word::Text(payload) => message(MessageKind::Text, payload, e),
        Word::Binary(payload) => message(MessageKind::Binary, payload, e),
        Word::Pong(payload) => pong(payload, e),
        Word::Failed(codes) => failed(codes, e),
        Word::Closed(codes) => closed(codes, e),
        Word::Opened(fields) => opened(fields, &outcome.headers, e),
        Word::Refused(codes) => refused(codes, &outcome.headers, e),
        Word::Requested(None) => not_requested(e),
        Word::Requested(Some(fields)) => requested(fields, &outcome.headers, e),
        Word::Ended(kind) => ended(*kind, e),
        Word::Quiet => quiet(e),
        Word::Limited => limited(e),
        Word::Serves => match e.second {
            None => Open,
            Some(true) => Matches(None),
            Some(false) => Impossible(NOT_SERVED.into()),
        },
        Word::Transport(word) => Impossible(format!("not to be seen over plain TCP: {word}")),
    }
}

/// Why an outcome that needs an open connection is impossible, if it is.
fn lost(e: &Evidence<'_>) -> Option<String> {
    if let Some((code, _)) = &e.view.close {
        return Some(format!("the target sent {}", describe::close_frame(*code)));
    }
    if let Some(end) = e.view.end {
        return Some(describe::end(end).to_owned());
    }
    if let Some(answer) = e
        .view
        .answer
        .as_ref()
        .filter(|a| a.status != 101 && e.setup.target == Role::Server)
    {
        return Some(format!("the target answered {}", describe::status(answer)));
    }
    e.view
        .garbage
        .map(|fault| format!("the target's head is broken: {fault}"))
}

fn alive(e: &Evidence<'_>) -> Assessment {
    match lost(e) {
        _ if e.pong => Matches(None),
        Some(reason) => Impossible(reason),
        None if e.late => Impossible("no answer to a ping".into()),
        None => Open,
    }
}

fn echo(e: &Evidence<'_>) -> Assessment {
    if e.setup.peer != Peer::Echo {
        return alive(e);
    }
    let owed = e.sent.debts.len();
    if owed == 0 {
        return Matches(None);
    }
    match lost(e) {
        Some(reason) => Impossible(format!(
            "{owed} of {} messages did not come back: {reason}",
            e.sent.messages
        )),
        None if e.settled || e.late => Impossible(format!(
            "{owed} of {} messages did not come back",
            e.sent.messages
        )),
        None => Open,
    }
}

fn message(kind: MessageKind, payload: &Payload, e: &Evidence<'_>) -> Assessment {
    let wanted = payload.bytes();
    let there = e
        .view
        .messages
        .iter()
        .any(|m| m.use_ != MessageUse::Settled && m.kind == kind && m.payload == wanted);
    match lost(e) {
        _ if there => Matches(None),
        Some(reason) => Impossible(reason),
        None if e.settled || e.late => {
            Impossible(format!("no {}", describe::message(kind, &wanted)))
        }
        None => Open,
    }
}

fn pong(payload: &Payload, e: &Evidence<'_>) -> Assessment {
    let wanted = payload.bytes();
    let unused = &e.view.pongs[e.view.pongs_used..];
    match lost(e) {
        _ if unused.contains(&wanted) => Matches(None),
        Some(reason) => Impossible(reason),
        None if e.settled || e.late => {
            let other = unused.iter().find(|p| !p.starts_with(BARRIER));
            let shown = describe::payload(&wanted);
            Impossible(match other {
                Some(other) => format!(
                    "a pong with {} instead of {shown}",
                    describe::payload(other)
                ),
                None => format!("no pong with {shown}"),
            })
        }
        None => Open,
    }
}

fn failed(codes: &Codes, e: &Evidence<'_>) -> Assessment {
    if let Some((code, _)) = &e.view.close {
        return match code {
            Some(1000) | None if e.view.answers_close => Impossible(format!(
                "the target answered our Close with {}",
                describe::close_frame(*code)
            )),
            Some(code) if codes.contains(*code) => Matches(None),
            None if *codes == Codes::Any || codes.contains_none() => Matches(None),
            None => Matches(Some((
                Grade::NonStrict,
                "failed the connection with a Close frame that names no code".into(),
            ))),
            Some(code) => Matches(Some((
                Grade::NonStrict,
                format!(
                    "failed the connection with {} instead of {}",
                    describe::code(*code),
                    describe::codes(codes)
                ),
            ))),
        };
    }
    if e.view.end.is_some() {
        return Matches(None);
    }
    if let Some(reason) = lost(e).filter(|_| e.setup.target == Role::Server) {
        return Impossible(reason);
    }
    match (e.settled, e.late) {
        (true, _) => Impossible("the connection is still open: a ping was answered".into()),
        (_, true) => Impossible("the connection is still open".into()),
        _ => Open,
    }
}

fn close(codes: &Codes, reason: Option<&Payload>, e: &Evidence<'_>) -> Assessment {
    let wanted = reason.map(Payload::bytes);
    match (&e.view.close, e.view.end) {
        (Some((_, found)), _) if wanted.is_some_and(|wanted| *found != wanted) => {
            Impossible(format!(
                "the reason in the Close frame is {:?}",
                String::from_utf8_lossy(found)
            ))
        }
        (Some((Some(code), _)), _) if codes.contains(*code) => Matches(None),
        (Some((None, _)), _) if *codes == Codes::Any || codes.contains_none() => Matches(None),
        (Some((code, _)), _) => {
            Impossible(format!("the target sent {}", describe::close_frame(*code)))
        }
        (None, Some(end)) => Impossible(format!("{} without a Close frame", describe::end(end))),
        (None, None) if e.settled || e.late => Impossible("the target sent no Close frame".into()),
        (None, None) => Open,
    }
}

fn closed(codes: &Codes, e: &Evidence<'_>) -> Assessment {
    let Some((code, _)) = &e.view.close else {
        return match e.view.end {
            Some(end) => Impossible(format!("{} without a Close frame", describe::end(end))),
            None if e.late => Impossible("no Close frame in answer to ours".into()),
            None => Open,
        };
    };
    let found = match code {
        None => None,
        Some(code) if codes.contains(*code) => None,
        Some(code @ (1002 | 1003 | 1007..=1011)) => {
            return Impossible(format!(
                "the target answered our Close with {}",
                describe::code(*code)
            ));
        }
        Some(code) if CloseCode(*code).violation().is_some() => None,
        Some(code) => Some((
            Grade::Informational,
            format!("answered our Close with {}", describe::code(*code)),
        )),
    };
    // The server ends TCP (RFC 6455 §7.1.1); a client under test has done its part.
    match (e.setup.target, e.view.end) {
        (Role::Client, _) | (_, Some(_)) => Matches(found),
        (Role::Server, None) if e.late => Matches(Some((
            Grade::NonStrict,
            "answered Close but did not end TCP, which is the server's part".into(),
        ))),
        (Role::Server, None) => Open,
    }
}

fn opened(fields: &OpenedFields, demands: &[(String, Demand)], e: &Evidence<'_>) -> Assessment {
    let Some(answer) = &e.view.answer else {
        return match (lost(e), e.late) {
            (Some(reason), _) => Impossible(reason),
            (None, true) => Impossible("no complete answer to the opening request".into()),
            (None, false) => Open,
        };
    };
    if e.setup.target == Role::Client {
        return offered(fields, answer);
    }
    if answer.status != 101 {
        return Impossible(format!("the target answered {}", describe::status(answer)));
    }
    // Clients take a 101 under HTTP/1.0 as well, and no answer to what is so in any case.
    let soft = |v: &&Violation| {
        matches!(
            v,
            Violation::ResponseVersionTooLow | Violation::DeflateWindowUnanswered
        )
    };
    if let Some(v) = answer
        .violations
        .iter()
        .find(|v| v.answer() != Reply::Nothing && !soft(v))
    {
        return Impossible(format!("{} ({})", v.meaning(), v.clause()));
    }
    for (name, wanted) in [
        ("Sec-WebSocket-Protocol", &fields.subprotocol),
        ("Sec-WebSocket-Extensions", &fields.extensions),
    ] {
        let found = e
            .view
            .field(name)
            .next()
            .map(|v| String::from_utf8_lossy(v).into_owned());
        if let Some(wanted) = wanted
            && *wanted != found
        {
            let show =
                |v: &Option<String>| v.as_ref().map_or("absent".to_owned(), |v| format!("{v:?}"));
            return Impossible(format!("{name} is {}, not {}", show(&found), show(wanted)));
        }
    }
    if let Some(wanted) = fields.deflate {
        let suite = e.setup.suite();
        let met = match (wanted, answer.compression) {
            (None, agreed) => agreed.is_none(),
            (Some(Agreed::Any(_)), agreed) => agreed.is_some(),
            (Some(Agreed::With(terms)), agreed) => {
                agreed.is_some_and(|p| agreement::keeps(terms, p, suite))
            }
        };
        if !met {
            let found = answer
                .compression
                .map_or("not agreed on".to_owned(), |p| format!("agreed on as {p}"));
            return Impossible(format!("permessage-deflate is {found}"));
        }
    }
    match unmet(demands, e) {
        Some(reason) => Impossible(reason),
        None => Matches(
            answer
                .violations
                .iter()
                .find(soft)
                .map(|v| (Grade::NonStrict, v.meaning().to_owned())),
        ),
    }
}

/// What a client offers; its request is there.
fn offered(fields: &OpenedFields, answer: &Answer) -> Assessment {
    let offers = answer
        .extensions
        .iter()
        .any(|e| e.name == negotiation::NAME);
    match fields.deflate {
        Some(None) if offers => Impossible("the client offers permessage-deflate".into()),
        Some(Some(_)) if !offers => {
            Impossible("the client does not offer permessage-deflate".into())
        }
        Some(Some(_)) => agreement::bad_offer(&answer.extensions).map_or(Matches(None), Impossible),
        _ => Matches(None),
    }
}

fn refused(codes: &Codes, demands: &[(String, Demand)], e: &Evidence<'_>) -> Assessment {
    let soft = |why: &str| Matches(Some((Grade::NonStrict, why.to_owned())));
    let Some(answer) = &e.view.answer else {
        return match (e.view.garbage, e.view.end, e.late) {
            (Some(_), _, _) => soft("refused with something that is no HTTP response"),
            (None, Some(_), _) if codes.contains_none() => Matches(None),
            (None, Some(_), _) => soft("ended TCP without an answer"),
            (None, None, true) => Impossible("no complete answer to the opening request".into()),
            (None, None, false) => Open,
        };
    };
    // A 101 is no refusal, but for the one to another protocol that an alternative lists.
    if answer.status == 101 && !matches!(codes, Codes::These(_) if codes.contains(101)) {
        return Impossible(format!("the target answered {}", describe::status(answer)));
    }
    match unmet(demands, e) {
        Some(reason) => Impossible(format!(
            "{} without what it needs: {reason}",
            describe::status(answer)
        )),
        None if codes.contains(answer.status) => Matches(None),
        None => soft(&format!("refused with {}", describe::status(answer))),
    }
}

/// The client has not asked, not even badly: nothing came, or bytes that are no text, such as a TLS hello.
fn not_requested(e: &Evidence<'_>) -> Assessment {
    match &e.view.answer {
        Some(answer) => Impossible(format!("the client asked: {}", answer.line.join(" "))),
        None if e.view.begins_like_text() => Impossible("the client began to ask".into()),
        None if e.view.end.is_some() || e.view.garbage.is_some() || e.late => Matches(None),
        None => Open,
    }
}

fn requested(
    wanted: &RequestedFields,
    demands: &[(String, Demand)],
    e: &Evidence<'_>,
) -> Assessment {
    let Some(answer) = &e.view.answer else {
        return match (e.view.garbage, e.view.end) {
            (Some(fault), _) => Impossible(format!("the opening request is broken: {fault}")),
            (None, Some(end)) => Impossible(format!(
                "{} before a whole opening request had come",
                describe::end(end)
            )),
            (None, None) if e.late => Impossible("no whole opening request".into()),
            (None, None) => Open,
        };
    };
    if let Some(v) = answer
        .violations
        .iter()
        .find(|v| wanted.without.contains(**v))
    {
        return Impossible(format!("{} ({})", v.meaning(), v.clause()));
    }
    let [method, target, version] = &answer.line;
    // The URL that was dialled need not name us.
    let host = e
        .view
        .field("host")
        .next()
        .map_or(e.setup.host.clone(), |v| {
            String::from_utf8_lossy(v).into_owned()
        });
    let same = |name: &str, found: &str, wanted: &Option<String>| {
        let wanted = fill_demand(wanted.as_ref()?, e.setup, e.key);
        (found != wanted).then(|| format!("the {name} is {found:?}, not {wanted:?}"))
    };
    let wrong = same("method", method, &wanted.method)
        .or_else(|| same("version", version, &wanted.version))
        .or_else(|| same("target", &resource(target, &host), &wanted.target))
        .or_else(|| unmet(demands, e));
    wrong.map_or(Matches(None), Impossible)
}

/// The resource name that a request target stands for: without the authority of an absolute URI, which is that of the
/// Host field, and with the hex digits of escapes in upper case, which mean the same (RFC 6455 §4.1, RFC 3986 §6.2.2.1).
fn resource(target: &str, host: &str) -> String {
    let absolute = ["http://", "https://"]
        .into_iter()
        .find_map(|s| target.strip_prefix(s)?.strip_prefix(host));
    let mut escape = 0;
    let upper = |c: char| {
        escape = if c == '%' { 3 } else { escape };
        let inside = escape > 0;
        escape -= usize::from(inside);
        if inside { c.to_ascii_uppercase() } else { c }
    };
    absolute.unwrap_or(target).chars().map(upper).collect()
}

fn unmet(demands: &[(String, Demand)], e: &Evidence<'_>) -> Option<String> {
    demands.iter().find_map(|(name, demand)| {
        let mut lines = e.view.field(name);
        match demand {
            Demand::Absent => lines.next().map(|v| {
                format!(
                    "{name} is {:?}, but must be absent",
                    String::from_utf8_lossy(v)
                )
            }),
            Demand::Present => lines.next().is_none().then(|| format!("{name} is missing")),
            Demand::Like(pattern) => {
                // It was compiled once when the vector was read.
                let glob = Glob::new(pattern).ok()?.compile_matcher();
                let shown: Vec<String> = lines
                    .map(|v| String::from_utf8_lossy(v).into_owned())
                    .collect();
                let there = shown.iter().any(|v| glob.is_match(v));
                (!there).then(|| match shown.first() {
                    Some(v) => format!("{name} is {v:?}, not like {pattern:?}"),
                    None => format!("{name} is missing"),
                })
            }
            Demand::Lists(value) => {
                let value = fill_demand(value, e.setup, e.key);
                let loose = ["upgrade", "connection"].contains(&name.to_ascii_lowercase().as_str());
                let equal = |v: &[u8]| {
                    v == value.as_bytes() || loose && v.eq_ignore_ascii_case(value.as_bytes())
                };
                let found: Vec<&[u8]> = lines.collect();
                let there = found
                    .iter()
                    .any(|v| equal(v) || wsspec_core::handshake::list(v).any(equal));
                (!there).then(|| match found.first() {
                    Some(v) => format!("{name} is {:?}, not {value:?}", String::from_utf8_lossy(v)),
                    None => format!("{name} is missing"),
                })
            }
        }
    })
}

fn ended(kind: EndKind, e: &Evidence<'_>) -> Assessment {
    match (kind, e.view.end) {
        (EndKind::Any, Some(_))
        | (EndKind::Fin, Some(EndOfStream::Fin))
        | (EndKind::Rst, Some(EndOfStream::Rst)) => Matches(None),
        (_, Some(end)) => Impossible(describe::end(end).to_owned()),
        (_, None) if e.settled || e.late => Impossible("the target has not ended TCP".into()),
        (_, None) => Open,
    }
}

fn quiet(e: &Evidence<'_>) -> Assessment {
    if e.view.stir > e.stir_before {
        return Impossible("the target did not stay quiet".into());
    }
    if e.pong {
        return Impossible("the connection is still open: a ping was answered".into());
    }
    match e.view.end {
        Some(end) => Impossible(describe::end(end).to_owned()),
        None if e.quiet || e.late => Matches(None),
        None => Open,
    }
}

fn limited(e: &Evidence<'_>) -> Assessment {
    let said = |what: String| {
        Matches(Some((
            Grade::Informational,
            format!("a size limit of the target spoke: {what}"),
        )))
    };
    if let Some((Some(code @ (1008 | 1009)), _)) = &e.view.close {
        return said(describe::code(*code));
    }
    if let Some(
        answer @ Answer {
            status: 413 | 414 | 431,
            ..
        },
    ) = &e.view.answer
    {
        return said(describe::status(answer));
    }
    match lost(e) {
        Some(reason) => Impossible(reason),
        None if e.settled || e.late => Impossible("no size limit spoke".into()),
        None => Open,
    }
}

#[cfg(test)]
mod tests;
