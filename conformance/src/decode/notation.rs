//! The notations that are read.

use super::outcome::{Found, Reading};
use super::{
    array, base64, buffer, call, capture, curl, digits, dissection, dump, escapes, har, http,
    strace,
};

/// A way to write bytes down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Notation {
    /// A capture file of libpcap.
    Pcap,
    /// A capture file of pcapng.
    Pcapng,
    /// What a browser records.
    Har,
    /// What `curl -v` prints.
    CurlVerbose,
    /// The head of a request or response, perhaps cut.
    Http,
    /// The fields of frames in the words of Wireshark.
    Dissection,
    /// Calls of a program, as strace prints them.
    Strace,
    /// Lines with offsets.
    Dump,
    /// What Node and Apple's platforms print in angle brackets.
    Buffer,
    /// Hex or base64 in a call of a program.
    Call,
    /// A list of numbers in a programming language.
    Array,
    /// A string with escapes.
    Escapes,
    /// Hex digits.
    Hex,
    /// Decimal numbers.
    Decimal,
    /// Binary digits.
    Binary,
    /// Base64.
    Base64,
    /// The bytes themselves.
    Raw,
}

/// What is known of a notation.
#[derive(Debug, Clone, Copy)]
pub struct NotationRow {
    /// The notation.
    pub notation: Notation,
    /// What asks for it.
    pub flag: &'static str,
    /// What it is called.
    pub name: &'static str,
    /// An example in one line.
    pub example: &'static str,
    /// Whether it is tried unasked on what is text or has a magic number.
    pub detected: bool,
    pub(super) reader: Reader,
}

/// What reads a notation.
#[derive(Debug, Clone, Copy)]
pub(super) enum Reader {
    /// From bytes.
    Bytes(fn(&[u8]) -> Reading),
    /// From text, tidied up by [`super::text`].
    Text(fn(&str) -> Reading),
}

use Notation::{
    Array, Base64, Binary, Buffer, Call, CurlVerbose, Decimal, Dissection, Dump, Escapes, Har, Hex,
    Http, Pcap, Pcapng, Raw, Strace,
};
use Reader::{Bytes, Text};

/// All notations, in the order in which they are tried: the ones with the clearest marks first.
pub const NOTATIONS: &[NotationRow] = &[
    row(
        Pcap,
        "pcap",
        "a pcap file",
        "d4 c3 b2 a1 …",
        Bytes(capture::pcap),
    ),
    row(
        Pcapng,
        "pcapng",
        "a pcapng file",
        "0a 0d 0d 0a …",
        Bytes(capture::pcapng),
    ),
    row(
        Har,
        "har",
        "a HAR file",
        r#"{"log":{"entries":[{"_webSocketMessages":[…]}]}}"#,
        Text(har::read),
    ),
    row(
        CurlVerbose,
        "curl",
        "the output of curl -v",
        "> GET /chat HTTP/1.1",
        Text(curl::read),
    ),
    row(
        Http,
        "http",
        "an HTTP head",
        "GET /chat HTTP/1.1",
        Text(http::read),
    ),
    row(
        Dissection,
        "dissection",
        "a packet in Wireshark's words",
        "1... .... = Fin: True",
        Text(dissection::read),
    ),
    row(
        Strace,
        "strace",
        "the output of strace",
        r#"write(3, "\201\5Hello", 7) = 7"#,
        Text(strace::read),
    ),
    row(
        Dump,
        "dump",
        "a dump with offsets",
        "00000000: 8105 4865 6c6c 6f  ..Hello",
        Text(dump::read),
    ),
    row(
        Buffer,
        "buffer",
        "a printed buffer",
        "<Buffer 81 05 48 65 6c 6c 6f>",
        Text(buffer::read),
    ),
    row(
        Call,
        "call",
        "hex or base64 in a program",
        r#"bytes.fromhex("810548656c6c6f")"#,
        Text(call::read),
    ),
    row(
        Array,
        "array",
        "a list of bytes in a program",
        "{ 0x81, 5, 'H', 'i' }, [129, 5, -1]",
        Text(array::read),
    ),
    row(
        Escapes,
        "escapes",
        "a string with escapes",
        r#"b"\x81\x05Hello""#,
        Text(escapes::read),
    ),
    row(Hex, "hex", "hex", "81 05 48656c6c6f", Text(digits::hex)),
    row(
        Decimal,
        "decimal",
        "decimal numbers",
        "129 5 72 101",
        Text(digits::decimal),
    ),
    row(
        Binary,
        "binary",
        "binary digits",
        "10000001 00000101",
        Text(digits::binary),
    ),
    row(
        Base64,
        "base64",
        "base64",
        "gQVIZWxsbw==",
        Text(base64::read),
    ),
    NotationRow {
        detected: false,
        ..row(Raw, "raw", "raw bytes", "", Bytes(raw))
    },
];

const fn row(
    notation: Notation,
    flag: &'static str,
    name: &'static str,
    example: &'static str,
    reader: Reader,
) -> NotationRow {
    NotationRow {
        notation,
        flag,
        name,
        example,
        detected: true,
        reader,
    }
}

impl Notation {
    /// What is known of it.
    pub fn row(self) -> &'static NotationRow {
        &NOTATIONS[self as usize]
    }

    /// The notation that a flag asks for.
    pub fn of_flag(flag: &str) -> Option<Notation> {
        let row = NOTATIONS.iter().find(|row| row.flag == flag)?;
        Some(row.notation)
    }
}

fn raw(input: &[u8]) -> Reading {
    Ok(vec![Found::bytes(input.to_vec())])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_notation_has_its_row() {
        for (n, row) in NOTATIONS.iter().enumerate() {
            assert_eq!(row.notation as usize, n);
            assert_eq!(row.notation.row().notation, row.notation);
            assert_eq!(Notation::of_flag(row.flag), Some(row.notation));
        }
    }
}
