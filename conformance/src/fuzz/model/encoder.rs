//! Writes the frames of a conversation as the engine does.

use wsspec_core::Role;
use wsspec_core::deflate::message::{Context, Deflator};

use super::ambiguity::is_ambiguous;
use crate::exchange::frame_bytes;
use crate::fuzz::plan::SendStep;
use wsspec_vectors::{Frame, SplitMix64};

/// Bounds the bytes that a conversation sends.
const MAX_BYTES: usize = 1 << 20;

/// Turns the frames of each step into bytes.
pub(super) struct Encoder {
    deflator: Option<Deflator>,
    /// Masking keys. The model reads the payloads only, so any will do.
    random: SplitMix64,
    sender: Role,
    /// Bytes written.
    written: usize,
}

impl Encoder {
    pub(super) fn new(context: Option<Context>, sender: Role) -> Encoder {
        Encoder {
            deflator: context.map(Deflator::new),
            random: SplitMix64(1),
            sender,
            written: 0,
        }
    }

    /// The bytes of each frame, the repetitions of the step included. `None` where a frame is not
    /// valid in the vector language or has no definite meaning, or the conversation becomes too
    /// large.
    pub(super) fn encode(&mut self, step: &SendStep) -> Option<Vec<Vec<u8>>> {
        let frames = step
            .frames
            .iter()
            .map(|piece| Some((piece, serde_json::from_value::<Frame>(piece.json()).ok()?)))
            .collect::<Option<Vec<_>>>()?;
        let mut encoded = Vec::new();
        for (piece, frame) in (0..step.times).flat_map(|_| &frames) {
            let bytes = frame_bytes(frame, self.sender, &mut self.random, self.deflator.as_mut());
            self.written += bytes.len();
            let ambiguous = self.deflator.is_some() && is_ambiguous(piece, frame);
            if self.written > MAX_BYTES || ambiguous {
                return None;
            }
            encoded.push(bytes);
        }
        Some(encoded)
    }
}
