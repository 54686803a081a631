//! Strings of C, Go, Rust, Java, JavaScript, Python, Ruby and shells, whose escapes stand for bytes;
//! percent-encoding too.

use super::comments;
use super::outcome::{Broken, Found, Problem, Reading};
use super::text::line_of;

/// A string literal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Literal<'a> {
    /// Where its first quote is.
    pub(super) from: usize,
    /// What follows its last quote.
    pub(super) to: usize,
    /// What is between the quotes.
    pub(super) inner: &'a str,
}

/// Letters that may stand before a quote.
const PREFIXES: &[u8] = b"bBxXrRuUqs";

/// Returns the string literals in `text`.
///
/// # Errors
/// One does not end: the offset where it begins.
pub(super) fn literals(text: &str) -> Result<Vec<Literal<'_>>, usize> {
    let bytes = text.as_bytes();
    let mut literals = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let quote = bytes[at];
        if !opens(bytes, at) {
            at += 1;
            continue;
        }
        let mut end = at + 1;
        while bytes.get(end).is_some_and(|b| *b != quote) {
            end += if bytes[end] == b'\\' { 2 } else { 1 };
        }
        let inner = text.get(at + 1..end).ok_or(at)?;
        if end >= bytes.len() {
            return Err(at);
        }
        literals.push(Literal {
            from: at,
            to: end + 1,
            inner,
        });
        at = end + 1;
    }
    Ok(literals)
}

/// Whether a string begins at `at`: an apostrophe within a word, or before a lifetime, begins none.
fn opens(bytes: &[u8], at: usize) -> bool {
    let before = at.checked_sub(1).map(|before| bytes[before]);
    match bytes[at] {
        b'"' => true,
        b'\'' => before.is_none_or(|b| {
            (!b.is_ascii_alphanumeric() || PREFIXES.contains(&b)) && b != b'&' && b != b'<'
        }),
        _ => false,
    }
}

/// Reads strings that have escapes or are marked as bytes, joined, or a text with escapes without
/// quotes. In the latter, `\x` before nothing but hex digits stands before all of them.
pub(super) fn read(text: &str) -> Reading {
    let text = comments::of_programs(text);
    let broken = |at, problem| Broken::new(line_of(&text, at), problem);
    let literals = match literals(&text) {
        Ok(literals) => literals,
        Err(at) if has_escape(&text) => return Err(broken(at, Problem::Unterminated)),
        Err(_) => return Ok(Vec::new()),
    };
    if literals.is_empty() {
        return unquoted(&text);
    }
    let are_bytes = |literal: &Literal<'_>| {
        has_escape(literal.inner)
            || matches!(text.as_bytes()[..literal.from].last(), Some(b'b' | b'B'))
    };
    if !literals.iter().any(are_bytes) {
        return Ok(Vec::new());
    }
    let mut bytes = Vec::new();
    for literal in literals {
        let read = unescape(literal.inner).map_err(|problem| broken(literal.from, problem))?;
        bytes.extend(read);
    }
    Ok(vec![Found::bytes(bytes)])
}

fn unquoted(text: &str) -> Reading {
    let text = text.trim();
    if is_percent_encoded(text) {
        return Ok(vec![
            Found::bytes(percent_decoded(text)).style("percent-encoding"),
        ]);
    }
    if !text.contains('\\') || !has_escape(text) {
        return Ok(Vec::new());
    }
    let joined: String = text.lines().map(str::trim).collect();
    let spaced = joined.split_whitespace();
    // Blanks between escapes are no bytes.
    let joined = if joined.contains(char::is_whitespace)
        && spaced.clone().all(|word| word.starts_with('\\'))
    {
        spaced.collect()
    } else {
        joined
    };
    let bytes = unescape(&joined).map_err(|problem| Broken::new(1, problem))?;
    // PostgreSQL prints `\x` once, before all digits.
    let hex = joined.strip_prefix("\\x").filter(|hex| hex.len() > 2);
    let hex = hex.and_then(|hex| super::digits::pairs(hex).ok());
    Ok(vec![match hex {
        Some(hex) => Found::bytes(hex).style("hex after \\x"),
        None => Found::bytes(bytes),
    }])
}

/// Whether a backslash stands before what makes a byte.
fn has_escape(text: &str) -> bool {
    text.as_bytes()
        .windows(2)
        .any(|two| two[0] == b'\\' && (two[1].is_ascii_digit() || b"xuabefnrtv".contains(&two[1])))
}

/// Returns what a string with escapes stands for.
pub(super) fn unescape(text: &str) -> Result<Vec<u8>, Problem> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        rest = &rest[c.len_utf8()..];
        if c == '\\' {
            let (byte, taken) = escape(rest)?;
            out.extend(byte);
            rest = &rest[taken..];
        } else if c.is_ascii() {
            out.push(c as u8);
        } else {
            return Err(Problem::NotAscii(c));
        }
    }
    Ok(out)
}

/// The byte for what follows a backslash, if any, and how long the escape is.
fn escape(rest: &str) -> Result<(Option<u8>, usize), Problem> {
    let unknown = || Problem::BadEscape(format!("\\{}", rest.chars().take(4).collect::<String>()));
    let first = rest.chars().next().ok_or_else(unknown)?;
    let digits = |from: usize, most: usize, radix: u32| {
        let digits = rest[from..].bytes().take(most);
        let count = digits.take_while(|b| (*b as char).is_digit(radix)).count();
        let value = u32::from_str_radix(&rest[from..from + count], radix).ok();
        let value = value.and_then(|value| u8::try_from(value).ok());
        value
            .map(|value| (Some(value), from + count))
            .ok_or_else(unknown)
    };
    let byte = match first {
        'x' => return digits(1, 2, 16),
        'u' if rest[1..].starts_with('{') => {
            let (byte, taken) = digits(2, 6, 16)?;
            let closed = rest[taken..].starts_with('}');
            return if closed {
                Ok((byte, taken + 1))
            } else {
                Err(unknown())
            };
        }
        'u' => return digits(1, 4, 16),
        '0'..='7' => return digits(0, 3, 8),
        'a' => 7,
        'b' => 8,
        't' => b'\t',
        'n' => b'\n',
        'v' => 11,
        'f' => 12,
        'r' => b'\r',
        'e' => 27,
        '\\' | '\'' | '"' | '?' | '`' | '/' | '$' => first as u8,
        // A line that goes on.
        '\n' => return Ok((None, 1)),
        '\r' if rest[1..].starts_with('\n') => return Ok((None, 2)),
        _ => return Err(unknown()),
    };
    Ok((Some(byte), 1))
}

fn is_percent_encoded(text: &str) -> bool {
    let encoded = text.split('%').skip(1);
    text.contains('%')
        && text.bytes().all(|b| b.is_ascii_graphic())
        && !text.contains('\\')
        && encoded.into_iter().all(begins_with_two_digits)
}

fn begins_with_two_digits(part: &str) -> bool {
    let two = part.as_bytes().get(..2);
    two.is_some_and(|two| two.iter().all(u8::is_ascii_hexdigit))
}

fn percent_decoded(text: &str) -> Vec<u8> {
    let mut parts = text.split('%');
    let mut out = parts.next().unwrap_or_default().as_bytes().to_vec();
    for part in parts {
        let (hex, rest) = part.split_at(2);
        out.extend(u8::from_str_radix(hex, 16));
        out.extend_from_slice(rest.as_bytes());
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_of_all_languages() {
        let text = r#"\x81\5\005\u0048\u{65}l\x6C\157\0\\\""#;
        assert_eq!(unescape(text), Ok(b"\x81\x05\x05Hello\0\\\"".to_vec()));
        assert_eq!(unescape("\\q"), Err(Problem::BadEscape("\\q".into())));
        assert_eq!(
            unescape("\\u20ac"),
            Err(Problem::BadEscape("\\u20a".into()))
        );
        assert_eq!(unescape("\\"), Err(Problem::BadEscape("\\".into())));
        assert_eq!(unescape("é"), Err(Problem::NotAscii('é')));
    }

    #[test]
    fn apostrophes_of_prose_begin_no_string() {
        assert_eq!(literals("don't").map(|l| l.len()), Ok(0));
        assert_eq!(literals("&'static b'x'").map(|l| l.len()), Ok(1));
        assert_eq!(literals("'x"), Err(0));
        assert_eq!(literals("'x\\"), Err(0));
    }
}
