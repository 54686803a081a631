//! The wire log: a stored transcript as annotated heads and frames, in the order in which they were
//! sent. Where a case has several conversations, the lines of the second begin with `[2]`.

use std::collections::BTreeSet;

use wsspec_core::Role;
use wsspec_core::deflate::negotiation::Parameters;
use wsspec_core::dissect::{self, Dissector, Node, NodeKind};
use wsspec_core::http3::ErrorCode;
use wsspec_core::tls::Alert;
use wsspec_core::violation::Fault;

use crate::{Entry, Transcript, Transport, What, Who, streams};

mod caret;
mod carried;
pub(crate) mod rows;

pub use caret::Caret;

/// One line of the wire log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Time since the start of the case, in microseconds.
    pub at_us: u64,
    /// The side that sent it.
    pub who: Who,
    /// Offset in what this side sent; `None` for an event without bytes.
    pub offset: Option<u64>,
    /// Whether it is a line of an opening head.
    pub of_head: bool,
    /// The first bytes in hex; empty if they are text.
    pub hex: String,
    /// What it means.
    pub meaning: String,
    /// Bytes of `meaning` that only say which conversation it belongs to.
    pub meaning_starts: usize,
    /// The rules it breaks.
    pub faults: Vec<Fault>,
}

/// Most bytes shown in hex on a line.
const SHOWN_BYTES: usize = 12;

/// Takes a transcript apart.
pub fn lines(transcript: &Transcript) -> Vec<Line> {
    match streams::over(transcript) {
        Transport::H2 => return carried::of_http2(transcript),
        Transport::H3 => return carried::of_http3(transcript),
        Transport::Tcp | Transport::Tls | Transport::Unix => {}
    }
    let conversations: BTreeSet<u32> = transcript.entries.iter().map(|entry| entry.on).collect();
    let mut lines: Vec<(usize, Line)> = Vec::new();
    for on in conversations {
        let agreed = agreed(transcript, on);
        let before = lines.len();
        for who in [Who::Suite, Who::Target] {
            side(transcript, (on, who), agreed, &mut lines);
        }
        if on > 1 {
            for (_, line) in &mut lines[before..] {
                let which = format!("[{on}] ");
                line.meaning.insert_str(0, &which);
                line.meaning_starts = which.len();
            }
        }
    }
    lines.sort_by_key(|(entry, line)| (*entry, line.offset));
    lines.into_iter().map(|(_, line)| line).collect()
}

/// The lines of one side of a conversation, each with the number of the entry in which it ends.
fn side(
    transcript: &Transcript,
    (on, who): (u32, Who),
    agreed: Option<Parameters>,
    lines: &mut Vec<(usize, Line)>,
) {
    let sender = if who == transcript.target_role.server(on) {
        Role::Server
    } else {
        Role::Client
    };
    let mut stream = Vec::new();
    // Where each entry ends in the stream, and its number.
    let mut ends = Vec::new();
    for (number, entry) in numbered(transcript, on, who) {
        if let What::Bytes(bytes) = &entry.what {
            stream.extend_from_slice(bytes);
            ends.push((stream.len() as u64, number));
        } else {
            lines.push((number, event(entry)));
        }
    }
    for node in Dissector::new(sender).agreeing(agreed).connection(&stream) {
        let of_head = node.kind == NodeKind::Head;
        for part in parts(node) {
            let end = part.offset + part.length as u64;
            let entry = ends
                .get(ends.partition_point(|(entry_end, _)| *entry_end < end))
                .map_or(0, |(_, number)| *number);
            let start = part.offset as usize;
            lines.push((
                entry,
                Line {
                    at_us: transcript.entries[entry].at_us,
                    who,
                    offset: Some(part.offset),
                    of_head,
                    hex: hex(&stream[start..start + part.length]),
                    meaning: part.meaning,
                    meaning_starts: 0,
                    faults: part.faults,
                },
            ));
        }
    }
}

/// The entries of one side of a conversation, with their numbers.
fn numbered(transcript: &Transcript, on: u32, who: Who) -> impl Iterator<Item = (usize, &Entry)> {
    transcript
        .entries
        .iter()
        .enumerate()
        .filter(move |(_, entry)| entry.who == who && entry.on == on)
}

/// The front of `bytes` in hex; nothing if they are text.
fn hex(bytes: &[u8]) -> String {
    let text = bytes
        .iter()
        .all(|b| b.is_ascii_graphic() || b" \t\r\n".contains(b));
    if text {
        String::new()
    } else {
        dissect::hex(bytes, SHOWN_BYTES)
    }
}

/// The lines of a head, each with the faults that speak of it; anything else as it is.
fn parts(node: Node) -> Vec<Node> {
    if node.kind != NodeKind::Head {
        return vec![node];
    }
    let mut lines = node.parts;
    if let Some(last) = lines.last_mut() {
        last.faults.extend(node.faults);
    }
    caret::place(&mut lines);
    lines
}

/// The terms of permessage-deflate in the 101, whichever side sent it.
fn agreed(transcript: &Transcript, on: u32) -> Option<Parameters> {
    let mut sent = Vec::new();
    for (_, entry) in numbered(transcript, on, transcript.target_role.server(on)) {
        if let What::Bytes(bytes) = &entry.what {
            sent.extend_from_slice(bytes);
        }
    }
    dissect::agreed(&sent)
}

/// The same log with each head shortened to its first line.
pub fn without_heads(lines: Vec<Line>) -> Vec<Line> {
    let mut short: Vec<Line> = Vec::new();
    // Whether the line before belongs to the same head, and whether that is marked as shortened.
    let mut marked = false;
    for line in lines {
        match short.last_mut() {
            Some(last) if line.of_head && last.of_head && last.who == line.who => {
                if !marked {
                    last.meaning.push_str(" …");
                    marked = true;
                }
            }
            _ => {
                marked = false;
                short.push(line);
            }
        }
    }
    short
}

/// The line of an event without bytes.
fn event(entry: &Entry) -> Line {
    let meaning = match entry.what {
        What::Fin => "(end of stream)".into(),
        What::Truncated => "(end of TCP without close_notify)".into(),
        What::Hello(Some(ref name)) => {
            format!("(ClientHello for {})", dissect::printable(name.as_bytes()))
        }
        What::Hello(None) => "(ClientHello without a server name)".into(),
        What::Alert(number) => format!("(TLS alert: {})", Alert(number)),
        What::Fields(ref fields) => {
            let lines = fields.iter().map(|(name, value)| {
                let line = format!("{name}: {value}");
                dissect::printable(line.as_bytes())
            });
            format!("(fields) {}", lines.collect::<Vec<_>>().join(" · "))
        }
        What::Rst => "(reset)".into(),
        What::StreamReset(code) => format!("(RESET_STREAM: {})", ErrorCode(code)),
        What::StreamStopped(code) => format!("(STOP_SENDING: {})", ErrorCode(code)),
        What::ConnectionClosed(Some(code)) => format!("(CONNECTION_CLOSE: {})", ErrorCode(code)),
        What::ConnectionClosed(None) => "(end of the connection)".into(),
        What::Left(1) => "(1 more byte, not kept)".into(),
        What::Left(n) => format!("({n} more bytes, not kept)"),
        What::TimedOut => "(the suite stopped waiting)".into(),
        What::ServesAnother(true) => "(another connection is served)".into(),
        What::ServesAnother(false) => "(no other connection is served)".into(),
        What::Bytes(_) => String::new(),
    };
    Line {
        at_us: entry.at_us,
        who: entry.who,
        offset: None,
        of_head: false,
        hex: String::new(),
        meaning,
        meaning_starts: 0,
        faults: Vec::new(),
    }
}
