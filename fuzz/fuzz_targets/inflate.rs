//! The law, and zlib-rs next to it: the same output, and a verdict that differs only where the inflater says so.
#![no_main]

use flate2::{Decompress, FlushDecompress};
use wsspec_core::deflate::fault::InflateFault;
use wsspec_core::deflate::inflate::{Inflate, Status};

/// Bombs are stopped here.
const LARGEST: usize = 200_000;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    wsspec_core::laws::inflate(data);
    let stream = data.get(2..).unwrap_or_default();

    let (mut input, mut out) = (stream, Vec::new());
    let ended = Inflate::new().inflate(&mut input, &mut out, LARGEST);
    let mut zlib = Decompress::new(false);
    let mut other = vec![0; LARGEST];
    let status = zlib.decompress(stream, &mut other, FlushDecompress::Sync);
    other.truncate(zlib.total_out() as usize);

    // zlib may have stopped at the limit before what is wrong behind it.
    match ended {
        // Seen here first, and by zlib only if more follows.
        Err(error) if matches!(error.fault, InflateFault::CodeLengthsIncomplete | InflateFault::TooManySymbols) => {}
        Err(error) => assert!(status.is_err() || other.len() == LARGEST, "{error}, and zlib takes it"),
        Ok(Status::Final) => assert!(
            matches!(status, Ok(flate2::Status::StreamEnd)) && zlib.total_in() as usize == stream.len() - input.len()
                || other.len() == LARGEST
        ),
        Ok(Status::NeedInput) => {
            assert!(!matches!(status, Err(_) | Ok(flate2::Status::StreamEnd)) || other.len() == LARGEST)
        }
        Ok(Status::LimitReached) => {}
    }
    assert!(out == other);
});
