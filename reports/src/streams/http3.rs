//! Conversations over HTTP/3. A channel of the transcript is a stream of QUIC, by its number and 1.

use std::collections::BTreeMap;

use wsspec_core::http3::{Part, PartReader, frame};

use super::Places;
use crate::{Entry, Transcript, What, Who};

/// The stream of a channel; `None` for the connection itself.
pub(crate) fn stream_of(channel: u32) -> Option<u64> {
    channel.checked_sub(1).map(u64::from)
}

/// The numbers of the conversations: in the order in which fields came on their streams.
#[derive(Debug, Default)]
pub(crate) struct Requests(BTreeMap<u64, u32>);

impl Requests {
    /// The conversation of a stream on which fields came.
    pub(crate) fn headers(&mut self, stream: u64) -> u32 {
        let next = self.0.len() as u32 + 1;
        *self.0.entry(stream).or_insert(next)
    }

    /// The conversation of a stream.
    pub(crate) fn number(&self, stream: u64) -> u32 {
        self.known(stream).unwrap_or(1)
    }

    fn known(&self, stream: u64) -> Option<u32> {
        self.0.get(&stream).copied()
    }
}

/// The entry of a transcript as one of this conversation.
fn happened(entry: &Entry, on: u32, what: What) -> Entry {
    Entry {
        on,
        what,
        ..entry.clone()
    }
}

/// What happened in the conversations.
pub(super) fn conversations(transcript: &Transcript) -> Vec<Entry> {
    let mut readers: BTreeMap<(bool, u64), PartReader> = BTreeMap::new();
    let mut requests = Requests::default();
    let mut entries = Vec::new();
    for entry in &transcript.entries {
        let stream = stream_of(entry.on);
        let on = stream.and_then(|stream| requests.known(stream));
        match (&entry.what, stream) {
            (What::Bytes(bytes), Some(stream)) => {
                let reader = readers
                    .entry((entry.who == Who::Target, stream))
                    .or_insert_with(|| PartReader::new(stream));
                for part in reader.parts(bytes) {
                    match part {
                        Part::Frame { head, .. } if head.kind == frame::HEADERS => {
                            requests.headers(stream);
                        }
                        Part::Content(_, bytes) => {
                            entries.push(happened(
                                entry,
                                requests.number(stream),
                                What::Bytes(bytes),
                            ));
                        }
                        Part::Frame { .. } | Part::Type(_) | Part::Other(..) => {}
                    }
                }
            }
            (What::Fin, _) => entries.extend(on.map(|on| happened(entry, on, What::Fin))),
            (What::StreamReset(_), _) => {
                entries.extend(on.map(|on| happened(entry, on, What::Rst)));
            }
            (What::StreamStopped(_) | What::Bytes(_), _) => {}
            (What::ConnectionClosed(_), _) => {
                let every = 1..=requests.0.len() as u32;
                entries.extend(every.map(|on| happened(entry, on, What::Rst)));
            }
            (_, _) => entries.push(entry.clone()),
        }
    }
    entries
}

/// Where the fields are that a side sent.
pub(super) fn fields(transcript: &Transcript, side: Who) -> Places {
    let mut readers: BTreeMap<u32, PartReader> = BTreeMap::new();
    let mut places = Places::new();
    for entry in transcript.entries.iter().filter(|entry| entry.who == side) {
        let (What::Bytes(bytes), Some(stream)) = (&entry.what, stream_of(entry.on)) else {
            continue;
        };
        let reader = readers
            .entry(entry.on)
            .or_insert_with(|| PartReader::new(stream));
        for part in reader.parts(bytes) {
            if let Part::Frame {
                head,
                payload_at,
                payload,
            } = part
                && head.kind == frame::HEADERS
            {
                let start = payload_at as usize;
                let place = start..start + payload.len();
                places.entry(entry.on).or_default().push(place);
            }
        }
    }
    places
}
