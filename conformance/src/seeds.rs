//! Seeds for the fuzz targets, made from the vectors.
//!
//! Most inputs are a byte of settings, a byte that seeds everything arbitrary, and the stream.
//! Vector files are used unchanged, with one case each.

mod streams;

use serde_json::Value;
use wsspec_core::Role;
use wsspec_core::deflate::message::{Context, Deflator};
use wsspec_core::frame::{FrameHeader, Opcode, apply_mask};

use crate::binding::http1::{request_bytes, response_bytes};
use crate::exchange::{Setup, frame_bytes};
use wsspec_vectors::{
    Case, Content, Corpus, FieldValue, Frame, Head, ParseCase, SplitMix64, Step, Terms, format_file,
};

/// One seed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seed {
    /// The name of its fuzz target.
    pub target: &'static str,
    /// The name of its file.
    pub name: String,
    /// The input.
    pub bytes: Vec<u8>,
}

/// Largest seed, in bytes; larger ones only slow a fuzzer down.
const LARGEST: usize = 4096;

/// The setting of the endpoint targets that skips the opening handshake.
const SKIPS_OPENING: u8 = 0x01;

/// The setting of the endpoint targets that supports subprotocols and compression.
const COMPRESSES: u8 = 0x80;

/// The bit of RSV1, which marks a compressed message (RFC 7692 §6).
const RSV1: u8 = 4;

/// The key that the client targets have sent (RFC 6455 §1.3).
const SAMPLE_KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";

/// All seeds that the corpus gives.
pub fn seeds(corpus: &Corpus) -> Vec<Seed> {
    let mut seeds = Seeds(Vec::new());
    for case in &corpus.parses {
        seeds.parse_case(case);
    }
    for case in &corpus.cases {
        for reader in &case.roles {
            seeds.exchange_case(case, *reader);
        }
    }
    for text in &corpus.texts {
        seeds.files(text);
    }
    seeds.peers(corpus.cases.len());
    seeds.0
}

/// The targets that take the part of `role`: for a whole connection, and for its head alone.
fn targets(role: Role) -> (&'static str, &'static str) {
    match role {
        Role::Server => ("endpoint_server", "handshake_request"),
        Role::Client => ("endpoint_client", "handshake_response"),
    }
}

fn is_about_compression(id: &str) -> bool {
    id.starts_with("deflate.")
}

/// The name of a seed that is read with compression.
fn agreeing(id: &str) -> String {
    format!("{id}-deflate")
}

/// How the frames of a case are compressed: as it demands, or with the default parameters.
fn compression(case: &Case) -> Option<Context> {
    let terms = match case.agree {
        Some(agree) => agree.deflate.ours,
        None => is_about_compression(&case.id).then(Terms::default)?,
    };
    Some(Context {
        takeover: terms.takeover.unwrap_or(true),
        window_bits: terms.window.unwrap_or(15),
    })
}

/// The upper half of the second byte of an endpoint target: the parameters for the direction of
/// `sender`.
fn parameters(sender: Role, context: Context) -> u8 {
    let (forgets, narrow) = match sender {
        Role::Server => (0x10, 0x40),
        Role::Client => (0x20, 0x80),
    };
    (if context.takeover { 0 } else { forgets })
        | (if context.window_bits > 9 { 0 } else { narrow })
}

/// The payloads of the compressed messages in a stream of frames, up to the first invalid one.
fn compressed_messages(mut stream: &[u8]) -> Vec<Vec<u8>> {
    let mut messages = Vec::new();
    let mut open = None;
    while let Some(header) = FrameHeader::parse(stream) {
        let size = usize::try_from(header.length).unwrap_or(usize::MAX);
        let rest = &stream[header.size()..];
        let (payload, after) = rest.split_at(size.min(rest.len()));
        stream = after;
        if header.opcode.is_control() {
            continue;
        }
        if header.rsv & RSV1 != 0 {
            open = Some(Vec::new());
        }
        let Some(message) = &mut open else { continue };
        let mut payload = payload.to_vec();
        if let Some(key) = header.mask {
            apply_mask(&mut payload, key, 0);
        }
        message.extend(payload);
        if header.fin {
            messages.extend(open.take());
        }
    }
    messages
}

/// The message of a frame in the form of the targets that send messages: a byte with its kind,
/// length and repetition, and the bytes to repeat.
fn described(frame: &Frame) -> Vec<u8> {
    let Content::Payload(opcode, payload) = &frame.content else {
        return Vec::new();
    };
    if opcode.is_control() || payload.size() as usize > LARGEST {
        return Vec::new();
    }
    let mut bytes = payload.bytes();
    let repeats = [0, 32, 125]
        .iter()
        .filter(|size| bytes.len() > **size)
        .count();
    bytes.truncate(31);
    let kind = u8::from(*opcode != Opcode::TEXT);
    [
        &[(bytes.len() as u8) << 3 | (repeats.saturating_sub(1) as u8) << 1 | kind],
        &bytes[..],
    ]
    .concat()
}

/// Number of seeds with a hostile peer for the judge.
const HOSTILE: u64 = 64;

/// One case in this many becomes a seed for the judge.
const CASES: usize = 16;

struct Seeds(Vec<Seed>);

impl Seeds {
    fn parse_case(&mut self, case: &ParseCase) {
        let (endpoint, heads) = targets(case.role);
        let skips_opening = if case.head.is_none() {
            SKIPS_OPENING
        } else {
            0
        };
        let stream = case.stream();
        self.add(endpoint, &case.id, skips_opening, &stream);
        match case.deflate {
            Some(context) => self.compressed(case.role, &case.id, context, &case.bytes),
            None if is_about_compression(&case.id) => {
                self.add(endpoint, &format!("{}-offer", case.id), COMPRESSES, &stream);
            }
            None => {}
        }
        match &case.head {
            Some(head) => self.add(heads, &case.id, 0, head),
            None => self.frames(&case.id, case.role, &case.bytes),
        }
    }

    /// What a case sends to `reader`.
    fn exchange_case(&mut self, case: &Case, reader: Role) {
        let name = format!("{}-{}", case.id, reader.name());
        self.over_streams(case, &name, reader);
        let mut random = SplitMix64(1);
        let mut frames = Vec::new();
        let mut messages = Vec::new();
        let context = compression(case);
        let mut deflator = context.map(Deflator::new);
        for step in &case.steps {
            match step.bare() {
                // Heads over HTTP/2 and HTTP/3 are not text.
                Step::Open(head) | Step::Accept(head) if !case.over.has_streams() => {
                    self.head(&name, head, reader, context.is_some());
                }
                Step::Send { frames: sent, .. } => {
                    for frame in sent.iter() {
                        let sender = reader.peer();
                        let bytes = frame_bytes(frame, sender, &mut random, deflator.as_mut());
                        frames.extend(bytes);
                        self.text(&name, frame);
                        messages.extend(described(frame));
                    }
                }
                Step::Open(_)
                | Step::Accept(_)
                | Step::Expect(_)
                | Step::Fin
                | Step::Rst
                | Step::ReadStop
                | Step::ReadGo
                | Step::Tell(_)
                | Step::Settings(_)
                | Step::Signal(_)
                | Step::On(..) => {}
            }
        }
        if !messages.is_empty() {
            self.messages(&name, reader, context, &messages);
        }
        if !frames.is_empty() {
            self.frames(&name, reader, &frames);
            if let Some(context) = context {
                self.compressed(reader, &name, context, &frames);
            }
        }
    }

    /// The head of a request or response as text.
    fn head(&mut self, name: &str, head: &Head, reader: Role, compresses: bool) {
        let (endpoint, heads) = targets(reader);
        let setup = Setup::new(reader, "example.org", "/");
        let bytes = match reader {
            Role::Server => request_bytes(head, &setup, SAMPLE_KEY),
            Role::Client => response_bytes(head, &setup, SAMPLE_KEY),
        };
        self.add(heads, name, 0, &bytes);
        self.add(endpoint, name, 0, &bytes);
        if compresses {
            self.add(endpoint, &format!("{name}-offer"), COMPRESSES, &bytes);
        }
        self.extensions(name, head);
    }

    fn add(&mut self, target: &'static str, id: &str, settings: u8, stream: &[u8]) {
        self.push(target, id, [&[settings, 0], stream].concat());
    }

    /// Frames for `reader` on a connection with compression, and the compressed messages in them.
    fn compressed(&mut self, reader: Role, id: &str, context: Context, frames: &[u8]) {
        let settings = [
            SKIPS_OPENING | COMPRESSES,
            parameters(reader.peer(), context),
        ];
        self.push(
            targets(reader).0,
            &agreeing(id),
            [&settings, frames].concat(),
        );
        for (n, message) in compressed_messages(frames).into_iter().enumerate() {
            self.add("inflate", &format!("{id}-{n}"), 0, &message);
        }
    }

    fn push(&mut self, target: &'static str, id: &str, bytes: Vec<u8>) {
        if bytes.len() <= LARGEST {
            self.0.push(Seed {
                target,
                name: id.replace('.', "-"),
                bytes,
            });
        }
    }

    /// Frames without compression.
    fn frames(&mut self, id: &str, reader: Role, frames: &[u8]) {
        let settings = u8::from(reader == Role::Client);
        for target in ["tolerant_decoder", "dissector", "observer", "differential"] {
            self.add(target, id, settings, frames);
        }
        self.turn("frame_decoder", id, settings, frames);
    }

    /// A seed of a target whose second byte selects what is checked: it varies.
    fn turn(&mut self, target: &'static str, id: &str, settings: u8, stream: &[u8]) {
        let turn = self.0.len() as u8;
        self.push(target, id, [&[settings, turn], stream].concat());
    }

    /// Messages to `reader`; see [`described`].
    fn messages(&mut self, id: &str, reader: Role, context: Option<Context>, messages: &[u8]) {
        let to_client = u8::from(reader == Role::Client);
        let compressed = if context.is_some() { 4 } else { 0 };
        self.turn("message_roundtrip", id, to_client | compressed, messages);
        let Context {
            takeover,
            window_bits,
        } = context.unwrap_or_default();
        let settings = (15 - window_bits) | u8::from(!takeover) << 3 | to_client << 4;
        self.turn("deflate_roundtrip", id, settings, messages);
        self.turn(
            "deflate_roundtrip",
            &format!("{id}-blocks"),
            settings | 32,
            messages,
        );
    }

    /// Cases with a conforming peer, and hostile peers.
    fn peers(&mut self, cases: usize) {
        for target in ["judge", "binding_h2"] {
            for case in (0..cases).step_by(CASES) {
                let number = u16::try_from(case).unwrap_or(u16::MAX).to_le_bytes();
                let name = format!("case-{case}");
                self.push(target, &name, [&number[..], &[0]].concat());
            }
            for number in 0..HOSTILE {
                let name = format!("hostile-{number}");
                self.push(target, &name, crate::properties::hostile(number));
            }
        }
    }

    /// A vector file for each case of a file.
    fn files(&mut self, text: &str) {
        let Ok(Value::Object(mut file)) = serde_json::from_str(text) else {
            return;
        };
        let Some(Value::Array(cases)) = file.insert("cases".into(), Value::Null) else {
            return;
        };
        for case in cases {
            let id = format!(
                "{}.{}",
                file["family"].as_str().unwrap_or_default(),
                case["id"].as_str().unwrap_or_default()
            );
            file.insert("cases".into(), Value::Array(vec![case]));
            let text = format_file(&Value::from(file.clone()).to_string()).unwrap_or_default();
            self.push(
                "vector_file",
                &id.replace(['{', '}'], ""),
                text.into_bytes(),
            );
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
        let fields = head
            .headers
            .iter()
            .filter(|(name, _)| name.eq_ignore_ascii_case("sec-websocket-extensions"));
        for (_, value) in fields {
            if let FieldValue::Lines(lines) = value {
                self.push("extension_grammar", id, lines.join(", ").into_bytes());
            }
        }
    }
}
