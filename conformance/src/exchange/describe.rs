//! Outcomes, and what came instead, in words for people.

use wsspec_core::Role;
use wsspec_core::close::CloseCode;
use wsspec_core::deflate::negotiation::Parameters;
use wsspec_core::dissect::{Dissector, Node, printable};
use wsspec_core::frame::MessageKind;
use wsspec_core::violation::ViolationSet;

use super::reason::{MessageSample, PayloadSample, TimeOutReason};
use super::view::View;
use crate::binding::{EndOfStream, HeadKind};
use wsspec_reports::BARRIER;
use wsspec_vectors::{
    CodeSet, Codes, EndKind, Grade, OpenedFields, Outcome, RequestedFields, Word,
};

/// An expectation: its alternatives, mildest words first as written.
pub fn outcomes(alternatives: &[Outcome]) -> String {
    let alternatives: Vec<String> = alternatives.iter().map(outcome).collect();
    shortened(alternatives.join("; or "))
}

fn outcome(outcome: &Outcome) -> String {
    match outcome.verdict {
        None => word(&outcome.word),
        Some(Grade::NonStrict) => format!("{} (non-strict)", word(&outcome.word)),
        Some(Grade::Informational) => format!("{} (informational)", word(&outcome.word)),
        Some(Grade::Fail) => format!("not: {}", word(&outcome.word)),
    }
}

fn word(word: &Word) -> String {
    match word {
        Word::Echo => "every message comes back unchanged".into(),
        Word::Text(p) => MessageSample::of(MessageKind::Text, &p.bytes()).to_string(),
        Word::Binary(p) => MessageSample::of(MessageKind::Binary, &p.bytes()).to_string(),
        Word::Pong(p) => format!("a pong with {}", PayloadSample::of(&p.bytes())),
        Word::Close(c, None) => format!("a Close frame ({})", codes(c)),
        Word::Close(c, Some(p)) => format!(
            "a Close frame ({}) with the reason {}",
            codes(c),
            PayloadSample::of(&p.bytes())
        ),
        Word::Alive => "the connection stays open and a ping is answered".into(),
        Word::Failed(c) => format!(
            "the connection is failed ({}, or the end of the connection)",
            codes(c)
        ),
        Word::Closed(Codes::Any) => "our Close is answered".into(),
        Word::Closed(c) => format!("our Close is answered ({})", codes(c)),
        Word::Opened(OpenedFields {
            deflate: Some(None),
            ..
        }) => "an opening without permessage-deflate".into(),
        Word::Opened(OpenedFields {
            deflate: Some(_), ..
        }) => "an opening with permessage-deflate".into(),
        Word::Opened(_) => "a correct opening".into(),
        Word::Refused(Codes::These(list)) => {
            format!("refused with {}", listed(list, "the end of the connection"))
        }
        Word::Refused(_) => "refused with any status".into(),
        Word::Requested(None) => "no opening request".into(),
        Word::Requested(Some(fields)) => requested(fields),
        Word::Ended(EndKind::Any) => "the target ends the connection".into(),
        Word::Ended(EndKind::Fin) => "the target ends the connection in an orderly way".into(),
        Word::Ended(EndKind::Rst) => "the target resets the connection".into(),
        Word::Quiet => "silence".into(),
        Word::Limited => "a size limit applies".into(),
        Word::TimesOut(what) => TimeOutReason::wanted(*what).into(),
        Word::Ended(EndKind::Announced) => {
            "the target ends the connection as its Connection: close says".into()
        }
        Word::Ended(EndKind::Notify) => "the target ends TLS, then the connection".into(),
        Word::Serves => "a second connection is served".into(),
        Word::Transport(word) => word.to_string(),
    }
}

pub(crate) fn codes(codes: &Codes) -> String {
    match codes {
        Codes::Any | Codes::Usual => "any close code".into(),
        Codes::These(list) => format!("close code {}", listed(list, "none")),
    }
}

fn listed(list: &[CodeSet], none: &str) -> String {
    let listed: Vec<String> = list
        .iter()
        .map(|code| match code {
            CodeSet::One(code) => code.to_string(),
            CodeSet::Hundred(digit) => format!("{digit}xx"),
            CodeSet::None => none.to_owned(),
        })
        .collect();
    listed.join(" or ")
}

fn requested(fields: &RequestedFields) -> String {
    let line = [&fields.method, &fields.target, &fields.version];
    let line: Vec<&str> = line.into_iter().flatten().map(String::as_str).collect();
    match line.as_slice() {
        [] if fields.without == ViolationSet::ALL => "a correct opening request".into(),
        [] => "an opening request as demanded".into(),
        line => format!("an opening request with {}", line.join(" ")),
    }
}

pub(crate) fn code(code: u16) -> String {
    CloseCode(code)
        .name()
        .map_or_else(|| code.to_string(), |name| format!("{code} ({name})"))
}

pub(crate) fn close_frame(code: Option<u16>) -> String {
    code.map_or_else(
        || "a Close frame without code".into(),
        |c| format!("Close {}", self::code(c)),
    )
}

/// `text`, cut to 2,000 bytes: a target decides how long what we quote is.
pub(crate) fn shortened(mut text: String) -> String {
    const LONGEST: usize = 2000;
    if text.len() > LONGEST {
        let end = (0..=LONGEST)
            .rev()
            .find(|at| text.is_char_boundary(*at))
            .unwrap_or(0);
        text.truncate(end);
        text.shrink_to_fit();
        text.push('…');
    }
    text
}

/// As much of what is sent as [`stream`] looks at: the rest of something large adds nothing to a
/// line.
pub(crate) fn beginning(bytes: &[u8]) -> &[u8] {
    &bytes[..bytes.len().min(4096)]
}

/// What `sender` sends, in short: the first few lines or frames of it.
pub(crate) fn stream(bytes: &[u8], sender: Role, agreed: Option<Parameters>) -> String {
    const SHOWN: usize = 4;
    let nodes = Dissector::new(sender)
        .agreeing(agreed)
        .connection(beginning(bytes));
    let lines: Vec<&Node> = nodes.iter().flat_map(Node::lines).collect();
    let more = if lines.len() > SHOWN {
        format!(", … {} more", lines.len() - SHOWN)
    } else {
        String::new()
    };
    lines
        .into_iter()
        .take(SHOWN)
        .map(|node| node.meaning.as_str())
        .collect::<Vec<_>>()
        .join(", ")
        + &more
}

/// What the target has sent, in short.
pub(crate) fn view(view: &View) -> String {
    let mut parts = Vec::new();
    match (view.head.as_ref().map(|head| &head.kind), view.garbage) {
        (Some(HeadKind::Answer(status)), _) => parts.push(status.to_string()),
        (Some(HeadKind::Request(line)), _) => parts.push(line.to_string()),
        (None, Some(fault)) => parts.push(format!("a broken head: {fault}")),
        (None, None) => {}
    }
    let latest = view.messages.len().saturating_sub(3);
    parts.extend(
        view.messages[latest..]
            .iter()
            .map(|message| MessageSample::of(message.kind, &message.payload).to_string()),
    );
    parts.extend(
        view.pongs
            .all
            .iter()
            .filter(|pong| !pong.starts_with(BARRIER))
            .take(2)
            .map(|pong| format!("a pong with {}", PayloadSample::of(pong))),
    );
    if view.pongs.all.iter().any(|pong| pong.starts_with(BARRIER)) {
        parts.push("pongs to our barrier pings".into());
    }
    if let Some(close) = &view.close {
        let reason = if close.reason.is_empty() {
            String::new()
        } else {
            format!(" \"{}\"", printable(&close.reason))
        };
        parts.push(format!("{}{reason}", close_frame(close.code)));
    }
    if let Some(alert) = view.alert {
        parts.push(format!("TLS alert {alert}"));
    }
    parts.push(match view.end {
        Some(EndOfStream::Finished) => "end of the connection".into(),
        Some(EndOfStream::Truncated) => "end of TCP without close_notify".into(),
        Some(EndOfStream::Reset) => "reset of the connection".into(),
        Some(EndOfStream::Cancelled(code)) => format!("reset of the stream ({code})"),
        Some(EndOfStream::Aborted(Some(code))) => format!("end of the whole connection ({code})"),
        Some(EndOfStream::Aborted(None)) => "end of the whole connection".into(),
        None => "connection open".into(),
    });
    parts.join(", ")
}
