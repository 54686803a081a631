//! Lists of bytes in C, C++, Go, Rust, Java, Kotlin, C#, Swift, JavaScript, Python, Elixir and others.

use super::comments;
use super::digits::byte_of;
use super::escapes::{literals, unescape};
use super::outcome::{Broken, Found, Note, Problem, Reading, Side, Stream};
use super::text::line_of;

/// What programs write about a number that does not change the byte.
const CASTS: &[(&str, &str)] = &[
    ("(byte)", ""),
    ("(sbyte)", ""),
    ("(char)", ""),
    ("(unsigned char)", ""),
    ("(uint8_t)", ""),
    ("(Byte)", ""),
    (".toByte()", ""),
    (".toUByte()", ""),
    (" as u8", ""),
    (" as i8", ""),
    ("16#", "0x"),
    ("#$", "0x"),
    ("&H", "0x"),
];

/// What follows a number to say its type.
const SUFFIXES: &[&str] = &["u8", "i8", "uy", "y", "u", "U", "L", "l"];

/// A piece of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Item {
    /// A number whose base or sign is written.
    Number(i64, String),
    /// Hex digits of several bytes after `0x`.
    Digits(Vec<u8>, String),
    /// Digits that may be hex or decimal.
    Plain(String),
    /// A string, or a character if it says so.
    Bytes(Vec<u8>, bool),
}

/// A list, and what stands before it.
struct List<'a> {
    before: &'a str,
    bytes: Vec<Vec<u8>>,
}

/// Reads the lists in a program; several are several streams.
pub(super) fn read(text: &str) -> Reading {
    let mut clean = comments::of_programs(text);
    for (cast, number) in CASTS {
        if clean.contains(cast) {
            clean = clean.replace(cast, number);
        }
    }
    let (clean, abridged) = without_rest(&clean);
    let mut lists = Vec::new();
    let spans = spans(&clean);
    let indexed = |span: &&Span| !span.indexed;
    let candidates: Vec<&Span> = if spans.iter().any(|span| indexed(&span)) {
        spans.iter().filter(indexed).collect()
    } else {
        spans.iter().collect()
    };
    let (mut before, mut broken) = (0, None);
    for span in candidates {
        let inner = &clean[span.from..span.to];
        let at = |problem| Broken::new(line_of(&clean, span.from), problem);
        let items = match items(inner) {
            Ok(items) => items,
            Err(problem) => {
                // What has no numbers is no list; what has some is a list that cannot be read.
                if inner.contains("0x") {
                    broken.get_or_insert(at(problem));
                }
                continue;
            }
        };
        if items
            .iter()
            .any(|item| !matches!(item, Item::Bytes(_, false)))
        {
            lists.push(List {
                before: &clean[before..span.from],
                bytes: bytes(&items).map_err(at)?,
            });
            before = span.to;
        }
    }
    if lists.is_empty() {
        return broken.map_or_else(|| bare(&clean), Err);
    }
    if has_stray_number(&clean, &spans) {
        return Ok(Vec::new());
    }
    Ok(found(lists)
        .into_iter()
        .map(|found| found.note(abridged.clone()))
        .collect())
}

/// The text in the innermost brackets of a program.
struct Span {
    from: usize,
    to: usize,
    /// Whether the bracket follows a name, as an index, a size or the arguments of a call do.
    indexed: bool,
}

fn spans(text: &str) -> Vec<Span> {
    let strings = literals(text).unwrap_or_default();
    let mut strings = strings.iter().peekable();
    let mut spans = Vec::new();
    let mut open: Option<(usize, bool)> = None;
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        if let Some(string) = strings.next_if(|string| string.from == at) {
            at = string.to;
            continue;
        }
        match bytes[at] {
            b'{' | b'[' | b'(' => {
                let before = at.checked_sub(1).map(|before| bytes[before]);
                let follows_name = before.is_some_and(|b| b.is_ascii_alphanumeric() || b == b'_');
                let indexed = bytes[at] != b'{' && follows_name;
                open = Some((at + 1, indexed));
            }
            b'<' if bytes.get(at + 1) == Some(&b'<') => {
                open = Some((at + 2, false));
                at += 1;
            }
            b'}' | b']' | b')' | b'>' => {
                if let Some((from, indexed)) = open.take() {
                    spans.push(Span {
                        from,
                        to: at,
                        indexed,
                    });
                }
            }
            _ => {}
        }
        at += 1;
    }
    spans
}

/// Reads a list without brackets, if something in it is no plain number.
fn bare(text: &str) -> Reading {
    if text.contains(['{', '[', '(']) {
        return Ok(Vec::new());
    }
    let text = without_directives(text.trim_end_matches([';', ' ', '\n', '\r', '\t']));
    let Ok(items) = items(&text) else {
        return Ok(Vec::new());
    };
    if !items.iter().any(is_written_out) {
        return Ok(Vec::new());
    }
    // `0b11` is two bytes in hex.
    let sure = !text.chars().all(is_of_a_list);
    let bytes = match bytes(&items) {
        Ok(bytes) => bytes,
        Err(problem) if sure => return Err(Broken::new(1, problem)),
        Err(_) => return Ok(Vec::new()),
    };
    let mut found = found(vec![List { before: "", bytes }]);
    found.iter_mut().for_each(|found| found.sure &= sure);
    Ok(found)
}

/// What assemblers begin a line of bytes with.
const DIRECTIVES: &[&str] = &["db", "DB", ".byte", ".db", "dc.b", "DC.B", "defb", "BYTE"];

/// Takes directives off the lines, where the rest is no plain hex.
fn without_directives(text: &str) -> String {
    let lines = text.lines().map(|line| {
        let Some((first, rest)) = line.trim_start().split_once(char::is_whitespace) else {
            return line;
        };
        let marked = rest.contains(['h', 'H', 'x', '$', '\'', '"']);
        if marked && DIRECTIVES.contains(&first) {
            rest
        } else {
            line
        }
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// Takes off what says that there are more items than are printed.
fn without_rest(text: &str) -> (String, Option<Note>) {
    let Some((before, rest)) = text.split_once("...") else {
        return (text.to_owned(), None);
    };
    let mut words = rest.trim_start().splitn(3, char::is_whitespace);
    let more = words.next().and_then(|word| word.parse().ok());
    let (Some(more), Some("more"), Some(rest)) = (more, words.next(), words.next()) else {
        return (text.to_owned(), None);
    };
    let rest = rest.trim_start_matches(char::is_alphabetic);
    (format!("{before}{rest}"), Some(Note::Abridged(more)))
}

/// Whether a number stands outside of lists, but for the value of a variable.
fn has_stray_number(text: &str, spans: &[Span]) -> bool {
    let mut at = 0;
    let ends = spans
        .iter()
        .map(|span| (span.from, span.to))
        .chain([(text.len(), text.len())]);
    for (from, to) in ends {
        let outside = &text[at.min(from)..from];
        at = to;
        let mut value = false;
        for word in outside.split_inclusive(|c: char| !(c.is_alphanumeric() || c == '_')) {
            let mut chars = word.chars();
            if chars.next().is_some_and(|c| c.is_ascii_digit()) && !value {
                return true;
            }
            if !word.trim().is_empty() {
                value = word.ends_with(['=', ':', '"']);
            }
        }
    }
    false
}

/// The lists as streams, or as the two sides of one if they are called so.
fn found(lists: Vec<List<'_>>) -> Vec<Found> {
    if let [list] = &lists[..] {
        let mut readings = list.bytes.iter().cloned();
        let first = readings.next().unwrap_or_default();
        return match readings.next() {
            None => vec![Found::bytes(first)],
            // In a program they are decimal. What a program prints may be either.
            Some(_)
                if !list
                    .before
                    .trim_matches(['[', '{', '(', ' ', '\n'])
                    .is_empty() =>
            {
                vec![Found::bytes(first)]
            }
            Some(second) => vec![
                Found::weak(first).style("a list of decimal numbers"),
                Found::weak(second).style("a list of hex numbers"),
            ],
        };
    }
    // Wireshark calls the arrays of a followed stream `peer0_0`, `peer1_0` and so on.
    if lists.iter().all(|list| peer(list).is_some()) {
        return vec![Found::sides(vec![side(&lists, 0), side(&lists, 1)])];
    }
    let streams = lists.into_iter().map(|mut list| Stream {
        label: name(list.before),
        sides: vec![Side::new(list.bytes.swap_remove(0))],
    });
    vec![Found::streams(streams.collect())]
}

/// The name of the variable in a declaration.
fn name(before: &str) -> String {
    let declaration = before.rsplit_once('=').map_or(before, |(left, _)| left);
    let words = declaration.split(|c: char| !(c.is_alphanumeric() || c == '_'));
    let mut backwards = words.rev();
    let named = backwards.find(|word| word.starts_with(|c: char| c.is_alphabetic() || c == '_'));
    named.unwrap_or_default().to_owned()
}

/// The items of a list.
fn items(text: &str) -> Result<Vec<Item>, Problem> {
    let strings = literals(text).map_err(|_| Problem::Unterminated)?;
    let mut items = Vec::new();
    let mut at = 0;
    for string in &strings {
        numbers(&text[at..string.from], &mut items)?;
        let bytes = unescape(string.inner)?;
        let character = bytes.len() == 1 && text[string.from..].starts_with('\'');
        items.push(Item::Bytes(bytes, character));
        at = string.to;
    }
    numbers(&text[at..], &mut items)?;
    if items.is_empty() {
        return Err(Problem::NoByte(String::new()));
    }
    Ok(items)
}

fn numbers(text: &str, items: &mut Vec<Item>) -> Result<(), Problem> {
    let words = text.split(|c: char| c.is_whitespace() || c == ',');
    for word in words.filter(|word| !word.is_empty()) {
        // The letter before the quote of a character in Rust or Python.
        if !matches!(word, "b" | "L" | "u8") {
            items.push(number(word)?);
        }
    }
    Ok(())
}

fn number(word: &str) -> Result<Item, Problem> {
    let no_byte = || Problem::NoByte(word.to_owned());
    let (negative, digits) = match word.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, word),
    };
    let based = |prefix: [&str; 2]| prefix.iter().find_map(|p| digits.strip_prefix(p));
    let hex = based(["0x", "0X"]);
    let suffix = SUFFIXES
        .iter()
        .find_map(|suffix| digits.strip_suffix(suffix));
    let without = |digits: &str| {
        let cut = SUFFIXES
            .iter()
            .find_map(|suffix| digits.strip_suffix(suffix));
        cut.unwrap_or(digits).replace('_', "")
    };
    let parsed = |digits: &str, radix| {
        if digits.starts_with(['+', '-']) {
            return Err(no_byte());
        }
        let value = i64::from_str_radix(&without(digits), radix).map_err(|_| no_byte())?;
        Ok(Item::Number(
            if negative { -value } else { value },
            word.to_owned(),
        ))
    };
    if let Some(hex) = hex {
        let digits = without(hex);
        if digits.len() > 2 {
            let bytes = wsspec_vectors::hex::decode(&digits).map_err(|_| no_byte())?;
            return Ok(Item::Digits(bytes, word.to_owned()));
        }
        return parsed(hex, 16);
    }
    let before_h = digits.strip_suffix(['h', 'H']);
    if let Some(digits) = before_h.filter(|digits| digits.bytes().all(|b| b.is_ascii_hexdigit())) {
        return parsed(digits, 16);
    }
    if let Some(digits) = based(["0b", "0B"]) {
        // In a list of hex digits, `0b` is eleven.
        return if digits.is_empty() {
            Ok(Item::Plain(word.to_owned()))
        } else {
            parsed(digits, 2)
        };
    }
    if let Some(digits) = based(["0o", "0O"]) {
        return parsed(digits, 8);
    }
    if let Some(digits) = digits.strip_prefix('$') {
        return parsed(digits, 16);
    }
    if negative || suffix.is_some() {
        return parsed(digits, 10);
    }
    if digits.bytes().all(|b| b.is_ascii_hexdigit()) {
        return Ok(Item::Plain(digits.to_owned()));
    }
    Err(no_byte())
}

/// The bytes of a list: one reading, or two if its numbers may be decimal or hex.
fn bytes(items: &[Item]) -> Result<Vec<Vec<u8>>, Problem> {
    let plain = items.iter().filter_map(|item| match item {
        Item::Plain(digits) => Some(digits.as_str()),
        _ => None,
    });
    let plain: Vec<&str> = plain.collect();
    let written = plain.len() < items.len();
    let letters = plain
        .iter()
        .any(|digits| digits.bytes().any(|b| b.is_ascii_alphabetic()));
    let long = plain.iter().any(|digits| digits.len() > 2);
    let leading = plain
        .iter()
        .find(|digits| digits.len() > 1 && digits.starts_with('0'));
    if letters {
        return Ok(vec![in_base(items, 16)?]);
    }
    match leading {
        // As `{:02x?}` of Rust prints them.
        Some(_) if !written && plain.iter().all(|digits| digits.len() == 2) => {
            Ok(vec![in_base(items, 16)?])
        }
        Some(digits) if digits.parse().is_ok_and(|value: u32| value > 7) => {
            Err(Problem::LeadingZero((*digits).to_owned()))
        }
        _ if written || long => Ok(vec![in_base(items, 10)?]),
        _ => {
            let (decimal, hex) = (in_base(items, 10)?, in_base(items, 16)?);
            Ok(if decimal == hex {
                vec![decimal]
            } else {
                vec![decimal, hex]
            })
        }
    }
}

fn in_base(items: &[Item], base: u32) -> Result<Vec<u8>, Problem> {
    let mut bytes = Vec::new();
    for item in items {
        match item {
            Item::Bytes(more, _) => bytes.extend_from_slice(more),
            Item::Digits(more, _) if items.len() == 1 => bytes.extend_from_slice(more),
            Item::Digits(_, word) => return Err(Problem::Word(word.clone())),
            Item::Number(value, word) => {
                let byte = byte_of(*value).ok_or_else(|| Problem::OutOfRange(word.clone()))?;
                bytes.push(byte);
            }
            Item::Plain(digits) => {
                let value = i64::from_str_radix(digits, base).ok().and_then(byte_of);
                bytes.push(value.ok_or_else(|| Problem::OutOfRange(digits.clone()))?);
            }
        }
    }
    Ok(bytes)
}

/// Whether an item is written so that only a byte is meant.
fn is_written_out(item: &Item) -> bool {
    match item {
        Item::Digits(..) | Item::Bytes(_, true) => true,
        Item::Number(n, _) => *n >= 0,
        Item::Plain(_) | Item::Bytes(_, false) => false,
    }
}

/// Whether a list of plain hex digits may have this character in it.
fn is_of_a_list(c: char) -> bool {
    c.is_ascii_hexdigit() || c.is_whitespace() || c == ','
}

/// The side that an array of a followed stream is from.
fn peer(list: &List<'_>) -> Option<usize> {
    if list.before.contains("peer0_") {
        Some(0)
    } else {
        list.before.contains("peer1_").then_some(1)
    }
}

/// All arrays of one side.
fn side(lists: &[List<'_>], n: usize) -> Side {
    let own = lists.iter().filter(|list| peer(list) == Some(n));
    let bytes = own.flat_map(|list| list.bytes[0].clone()).collect();
    Side {
        label: format!("peer{n}"),
        ..Side::new(bytes)
    }
}
