//! The wire log of a connection that carries conversations: the frames of HTTP/2, each with what is
//! in it, and below DATA the frames of the WebSocket. Offsets are those of the connection.

use wsspec_core::Role;
use wsspec_core::deflate::negotiation::{self, Parameters};
use wsspec_core::dissect::{self, Dissector};
use wsspec_core::handshake::{Extension, parse_extensions};
use wsspec_core::http2::hpack::Decoder;
use wsspec_core::http2::{ErrorCode, Field, FrameReader, RawFrame, frame as h2, message, settings};

use super::{Line, event, hex};
use crate::streams::Numbers;
use crate::{Transcript, What, Who};

/// Bytes of a list of fields that are read.
const MAX_LIST: usize = 64 << 10;

/// Bytes of a page that are shown of each frame.
const MOST_OF_A_PAGE: usize = 120;

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

/// What was read of a conversation.
#[derive(Default)]
struct Conversation {
    sides: [Content; 2],
    offered: Vec<Extension>,
    agreed: Option<Parameters>,
    /// The final response is no 2xx: what the server sends is a page.
    refused: bool,
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
            if conversation.refused && direction.sender == Role::Server {
                lines.extend(page(transcript, (on, direction), content));
                continue;
            }
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

/// The content of a response that opens no WebSocket.
fn page(
    transcript: &Transcript,
    (on, direction): (u32, &Direction),
    content: &Content,
) -> Vec<(usize, Line)> {
    let ends = content.places.iter().skip(1).map(|(begins, ..)| *begins);
    let pieces = content.places.iter().zip(ends.chain([content.bytes.len()]));
    let line = |((begins, at, entry), end): (&(usize, u64, usize), usize)| {
        let bytes = &content.bytes[*begins..end];
        let which = which(on);
        let shown = &bytes[..bytes.len().min(MOST_OF_A_PAGE)];
        let rest = if shown.len() < bytes.len() { "…" } else { "" };
        let line = Line {
            at_us: transcript.entries[*entry].at_us,
            who: direction.who,
            offset: Some(*at),
            of_head: false,
            hex: String::new(),
            meaning: format!("{which}{}{rest}", dissect::printable(shown)),
            meaning_starts: which.len(),
            faults: Vec::new(),
        };
        (*entry, line)
    };
    pieces
        .filter(|((begins, ..), end)| begins < end)
        .map(line)
        .collect()
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
        let after = content
            .places
            .partition_point(|(begins, ..)| *begins <= start);
        let Some((begins, at, entry)) = after.checked_sub(1).map(|i| content.places[i]) else {
            continue;
        };
        let which = which(on);
        lines.push((
            entry,
            Line {
                at_us: transcript.entries[entry].at_us,
                who: direction.who,
                offset: Some(at + (start - begins) as u64),
                of_head: false,
                hex: hex(&content.bytes[start..start + node.length]),
                meaning: format!("{which}{}", node.meaning),
                meaning_starts: which.len(),
                faults: node.faults,
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
            h2::RST_STREAM => ErrorCode(number(&frame.payload)).to_string(),
            h2::GOAWAY => format!(
                "up to stream {}, {}",
                number(&frame.payload),
                ErrorCode(number(frame.payload.get(4..).unwrap_or_default()))
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
                conversation.refused |= message::status(fields).is_some_and(is_refusal);
                conversation.agreed = conversation.agreed.or(terms);
            }
        }
    }
}

/// Whether a final response with this status opens nothing.
fn is_refusal(status: u16) -> bool {
    status >= 300
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Entry, TargetRole};

    fn entry(who: Who, frames: &[(u8, u8, u32, &[u8])]) -> Entry {
        let mut bytes = Vec::new();
        for (kind, flags, stream, payload) in frames {
            h2::write(*kind, *flags, *stream, payload, &mut bytes);
        }
        Entry {
            at_us: 0,
            on: 1,
            who,
            what: What::Bytes(bytes),
        }
    }

    /// The page of a refusal is no frame of a WebSocket, and error codes have names.
    #[test]
    fn a_refusal_is_text() {
        let ended = h2::END_HEADERS;
        let said = [
            (h2::HEADERS, ended, 1, &b"\x8c"[..]),
            (h2::DATA, h2::END_STREAM, 1, b"no such page"),
            (h2::RST_STREAM, 0, 1, &[0, 0, 0, 8]),
        ];
        let transcript = Transcript {
            target_role: TargetRole::Server,
            circumstances: None,
            entries: vec![entry(Who::Target, &said)],
        };
        let lines: Vec<String> = lines(&transcript).into_iter().map(|l| l.meaning).collect();
        assert_eq!(
            lines[1..],
            [
                "DATA on stream 1, END_STREAM: 12 bytes",
                "  no such page",
                "RST_STREAM on stream 1: CANCEL",
            ]
        );
    }
}
