//! The property of permessage-deflate: deflated messages inflate to the same messages.

use crate::Role;
use crate::deflate::emit::{Emitter, Matcher};
use crate::deflate::message::{Context, Deflator, Inflator, MessageError, Summary};
use crate::deflate::negotiation::{self, Parameters, Support};
use crate::frame::{FrameWriter, MessageKind, Opcode};
use crate::handshake::{Extension, parse_extensions};
use crate::message::{Incoming, MessageReader};
use crate::properties::messages::Messages;
use crate::properties::{Cut, Input};
use crate::random::SplitMix64;

/// RSV1, the mark of a compressed message (RFC 7692 §6).
const RSV1: u8 = 4;

/// Allowed overhead in bytes for each 64 KiB of a message.
const AROUND: usize = 16;

/// A connection with compression, in one direction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deflating {
    /// Who sends.
    pub sender: Role,
    /// What it agreed to.
    pub context: Context,
    /// The messages it sends.
    pub messages: Vec<(MessageKind, Vec<u8>)>,
    by_hand: bool,
    seed: u64,
}

impl Deflating {
    /// Returns the connection that an input of [`deflate_roundtrip`] describes.
    pub fn new(data: &[u8]) -> Deflating {
        let Input {
            settings,
            seed,
            stream,
        } = Input::new(data);
        let context = Context {
            takeover: settings & 8 == 0,
            window_bits: 15 - (settings & 7),
        };
        let sender = if settings & 16 == 0 {
            Role::Client
        } else {
            Role::Server
        };
        Deflating {
            sender,
            context,
            messages: Messages::new(seed, stream).collect(),
            by_hand: settings & 32 != 0,
            seed,
        }
    }
}

/// Deflates messages and inflates them.
///
/// - Parameters survive writing and parsing, and an answer to them keeps to them.
/// - Each message comes out, at any chunking and limit, within the window and what was agreed on
///   context takeover. It takes hardly more bytes than it had; an empty one takes a single zero
///   byte.
/// - The deflator's blocks, and blocks of every kind, with BFINAL or empty, mean the same.
/// - In frames of any size it is the same message. With a limit one byte smaller, it is too big, which
///   is tried with one of the messages.
///
/// The messages are those of [`message_roundtrip`](crate::properties::message_roundtrip).
pub fn deflate_roundtrip(data: &[u8]) {
    let Deflating {
        sender,
        context,
        messages,
        by_hand,
        seed,
    } = Deflating::new(data);
    check_parameters(sender, context);
    let mut random = SplitMix64(seed);
    let mut writer = if by_hand {
        Writer::Hand(Matcher::new(context.window_bits))
    } else {
        Writer::Own(Deflator::new(context))
    };
    let mut inflator = Inflator::new(context.window_bits, u64::MAX);
    let mut reader = MessageReader::new(sender.peer()).compression(Some(context));
    // The limit is tried with one of the messages: it takes another inflater.
    let limited = random.below(messages.len().max(1));
    for (index, (kind, message)) in messages.into_iter().enumerate() {
        let (payload, last) = writer.message(&message, context.takeover, &mut random);
        assert!(
            by_hand || payload.len() <= message.len() + AROUND * (1 + message.len() / 0x1_0000)
        );
        assert!(
            !message.is_empty() || by_hand || payload == [0],
            "{payload:02x?}"
        );

        let before = (index == limited).then(|| inflator.clone());
        let (out, summary) = inflated(&mut inflator, &payload, &mut random).expect("own payload");
        assert!(out == message, "what was written is not what comes out");
        let Summary { reaches, .. } = summary;
        assert_eq!(
            (summary.inflated, summary.payload),
            (message.len() as u64, payload.len() as u64)
        );
        assert!(
            summary.complete && summary.final_block.is_some() == last,
            "{summary:?}"
        );
        assert!(
            reaches.beyond_window.is_none()
                && (context.takeover || reaches.beyond_message.is_none())
        );
        assert!(reaches.farthest.distance <= 1 << context.window_bits);
        if let Some(mut inflator) = before
            && let Some(less) = (message.len() as u64).checked_sub(1)
        {
            inflator.set_limit(less);
            let short = inflated(&mut inflator, &payload, &mut random);
            assert!(
                matches!(short, Err(MessageError::TooBig { .. })),
                "{short:?}"
            );
        }

        let mut frames = Vec::new();
        in_frames(sender, kind, &payload, &mut random, &mut frames);
        assert_eq!(
            read(&mut reader, &mut frames, &mut random),
            [Incoming::Message(kind, message)]
        );
    }
}

/// Checks that parameters survive the field, and that the answer of a server that supports
/// everything keeps to them.
fn check_parameters(sender: Role, context: Context) {
    let agreed = Parameters::keeping(sender, context);
    assert_eq!(agreed.context(sender), context);
    assert_eq!(agreed.context(sender.peer()), Context::default());
    let written = agreed.to_string();
    let list = parse_extensions(written.as_bytes()).expect("own field");
    assert_eq!(list, [Extension::from(agreed)]);
    assert_eq!(Parameters::of_answer(&list[0]), Ok(agreed));
    let answer = Support::default().choose(&list).expect("own offer");
    assert_eq!(answer.context(sender), context, "{written}");
    let (judged, broken) = negotiation::judge(&[Extension::from(answer)], &list);
    assert_eq!((judged, broken), (Some(answer), Vec::new()), "{written}");
}

/// A sender's compressor.
enum Writer {
    Own(Deflator),
    /// Blocks of any kind.
    Hand(Matcher),
}

impl Writer {
    /// Returns the payload of a message, and whether one of its blocks has BFINAL.
    fn message(
        &mut self,
        message: &[u8],
        takeover: bool,
        random: &mut SplitMix64,
    ) -> (Vec<u8>, bool) {
        let matcher = match self {
            Writer::Own(deflator) => return (deflator.message(message), false),
            Writer::Hand(matcher) => matcher,
        };
        let mut emitter = Emitter::new();
        let mut rest = message;
        let mut ended = false;
        while !rest.is_empty() {
            let most = [1, 40, 3000, 0xffff][random.below(4)].min(rest.len());
            let (piece, later) = rest.split_at(1 + random.below(most));
            rest = later;
            let last = random.below(8) == 0;
            ended |= last;
            let tokens = matcher.tokens(piece);
            match random.below(5) {
                0 => emitter.stored(last, piece),
                1 => emitter.fixed(last, &tokens),
                2 => emitter
                    .stored(false, &[])
                    .fixed(false, &tokens)
                    .fixed(last, &[]),
                3 => emitter.dynamic(false, &[]).dynamic(last, &tokens),
                _ => emitter.dynamic(last, &tokens),
            };
            if last {
                // What follows BFINAL begins with a byte (RFC 7692 §7.2.3.4).
                emitter.align();
            }
        }
        if !takeover {
            matcher.reset();
        }
        emitter.flush();
        (emitter.finish_message(), ended)
    }
}

/// Inflates a message from its payload, at any chunking and with any limit.
fn inflated(
    inflator: &mut Inflator,
    payload: &[u8],
    random: &mut SplitMix64,
) -> Result<(Vec<u8>, Summary), MessageError> {
    let mut cut = arbitrary_cut(random);
    let room = [usize::MAX, 1 + random.below(3000)][random.below(2)];
    let mut out = Vec::new();
    let mut rest = payload;
    while !rest.is_empty() {
        let (mut now, later) = rest.split_at(cut.next(rest.len()));
        rest = later;
        loop {
            let before = out.len();
            let more = inflator.read(&mut now, &mut out, room)?;
            assert!(out.len() - before <= room);
            if !more {
                break;
            }
        }
    }
    inflator.finish(&mut out).map(|summary| (out, summary))
}

/// Writes the payload of a compressed message in one to four frames.
fn in_frames(
    sender: Role,
    kind: MessageKind,
    payload: &[u8],
    random: &mut SplitMix64,
    out: &mut Vec<u8>,
) {
    let mut opcode = kind.opcode();
    let mut rest = payload;
    for left in (0..=random.below(4)).rev() {
        let (now, later) = rest.split_at(if left == 0 {
            rest.len()
        } else {
            random.below(rest.len() + 1)
        });
        rest = later;
        let rsv = if opcode == Opcode::CONTINUATION {
            0
        } else {
            RSV1
        };
        let key = sender.masks().then(|| random.key());
        FrameWriter::new(opcode, now)
            .fin(left == 0)
            .rsv(rsv)
            .mask(key)
            .write(out);
        opcode = Opcode::CONTINUATION;
    }
}

fn read(reader: &mut MessageReader, frames: &mut [u8], random: &mut SplitMix64) -> Vec<Incoming> {
    let mut cut = arbitrary_cut(random);
    let mut rest = frames;
    let mut read = Vec::new();
    while !rest.is_empty() {
        let size = cut.next(rest.len());
        let (mut now, later) = std::mem::take(&mut rest).split_at_mut(size);
        rest = later;
        while let Some(incoming) = reader.read_owned(&mut now).expect("own frames") {
            read.push(incoming);
        }
    }
    assert!(reader.at_boundary());
    read
}

fn arbitrary_cut(random: &mut SplitMix64) -> Cut {
    if random.below(2) == 0 {
        Cut::Whole
    } else {
        Cut::Mixed(SplitMix64(random.next()))
    }
}
