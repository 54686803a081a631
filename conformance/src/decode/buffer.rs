//! Hex in angle brackets, as Node prints buffers and Apple's platforms print data.

use super::digits;
use super::outcome::{Broken, Found, Note, Problem, Reading};
use super::text::line_of;

/// Reads `<Buffer 81 05 …>`, `ArrayBuffer { [Uint8Contents]: <81 05 …> }`, `<81054865 6c6c6f>` and
/// `{length = 7, bytes = 0x81054865 6c6c6f}`.
pub(super) fn read(text: &str) -> Reading {
    let Some((at, inner)) = inner(text) else {
        return Ok(Vec::new());
    };
    let (digits, abridged) = without_rest(inner);
    match digits::pairs(digits) {
        Ok(bytes) if bytes.is_empty() => Ok(Vec::new()),
        Ok(bytes) => Ok(vec![Found::bytes(bytes).note(abridged)]),
        // Angle brackets are used for much else.
        Err(_) if !inner.contains("Buffer") && !text.contains("bytes = 0x") => Ok(Vec::new()),
        Err(word) => Err(Broken::new(line_of(text, at), Problem::NoByte(word))),
    }
}

/// What is in the brackets, and where it begins.
fn inner(text: &str) -> Option<(usize, &str)> {
    let (open, close) = if text.contains("bytes = 0x") {
        ("bytes = 0x", '}')
    } else {
        ("<", '>')
    };
    let at = text.find(open)? + open.len();
    let length = text[at..].find(close)?;
    let inner = text[at..at + length].trim_start_matches("Buffer");
    Some((at, inner))
}

/// Takes off what says that there are more bytes than are printed.
fn without_rest(inner: &str) -> (&str, Option<Note>) {
    let Some((digits, rest)) = inner.split_once("...") else {
        return (inner, None);
    };
    let more = rest.split_whitespace().next();
    let more = more.and_then(|word| word.parse().ok());
    (digits, Some(Note::Abridged(more.unwrap_or(0))))
}
