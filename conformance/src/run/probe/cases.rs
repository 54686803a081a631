//! The questions of the probe: cases like any other.

use std::collections::BTreeMap;

use wsspec_core::Role;
use wsspec_core::dissect::hex_digits;
use wsspec_core::frame::MessageKind;
use wsspec_reports::{Application, Impact, Reply};
use wsspec_vectors::{Case, Over, Profile, Step};

/// Bytes of a big message.
pub(super) const BIG: usize = 64 << 10;

/// Sizes of messages that are tried where a big one does not come back.
pub(super) const SMALLER: [usize; 4] = [125, 1 << 10, 4 << 10, 16 << 10];

/// Bytes of a big request field.
pub(super) const FIELD: usize = 8 << 10;

/// Sizes of request fields that are tried where a big one is refused.
pub(super) const SMALLER_FIELDS: [usize; 3] = [1 << 10, 2 << 10, 4 << 10];

/// Offers permessage-deflate.
const OFFER: &str = r#"[{"open": {"headers": {"Sec-WebSocket-Extensions": "permessage-deflate; client_max_window_bits"}}},
    {"expect": ["opened", "refused"]}]"#;

/// The text that every message of the probe contains, unless it is empty.
const MARK: &str = "wsspec probe";

/// A message to which the reaction is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Question {
    /// Its name, which its payload contains too: no two questions asked at once share one.
    pub(super) name: &'static str,
    pub(super) kind: MessageKind,
    pub(super) payload: Vec<u8>,
    /// What comes back.
    pub(super) answer: Vec<u8>,
}

impl Question {
    pub(super) fn text() -> Question {
        Question::saying("text", MessageKind::Text)
    }

    pub(super) fn binary() -> Question {
        Question::saying("binary", MessageKind::Binary)
    }

    pub(super) fn empty(kind: MessageKind) -> Question {
        Question {
            name: "empty",
            kind,
            payload: Vec::new(),
            answer: Vec::new(),
        }
    }

    /// A message of this size.
    pub(super) fn sized(kind: MessageKind, size: usize) -> Question {
        let said = format!("{MARK}: big. ");
        let payload: Vec<u8> = said.bytes().cycle().take(size).collect();
        Question {
            name: "big",
            kind,
            answer: payload.clone(),
            payload,
        }
    }

    fn saying(name: &'static str, kind: MessageKind) -> Question {
        let payload = format!("{MARK}: {name}. Does it come back?").into_bytes();
        Question {
            name,
            kind,
            answer: payload.clone(),
            payload,
        }
    }

    /// The message that the application answers, as the user says.
    pub(super) fn liked(application: &Application) -> Option<Question> {
        let message = application.message.clone()?;
        let answer = match &application.reply {
            Some(Reply::Text(text)) => text.clone(),
            Some(Reply::Any) | None => message.clone(),
        };
        Some(Question {
            name: "liked",
            kind: MessageKind::Text,
            payload: message.into_bytes(),
            answer: answer.into_bytes(),
        })
    }

    /// Whether a message from the target has to do with another question.
    pub(super) fn is_of_another(&self, payload: &[u8]) -> bool {
        ["text", "binary", "big"]
            .into_iter()
            .any(|name| name != self.name && contains(payload, &format!("{MARK}: {name}.")))
    }

    /// Sends it, and expects it back or a sign of life.
    pub(super) fn case(&self) -> Case {
        let [message, back] =
            [&self.payload, &self.answer].map(|payload| message(self.kind, payload));
        case(
            self.name,
            &format!(
                r#"[{{"send": {message}}}, {{"expect": [{back}, {{"alive": true, "verdict": "informational", "why": "something else"}}]}}]"#
            ),
        )
    }
}

/// A message in the vector language.
fn message(kind: MessageKind, payload: &[u8]) -> String {
    let word = match kind {
        MessageKind::Text => "text",
        MessageKind::Binary => "binary",
    };
    let hex = hex_digits(payload);
    format!(r#"{{"{word}": {{"hex": "{hex}"}}}}"#)
}

/// Whether this message has to do with a question.
pub(super) fn is_of_a_question(payload: &[u8]) -> bool {
    contains(payload, &format!("{MARK}: "))
}

fn contains(payload: &[u8], part: &str) -> bool {
    payload
        .windows(part.len())
        .any(|window| window == part.as_bytes())
}

/// A case that only opens a connection and asks for a sign of life.
pub(crate) fn plain_case() -> Case {
    case("plain", r#"[{"expect": "alive"}]"#)
}

/// A case that only waits for the target to close, until its deadline.
pub(super) fn watch() -> Case {
    case("watch", r#"[{"expect": {"closed": "any"}}]"#)
}

/// A case that offers permessage-deflate.
pub(super) fn offer() -> Case {
    case("deflate", OFFER)
}

/// A case whose request has a field of this size.
pub(super) fn padded(size: usize) -> Case {
    let padding = "x".repeat(size);
    let open = format!(r#"{{"open": {{"headers": {{"X-Wsspec-Padding": "{padding}"}}}}}}"#);
    case(
        "field",
        &format!(r#"[{open}, {{"expect": ["opened", "refused"]}}]"#),
    )
}

fn case(name: &str, steps: &str) -> Case {
    Case {
        id: format!("probe.{name}"),
        family: "probe".into(),
        group: "probe".into(),
        about: "What kind of target is it?".into(),
        requirements: Vec::new(),
        impact: Impact::Interop,
        over: Over::Tcp,
        tls: None,
        roles: vec![Role::Server],
        needs: Vec::new(),
        agree: None,
        offered: BTreeMap::default(),
        dial: None,
        manual: Vec::new(),
        profile: Profile::Default,
        costs: None,
        autobahn: Vec::new(),
        seen_in: Vec::new(),
        steps: Step::read_all(steps).unwrap_or_default(),
        smaller: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Steps that cannot be read would ask nothing.
    #[test]
    fn every_question_asks_something() {
        let kind = MessageKind::Binary;
        let questions = [
            Question::text(),
            Question::binary(),
            Question::empty(kind),
            Question::sized(kind, BIG),
        ];
        let asked = questions.iter().map(Question::case);
        for case in asked.chain([plain_case(), watch(), offer(), padded(FIELD)]) {
            assert!(!case.steps.is_empty(), "{}", case.id);
        }
    }
}
