//! Bytes of a peer as text that is safe to print.

use crate::close::{CloseCode, split_body};
use crate::frame::Opcode;

/// Characters of a payload to show.
const SHOWN: usize = 64;

/// Bytes of a payload to examine for what it is; more than the characters shown take.
const LOOKED_AT: usize = 1024;

/// Returns the beginning of a payload: text as text, anything else as hex.
pub fn preview(opcode: Opcode, payload: &[u8]) -> String {
    match (opcode, payload) {
        (_, []) => "\"\"".to_owned(),
        (Opcode::CLOSE, body) => match split_body(body) {
            Some((code, reason)) => format!("{}{}", close_code(code), quoted(reason, " ")),
            None => hex(body, 32),
        },
        (_, text) if begins_as_text(text) => quoted(text, ""),
        (_, bytes) => hex(bytes, 32),
    }
}

/// Whether the part that could be shown is text.
fn begins_as_text(bytes: &[u8]) -> bool {
    let head = &bytes[..bytes.len().min(LOOKED_AT)];
    let text = match std::str::from_utf8(head) {
        Ok(text) => Some(text),
        // The cut may be inside a character.
        Err(error) if head.len() < bytes.len() && error.error_len().is_none() => {
            std::str::from_utf8(&head[..error.valid_up_to()]).ok()
        }
        Err(_) => None,
    };
    text.is_some_and(|text| !text.chars().any(char::is_control))
}

pub(super) fn close_code(code: CloseCode) -> String {
    code.name()
        .map_or_else(|| code.0.to_string(), |name| format!("{} {name}", code.0))
}

pub(super) fn quoted(text: &[u8], before: &str) -> String {
    if text.is_empty() {
        return String::new();
    }
    let mut shown = printable(&text[..text.len().min(LOOKED_AT)]);
    if shown.chars().count() > SHOWN {
        shown = shown.chars().take(SHOWN).chain(['…']).collect();
    }
    format!("{before}\"{shown}\"")
}

/// Returns bytes as hex, at most `most` of them.
pub fn hex(bytes: &[u8], most: usize) -> String {
    let mut text = bytes
        .iter()
        .take(most)
        .map(|b| format!("{b:02x}"))
        .collect::<Vec<_>>()
        .join(" ");
    if bytes.len() > most {
        text.push_str(" …");
    }
    text
}

/// Returns all bytes as hex digits without spaces, as in digests and stored transcripts.
pub fn hex_digits(bytes: &[u8]) -> String {
    bytes
        .iter()
        .flat_map(|b| [b >> 4, b & 15])
        .filter_map(|n| char::from_digit(n.into(), 16))
        .collect()
}

/// Returns bytes of a peer as text that is safe to print: without control characters or anything
/// that is not UTF-8.
pub fn printable(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes)
        .chars()
        .flat_map(|c| {
            let plain = !c.is_control() && !matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}');
            let escaped = if plain { None } else { Some(c.escape_default()) };
            escaped.into_iter().flatten().chain(plain.then_some(c))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_a_peer_sends_reaches_the_terminal_raw() {
        assert_eq!(printable(b"a\x1b[31m\xff\n"), "a\\u{1b}[31m\u{fffd}\\n");
    }
}
