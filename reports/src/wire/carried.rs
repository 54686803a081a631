//! The wire log of a connection that carries conversations: the frames of HTTP/2, each with what is
//! in it, and below DATA the frames of the WebSocket. Offsets are those of the connection.

use wsspec_core::Role;
use wsspec_core::deflate::negotiation::{self, Parameters};
use wsspec_core::dissect::{self, Dissector};
use wsspec_core::handshake::{Extension, parse_extensions};
use wsspec_core::http2::hpack::Decoder;
use wsspec_core::http2::{Field, FrameReader, RawFrame, frame as h2, settings};
use wsspec_core::violation::Fault;

use super::{Line, event, hex};
use crate::streams::Numbers;
use crate::{Transcript, What, Who};

/// Bytes of a list of fields that are read.
const MAX_LIST: usize = 64 << 10;

/// Bytes of a frame head and of its padding length that come before the content of DATA.
const BEFORE_CONTENT: usize = 9;

/// One direction, while it is read.
struct Direction {
    who: Who,
    sender: Role,
    frames: FrameReader,
    fields: Decoder,
    /// A field block that is not complete.
    block: Vec<u8>,
}

/// The content of DATA in one direction of a conversation.
#[derive(Default)]
struct Content {
    bytes: Vec<u8>,
    /// For each DATA frame: where its content begins in `bytes`, where in the connection, and the entry.
    places: Vec<(usize, u64, usize)>,
}

impl Content {
    /// Where a byte of the content is in the connection, and in which entry.
    fn place(&self, offset: u64) -> Option<(u64, usize)> {
        let offset = offset as usize;
        let after = self
            .places
            .partition_point(|(begins, ..)| *begins <= offset);
        let (begins, at, entry) = *self.places.get(after.checked_sub(1)?)?;
        Some((at + (offset - begins) as u64, entry))
    }

    /// Faults of the content, with their places in the connection.
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
    sides: [Content; 2],
    offered: Vec<Extension>,
    agreed: Option<Parameters>,
}

/// Takes a transcript over HTTP/2 apart.
pub(super) fn lines(transcript: &Transcript) -> Vec<Line> {
    let server = transcript.target_role.server();
    let mut directions = [Who::Suite, Who::Target].map(|who| {
        let sender = if who == server {
            Role::Server
        } else {
            Role::Client
        };
        Direction {
            who,
            sender,
            frames: FrameReader::new(sender == Role::Client),
            fields: Decoder::new(MAX_LIST),
            block: Vec::new(),
        }
    });
    let mut numbers = Numbers::default();
    let mut conversations: Vec<Conversation> = Vec::new();
    let mut lines: Vec<(usize, Line)> = Vec::new();
    for (number, entry) in transcript.entries.iter().enumerate() {
        let What::Bytes(bytes) = &entry.what else {
            lines.push((number, event(entry)));
            continue;
        };
        let direction = &mut directions[usize::from(entry.who == Who::Target)];
        for frame in direction.frames.frames(bytes) {
            let on = numbers.of(&frame, direction.sender == Role::Client) as usize;
            while conversations.len() < on {
                conversations.push(Conversation::default());
            }
            let conversation = &mut conversations[on - 1];
            let meaning = direction.meaning(&frame, conversation);
            if frame.head.kind == h2::DATA {
                let content = frame.content().unwrap_or_default();
                let padded = usize::from(frame.head.has(h2::PADDED));
                let side = &mut conversation.sides[usize::from(entry.who == Who::Target)];
                let at = frame.at + (BEFORE_CONTENT + padded) as u64;
                side.places.push((side.bytes.len(), at, number));
                side.bytes.extend_from_slice(content);
            }
            lines.push((
                number,
                Line {
                    at_us: entry.at_us,
                    who: entry.who,
                    offset: Some(frame.at),
                    of_head: false,
                    hex: String::new(),
                    meaning,
                    meaning_starts: 0,
                    faults: Vec::new(),
                },
            ));
        }
    }
    for (on, conversation) in (1..).zip(&conversations) {
        for direction in &directions {
            let content = &conversation.sides[usize::from(direction.who == Who::Target)];
            inner(
                transcript,
                (on, direction),
                content,
                conversation.agreed,
                &mut lines,
            );
        }
    }
    lines.sort_by_key(|(entry, line)| (*entry, line.offset));
    lines.into_iter().map(|(_, line)| line).collect()
}

/// The frames of the WebSocket in one direction of a conversation.
fn inner(
    transcript: &Transcript,
    (on, direction): (u32, &Direction),
    content: &Content,
    agreed: Option<Parameters>,
    lines: &mut Vec<(usize, Line)>,
) {
    for node in Dissector::new(direction.sender)
        .agreeing(agreed)
        .frames(&content.bytes, 0)
    {
        let start = node.offset as usize;
        let Some((at, entry)) = content.place(node.offset) else {
            continue;
        };
        let which = if on > 1 {
            format!("  [{on}] ")
        } else {
            "  ".to_owned()
        };
        lines.push((
            entry,
            Line {
                at_us: transcript.entries[entry].at_us,
                who: direction.who,
                offset: Some(at),
                of_head: false,
                hex: hex(&content.bytes[start..start + node.length]),
                meaning: format!("{which}{}", node.meaning),
                meaning_starts: which.len(),
                faults: content.placed(&node.faults),
            },
        ));
    }
}

impl Direction {
    /// A frame in one line.
    fn meaning(&mut self, frame: &RawFrame, conversation: &mut Conversation) -> String {
        let head = frame.head;
        let name = h2::kind_name(head.kind).unwrap_or("frame of an unknown type");
        let mut text = match head.stream {
            0 => name.to_owned(),
            stream => format!("{name} on stream {stream}"),
        };
        let acknowledges = matches!(head.kind, h2::SETTINGS | h2::PING) && head.has(h2::ACK);
        if acknowledges {
            text.push_str(", acknowledged");
        }
        let may_end = matches!(head.kind, h2::DATA | h2::HEADERS);
        if may_end && head.has(h2::END_STREAM) {
            text.push_str(", END_STREAM");
        }
        let what = self.what(frame, conversation);
        if !what.is_empty() {
            text.push_str(": ");
            text.push_str(&what);
        }
        text
    }

    fn what(&mut self, frame: &RawFrame, conversation: &mut Conversation) -> String {
        let number = |bytes: &[u8]| {
            let bytes = bytes.first_chunk::<4>().copied().unwrap_or_default();
            u32::from_be_bytes(bytes)
        };
        match frame.head.kind {
            h2::SETTINGS => settings_words(&frame.payload),
            h2::WINDOW_UPDATE => format!("{} more bytes", number(&frame.payload)),
            h2::RST_STREAM => format!("error {:#x}", number(&frame.payload)),
            h2::GOAWAY => format!(
                "up to stream {}, error {:#x}",
                number(&frame.payload),
                number(frame.payload.get(4..).unwrap_or_default())
            ),
            h2::DATA => format!("{} bytes", frame.content().unwrap_or_default().len()),
            h2::HEADERS | h2::CONTINUATION => {
                let bytes = if frame.head.kind == h2::HEADERS {
                    frame.content().unwrap_or_default()
                } else {
                    &frame.payload
                };
                let skipped = 5 * usize::from(
                    frame.head.kind == h2::HEADERS && frame.head.has(h2::PRIORITY_FLAG),
                );
                self.block.extend(bytes.iter().skip(skipped));
                if !frame.head.has(h2::END_HEADERS) {
                    return "…".to_owned();
                }
                let block = std::mem::take(&mut self.block);
                let Ok(fields) = self.fields.read(&block) else {
                    return "fields that cannot be read".to_owned();
                };
                self.agree(&fields, conversation);
                fields.iter().map(field).collect::<Vec<_>>().join(", ")
            }
            _ => String::new(),
        }
    }

    /// Notes what a head offers or agrees to.
    fn agree(&self, fields: &[Field], conversation: &mut Conversation) {
        let named = fields
            .iter()
            .filter(|(name, _)| name == b"sec-websocket-extensions");
        let extensions: Vec<Extension> = named
            .filter_map(|(_, value)| parse_extensions(value).ok())
            .flatten()
            .collect();
        match self.sender {
            Role::Client => conversation.offered.extend(extensions),
            Role::Server => {
                let terms = negotiation::judge(&extensions, &conversation.offered).0;
                conversation.agreed = conversation.agreed.or(terms);
            }
        }
    }
}

fn field((name, value): &Field) -> String {
    let (name, value) = (dissect::printable(name), dissect::printable(value));
    format!("{name} {value}")
}

fn settings_words(payload: &[u8]) -> String {
    let words = settings::read(payload)
        .unwrap_or_default()
        .into_iter()
        .map(|(id, value)| match settings::name(id) {
            Some(name) => format!("{name} = {value}"),
            None => format!("{id:#x} = {value}"),
        });
    words.collect::<Vec<_>>().join(", ")
}
