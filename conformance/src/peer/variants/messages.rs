//! How a message becomes frames: compressed or not, by these blocks or those, in as many fragments as one likes.

use wsspec_core::deflate::emit::{Emitter, Matcher};
use wsspec_core::deflate::message::Context;
use wsspec_core::frame::Opcode;

use super::{Habits, below, coin};
use wsspec_vectors::SplitMix64;

/// RSV1, the mark of a compressed message (RFC 7692 §6).
const RSV1: u8 = 4;

/// More fragments than this are not made of one message.
const MOST: usize = 40;

/// A frame that goes out.
#[derive(Debug)]
pub(super) struct Frame {
    pub(super) opcode: Opcode,
    pub(super) fin: bool,
    pub(super) rsv: u8,
    pub(super) payload: Vec<u8>,
}

/// Where messages are cut (RFC 6455 §5.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cut {
    /// Nowhere.
    Whole,
    /// Into pieces of any size.
    Random,
    /// Into pieces of one to three bytes; what is large, into many.
    Tiny,
}

/// Which messages are compressed (RFC 7692 §6).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Share {
    All,
    Some,
    None,
}

/// Of which blocks a compressed message is made (RFC 1951 §3.2, RFC 7692 §7.2.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Blocks {
    /// Whatever is shortest.
    Best,
    Stored,
    Fixed,
    Dynamic,
    /// Small ones with a flush behind each.
    Flushed,
    /// The last has BFINAL.
    Final,
}

/// How messages are compressed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Deflating {
    pub(super) share: Share,
    pub(super) blocks: Blocks,
    /// Forgets its window after each message, agreed or not.
    pub(super) forgets: bool,
    /// Uses the smallest window, whatever was agreed.
    pub(super) narrow: bool,
}

impl Default for Deflating {
    fn default() -> Self {
        Deflating {
            share: Share::All,
            blocks: Blocks::Best,
            forgets: false,
            narrow: false,
        }
    }
}

/// Pings and pongs that nobody asked for (RFC 6455 §5.5.2, §5.5.3).
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Unasked {
    pub(super) pings: bool,
    pub(super) pongs: bool,
    /// As soon as the connection is open.
    pub(super) at_once: bool,
    /// Before and behind each message.
    pub(super) around: bool,
    /// Between the fragments of a message.
    pub(super) between: bool,
    /// Whenever anything came.
    pub(super) always: bool,
    /// So many as time passes.
    pub(super) ticks: usize,
}

/// What is not sent at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Late {
    Never,
    /// Echoes: pongs overtake them.
    Messages,
    /// The fragments of an echo: pongs come between them.
    Fragments,
}

/// Makes frames of messages.
#[derive(Debug, Default)]
pub(super) struct Sender {
    deflating: Option<(Matcher, bool)>,
}

impl Sender {
    /// The opening handshake is through.
    pub(super) fn agreed(&mut self, context: Option<Context>, habits: &Habits) {
        self.deflating = context.map(|context| {
            let bits = if habits.deflating.narrow {
                8
            } else {
                context.window_bits
            };
            (
                Matcher::new(bits),
                context.takeover && !habits.deflating.forgets,
            )
        });
    }

    /// The frames of a message, at least one.
    pub(super) fn message(
        &mut self,
        opcode: Opcode,
        message: &[u8],
        habits: &Habits,
        random: &mut SplitMix64,
    ) -> Vec<Frame> {
        let compresses = match habits.deflating.share {
            Share::All => true,
            Share::Some => coin(random),
            Share::None => false,
        };
        let (payload, rsv) = match self.deflating.as_mut().filter(|_| compresses) {
            Some((matcher, takeover)) => {
                let payload = deflate(matcher, message, habits.deflating.blocks, random);
                if !*takeover {
                    matcher.reset();
                }
                (payload, RSV1)
            }
            None => (message.to_vec(), 0),
        };
        let pieces = pieces(&payload, habits, random);
        let last = pieces.len() - 1;
        let frame = |(i, payload): (usize, Vec<u8>)| Frame {
            opcode: if i == 0 { opcode } else { Opcode::CONTINUATION },
            fin: i == last,
            rsv: if i == 0 { rsv } else { 0 },
            payload,
        };
        pieces.into_iter().enumerate().map(frame).collect()
    }
}

fn pieces(payload: &[u8], habits: &Habits, random: &mut SplitMix64) -> Vec<Vec<u8>> {
    let least = payload.len() / MOST;
    let mut pieces = Vec::new();
    let mut rest = payload;
    while !rest.is_empty() {
        let size = match habits.cut {
            Cut::Whole => rest.len(),
            Cut::Random => least + 1 + below(random, rest.len()),
            Cut::Tiny => least + 1 + below(random, 3),
        };
        let (piece, left) = rest.split_at(size.min(rest.len()));
        pieces.push(piece.to_vec());
        rest = left;
        if habits.empty[1] && !rest.is_empty() && coin(random) {
            pieces.push(Vec::new());
        }
    }
    if pieces.is_empty() || habits.empty[0] {
        pieces.insert(0, Vec::new());
    }
    if habits.empty[2] {
        pieces.push(Vec::new());
    }
    pieces
}

/// The payload of a compressed message, less the `00 00 FF FF` (RFC 7692 §7.2.1).
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
