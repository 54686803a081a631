//! Messages with permessage-deflate (RFC 7692), of a client that keeps its window between messages.
//!
//! The lower bound inflates the same payloads with flate2 and zlib-rs, and reads no frames. Most
//! other libraries have no permessage-deflate.

use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress};
use wsspec_core::Role;
use wsspec_core::frame::{FrameWriter, Opcode};

use crate::contender::{Entry, entry, wsspec, yawc};
use crate::random::Random;
use crate::seen::{Digest, Seen};
use crate::workload::{READ, Stream, Workload};

/// The libraries that are compared.
pub const ALL: &[Entry] = &[entry::<wsspec::Inflating>(), entry::<yawc::Inflating>()];

/// Name, description and size of the messages.
const RECIPES: &[(&str, &str, usize)] = &[
    ("deflate-1k", "1 KiB of JSON", 1 << 10),
    ("deflate-64k", "64 KiB of JSON", 64 << 10),
];

/// Size of all messages of a workload in bytes, inflated.
pub const LARGE: usize = 4 << 20;

/// What a sender leaves out at the end of each message (RFC 7692 §7.2.1).
const TAIL: &[u8] = &[0, 0, 0xff, 0xff];

/// A stream of compressed messages.
pub struct Compressed {
    /// The frames, and what they contain.
    pub workload: Workload,
    /// The payloads alone.
    payloads: Vec<Vec<u8>>,
    /// Size of the longest message in bytes.
    longest: usize,
}

/// Returns the names and descriptions of the workloads.
pub fn names() -> impl Iterator<Item = (&'static str, &'static str)> {
    RECIPES.iter().map(|recipe| (recipe.0, recipe.1))
}

/// Builds a workload with about `size` bytes of messages.
pub fn build_sized(name: &str, size: usize) -> Option<Compressed> {
    let (name, about, length) = RECIPES.iter().find(|recipe| recipe.0 == name).copied()?;
    let messages = size.div_ceil(length);
    let mut random = Random::new(2);
    let mut deflate = Compress::new(Compression::default(), false);
    let mut stream = Stream::default();
    let mut digest = Digest::new(0);
    let mut payloads = Vec::new();
    for _ in 0..messages {
        let message = json(&mut random, length);
        let payload = compressed(&mut deflate, message.as_bytes());
        FrameWriter::new(Opcode::TEXT, &payload)
            .rsv(4)
            .mask(Some(random.key()))
            .write(&mut stream.bytes);
        digest.data(message.as_bytes(), true);
        stream.payload += message.len() as u64;
        payloads.push(payload);
    }
    (stream.frames, stream.messages) = (messages as u64, messages as u64);
    stream.hash = digest.hash;
    let workload = Workload {
        name,
        about,
        reader: Role::Server,
        read: READ,
        stream,
    };
    Some(Compressed {
        workload,
        payloads,
        longest: length,
    })
}

/// Inflates the payloads and does nothing else. Panics if a message has another size than it should.
#[inline(never)]
pub fn inflate(compressed: &Compressed) {
    let mut inflate = Decompress::new(false);
    let mut message = Vec::with_capacity(compressed.longest + TAIL.len());
    for payload in &compressed.payloads {
        message.clear();
        for piece in [payload.as_slice(), TAIL] {
            let inflated = inflate.decompress_vec(piece, &mut message, FlushDecompress::Sync);
            inflated.expect("our own payload");
        }
        assert_eq!(message.len(), compressed.longest);
        std::hint::black_box(&message);
    }
}

/// Compresses a message, and leaves its [`TAIL`] out.
fn compressed(deflate: &mut Compress, message: &[u8]) -> Vec<u8> {
    let mut payload = Vec::with_capacity(2 * message.len() + 64);
    deflate
        .compress_vec(message, &mut payload, FlushCompress::Sync)
        .expect("enough room");
    assert!(payload.ends_with(TAIL));
    payload.truncate(payload.len() - TAIL.len());
    payload
}

/// Returns records as JSON, exactly `length` bytes.
fn json(random: &mut Random, length: usize) -> String {
    const NAMES: &[&str] = &["temperature", "humidity", "pressure", "wind", "größe"];
    let mut text = String::with_capacity(length);
    loop {
        let name = NAMES[random.below(NAMES.len())];
        let (id, value) = (random.below(100_000), random.below(1_000_000));
        let record =
            format!("{{\"id\":{id},\"name\":\"{name}\",\"value\":{value},\"valid\":true}},");
        if text.len() + record.len() > length {
            break;
        }
        text.push_str(&record);
    }
    text.extend(std::iter::repeat_n(' ', length - text.len()));
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_library_inflates_every_byte() {
        for (name, _) in names() {
            let compressed = build_sized(name, 200_000).unwrap();
            inflate(&compressed);
            for contender in ALL {
                assert_eq!(contender.check(&compressed.workload), Ok(()));
                contender.pass(&compressed.workload);
            }
        }
    }
}
