//! What must hold of a corpus beyond the types of its parts.

mod transport;

use std::collections::HashSet;

use super::{Case, Content, Corpus, Frame, Head, Payload, Step, VectorError};
use wsspec_core::Role;

/// Names that the engine fills in, in heads.
pub const HEAD_NAMES: &[&str] = &[
    "host",
    "target",
    "key",
    "accept",
    "accept.other-key",
    "accept.lower",
    "accept.hex",
    "accept.no-guid",
    "accept.decoded-key",
    "accept.wrong-guid",
    "canary",
];

/// Checks ids, citations and left-over names of all cases.
pub fn lint(corpus: &Corpus) -> Vec<VectorError> {
    let mut errors = Vec::new();
    let mut seen = HashSet::new();
    let exchanges = corpus.cases.iter().map(|c| (&c.id, &c.requirements));
    let parses = corpus.parses.iter().map(|c| (&c.id, &c.requirements));
    for (id, requirements) in exchanges.chain(parses) {
        let mut error = |field: &str, message: String| {
            errors.push(VectorError {
                file: "corpus".into(),
                case: Some(id.clone()),
                field: Some(field.into()),
                message,
            });
        };
        if !seen.insert(id.as_str()) {
            error("id", "another case has the same id".into());
        }
        if !id
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"._-".contains(&b))
        {
            error(
                "id",
                "an id holds lower-case letters, digits, '.', '_' and '-' only".into(),
            );
        }
        for cited in requirements {
            if corpus.requirements.get(cited).is_none() {
                error("requirements", format!("there is no requirement {cited}"));
            }
        }
    }
    let known: HashSet<String> = super::autobahn::ids().collect();
    for case in &corpus.cases {
        for id in case.autobahn.iter().filter(|id| !known.contains(*id)) {
            errors.push(VectorError {
                file: "corpus".into(),
                case: Some(case.id.clone()),
                field: Some("autobahn".into()),
                message: format!("Autobahn has no case {id}"),
            });
        }
        errors.extend(steps(case).into_iter().chain(transport::faults(case)).map(
            |(field, message)| VectorError {
                file: "corpus".into(),
                case: Some(case.id.clone()),
                field: Some(field),
                message,
            },
        ));
    }
    errors
}

fn steps(case: &Case) -> Vec<(String, String)> {
    let mut errors = Vec::new();
    for (i, step) in case.steps.iter().enumerate() {
        let mut check = |frames: &[Frame]| {
            if frames.iter().any(|f| f.key.is_some())
                && case.roles.contains(&Role::Client)
                && !case.id.starts_with("client.")
            {
                errors.push((
                    format!("steps[{i}]"),
                    "`key` makes sense only where we mask: `\"roles\": [\"server\"]`".to_owned(),
                ));
            }
            for payload in frames.iter().filter_map(payload) {
                if let Payload::Text(text) = payload
                    && is_name(text)
                {
                    errors.push((
                        format!("steps[{i}]"),
                        format!("`{text}` is no axis of this case"),
                    ));
                }
            }
        };
        match step.bare() {
            Step::Send { frames, .. } => check(frames),
            Step::Open(head) | Step::Accept(head) => {
                check(&head.glued);
                if let Some(name) = unknown_name(head) {
                    errors.push((
                        format!("steps[{i}]"),
                        format!("`{{{name}}}` is neither an axis nor a name the engine knows"),
                    ));
                }
            }
            _ => {}
        }
    }
    errors
}

fn payload(frame: &Frame) -> Option<&Payload> {
    match &frame.content {
        Content::Payload(_, payload) | Content::Raw(payload) => Some(payload),
        Content::Close(_) => None,
    }
}

fn is_name(text: &str) -> bool {
    let inner = text.strip_prefix('{').and_then(|t| t.strip_suffix('}'));
    inner.is_some_and(|n| {
        !n.is_empty()
            && n.bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-.".contains(&b))
    })
}

fn unknown_name(head: &Head) -> Option<String> {
    let fields = head.headers.iter().flat_map(|(name, value)| {
        let lines: &[String] = match value {
            super::FieldValue::Lines(lines) => lines,
            super::FieldValue::Times(line, _) => std::slice::from_ref(line),
            super::FieldValue::Removed | super::FieldValue::Made(_) => &[],
        };
        std::iter::once(name).chain(lines)
    });
    let texts = fields
        .chain(head.lines.iter().flatten())
        .chain(&head.target)
        .chain(&head.method);
    texts
        .flat_map(|text| names(text))
        .find(|name| !HEAD_NAMES.contains(name))
        .map(str::to_owned)
}

/// The names in braces in a text.
fn names(text: &str) -> impl Iterator<Item = &str> {
    text.split('{').skip(1).filter_map(|rest| {
        let name = rest.split_once('}')?.0;
        is_name(&format!("{{{name}}}")).then_some(name)
    })
}
