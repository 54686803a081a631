//! Outcomes and what came instead, in words for people.

use wsspec_core::Role;
use wsspec_core::close::CloseCode;
use wsspec_core::deflate::negotiation::Parameters;
use wsspec_core::dissect::{Dissector, Node, hex, preview, printable};
use wsspec_core::frame::{MessageKind, Opcode};
use wsspec_core::violation::ViolationSet;

use super::setup::BARRIER;
use super::view::{Answer, EndOfStream, Flood, View};
use wsspec_vectors::{
    CodeSet, Codes, EndKind, Grade, OpenedFields, Outcome, RequestedFields, Word,
};

/// An expectation: its alternatives, mildest words first as written.
pub fn outcomes(alternatives: &[Outcome]) -> String {
    let one = |outcome: &Outcome| match outcome.verdict {
        None => word(&outcome.word),
        Some(Grade::NonStrict) => format!("{} (non-strict)", word(&outcome.word)),
        Some(Grade::Informational) => format!("{} (informational)", word(&outcome.word)),
        Some(Grade::Fail) => format!("not: {}", word(&outcome.word)),
    };
    alternatives
        .iter()
        .map(one)
        .collect::<Vec<_>>()
        .join("; or ")
}

fn word(word: &Word) -> String {
    match word {
        Word::Echo => "every message comes back unchanged".into(),
        Word::Text(p) => message(MessageKind::Text, &p.bytes()),
        Word::Binary(p) => message(MessageKind::Binary, &p.bytes()),
        Word::Pong(p) => format!("a pong with {}", payload(&p.bytes())),
        Word::Close(c, None) => format!("a Close frame ({})", codes(c)),
        Word::Close(c, Some(p)) => format!(
            "a Close frame ({}) with the reason {}",
            codes(c),
            payload(&p.bytes())
        ),
        Word::Alive => "the connection stays open and a ping is answered".into(),
        Word::Failed(c) => format!("the connection is failed ({}, or the end of TCP)", codes(c)),
        Word::Closed(Codes::Any) => "our Close is answered and TCP ends".into(),
        Word::Closed(c) => format!("our Close is answered ({}) and TCP ends", codes(c)),
        Word::Opened(OpenedFields {
            deflate: Some(None),
            ..
        }) => "a right 101 without permessage-deflate".into(),
        Word::Opened(OpenedFields {
            deflate: Some(_), ..
        }) => "a right 101 with permessage-deflate".into(),
        Word::Opened(_) => "a right 101".into(),
        Word::Refused(Codes::These(list)) => {
            format!("refused with {}", listed(list, "the end of TCP"))
        }
        Word::Refused(_) => "refused: any status but 101".into(),
        Word::Requested(None) => "no opening request".into(),
        Word::Requested(Some(fields)) => requested(fields),
        Word::Ended(EndKind::Any) => "the target ends TCP".into(),
        Word::Ended(EndKind::Fin) => "the target ends TCP in an orderly way".into(),
        Word::Ended(EndKind::Rst) => "the target resets TCP".into(),
        Word::Quiet => "silence".into(),
        Word::Limited => "a size limit speaks".into(),
        Word::Ended(EndKind::Notify) => "the target ends TLS, then TCP".into(),
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
    let one = |code: &CodeSet| match code {
        CodeSet::One(code) => code.to_string(),
        CodeSet::Hundred(digit) => format!("{digit}xx"),
        CodeSet::None => none.to_owned(),
    };
    list.iter().map(one).collect::<Vec<_>>().join(" or ")
}

fn requested(fields: &RequestedFields) -> String {
    let line = [&fields.method, &fields.target, &fields.version];
    let line: Vec<&str> = line.into_iter().flatten().map(String::as_str).collect();
    match line.as_slice() {
        [] if fields.without == ViolationSet::ALL => "a right opening request".into(),
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

pub(crate) fn end(end: EndOfStream) -> &'static str {
    match end {
        EndOfStream::Fin => "the target ended TCP",
        EndOfStream::Rst => "the target reset TCP",
    }
}

pub(crate) fn flood(flood: Flood) -> String {
    match flood {
        Flood::Bytes(n) => {
            format!("the target floods: more than {n} bytes in what was awaited from it")
        }
        Flood::Frames(n) => format!(
            "the target floods: more than {n} messages, control frames or interim responses"
        ),
    }
}

/// `text`, or the beginning of it: a target decides how long what we quote is.
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

pub(crate) fn status(answer: &Answer) -> String {
    format!("{} {}", answer.status, printable(answer.reason.as_bytes()))
        .trim_end()
        .to_owned()
}

pub(crate) fn payload(bytes: &[u8]) -> String {
    match bytes {
        [] => "no payload".into(),
        _ => preview(Opcode::TEXT, bytes),
    }
}

pub(crate) fn message(kind: MessageKind, bytes: &[u8]) -> String {
    let shown = match kind {
        MessageKind::Text => preview(Opcode::TEXT, bytes),
        MessageKind::Binary => hex(bytes, 16),
    };
    match bytes.len() {
        0 => format!("an empty {} message", kind.name()),
        n => format!("the {} message {shown} ({n} bytes)", kind.name()),
    }
}

/// As much of what is sent as [`stream`] looks at: the rest of something large adds nothing to a line.
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

/// What the target has said, in short.
pub(crate) fn view(view: &View) -> String {
    let mut parts = Vec::new();
    match (&view.answer, view.garbage) {
        (Some(answer), _) if answer.status != 0 => parts.push(status(answer)),
        (Some(answer), _) => parts.push(answer.line.join(" ")),
        (_, Some(fault)) => parts.push(format!("a broken head: {fault}")),
        _ => {}
    }
    parts.extend(
        view.messages
            .iter()
            .rev()
            .take(3)
            .rev()
            .map(|m| message(m.kind, &m.payload)),
    );
    parts.extend(
        view.pongs
            .iter()
            .filter(|p| !p.starts_with(BARRIER))
            .take(2)
            .map(|p| format!("a pong with {}", payload(p))),
    );
    if view.pongs.iter().any(|p| p.starts_with(BARRIER)) {
        parts.push("pongs to our barrier pings".into());
    }
    if let Some((code, reason)) = &view.close {
        let why = if reason.is_empty() {
            String::new()
        } else {
            format!(" \"{}\"", printable(reason))
        };
        parts.push(format!("{}{why}", close_frame(*code)));
    }
    parts.push(match view.end {
        Some(EndOfStream::Fin) => "end of TCP".into(),
        Some(EndOfStream::Rst) => "reset of TCP".into(),
        None => "TCP open".into(),
    });
    parts.join(", ")
}
