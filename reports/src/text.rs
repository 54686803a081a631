//! Small pieces of text that several formats need.

use wsspec_core::dissect::printable;

use crate::{Cause, Clause};

/// A number with its noun: `1 case`, `2 cases`.
pub fn counted(number: usize, noun: &str) -> String {
    let s = if number == 1 { "" } else { "s" };
    format!("{number} {noun}{s}")
}

/// A requirement in full: `RFC 6455 §5.1 MUST: A client masks all frames. [RFC6455-5.1-1]`.
pub(crate) fn requirement(id: &str, clause: &Clause) -> String {
    let Clause {
        clause,
        level,
        text,
        ..
    } = clause;
    format!("{clause} {level}: {text} [{id}]")
}

/// A cause on one line, after what it breaks: `pong.none: no pong came (2 cases, the smallest x.y)`.
pub(crate) fn key_and_reason(cause: &Cause) -> String {
    let Cause { key, reason, .. } = cause;
    format!("{key}: {reason} ({})", rows(cause))
}

/// The rows of a cause: the id of the only one, or `2 cases, the smallest x.y`.
pub(crate) fn rows(cause: &Cause) -> String {
    match cause.rows {
        1 => cause.case.clone(),
        n => format!("{n} cases, the smallest {}", cause.case),
    }
}

/// The address of a clause in an RFC, such as `RFC 6455 §5.1`.
pub(crate) fn link(clause: &str) -> Option<String> {
    let (rfc, section) = clause.strip_prefix("RFC ")?.split_once(" §")?;
    Some(format!(
        "https://www.rfc-editor.org/rfc/rfc{rfc}#section-{section}"
    ))
}

/// How text is wrapped at `width` columns. Words stay whole, so that they can be searched for and
/// copied.
pub(crate) fn wrapping(width: usize) -> textwrap::Options<'static> {
    textwrap::Options::new(width)
        .break_words(false)
        .word_splitter(textwrap::WordSplitter::NoHyphenation)
        .wrap_algorithm(textwrap::WrapAlgorithm::FirstFit)
        .word_separator(textwrap::WordSeparator::AsciiSpace)
}

/// Text that may come from a peer, as HTML and XML have it: control characters are made visible, and markup is escaped.
pub fn escape(untrusted: &str) -> String {
    let mut safe = String::new();
    for c in printable(untrusted.as_bytes()).chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            c => safe.push(c),
        }
    }
    safe
}

/// The party that a requirement binds, in words.
pub fn bound(party: &str) -> &str {
    match party {
        "both" => "both sides",
        "server" => "servers",
        "client" => "clients",
        other => other,
    }
}
