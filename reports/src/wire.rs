//! The wire log: a stored transcript as annotated heads and frames, in the order in which they went.

use wsspec_core::Role;
use wsspec_core::deflate::negotiation::Parameters;
use wsspec_core::dissect::{self, Dissector, Node, NodeKind};
use wsspec_core::violation::Fault;

use crate::{TargetRole, Transcript, What, Who};

/// One line of the wire log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// When, in microseconds from the start of the case.
    pub at_us: u64,
    /// Who sent it.
    pub who: Who,
    /// Offset in what this side sent; `None` for what is no bytes.
    pub offset: Option<u64>,
    /// The first bytes, in hex.
    pub hex: String,
    /// What it means.
    pub meaning: String,
    /// Rules it breaks.
    pub faults: Vec<Fault>,
}

/// Bytes shown in hex on a line.
const SHOWN: usize = 12;

/// Takes a transcript apart.
pub fn lines(transcript: &Transcript) -> Vec<Line> {
    let mut lines: Vec<(usize, Line)> = Vec::new();
    let agreed = agreed(transcript);
    for who in [Who::Suite, Who::Target] {
        let sender = match (who, transcript.target_role) {
            (Who::Suite, TargetRole::Server) | (Who::Target, TargetRole::Client) => Role::Client,
            (Who::Suite, TargetRole::Client) | (Who::Target, TargetRole::Server) => Role::Server,
        };
        let mut stream = Vec::new();
        // Where each entry ends in the stream.
        let mut ends = Vec::new();
        for (i, entry) in transcript
            .entries
            .iter()
            .enumerate()
            .filter(|(_, e)| e.who == who)
        {
            match &entry.what {
                What::Bytes(bytes) => {
                    stream.extend_from_slice(bytes);
                    ends.push((stream.len() as u64, i));
                }
                other => lines.push((
                    i,
                    Line {
                        at_us: entry.at_us,
                        who,
                        offset: None,
                        hex: String::new(),
                        meaning: end_text(other),
                        faults: Vec::new(),
                    },
                )),
            }
        }
        let nodes = Dissector::new(sender).agreeing(agreed).connection(&stream);
        for Node {
            offset,
            length,
            meaning,
            faults,
            ..
        } in nodes.into_iter().flat_map(in_lines)
        {
            let entry = ends.partition_point(|(end, _)| *end < offset + length as u64);
            let entry = ends.get(entry).map_or(0, |(_, i)| *i);
            let at = offset as usize;
            let text = stream[at..at + length]
                .iter()
                .all(|b| b.is_ascii_graphic() || b" \t\r\n".contains(b));
            let hex = if text {
                String::new()
            } else {
                dissect::hex(&stream[at..at + length], SHOWN)
            };
            lines.push((
                entry,
                Line {
                    at_us: transcript.entries[entry].at_us,
                    who,
                    offset: Some(offset),
                    hex,
                    meaning,
                    faults,
                },
            ));
        }
    }
    lines.sort_by_key(|(entry, line)| (*entry, line.offset));
    lines.into_iter().map(|(_, line)| line).collect()
}

/// A head line by line, what is wrong with it as a whole on its last; anything else as it is.
fn in_lines(node: Node) -> Vec<Node> {
    if node.kind != NodeKind::Head {
        return vec![node];
    }
    let mut lines = node.parts;
    if let Some(last) = lines.last_mut() {
        last.faults.extend(node.faults);
    }
    lines
}

/// The terms of permessage-deflate in the 101, whoever sent it.
fn agreed(transcript: &Transcript) -> Option<Parameters> {
    let server = match transcript.target_role {
        TargetRole::Server => Who::Target,
        TargetRole::Client => Who::Suite,
    };
    let sent = transcript
        .entries
        .iter()
        .filter(|e| e.who == server)
        .filter_map(|e| match &e.what {
            What::Bytes(bytes) => Some(bytes.as_slice()),
            _ => None,
        });
    dissect::agreed(&sent.collect::<Vec<_>>().concat())
}

/// The same log with each head shortened to its first line.
pub fn without_heads(lines: Vec<Line>) -> Vec<Line> {
    let mut short: Vec<Line> = Vec::new();
    for line in lines {
        let of_head = line.offset.is_some() && line.hex.is_empty();
        match short.last_mut() {
            Some(last)
                if of_head
                    && last.offset.is_some()
                    && last.hex.is_empty()
                    && last.who == line.who =>
            {
                if !last.meaning.ends_with(" …") {
                    last.meaning.push_str(" …");
                }
            }
            _ => short.push(line),
        }
    }
    short
}

fn end_text(what: &What) -> String {
    match what {
        What::Fin => "(end of TCP)".into(),
        What::Rst => "(reset of TCP)".into(),
        What::Left(n) => format!("({n} more bytes, not kept)"),
        What::TimedOut => "(waited long enough)".into(),
        What::ServesAnother(true) => "(another connection is served)".into(),
        What::ServesAnother(false) => "(no other connection is served)".into(),
        What::Bytes(_) => String::new(),
    }
}
