//! The wire log of a connection that carries conversations: the frames of HTTP/2 or HTTP/3, each with
//! what is in it, and below DATA the frames of the WebSocket. Offsets are those of the connection of
//! HTTP/2, or of the stream of HTTP/3.

mod http2;
mod http3;

use wsspec_core::Role;
use wsspec_core::deflate::message::Context;
use wsspec_core::deflate::negotiation::{self, Parameters};
use wsspec_core::dissect::{self, Dissector};
use wsspec_core::handshake::{Extension, parse_extensions};
use wsspec_core::http2::{Field, message};
use wsspec_core::violation::Fault;

use super::{Line, hex};
use crate::{Entry, Transcript, Who};

pub(super) use http2::lines as of_http2;
pub(super) use http3::lines as of_http3;

/// Bytes of a page that are shown of each frame.
const MOST_OF_A_PAGE: usize = 120;

/// Bytes of a list of fields that are read.
const MAX_LIST: usize = 64 << 10;

/// The content of DATA in one direction of a conversation.
#[derive(Default)]
struct Content {
    bytes: Vec<u8>,
    /// For each part of it: where it begins in `bytes`, where on the wire, and the entry.
    places: Vec<(usize, u64, usize)>,
}

impl Content {
    fn add(&mut self, bytes: &[u8], at: u64, entry: usize) {
        self.places.push((self.bytes.len(), at, entry));
        self.bytes.extend_from_slice(bytes);
    }

    /// Where a byte of the content is on the wire, and in which entry.
    fn place(&self, offset: u64) -> Option<(u64, usize)> {
        let offset = offset as usize;
        let after = self
            .places
            .partition_point(|(begins, ..)| *begins <= offset);
        let (begins, at, entry) = *self.places.get(after.checked_sub(1)?)?;
        Some((at + (offset - begins) as u64, entry))
    }

    /// Faults of the content, with their places on the wire.
    fn placed(&self, faults: &[Fault]) -> Vec<Fault> {
        let faults = faults.iter().filter_map(|fault| {
            let (at, _) = self.place(fault.offset)?;
            Some(fault.violation.at(at))
        });
        faults.collect()
    }
}

/// What was read of a conversation.
#[derive(Default)]
struct Conversation {
    /// Of the suite, and of the target.
    sides: [Content; 2],
    /// What the request offers; `None` if there is none here, as in a capture of one direction.
    offered: Option<Vec<Extension>>,
    /// There is an answer.
    answered: bool,
    agreed: Option<Parameters>,
    /// The final response is no 2xx: what the server sends is a page.
    refused: bool,
}

impl Conversation {
    fn side(&mut self, who: Who) -> &mut Content {
        &mut self.sides[usize::from(who == Who::Target)]
    }

    /// Notes what a head of this role offers, agrees to or refuses.
    fn agree(&mut self, sender: Role, fields: &[Field]) {
        let named = fields
            .iter()
            .filter(|(name, _)| name == b"sec-websocket-extensions");
        let extensions: Vec<Extension> = named
            .filter_map(|(_, value)| parse_extensions(value).ok())
            .flatten()
            .collect();
        match sender {
            Role::Client => self.offered.get_or_insert_default().extend(extensions),
            Role::Server => {
                self.answered = true;
                let terms = match &self.offered {
                    Some(offered) => negotiation::judge(&extensions, offered).0,
                    None => extensions
                        .iter()
                        .filter(|answer| answer.name == negotiation::NAME)
                        .find_map(|answer| Parameters::of_answer(answer).ok()),
                };
                self.refused |= message::status(fields).is_some_and(is_refusal);
                self.agreed = self.agreed.or(terms);
            }
        }
    }

    /// How a side compresses. Without an answer here, by what was offered.
    fn compression(&self, sender: Role) -> Option<Context> {
        let agreed = self.agreed.map(|parameters| parameters.context(sender));
        let mut offers = self.offered.iter().flatten();
        let may = !self.answered && offers.any(|offer| offer.name == negotiation::NAME);
        agreed.or(may.then(Context::default))
    }
}

/// The conversations of a connection, by their number.
#[derive(Default)]
struct Conversations(Vec<Conversation>);

impl Conversations {
    fn get(&mut self, on: u32) -> &mut Conversation {
        let on = on.max(1) as usize;
        while self.0.len() < on {
            self.0.push(Conversation::default());
        }
        &mut self.0[on - 1]
    }

    /// The lines of the WebSocket frames in all of them.
    fn inner(&self, transcript: &Transcript) -> Vec<(usize, Line)> {
        let mut lines = Vec::new();
        for (on, conversation) in (1..).zip(&self.0) {
            for who in [Who::Suite, Who::Target] {
                if conversation.refused && role(transcript, who) == Role::Server {
                    lines.extend(page(transcript, (on, who), conversation));
                } else {
                    inner(transcript, (on, who), conversation, &mut lines);
                }
            }
        }
        lines
    }
}

/// The role of a side.
fn role(transcript: &Transcript, who: Who) -> Role {
    if who == transcript.target_role.server(1) {
        Role::Server
    } else {
        Role::Client
    }
}

/// Whether a final response with this status opens nothing.
fn is_refusal(status: u16) -> bool {
    status >= 300
}

/// The content of a response that opens no WebSocket.
fn page(
    transcript: &Transcript,
    (on, who): (u32, Who),
    conversation: &Conversation,
) -> Vec<(usize, Line)> {
    let content = &conversation.sides[usize::from(who == Who::Target)];
    let ends = content.places.iter().skip(1).map(|(begins, ..)| *begins);
    let pieces = content.places.iter().zip(ends.chain([content.bytes.len()]));
    pieces
        .filter(|((begins, ..), end)| begins < end)
        .map(|((begins, at, entry), end)| {
            let line = page_line(
                &transcript.entries[*entry],
                *at,
                on,
                &content.bytes[*begins..end],
            );
            (*entry, line)
        })
        .collect()
}

/// A piece of a page, as text.
fn page_line(entry: &Entry, at: u64, on: u32, bytes: &[u8]) -> Line {
    let which = which(on);
    let shown = &bytes[..bytes.len().min(MOST_OF_A_PAGE)];
    let rest = if shown.len() < bytes.len() { "…" } else { "" };
    let meaning = format!("{which}{}{rest}", dissect::printable(shown));
    Line {
        meaning_starts: which.len(),
        ..line(entry, at, meaning)
    }
}

/// What the lines of a conversation begin with.
fn which(on: u32) -> String {
    if on > 1 {
        format!("  [{on}] ")
    } else {
        "  ".to_owned()
    }
}

/// The frames of the WebSocket in one direction of a conversation.
fn inner(
    transcript: &Transcript,
    (on, who): (u32, Who),
    conversation: &Conversation,
    lines: &mut Vec<(usize, Line)>,
) {
    let content = &conversation.sides[usize::from(who == Who::Target)];
    let sender = role(transcript, who);
    for node in Dissector::new(sender)
        .compression(conversation.compression(sender))
        .frames(&content.bytes, 0)
    {
        let start = node.offset as usize;
        let Some((at, entry)) = content.place(node.offset) else {
            continue;
        };
        let which = which(on);
        let meaning = format!("{which}{}", node.meaning);
        lines.push((
            entry,
            Line {
                hex: hex(&content.bytes[start..start + node.length]),
                meaning_starts: which.len(),
                faults: content.placed(&node.faults),
                ..line(&transcript.entries[entry], at, meaning)
            },
        ));
    }
}

/// The line of a frame of HTTP/2 or HTTP/3.
fn line(entry: &Entry, offset: u64, meaning: String) -> Line {
    Line {
        at_us: entry.at_us,
        who: entry.who,
        offset: Some(offset),
        of_head: false,
        hex: String::new(),
        meaning,
        meaning_starts: 0,
        faults: Vec::new(),
    }
}

/// The lines in the order in which they were sent.
fn sorted(mut lines: Vec<(usize, Line)>) -> Vec<Line> {
    lines.sort_by_key(|(entry, line)| (*entry, line.offset));
    lines.into_iter().map(|(_, line)| line).collect()
}

/// Fields in one line.
fn fields(fields: &[Field]) -> String {
    let words = fields.iter().map(|(name, value)| {
        let (name, value) = (dissect::printable(name), dissect::printable(value));
        format!("{name} {value}")
    });
    words.collect::<Vec<_>>().join(", ")
}

/// Settings in one line, by name where they have one.
fn settings(settings: impl IntoIterator<Item = (u64, u64, Option<&'static str>)>) -> String {
    let words = settings.into_iter().map(|(id, value, name)| match name {
        Some(name) => format!("{name} = {value}"),
        None => format!("{id:#x} = {value}"),
    });
    words.collect::<Vec<_>>().join(", ")
}
