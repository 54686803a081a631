//! How a message becomes frames: compressed or not, with which blocks, in which fragments.

use wsspec_core::deflate::emit::{Emitter, Matcher};
use wsspec_core::deflate::message::Context;
use wsspec_core::frame::Opcode;
use wsspec_vectors::SplitMix64;

use super::random::{below, coin};
use super::settings::{Blocks, Cut, Share, VariantSettings};

/// RSV1, the mark of a compressed message (RFC 7692 §6).
const RSV1: u8 = 4;

/// Bounds the number of fragments of one message, empty ones aside.
const MAX_FRAGMENTS: usize = 40;

/// A frame to send.
#[derive(Debug)]
pub(super) struct Frame {
    pub(super) opcode: Opcode,
    pub(super) fin: bool,
    pub(super) rsv: u8,
    pub(super) payload: Vec<u8>,
}

/// Turns messages into frames.
#[derive(Debug, Default)]
pub(super) struct Sender {
    /// The compressor, and whether it keeps its context between messages.
    deflating: Option<(Matcher, bool)>,
}

impl Sender {
    /// Takes the compression context agreed in the opening handshake.
    pub(super) fn agreed(&mut self, context: Option<Context>, settings: &VariantSettings) {
        self.deflating = context.map(|context| {
            let bits = if settings.compression.narrow {
                8
            } else {
                context.window_bits
            };
            (
                Matcher::new(bits),
                context.takeover && !settings.compression.drops_context,
            )
        });
    }

    /// The frames of a message, at least one.
    pub(super) fn message(
        &mut self,
        opcode: Opcode,
        message: &[u8],
        settings: &VariantSettings,
        random: &mut SplitMix64,
    ) -> Vec<Frame> {
        let compresses = match settings.compression.share {
            Share::All => true,
            Share::Some => coin(random),
            Share::None => false,
        };
        let (payload, rsv) = match self.deflating.as_mut().filter(|_| compresses) {
            Some((matcher, takeover)) => {
                let payload = deflate(matcher, message, settings.compression.blocks, random);
                if !*takeover {
                    matcher.reset();
                }
                (payload, RSV1)
            }
            None => (message.to_vec(), 0),
        };
        let pieces = pieces(&payload, settings, random);
        let last = pieces.len() - 1;
        pieces
            .into_iter()
            .enumerate()
            .map(|(i, payload)| Frame {
                opcode: if i == 0 { opcode } else { Opcode::CONTINUATION },
                fin: i == last,
                rsv: if i == 0 { rsv } else { 0 },
                payload,
            })
            .collect()
    }
}

/// The payload in fragments, at least one.
fn pieces(payload: &[u8], settings: &VariantSettings, random: &mut SplitMix64) -> Vec<Vec<u8>> {
    let least = payload.len() / MAX_FRAGMENTS;
    let mut pieces = Vec::new();
    let mut rest = payload;
    while !rest.is_empty() {
        let size = match settings.cut {
            Cut::Whole => rest.len(),
            Cut::Random => least + 1 + below(random, rest.len()),
            Cut::Tiny => least + 1 + below(random, 3),
        };
        let (piece, left) = rest.split_at(size.min(rest.len()));
        pieces.push(piece.to_vec());
        rest = left;
        if settings.empty_fragments.between && !rest.is_empty() && coin(random) {
            pieces.push(Vec::new());
        }
    }
    if pieces.is_empty() || settings.empty_fragments.first {
        pieces.insert(0, Vec::new());
    }
    if settings.empty_fragments.last {
        pieces.push(Vec::new());
    }
    pieces
}

/// The payload of a compressed message, without the final `00 00 FF FF` (RFC 7692 §7.2.1).
fn deflate(
    matcher: &mut Matcher,
    message: &[u8],
    blocks: Blocks,
    random: &mut SplitMix64,
) -> Vec<u8> {
    let mut emitter = Emitter::new();
    let mut rest = message;
    loop {
        let size = match blocks {
            Blocks::Best => 1 << 16,
            Blocks::Flushed => 1 + below(random, 1 + rest.len() / 4),
            _ => 1 + below(random, rest.len().min(1 << 15)),
        };
        let (bytes, left) = rest.split_at(size.min(rest.len()));
        rest = left;
        let tokens = matcher.tokens(bytes);
        match blocks {
            Blocks::Best => emitter.best(&tokens, bytes),
            Blocks::Stored => emitter.stored(false, bytes),
            Blocks::Fixed => emitter.fixed(false, &tokens),
            Blocks::Dynamic => emitter.dynamic(false, &tokens),
            Blocks::Flushed => emitter.fixed(false, &tokens).flush(),
            Blocks::Final if rest.is_empty() => emitter.fixed(true, &tokens).align(),
            Blocks::Final => emitter.fixed(false, &tokens),
        };
        if rest.is_empty() {
            break;
        }
    }
    emitter.flush();
    emitter.finish_message()
}
