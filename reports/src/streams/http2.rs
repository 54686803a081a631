//! Conversations over HTTP/2.

use std::collections::BTreeMap;

use wsspec_core::http2::frame::{self, HEAD};
use wsspec_core::http2::{FrameReader, RawFrame};

use super::Places;
use crate::{Entry, Transcript, What, Who};

/// What happened in the conversations.
pub(super) fn conversations(transcript: &Transcript) -> Vec<Entry> {
    let server = transcript.target_role.server(1);
    let mut sides = [FrameReader::new(true), FrameReader::new(false)];
    let mut numbers = Numbers::default();
    let mut entries = Vec::new();
    for entry in &transcript.entries {
        let What::Bytes(bytes) = &entry.what else {
            entries.push(entry.clone());
            continue;
        };
        let side = &mut sides[usize::from(entry.who == server)];
        for frame in side.frames(bytes) {
            let on = numbers.of(&frame, entry.who != server);
            entries.extend(meant(&frame).into_iter().map(|what| Entry {
                on,
                what,
                ..entry.clone()
            }));
        }
    }
    entries
}

/// Where the fields are that a side sent.
pub(super) fn fields(transcript: &Transcript, side: Who) -> Places {
    let client = transcript.target_role.server(1) != side;
    let mut frames = FrameReader::new(client);
    let mut places = Places::new();
    for entry in transcript.entries.iter().filter(|entry| entry.who == side) {
        if let What::Bytes(bytes) = &entry.what {
            let of_fields = frames
                .frames(bytes)
                .into_iter()
                .filter(|frame| matches!(frame.head.kind, frame::HEADERS | frame::CONTINUATION));
            let on_channel = places.entry(entry.on).or_default();
            on_channel.extend(of_fields.map(|frame| {
                let start = frame.at as usize + HEAD;
                start..start + frame.payload.len()
            }));
        }
    }
    places
}

/// The numbers of the conversations: in the order in which the client opened their streams.
#[derive(Debug, Default)]
pub(crate) struct Numbers(BTreeMap<u32, u32>);

impl Numbers {
    /// The conversation of a frame.
    pub(crate) fn of(&mut self, frame: &RawFrame, from_client: bool) -> u32 {
        let next = self.0.len() as u32 + 1;
        let stream = frame.head.stream;
        if from_client && frame.head.kind == frame::HEADERS {
            return *self.0.entry(stream).or_insert(next);
        }
        self.0.get(&stream).copied().unwrap_or(1)
    }
}

/// What a frame means to the conversation of its stream.
fn meant(frame: &RawFrame) -> Vec<What> {
    let ends = frame.head.has(frame::END_STREAM);
    match frame.head.kind {
        frame::DATA => {
            let bytes = frame.content().unwrap_or_default().to_vec();
            let bytes = (!bytes.is_empty()).then_some(What::Bytes(bytes));
            bytes.into_iter().chain(ends.then_some(What::Fin)).collect()
        }
        frame::HEADERS if ends => vec![What::Fin],
        frame::RST_STREAM => vec![What::Rst],
        _ => Vec::new(),
    }
}
