//! Heads of requests and responses as text.

use super::outcome::{Found, Note, Reading};

/// Reads a head; it may be cut.
pub(super) fn read(text: &str) -> Reading {
    let text = text.trim_start();
    if !is_head(text) {
        return Ok(Vec::new());
    }
    Ok(vec![if text.contains('\r') || !text.contains('\n') {
        Found::bytes(text.as_bytes().to_vec())
    } else {
        Found::bytes(text.replace('\n', "\r\n").into_bytes()).note([Note::LineEnds])
    }])
}

/// Whether a text begins like a response, or with a method, a target and, if the line ends, a version.
pub(super) fn is_head(text: &str) -> bool {
    if text.starts_with("HTTP/") {
        return true;
    }
    let (line, ends) = match text.split_once('\n') {
        Some((line, _)) => (line, true),
        None => (text, false),
    };
    let mut words = line.split_whitespace();
    let method = words.next().unwrap_or_default();
    let target = words.next().unwrap_or_default();
    let version = words.next();
    let is_method = method.len() > 2 && method.bytes().all(|b| b.is_ascii_uppercase());
    let is_target = target.starts_with('/') || target == "*" || target.contains("://");
    let is_version = |word: &str| word.starts_with("HTTP/") || !ends && "HTTP/".starts_with(word);
    is_method && is_target && version.map_or(!ends, is_version) && words.next().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_may_be_cut_and_prose_is_none() {
        for head in [
            "GET /chat",
            "GET / HT",
            "GET / HTTP/1.1\n",
            "HTTP/1.1",
            "GET wss://a/ HTTP/1.1",
        ] {
            assert!(is_head(head), "{head}");
        }
        for text in [
            "GET",
            "THE / x",
            "uint8_t x[1] = { 0x00 };",
            "AB",
            "GET /chat\n",
            "get / HTTP/1.1",
        ] {
            assert!(!is_head(text), "{text}");
        }
    }
}
