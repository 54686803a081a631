//! Digits without other marks: hex, decimal, binary. The same digits can be read in several of
//! these, so each says whether it is sure.

use super::comments;
use super::outcome::{Broken, Found, Problem, Reading};
use super::text::line_of;

/// What may stand between the two hex digits of a byte and the next.
const SEPARATORS: &[char] = &['-', ':', '_', '.'];

/// What a list of numbers has besides them.
const LIST: &[char] = &[',', '[', ']', '{', '}', '(', ')'];

/// The words of a text, without comments.
struct Words<'a> {
    text: &'a str,
    all: Vec<&'a str>,
    /// Whether they are in brackets or commas are between them, as with numbers.
    listed: bool,
}

impl<'a> Words<'a> {
    fn of(text: &'a str) -> Words<'a> {
        Words {
            text,
            all: text
                .split(is_between)
                .filter(|word| !word.is_empty())
                .collect(),
            listed: text.contains(LIST),
        }
    }

    fn are(&self, test: impl Fn(&str) -> bool) -> bool {
        !self.all.is_empty() && self.all.iter().all(|word| test(word))
    }

    fn any(&self, test: impl Fn(&str) -> bool) -> bool {
        self.all.iter().any(|word| test(word))
    }

    /// The line of a word.
    fn line(&self, word: &str) -> usize {
        line_of(
            self.text,
            word.as_ptr() as usize - self.text.as_ptr() as usize,
        )
    }
}

fn is_hex(word: &str) -> bool {
    word.bytes().all(|b| b.is_ascii_hexdigit())
}

fn is_binary(word: &str) -> bool {
    word.bytes().all(|b| matches!(b, b'0' | b'1'))
}

fn is_decimal(word: &str) -> bool {
    let digits = word.strip_prefix('-').unwrap_or(word);
    let leading = digits.len() > 1 && digits.starts_with('0');
    matches!(digits.len(), 1..=3) && !leading && digits.bytes().all(|b| b.is_ascii_digit())
}

/// The byte that a number stands for; negative ones as a signed byte.
pub(super) fn byte_of(number: i64) -> Option<u8> {
    let signed = i8::try_from(number).ok().map(i8::cast_unsigned);
    signed.or_else(|| u8::try_from(number).ok())
}

/// Returns the bytes of hex digits in pairs, with blanks between any two pairs.
///
/// # Errors
/// The first word that is none.
pub(super) fn pairs(text: &str) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::with_capacity(text.len() / 2);
    for word in text.split_whitespace() {
        let read = wsspec_vectors::hex::decode(word).map_err(|_| word.to_owned())?;
        bytes.extend(read);
    }
    Ok(bytes)
}

/// Reads hex digits, with `-`, `:`, `_`, `.`, blanks or commas between bytes, in brackets or not.
pub(super) fn hex(text: &str) -> Reading {
    let text = comments::of_digits(text);
    let words = Words::of(&text);
    if words.are(is_separated) && words.any(|word| word.contains(SEPARATORS)) {
        let joined = words.all.concat().replace(SEPARATORS, "");
        return Ok(pairs(&joined).ok().into_iter().map(Found::bytes).collect());
    }
    if !words.are(is_hex) {
        return Ok(Vec::new());
    }
    if words.any(|word| !word.len().is_multiple_of(2)) {
        return odd(&words);
    }
    let joined = words.all.concat();
    let bytes = pairs(&joined).unwrap_or_default();
    let as_numbers = words.listed && words.are(|word| word.len() == 2 && is_decimal(word));
    let as_bits =
        words.are(is_binary) && joined.len().is_multiple_of(8) && !words.any(|w| w.len() == 2);
    Ok(vec![if as_numbers || as_bits {
        Found::weak(bytes)
    } else {
        Found::bytes(bytes)
    }])
}

/// Whether a word is pairs of hex digits with separators between all of them, or a single pair.
fn is_separated(word: &str) -> bool {
    let mut separators = word.chars().filter(|c| SEPARATORS.contains(c));
    let first = separators.next();
    separators.all(|c| Some(c) == first)
        && word
            .split(SEPARATORS)
            .all(|pair| pair.len() == 2 && is_hex(pair))
}

/// Reads hex digits of which some word has an odd number: bytes without leading zeros, or a mistake.
fn odd(words: &Words<'_>) -> Reading {
    if words.all.len() > 1 && words.are(|word| word.len() <= 2) {
        let bytes = words.all.iter();
        let bytes = bytes.filter_map(|word| u8::from_str_radix(word, 16).ok());
        return Ok(vec![
            Found::weak(bytes.collect()).style("hex without leading zeros"),
        ]);
    }
    if words.are(is_decimal) {
        return Ok(Vec::new());
    }
    let odd = words.all.iter().find(|word| !word.len().is_multiple_of(2));
    let odd = odd.copied().unwrap_or_default();
    Err(Broken::new(
        words.line(odd),
        Problem::OddDigits(odd.to_owned()),
    ))
}

/// Reads decimal numbers from -128 to 255.
pub(super) fn decimal(text: &str) -> Reading {
    let text = comments::of_digits(text);
    let words = Words::of(&text);
    if !words.are(is_decimal) {
        return Ok(Vec::new());
    }
    let mut bytes = Vec::new();
    for word in &words.all {
        let byte = word.parse().ok().and_then(byte_of);
        let out_of_range =
            || Broken::new(words.line(word), Problem::OutOfRange((*word).to_owned()));
        bytes.push(byte.ok_or_else(out_of_range)?);
    }
    let odd = words.any(|word| word.starts_with('-') || word.len() == 3);
    Ok(vec![if odd {
        Found::bytes(bytes)
    } else {
        Found::weak(bytes)
    }])
}

/// Reads binary digits, in groups of four or eight or without blanks.
pub(super) fn binary(text: &str) -> Reading {
    let text = comments::of_digits(text);
    let words = Words::of(&text);
    let joined = words.all.concat();
    let grouped = words.all.len() == 1 || words.are(|word| matches!(word.len(), 4 | 8));
    if !words.are(is_binary) || !grouped || !joined.len().is_multiple_of(8) {
        return Ok(Vec::new());
    }
    let bytes = joined.as_bytes().chunks(8);
    let bytes = bytes.map(|bits| bits.iter().fold(0, |byte, bit| byte << 1 | (bit - b'0')));
    Ok(vec![Found::weak(bytes.collect())])
}

/// Whether a character stands between two words of digits.
fn is_between(c: char) -> bool {
    c.is_whitespace() || LIST.contains(&c)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(reading: Reading) -> Option<(Vec<u8>, bool)> {
        let found = reading.unwrap().pop()?;
        Some((found.single().unwrap().to_vec(), found.sure))
    }

    #[test]
    fn hex_in_any_grouping() {
        for text in [
            "81 05 4865",
            "81-05-48-65",
            "81:05:48:65",
            "8105,4865",
            "[8105, 4865]",
        ] {
            assert_eq!(
                bytes(hex(text)),
                Some((b"\x81\x05He".to_vec(), true)),
                "{text}"
            );
        }
        assert_eq!(bytes(hex("81 5 48")), Some((b"\x81\x05H".to_vec(), false)));
        assert_eq!(bytes(hex("10,20")), Some((b"\x10\x20".to_vec(), false)));
        assert_eq!(
            hex("81\n05486"),
            Err(Broken::new(2, Problem::OddDigits("05486".into())))
        );
        assert_eq!(hex("hello"), Ok(Vec::new()));
    }

    #[test]
    fn numbers_are_signed_or_not() {
        assert_eq!(
            bytes(decimal("-127 5, 72")),
            Some((b"\x81\x05H".to_vec(), true))
        );
        assert_eq!(bytes(decimal("10 20")), Some((vec![10, 20], false)));
        assert!(decimal("129 256").is_err());
        assert_eq!(decimal("129 05"), Ok(Vec::new()));
        assert_eq!(
            bytes(binary("1000 0001 00000101")),
            Some((vec![0x81, 5], false))
        );
    }
}
