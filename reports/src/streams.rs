//! The conversations in a transcript over HTTP/2, as if each had a connection of its own.
//!
//! A transcript keeps what was on the wire: the frames of HTTP/2, in which the bytes of a WebSocket
//! are the content of DATA. What looks at messages and frames wants those alone.

use std::borrow::Cow;
use std::collections::BTreeMap;

use wsspec_core::http2::frame::{self, HEAD};
use wsspec_core::http2::{FrameReader, RawFrame};

use crate::{Entry, Transcript, Transport, What, Who};

/// The transcript with the bytes of the WebSocket alone, in the conversations to which they belong,
/// without their opening handshakes. One over HTTP/1.1 is given back as it is.
pub fn conversations(transcript: &Transcript) -> Cow<'_, Transcript> {
    let over = transcript.circumstances.as_ref().map(|known| known.over);
    if over != Some(Transport::H2) {
        return Cow::Borrowed(transcript);
    }
    let server = transcript.target_role.server();
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
    Cow::Owned(Transcript {
        target_role: transcript.target_role,
        circumstances: transcript.circumstances.clone(),
        entries,
    })
}

/// Overwrites the payload of what one side sent as fields, which are compressed, so that no secret
/// among them is left. Lengths stay.
pub fn blank_fields(transcript: &mut Transcript, side: Who) {
    let client = transcript.target_role.server() != side;
    let mut frames = FrameReader::new(client);
    let mut places = Vec::new();
    for entry in transcript.entries.iter().filter(|entry| entry.who == side) {
        if let What::Bytes(bytes) = &entry.what {
            let of_fields = frames
                .frames(bytes)
                .into_iter()
                .filter(|frame| matches!(frame.head.kind, frame::HEADERS | frame::CONTINUATION));
            places.extend(of_fields.map(|frame| {
                let start = frame.at as usize + HEAD;
                start..start + frame.payload.len()
            }));
        }
    }
    let mut at = 0;
    for entry in transcript
        .entries
        .iter_mut()
        .filter(|entry| entry.who == side)
    {
        if let What::Bytes(bytes) = &mut entry.what {
            for place in &places {
                let start = place.start.clamp(at, at + bytes.len()) - at;
                let end = place.end.clamp(at, at + bytes.len()) - at;
                bytes[start..end].fill(0);
            }
            at += bytes.len();
        }
    }
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
