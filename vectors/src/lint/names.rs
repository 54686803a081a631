//! Names in braces.

use crate::{FieldValue, Head};

/// Names in braces that a runner fills in when it sends a head; the README says what each stands
/// for.
pub const HEAD_NAMES: &[&str] = &[
    "host",
    "scheme",
    "target",
    "target.path",
    "key",
    "accept",
    "accept.other-key",
    "accept.lower",
    "accept.hex",
    "accept.no-guid",
    "accept.decoded-key",
    "accept.wrong-guid",
    "canary",
    "origin",
    "origin.prefixed",
    "origin.suffixed",
    "origin.below",
    "origin.dot-replaced",
    "origin.other-scheme",
    "origin.other-port",
    "origin.upper",
    "origin.dot-behind",
    "origin.user",
    "origin.path",
    "origin.look-alike",
];

/// Whether a text is nothing but a name in braces.
pub(super) fn is_name(text: &str) -> bool {
    let inner = text.strip_prefix('{').and_then(|t| t.strip_suffix('}'));
    inner.is_some_and(is_word)
}

fn is_word(name: &str) -> bool {
    !name.is_empty()
        && name
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-.".contains(&b))
}

/// The names in braces in a text.
pub(super) fn names(text: &str) -> impl Iterator<Item = &str> {
    text.split('{')
        .skip(1)
        .filter_map(|rest| rest.split_once('}').map(|(name, _)| name))
        .filter(|name| is_word(name))
}

/// A name in a head that no runner fills in.
pub(super) fn unknown_name(head: &Head) -> Option<&str> {
    let fields = head.headers.iter().flat_map(|(name, value)| {
        let lines: &[String] = match value {
            FieldValue::Lines(lines) => lines,
            FieldValue::Times(line, _) => std::slice::from_ref(line),
            FieldValue::Removed | FieldValue::Made(_) => &[],
        };
        std::iter::once(name).chain(lines)
    });
    fields
        .chain(head.lines.iter().flatten())
        .chain(&head.target)
        .chain(&head.method)
        .flat_map(|text| names(text))
        .find(|name| !HEAD_NAMES.contains(name))
}
