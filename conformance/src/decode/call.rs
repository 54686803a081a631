//! Hex or base64 in a string of a program, such as `bytes.fromhex("8105")`.

use super::escapes::literals;
use super::outcome::{Found, Reading};
use super::{base64, digits};

type Reader = fn(&str) -> Reading;

/// What a program calls the encoding, in lower case, and its reader.
const ENCODINGS: &[(&str, Reader)] = &[
    ("hex", digits::hex),
    ("x'", digits::hex),
    ("base64", base64::read),
    ("b64", base64::read),
    ("atob", base64::read),
];

/// Reads the only string that is not the name of an encoding, in the encoding that is named beside
/// it. A string in quotes with nothing around it is read as what is in it.
pub(super) fn read(text: &str) -> Reading {
    let Some(literals) = literals(text).ok().filter(|found| !found.is_empty()) else {
        return Ok(Vec::new());
    };
    let mut rest = String::new();
    let mut from = 0;
    let mut inner = Vec::new();
    for literal in &literals {
        rest.push_str(&text[from..literal.from]);
        rest.push(if text[literal.from..].starts_with('\'') {
            '\''
        } else {
            '"'
        });
        from = literal.to;
        match literal.inner {
            "hex" | "base64" => rest.push_str(literal.inner),
            other => inner.push(other),
        }
    }
    rest.push_str(&text[from..]);
    let [inner] = inner[..] else {
        return Ok(Vec::new());
    };
    let around = rest.to_ascii_lowercase();
    let bare =
        around.trim_matches(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | 'b' | ';'));
    let named = ENCODINGS.iter().find(|(name, _)| around.contains(name));
    match named {
        Some((_, reader)) => reader(inner),
        None if bare.is_empty() && !inner.contains(['\\', '%']) => either(inner),
        None => Ok(Vec::new()),
    }
}

fn either(inner: &str) -> Reading {
    let found: Vec<Found> = digits::hex(inner).unwrap_or_default();
    if found.is_empty() && !base64::is_word(inner) {
        return Ok(base64::read(inner).unwrap_or_default());
    }
    Ok(found)
}
