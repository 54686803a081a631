//! Base64, in the standard alphabet or that of URLs, padded or not, in one line or wrapped.

use base64::Engine as _;
use base64::alphabet::{STANDARD, URL_SAFE};
use base64::engine::general_purpose::GeneralPurpose;
use base64::engine::{DecodePaddingMode, GeneralPurposeConfig};

use super::outcome::{Broken, Found, Problem, Reading};

const LENIENT: GeneralPurposeConfig =
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);

/// Reads base64.
pub(super) fn read(text: &str) -> Reading {
    let text = text.trim();
    let text = match text.split_once(";base64,") {
        Some((scheme, rest)) if scheme.starts_with("data:") => rest,
        _ => text,
    };
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let joined = lines.concat();
    let digits = joined.trim_end_matches('=');
    if !is_wrapped(&lines) || digits.is_empty() || !digits.bytes().all(is_digit) {
        return Ok(Vec::new());
    }
    let alphabet = if digits.contains(['-', '_']) {
        URL_SAFE
    } else {
        STANDARD
    };
    match GeneralPurpose::new(&alphabet, LENIENT).decode(&joined) {
        Ok(bytes) => Ok(vec![Found::bytes(bytes)]),
        // Without padding nothing says that it is base64.
        Err(_) if digits.len() == joined.len() => Ok(Vec::new()),
        Err(_) => Err(Broken::new(lines.len(), Problem::BadBase64)),
    }
}

/// Whether all lines but the last are of the same length, and whole.
fn is_wrapped(lines: &[&str]) -> bool {
    let Some((last, before)) = lines.split_last() else {
        return false;
    };
    let width = before.first().map_or(last.len(), |line| line.len());
    let even = before.iter().all(|line| line.len() == width);
    even && last.len() <= width && (before.is_empty() || width.is_multiple_of(4))
}

/// Whether it could be a word of a language or a name, which is no base64 unless somebody says so.
pub(super) fn is_word(text: &str) -> bool {
    let text = text.trim();
    let begins = text.starts_with(|c: char| c.is_ascii_alphabetic());
    let rest = text.get(1..).unwrap_or_default();
    begins && (is_joined(rest, u8::is_ascii_lowercase) || is_joined(text, u8::is_ascii_uppercase))
}

/// Whether a byte is a digit of either alphabet (RFC 4648 §4, §5).
fn is_digit(b: u8) -> bool {
    b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'-' | b'_')
}

/// Whether a name is made of such letters, hyphens and underscores.
fn is_joined(name: &str, is_letter: fn(&u8) -> bool) -> bool {
    name.bytes()
        .all(|b| is_letter(&b) || matches!(b, b'-' | b'_'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_no_base64() {
        for word in ["word", "Word", "WORD", "list-all"] {
            assert!(is_word(word), "{word}");
        }
        for text in ["two words", "", "===="] {
            assert_eq!(read(text), Ok(Vec::new()), "{text}");
        }
        assert!(!is_word("gQVI"));
        for text in [
            "gQVIZWxsbw==",
            "gQVIZWxsbw",
            "gQVI\nZWxs\nbw==",
            "data:;base64,gQVIZWxsbw==",
        ] {
            let found = read(text).unwrap();
            assert_eq!(found[0].single(), Some(&b"\x81\x05Hello"[..]), "{text}");
        }
        assert!(read("gQVIZWxsb===").is_err());
    }
}
