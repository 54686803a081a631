//! An input as text, tidied up.

/// Characters that editors, chats and web pages put in the place of others.
const REPLACED: &[(char, &str)] = &[
    ('\u{a0}', " "),
    ('\u{2007}', " "),
    ('\u{202f}', " "),
    ('\u{200b}', ""),
    ('\u{feff}', ""),
    ('\u{201c}', "\""),
    ('\u{201d}', "\""),
    ('\u{2018}', "'"),
    ('\u{2019}', "'"),
    ('\u{2212}', "-"),
    ('\u{2011}', "-"),
];

/// Returns the input if it is text: UTF-8, or UTF-16 with a byte order mark, without control
/// characters but white space.
pub(super) fn text(input: &[u8]) -> Option<String> {
    let text = match input {
        [0xff, 0xfe, rest @ ..] => utf16(rest, u16::from_le_bytes)?,
        [0xfe, 0xff, rest @ ..] => utf16(rest, u16::from_be_bytes)?,
        _ => std::str::from_utf8(input).ok()?.to_owned(),
    };
    if text.contains(is_no_text) {
        return None;
    }
    Some(without_fence(&replaced(text)).to_owned())
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Option<String> {
    if !bytes.len().is_multiple_of(2) {
        return None;
    }
    let units: Vec<u16> = bytes.chunks(2).map(|two| unit([two[0], two[1]])).collect();
    String::from_utf16(&units).ok()
}

fn replaced(text: String) -> String {
    if text.is_ascii() {
        return text;
    }
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match REPLACED.iter().find(|(from, _)| *from == c) {
            Some((_, to)) => out.push_str(to),
            None => out.push(c),
        }
    }
    out
}

/// Returns what is between the fences of Markdown, if that is all there is.
fn without_fence(text: &str) -> &str {
    let trimmed = text.trim();
    for fence in ["```", "~~~", "`"] {
        let inner = trimmed
            .strip_prefix(fence)
            .and_then(|rest| rest.strip_suffix(fence));
        let Some(inner) = inner.filter(|inner| !inner.contains(fence)) else {
            continue;
        };
        // The name of a language follows the fence.
        return match inner.split_once('\n') {
            Some((_, rest)) if fence != "`" => rest,
            _ => inner,
        };
    }
    text
}

/// The number of the line, from 1, in which a part of `text` begins.
pub(super) fn line_of(text: &str, at: usize) -> usize {
    text.get(..at).unwrap_or(text).matches('\n').count() + 1
}

/// Whether a character is never pasted with text.
fn is_no_text(c: char) -> bool {
    c.is_control() && !matches!(c, '\t' | '\n' | '\r')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_text_or_not() {
        assert_eq!(text(b"81 05"), Some("81 05".into()));
        assert_eq!(text(b"\x81\x05Hello"), None);
        assert_eq!(text(b"\x01\x05Hello"), None);
        let utf16: Vec<u8> = "\u{feff}81"
            .encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect();
        assert_eq!(text(&utf16), Some("81".into()));
        assert_eq!(
            text("\u{201c}81\u{201d}\u{a0}".as_bytes()),
            Some("\"81\" ".into())
        );
    }

    #[test]
    fn fences_of_markdown_are_taken_off() {
        assert_eq!(text(b"```\n81 05\n```\n"), Some("81 05\n".into()));
        assert_eq!(text(b"```hex\n81 05\n```"), Some("81 05\n".into()));
        assert_eq!(text(b"`81 05`"), Some("81 05".into()));
    }
}
