//! What the tests of DEFLATE share.

use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress};
use wsspec_core::deflate::emit::{Emitter, Token};
use wsspec_core::deflate::fault::InflateError;
use wsspec_core::deflate::inflate::{Inflate, Status};
use wsspec_core::deflate::message::{Context, Inflator, MessageError, Summary};

/// The result of inflating a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Outcome {
    pub(crate) out: Vec<u8>,
    pub(crate) end: Result<End, InflateError>,
    pub(crate) largest: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// More may follow.
    Open,
    /// A block with BFINAL ended, with this many bytes of input left.
    Final(usize),
}

/// Inflates up to the first BFINAL in chunks of these lengths, in turn.
pub(crate) fn inflate(stream: &[u8], reads: &[usize], limit: usize) -> Outcome {
    let mut inflater = Inflate::new();
    let (mut out, mut at, mut turn) = (Vec::new(), 0, 0);
    let end = loop {
        let size = reads[turn % reads.len()].min(stream.len() - at);
        turn += 1;
        let mut input = &stream[at..at + size];
        at += size;
        let status = loop {
            match inflater.inflate(&mut input, &mut out, limit) {
                Ok(Status::LimitReached) => {}
                other => break other,
            }
        };
        match status {
            Err(error) => {
                assert_eq!(
                    inflater.inflate(&mut &[][..], &mut out, limit),
                    Err(error),
                    "an error is final"
                );
                break Err(error);
            }
            Ok(Status::Final) => break Ok(End::Final(stream.len() - at + input.len())),
            Ok(_) => assert!(input.is_empty()),
        }
        if at == stream.len() {
            break Ok(End::Open);
        }
    };
    Outcome {
        out,
        end,
        largest: inflater.reaches().farthest.distance,
    }
}

pub(crate) fn context(window_bits: u8, takeover: bool) -> Context {
    Context {
        takeover,
        window_bits,
    }
}

pub(crate) fn whole(stream: &[u8]) -> Outcome {
    inflate(stream, &[usize::MAX], usize::MAX)
}

/// Returns what zlib-rs makes of a stream: output, and `None` if it refused.
pub(crate) fn zlib(stream: &[u8]) -> (Vec<u8>, Option<End>) {
    let mut inflater = Decompress::new(false);
    let mut out = Vec::new();
    let mut piece = [0; 4096];
    loop {
        let (read, wrote) = (inflater.total_in() as usize, inflater.total_out());
        let status = inflater.decompress(&stream[read..], &mut piece, FlushDecompress::None);
        let wrote = (inflater.total_out() - wrote) as usize;
        out.extend_from_slice(&piece[..wrote]);
        match status {
            Err(_) => return (out, None),
            Ok(flate2::Status::StreamEnd) => {
                return (
                    out,
                    Some(End::Final(stream.len() - inflater.total_in() as usize)),
                );
            }
            Ok(_) if wrote == 0 && inflater.total_in() as usize == read => {
                return (out, Some(End::Open));
            }
            Ok(_) => {}
        }
    }
}

pub(crate) fn deflate(bytes: &[u8], level: u32, flush: FlushCompress) -> Vec<u8> {
    let mut deflater = Compress::new(Compression::new(level), false);
    let mut out = Vec::with_capacity(bytes.len() + bytes.len() / 8 + 1024);
    deflater.compress_vec(bytes, &mut out, flush).unwrap();
    assert_eq!(deflater.total_in() as usize, bytes.len());
    out
}

/// Inflates one message in pieces of `size` bytes.
pub(crate) fn message(
    inflator: &mut Inflator,
    payload: &[u8],
    size: usize,
) -> Result<(Vec<u8>, Summary), MessageError> {
    let mut out = Vec::new();
    for piece in payload.chunks(size) {
        inflator.push(piece, &mut out)?;
    }
    inflator.finish(&mut out).map(|summary| (out, summary))
}

pub(crate) fn hex(text: &str) -> Vec<u8> {
    text.split(' ')
        .map(|byte| u8::from_str_radix(byte, 16).unwrap())
        .collect()
}

pub(crate) fn literals(bytes: &[u8]) -> Vec<Token> {
    bytes.iter().map(|byte| Token::Literal(*byte)).collect()
}

pub(crate) fn emitted(write: impl FnOnce(&mut Emitter)) -> Vec<u8> {
    let mut emitter = Emitter::new();
    write(&mut emitter);
    emitter.finish()
}

pub(crate) fn text(size: usize) -> Vec<u8> {
    let words = [
        "reference ",
        "of ",
        "a ",
        "violation ",
        "frame ",
        "the ",
        "message ",
        "endpoint ",
        "mask ",
        "\n",
    ];
    let mut seed = 1u64;
    let mut out = Vec::new();
    while out.len() < size {
        seed = seed
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        out.extend_from_slice(words[(seed >> 40) as usize % words.len()].as_bytes());
        if seed >> 60 == 0 {
            out.extend_from_slice((seed >> 8).to_string().as_bytes());
        }
    }
    out.truncate(size);
    out
}
