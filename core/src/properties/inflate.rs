//! The property of the inflater, and of writing again what was inflated.

use crate::deflate::emit::Emitter;
use crate::deflate::fault::{InflateError, Reaches};
use crate::deflate::inflate::{Inflate, Status};
use crate::deflate::message::{Context, Deflator, Inflator, MessageError, Summary};
use crate::properties::{Cut, Input};
use crate::random::SplitMix64;

/// Output limit in bytes: a stream of a few bytes can be a bomb.
const LARGEST: usize = 200_000;

/// Inflates any bytes, and goes on after BFINAL.
///
/// - Any chunking and any limit give the same output, the same fault at the same bits and the same
///   largest distance.
/// - A fault lies in what was read, is proved by its last byte, and is not reported without it.
/// - As a message, the stream gives the same result, and is too big exactly if there is a byte more
///   than the limit.
/// - After a stored block, a valid stream gives the same output and the same largest distance.
/// - The output, written with any window, comes out again, and keeps to the window and to what was
///   agreed on context takeover.
pub fn inflate(data: &[u8]) {
    let Input {
        settings,
        seed,
        stream,
    } = Input::new(data);
    let whole = outcome(stream, Cut::Whole, None);
    assert!(whole.reaches.farthest.distance as usize <= whole.out.len().min(1 << 15));
    assert!(whole.reaches.farthest.until <= stream.len() as u64 * 8);
    for cut in [Cut::Whole, Cut::Single, Cut::Mixed(SplitMix64(seed))] {
        assert!(
            outcome(stream, cut, Some(SplitMix64(seed + 1))) == whole,
            "chunking or limits made a difference"
        );
    }
    if let End::Failed(error) = whole.end {
        assert!(error.from < error.until && error.until <= stream.len() as u64 * 8);
        let proof = (error.until - 1) / 8;
        let before = outcome(&stream[..proof as usize], Cut::Whole, None);
        assert_eq!(before.end, End::Open, "byte {proof} does not prove {error}");
        assert!(whole.out.starts_with(&before.out));
    }

    check_as_message(&whole, stream, seed);
    if whole.end == End::Open {
        let size = if settings & 8 == 0 { 0 } else { 40_000 };
        check_with_past(&whole, stream, &vec![0; size]);
    }
    let context = Context {
        takeover: settings & 16 != 0,
        window_bits: 8 + settings % 8,
    };
    check_written_again(&[&whole.out, stream, &[], stream], context);
}

/// As a message, the stream gives what it gives as a stream.
fn check_as_message(whole: &Outcome, stream: &[u8], seed: u64) {
    let ended = message(stream, LARGEST as u64, Cut::Mixed(SplitMix64(seed)));
    match (whole.end, &ended) {
        (End::Failed(error), (out, Err(found))) => {
            assert_eq!(*found, MessageError::Inflate(error));
            assert!(*out == whole.out);
        }
        (End::Full, (out, Err(found))) => {
            assert!(matches!(found, MessageError::TooBig { .. }));
            assert!(*out == whole.out);
        }
        // What was put back may continue the last block.
        (End::Open, (out, _)) => assert!(out.starts_with(&whole.out)),
        other => panic!("as a message the stream gives another result: {other:?}"),
    }
    if let (out, Ok(summary)) = &ended {
        assert_eq!(
            (summary.inflated, summary.payload),
            (out.len() as u64, stream.len() as u64)
        );
        let limit = out.len() as u64;
        assert_eq!(message(stream, limit, Cut::Whole), ended);
        if limit > 0 {
            let (less, end) = message(stream, limit - 1, Cut::Whole);
            assert!(
                matches!(end, Err(MessageError::TooBig { .. })) && less == out[..out.len() - 1]
            );
        }
    }
}

/// With earlier output, more can be reached, and nothing that could be reached before changes.
fn check_with_past(whole: &Outcome, stream: &[u8], past: &[u8]) {
    let mut emitter = Emitter::new();
    emitter.stored(false, past);
    let later = outcome(&[&emitter.finish(), stream].concat(), Cut::Whole, None);
    let (front, rest) = later.out.split_at(past.len());
    assert!(front == past && whole.out.starts_with(rest));
    if later.end == End::Open {
        assert!(rest == whole.out);
        assert_eq!(
            later.reaches.farthest.distance,
            whole.reaches.farthest.distance
        );
    } else {
        assert_eq!((later.end, later.out.len()), (End::Full, LARGEST));
    }
}

/// What is deflated comes out again, and keeps to `context`.
fn check_written_again(parts: &[&[u8]], context: Context) {
    let mut deflator = Deflator::new(context);
    let mut inflator = Inflator::new(context.window_bits, LARGEST as u64);
    for part in parts {
        let payload = deflator.message(part);
        let mut out = Vec::new();
        let pushed = inflator.push(&payload, &mut out);
        let summary = inflator.finish(&mut out);
        assert!(
            pushed.is_ok() && out == *part,
            "the output is not what was written"
        );
        let Ok(Summary {
            complete: true,
            final_block: None,
            reaches,
            ..
        }) = summary
        else {
            panic!("{summary:?}");
        };
        assert!(reaches.beyond_window.is_none());
        assert!(context.takeover || reaches.beyond_message.is_none());
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Open,
    Full,
    Failed(InflateError),
}

#[derive(PartialEq, Eq)]
struct Outcome {
    out: Vec<u8>,
    end: End,
    reaches: Reaches,
    final_block: Option<u64>,
    bit: u64,
}

/// Inflates up to [`LARGEST`]; a few bytes at a time if `rooms` is given.
fn outcome(stream: &[u8], mut cut: Cut, mut rooms: Option<SplitMix64>) -> Outcome {
    let mut inflater = Inflate::new();
    let mut out = Vec::new();
    let mut at = 0;
    let end = 'end: loop {
        let size = cut.next(stream.len() - at);
        let mut input = &stream[at..at + size];
        at += size;
        loop {
            let left = LARGEST - out.len();
            let room = rooms.as_mut().map_or(left, |random| {
                let scale = [2, 300, 5000][random.below(3)];
                random.below(scale).min(left)
            });
            let before = out.len();
            let status = inflater.inflate(&mut input, &mut out, room);
            assert!(out.len() - before <= room);
            match status {
                Ok(Status::NeedInput) => {
                    assert!(input.is_empty());
                    break;
                }
                Ok(Status::Final) => {
                    assert!(inflater.final_block().is_some() && inflater.at_boundary());
                }
                Ok(Status::LimitReached) => {
                    assert_eq!(out.len() - before, room);
                    if out.len() == LARGEST {
                        break 'end End::Full;
                    }
                }
                Err(error) => break 'end End::Failed(error),
            }
        }
        if at == stream.len() {
            break End::Open;
        }
    };
    Outcome {
        out,
        end,
        reaches: *inflater.reaches(),
        final_block: inflater.final_block(),
        bit: inflater.bit_offset(),
    }
}

fn message(stream: &[u8], limit: u64, mut cut: Cut) -> (Vec<u8>, Result<Summary, MessageError>) {
    let mut inflator = Inflator::new(15, limit);
    let mut out = Vec::new();
    let mut at = 0;
    while at < stream.len() {
        let size = cut.next(stream.len() - at);
        if let Err(error) = inflator.push(&stream[at..at + size], &mut out) {
            return (out, Err(error));
        }
        at += size;
    }
    let summary = inflator.finish(&mut out);
    (out, summary)
}
