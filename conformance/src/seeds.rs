//! Seeds for the fuzz targets, made from the vectors.
//!
//! An input is a byte of settings, the seed of everything arbitrary, and the stream; see `wsspec_core::laws`.

use wsspec_core::Role;

use crate::exchange::{Setup, frame_bytes, request_bytes, response_bytes};
use crate::vector::{Content, Corpus, FieldValue, Frame, Head, SplitMix64, Step};

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

/// The key whose accept value the targets on the client's side know (RFC 6455 §1.3).
const SAMPLE_KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";

/// Every seed the corpus gives.
pub fn seeds(corpus: &Corpus) -> Vec<Seed> {
    let mut seeds = Seeds(Vec::new());
    for case in &corpus.parses {
        let (endpoint, heads) = targets(case.role);
        let skips_opening = u8::from(case.head.is_none());
        let stream = [case.head.as_deref().unwrap_or_default(), &case.bytes].concat();
        seeds.add(endpoint, &case.id, skips_opening, &stream);
        match &case.head {
            Some(head) => seeds.add(heads, &case.id, 0, head),
            None => seeds.add("frame_decoder", &case.id, u8::from(case.role == Role::Client), &case.bytes),
        }
    }
    for case in &corpus.cases {
        for reader in &case.roles {
            let name = format!("{}-{}", case.id, reader.name());
            let (endpoint, heads) = targets(*reader);
            let mut random = SplitMix64(1);
            let mut frames = Vec::new();
            for step in &case.steps {
                match step.bare() {
                    // What is no text over TCP is no seed for those who read text.
                    Step::Open(head) | Step::Accept(head) if !case.over.has_streams() => {
                        let setup = Setup::new(*reader, "example.org", "/");
                        let bytes = match reader {
                            Role::Server => request_bytes(head, &setup, SAMPLE_KEY),
                            Role::Client => response_bytes(head, &setup, SAMPLE_KEY),
                        };
                        seeds.add(heads, &name, 0, &bytes);
                        seeds.add(endpoint, &name, 0, &bytes);
                        seeds.extensions(&name, head);
                    }
                    Step::Send { frames: sent, .. } => {
                        for frame in sent.iter() {
                            frames.extend(frame_bytes(frame, reader.peer(), &mut random, None));
                            seeds.text(&name, frame);
                        }
                    }
                    _ => {}
                }
            }
            if !frames.is_empty() {
                seeds.add("frame_decoder", &name, u8::from(*reader == Role::Client), &frames);
            }
        }
    }
    seeds.0
}

/// The targets that read what the peer of `role` sends: a whole connection, and its head alone.
fn targets(role: Role) -> (&'static str, &'static str) {
    match role {
        Role::Server => ("endpoint_server", "handshake_request"),
        Role::Client => ("endpoint_client", "handshake_response"),
    }
}

struct Seeds(Vec<Seed>);

impl Seeds {
    fn add(&mut self, target: &'static str, id: &str, settings: u8, stream: &[u8]) {
        self.push(target, id, [&[settings, 0], stream].concat());
    }

    fn push(&mut self, target: &'static str, id: &str, bytes: Vec<u8>) {
        if bytes.len() <= LARGEST {
            self.0.push(Seed { target, name: id.replace('.', "-"), bytes });
        }
    }

    fn text(&mut self, id: &str, frame: &Frame) {
        if let Content::Payload(_, payload) = &frame.content
            && payload.size() as usize <= LARGEST
            && id.starts_with("utf8.")
        {
            self.add("utf8", id, 0, &payload.bytes());
        }
    }

    fn extensions(&mut self, id: &str, head: &Head) {
        let fields = head.headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case("sec-websocket-extensions"));
        for (_, value) in fields {
            if let FieldValue::Lines(lines) = value {
                self.push("extension_grammar", id, lines.join(", ").into_bytes());
            }
        }
    }
}
