//! zlib-rs beside our inflater and deflator.

use flate2::{
    Compress, Compression, Decompress, FlushCompress, FlushDecompress, Status as ZlibStatus,
};
use wsspec_core::deflate::emit::TAIL;
use wsspec_core::deflate::fault::InflateFault;
use wsspec_core::deflate::inflate::{Inflate, Status};
use wsspec_core::deflate::message::{Context, Deflator, Inflator};
use wsspec_core::properties::Deflating;

/// Output limit in bytes, against bombs.
const LARGEST: usize = 200_000;

/// Checks that any stream gives the same output, and that the verdict differs only where the
/// inflater's docs say so.
pub fn inflate(data: &[u8]) {
    let stream = data.get(2..).unwrap_or_default();
    let (mut input, mut out) = (stream, Vec::new());
    let ended = Inflate::new().inflate(&mut input, &mut out, LARGEST);
    let mut zlib = Decompress::new(false);
    let mut other = vec![0; LARGEST];
    let status = zlib.decompress(stream, &mut other, FlushDecompress::Sync);
    other.truncate(zlib.total_out() as usize);

    // zlib may have stopped at the limit before what is wrong.
    match ended {
        // Detected here first, and by zlib only if more input follows.
        Err(error)
            if matches!(
                error.fault,
                InflateFault::CodeLengthsIncomplete | InflateFault::TooManySymbols
            ) => {}
        Err(error) => assert!(
            status.is_err() || other.len() == LARGEST,
            "{error}, and zlib takes it"
        ),
        Ok(Status::Final) => assert!(
            matches!(status, Ok(ZlibStatus::StreamEnd))
                && zlib.total_in() as usize == stream.len() - input.len()
                || other.len() == LARGEST
        ),
        Ok(Status::NeedInput) => {
            assert!(!matches!(status, Err(_) | Ok(ZlibStatus::StreamEnd)) || other.len() == LARGEST)
        }
        Ok(Status::LimitReached) => {}
    }
    assert!(out == other);
}

/// Checks that what one side deflates as agreed, the other inflates with the agreed window.
pub fn deflate_roundtrip(data: &[u8]) {
    let Deflating {
        context, messages, ..
    } = Deflating::new(data);
    // zlib has no window of 8 bits.
    let context = Context {
        window_bits: context.window_bits.max(9),
        ..context
    };
    let level = Compression::new(u32::from(data.get(1).copied().unwrap_or_default() % 10));
    let mut ours = (
        Deflator::new(context),
        Inflator::new(context.window_bits, u64::MAX),
    );
    let mut theirs = (
        Compress::new_with_window_bits(level, false, context.window_bits),
        Decompress::new_with_window_bits(false, context.window_bits),
    );
    for (_, message) in messages {
        let payload = [&ours.0.message(&message)[..], &TAIL].concat();
        assert!(
            inflated(&mut theirs.1, &payload) == message,
            "zlib reads another message"
        );
        if !context.takeover {
            theirs.1.reset(false);
            theirs.0.reset();
        }

        let payload = deflated(&mut theirs.0, &message);
        let mut out = Vec::new();
        ours.1.push(&payload, &mut out).expect("a message of zlib");
        let summary = ours.1.finish(&mut out).expect("a message of zlib");
        assert!(out == message, "zlib wrote another message");
        assert!(
            summary.complete && summary.reaches.beyond_window.is_none(),
            "{summary:?}"
        );
        assert!(
            context.takeover || summary.reaches.beyond_message.is_none(),
            "{summary:?}"
        );
    }
}

fn inflated(zlib: &mut Decompress, payload: &[u8]) -> Vec<u8> {
    let (read, mut out) = (zlib.total_in(), Vec::with_capacity(4096));
    loop {
        let before = (zlib.total_in(), zlib.total_out());
        let status = zlib.decompress_vec(
            &payload[(before.0 - read) as usize..],
            &mut out,
            FlushDecompress::Sync,
        );
        // Without progress, there was no room, or nothing more to read.
        if (zlib.total_in(), zlib.total_out()) == before {
            return out;
        }
        assert!(
            matches!(status, Ok(ZlibStatus::Ok | ZlibStatus::BufError)),
            "{status:?}"
        );
        out.reserve(4096);
    }
}

/// Returns the payload of a message, without the `00 00 FF FF`.
fn deflated(zlib: &mut Compress, message: &[u8]) -> Vec<u8> {
    let (read, mut out) = (zlib.total_in(), Vec::with_capacity(message.len() + 4096));
    loop {
        let at = (zlib.total_in() - read) as usize;
        zlib.compress_vec(&message[at..], &mut out, FlushCompress::Sync)
            .expect("zlib writes");
        // If room is left, everything was written.
        if out.len() < out.capacity() {
            break;
        }
        out.reserve(4096);
    }
    assert!(
        out.ends_with(&TAIL) || message.is_empty(),
        "no flush: {out:02x?}"
    );
    // It writes nothing if nothing was written since the last flush. An empty message is a single
    // zero byte.
    match out.strip_suffix(&TAIL) {
        Some(payload) => payload.to_vec(),
        None => vec![0],
    }
}
