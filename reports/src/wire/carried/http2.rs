//! The wire log of a connection of HTTP/2.

use wsspec_core::Role;
use wsspec_core::http2::hpack::Decoder;
use wsspec_core::http2::{ErrorCode, FrameReader, RawFrame, frame as h2, settings};

use super::super::{Line, event};
use super::{Conversation, Conversations, MAX_LIST, fields, line, role, sorted};
use crate::streams::Numbers;
use crate::{Transcript, What, Who};

/// Bytes of a frame head and of its padding length that come before the content of DATA.
const BEFORE_CONTENT: usize = 9;

/// One direction, while it is read.
struct Direction {
    sender: Role,
    frames: FrameReader,
    fields: Decoder,
    /// A field block that is not complete.
    block: Vec<u8>,
}

/// Takes a transcript over HTTP/2 apart.
pub(in crate::wire) fn lines(transcript: &Transcript) -> Vec<Line> {
    let mut directions = [Who::Suite, Who::Target].map(|who| {
        let sender = role(transcript, who);
        Direction {
            sender,
            frames: FrameReader::new(sender == Role::Client),
            fields: Decoder::new(MAX_LIST),
            block: Vec::new(),
        }
    });
    let mut numbers = Numbers::default();
    let mut conversations = Conversations::default();
    let mut lines: Vec<(usize, Line)> = Vec::new();
    for (number, entry) in transcript.entries.iter().enumerate() {
        let What::Bytes(bytes) = &entry.what else {
            lines.push((number, event(entry)));
            continue;
        };
        let direction = &mut directions[usize::from(entry.who == Who::Target)];
        for frame in direction.frames.frames(bytes) {
            let on = numbers.of(&frame, direction.sender == Role::Client);
            let conversation = conversations.get(on);
            let meaning = direction.meaning(&frame, conversation);
            if frame.head.kind == h2::DATA {
                let padded = usize::from(frame.head.has(h2::PADDED));
                let at = frame.at + (BEFORE_CONTENT + padded) as u64;
                let content = frame.content().unwrap_or_default();
                conversation.side(entry.who).add(content, at, number);
            }
            lines.push((number, line(entry, frame.at, meaning)));
        }
    }
    lines.extend(conversations.inner(transcript));
    sorted(lines)
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
                let Ok(read) = self.fields.read(&block) else {
                    return "fields that cannot be read".to_owned();
                };
                conversation.agree(self.sender, &read);
                fields(&read)
            }
            _ => String::new(),
        }
    }
}

/// The number that a payload begins with.
fn number(payload: &[u8]) -> u32 {
    let bytes = payload.first_chunk::<4>().copied().unwrap_or_default();
    u32::from_be_bytes(bytes)
}

fn settings_words(payload: &[u8]) -> String {
    let read = settings::read(payload).unwrap_or_default().into_iter();
    super::settings(read.map(|(id, value)| (id.into(), value.into(), settings::name(id))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Entry;

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
            target_role: crate::TargetRole::Server,
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
