//! Any byte stream of a connection as an annotated list, for people.
//!
//! Nothing stops the dissector: what breaks a rule is marked and reading goes on where the bytes still say
//! where the next frame begins.

use std::fmt::Write as _;

use crate::Role;
use crate::close::{CloseCode, split_body};
use crate::frame::{Decoder, FrameHeader, LengthForm, Opcode, apply_mask};
use crate::violation::{Fault, Violation, ViolationSet};

/// One line of a head, or one frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// Offset of its first byte in the stream.
    pub offset: u64,
    /// Bytes of it that are there.
    pub length: usize,
    /// What it says, in one line without control characters.
    pub meaning: String,
    /// The rules it breaks.
    pub faults: Vec<Fault>,
}

/// Takes apart what `sender` sent, from the beginning of the connection.
pub fn connection(stream: &[u8], sender: Role) -> Vec<Item> {
    let head = head_length(stream);
    let mut items = Vec::new();
    let mut offset = 0;
    for line in stream[..head].split_inclusive(|b| *b == b'\n') {
        let text = line.strip_suffix(b"\n").unwrap_or(line);
        let text = text.strip_suffix(b"\r").unwrap_or(text);
        let meaning = if text.is_empty() { "(end of head)".to_owned() } else { printable(text) };
        items.push(Item { offset, length: line.len(), meaning, faults: Vec::new() });
        offset += line.len() as u64;
    }
    let rest = &stream[head..];
    let refused =
        sender == Role::Server && head > 0 && !stream[..head].get(8..).is_some_and(|s| s.starts_with(b" 101"));
    if refused && !rest.is_empty() {
        let meaning = format!("(body) {}", quoted(rest, "").trim());
        items.push(Item { offset, length: rest.len(), meaning, faults: Vec::new() });
    } else {
        items.extend(frames(rest, sender, offset));
    }
    items
}

/// Bytes of the head at the front of `stream`: all of them while it has no end, none if it is no head.
pub fn head_length(stream: &[u8]) -> usize {
    if !stream.first().is_some_and(u8::is_ascii_alphabetic) {
        return 0;
    }
    let end = |mark: &[u8]| memchr::memmem::find(stream, mark).map(|at| at + mark.len());
    end(b"\r\n\r\n").into_iter().chain(end(b"\n\n")).min().unwrap_or(stream.len())
}

/// Takes frames apart that `sender` sent; the first begins at `offset` of the stream.
pub fn frames(mut stream: &[u8], sender: Role, mut offset: u64) -> Vec<Item> {
    let mut decoder = Decoder::new(sender.peer()).tolerating(ViolationSet::ALL).starting_at(offset);
    let mut items = Vec::new();
    while !stream.is_empty() {
        let header = FrameHeader::parse(stream);
        let whole = header.map_or(u64::MAX, |h| (h.length & (u64::MAX >> 1)).saturating_add(h.size() as u64));
        let length = whole.min(stream.len() as u64) as usize;
        let (bytes, rest) = stream.split_at(length);
        let mut copy = bytes.to_vec();
        let mut input = copy.as_mut_slice();
        while let Ok(Some(_)) = decoder.decode(&mut input) {}
        let mut meaning =
            header.map_or_else(|| format!("(part of a header) {}", hex(bytes, 14)), |h| describe(&h, bytes));
        if header.is_some() && (length as u64) < whole {
            let _ = write!(meaning, " (cut: {length} of {whole} bytes)");
        }
        items.push(Item { offset, length, meaning, faults: decoder.noted() });
        offset += length as u64;
        stream = rest;
    }
    items
}

fn describe(header: &FrameHeader, bytes: &[u8]) -> String {
    let mut payload = bytes[header.size()..].to_vec();
    let mut text = header.opcode.to_string();
    if let Some(key) = header.mask {
        apply_mask(&mut payload, key, 0);
    }
    let _ = write!(text, " {}", preview(header.opcode, &payload));
    let mut details = Vec::new();
    if !header.fin {
        details.push("FIN=0".to_owned());
    }
    details.extend((1..=3).filter(|n| header.rsv << (n - 1) & 4 != 0).map(|n| format!("RSV{n}")));
    if header.form != LengthForm::shortest(header.length) {
        details.push(format!("length in {} bits", header.form.extra() * 8));
    }
    details.push(match header.length {
        1 => "1 byte".to_owned(),
        n if n > u64::MAX >> 1 => format!("{n:#x} bytes"),
        n => format!("{n} bytes"),
    });
    if let Some(key) = header.mask {
        details.push(format!("masked {}", hex(&key, 4)));
    }
    let _ = write!(text, " ({})", details.join(", "));
    text
}

/// A payload in short: text as text, the rest as hex.
pub fn preview(opcode: Opcode, payload: &[u8]) -> String {
    match (opcode, payload) {
        (_, []) => "\"\"".to_owned(),
        (Opcode::CLOSE, body) => match split_body(body) {
            Some((code, reason)) => format!("{}{}", close_code(code), quoted(reason, " ")),
            None => hex(body, 32),
        },
        (_, text) if std::str::from_utf8(text).is_ok_and(|t| !t.chars().any(char::is_control)) => quoted(text, ""),
        (_, bytes) => hex(bytes, 32),
    }
}

fn close_code(code: CloseCode) -> String {
    code.name().map_or_else(|| code.0.to_string(), |name| format!("{} {name}", code.0))
}

fn quoted(text: &[u8], before: &str) -> String {
    if text.is_empty() {
        return String::new();
    }
    let mut shown = printable(text);
    if shown.chars().count() > 64 {
        shown = shown.chars().take(64).chain(['…']).collect();
    }
    format!("{before}\"{shown}\"")
}

/// Bytes as hex, at most `most` of them.
pub fn hex(bytes: &[u8], most: usize) -> String {
    let mut text = bytes.iter().take(most).map(|b| format!("{b:02x}")).collect::<Vec<_>>().join(" ");
    if bytes.len() > most {
        text.push_str(" …");
    }
    text
}

/// All bytes as hex digits without blanks, the form of digests and stored transcripts.
pub fn hex_digits(bytes: &[u8]) -> String {
    bytes.iter().flat_map(|b| [b >> 4, b & 15]).filter_map(|n| char::from_digit(n.into(), 16)).collect()
}

/// Bytes of a peer as text that is safe to print: no control characters, nothing that is not UTF-8.
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

/// Violations among `faults`, each once, in order.
pub fn distinct(faults: &[Fault]) -> Vec<Violation> {
    let mut seen = Vec::new();
    for fault in faults {
        if !seen.contains(&fault.violation) {
            seen.push(fault.violation);
        }
    }
    seen
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_what_a_frame_is_and_what_is_wrong_with_it() {
        let stream = [0x81, 0x05, b'H', b'e', b'l', b'l', b'o', 0xc9, 0x80, 1, 2, 3, 4, 0x88, 0x02, 0x03];
        let items = frames(&stream, Role::Client, 10);
        assert_eq!(items[0].meaning, "text \"Hello\" (5 bytes)");
        assert_eq!(items[0].faults, [Violation::MaskMissing.at(11)]);
        assert_eq!(items[1].meaning, "ping \"\" (RSV1, 0 bytes, masked 01 02 03 04)");
        assert_eq!(items[1].faults, [Violation::RsvSet.at(17)]);
        assert_eq!(items[2].meaning, "close 03 (2 bytes) (cut: 3 of 4 bytes)");
    }

    #[test]
    fn nothing_a_peer_sends_reaches_the_terminal_raw() {
        assert_eq!(printable(b"a\x1b[31m\xff\n"), "a\\u{1b}[31m\u{fffd}\\n");
    }
}
