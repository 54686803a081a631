//! Seeds for the fuzz targets, made from the vectors.
//!
//! The fuzz targets take a few bytes of circumstances (see `wsspec_core::laws`) and then the stream.

use wsspec_core::Role;

use crate::exchange::frame_bytes;
use crate::vector::{Corpus, SplitMix64, Step};

/// One seed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seed {
    /// The fuzz target it is for.
    pub target: &'static str,
    /// Its file name.
    pub name: String,
    /// The bytes.
    pub bytes: Vec<u8>,
}

/// Larger streams only slow a fuzzer down.
const LARGEST: usize = 4096;

/// Every seed the corpus gives.
pub fn seeds(corpus: &Corpus) -> Vec<Seed> {
    let mut seeds = Vec::new();
    let mut add = |target, id: &str, bytes: Vec<u8>| {
        if bytes.len() <= LARGEST {
            seeds.push(Seed { target, name: id.replace('.', "-"), bytes });
        }
    };
    for case in &corpus.parses {
        let (frames, head) = match case.role {
            Role::Server => ("endpoint_server", "handshake_request"),
            Role::Client => ("endpoint_client", "handshake_response"),
        };
        if let Some(text) = &case.head {
            add(head, &case.id, [&[0, 0][..], text].concat());
        }
        let stream = [case.head.as_deref().unwrap_or_default(), &case.bytes].concat();
        add(frames, &case.id, [&[0, 0][..], &stream].concat());
        if case.head.is_none() {
            add("frame_decoder", &case.id, [&[u8::from(case.role == Role::Client), 0][..], &case.bytes].concat());
        }
    }
    for case in &corpus.cases {
        for reader in &case.roles {
            let mut random = SplitMix64(1);
            let mut stream = Vec::new();
            for step in &case.steps {
                if let Step::Send { frames, .. } = step {
                    frames.iter().for_each(|f| stream.extend(frame_bytes(f, reader.peer(), &mut random)));
                }
            }
            if !stream.is_empty() {
                let name = format!("{}-{}", case.id, reader.name());
                add("frame_decoder", &name, [&[u8::from(*reader == Role::Client), 0][..], &stream].concat());
            }
        }
    }
    seeds
}
