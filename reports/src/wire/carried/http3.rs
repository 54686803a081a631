//! The wire log of a connection of HTTP/3: a channel of the transcript is a stream of QUIC, by its
//! number and 1.

use std::collections::BTreeMap;

use wsspec_core::http3::{Part, PartReader, frame as h3, parts, qpack, settings, varint};

use super::super::{Line, event};
use super::{Conversations, MAX_LIST, fields, line, role, sorted};
use crate::streams::{Requests, stream_of};
use crate::{Entry, Transcript, What, Who};

/// Takes a transcript over HTTP/3 apart.
pub(in crate::wire) fn lines(transcript: &Transcript) -> Vec<Line> {
    let mut log = Log {
        transcript,
        readers: BTreeMap::new(),
        requests: Requests::default(),
        conversations: Conversations::default(),
        lines: Vec::new(),
    };
    for (number, entry) in transcript.entries.iter().enumerate() {
        log.entry(number, entry);
    }
    let Log {
        mut lines,
        conversations,
        ..
    } = log;
    lines.extend(conversations.inner(transcript));
    sorted(lines)
}

/// The log, while it is written.
struct Log<'a> {
    transcript: &'a Transcript,
    readers: BTreeMap<(bool, u64), PartReader>,
    requests: Requests,
    conversations: Conversations,
    lines: Vec<(usize, Line)>,
}

impl Log<'_> {
    fn entry(&mut self, number: usize, entry: &Entry) {
        let (What::Bytes(bytes), Some(stream)) = (&entry.what, stream_of(entry.on)) else {
            let mut line = event(entry);
            if let Some(stream) = stream_of(entry.on).filter(|_| is_of_stream(&entry.what)) {
                line.meaning = format!("{} on stream {stream}", line.meaning);
            }
            self.lines.push((number, line));
            return;
        };
        let side = (entry.who == Who::Target, stream);
        let reader = self
            .readers
            .entry(side)
            .or_insert_with(|| PartReader::new(stream));
        for part in reader.parts(bytes) {
            let (at, meaning) = match part {
                Part::Type(kind) => {
                    let name = parts::type_name(kind).unwrap_or("stream of an unknown type");
                    (0, format!("stream {stream}: {name}"))
                }
                Part::Other(at, bytes) => (at, format!("{} bytes on stream {stream}", bytes.len())),
                Part::Content(at, content) => {
                    let on = self.requests.number(stream);
                    let conversation = self.conversations.get(on);
                    conversation.side(entry.who).add(&content, at, number);
                    continue;
                }
                Part::Frame { head, payload, .. } => {
                    (head.at, self.frame(entry, stream, head, &payload))
                }
            };
            self.lines.push((number, line(entry, at, meaning)));
        }
    }

    /// A frame in one line.
    fn frame(&mut self, entry: &Entry, stream: u64, head: h3::Head, payload: &[u8]) -> String {
        let name = h3::name(head.kind).unwrap_or("frame of an unknown type");
        let what = match head.kind {
            h3::SETTINGS => settings_words(payload),
            h3::DATA => format!("{} bytes", head.length),
            h3::GOAWAY => {
                let id = varint::read(payload).map_or(0, |(id, _)| id);
                format!("from {id} on")
            }
            h3::HEADERS => {
                let on = self.requests.headers(stream);
                match qpack::read(payload, MAX_LIST) {
                    Ok(read) => {
                        let sender = role(self.transcript, entry.who);
                        self.conversations.get(on).agree(sender, &read);
                        fields(&read)
                    }
                    Err(_) => "fields that cannot be read".to_owned(),
                }
            }
            _ => String::new(),
        };
        let colon = if what.is_empty() { "" } else { ": " };
        format!("{name} on stream {stream}{colon}{what}")
    }
}

/// Whether it happened to a stream, and not to the connection.
const fn is_of_stream(what: &What) -> bool {
    matches!(
        what,
        What::Fin | What::StreamReset(_) | What::StreamStopped(_)
    )
}

fn settings_words(payload: &[u8]) -> String {
    let read = settings::read(payload).unwrap_or_default().into_iter();
    super::settings(read.map(|(id, value)| (id, value, settings::name(id))))
}
