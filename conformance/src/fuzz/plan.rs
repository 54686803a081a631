//! What a generated conversation sends, as data that can be changed, reduced and written as a
//! vector.

use serde_json::{Map, Value, json};
use wsspec_core::Role;
use wsspec_core::dissect::hex_digits;
use wsspec_vectors::Payload;

/// A conversation, from the suite's side.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Plan {
    /// Terms of permessage-deflate; `None` leaves compression out of the case.
    pub(crate) terms: Option<DeflateTerms>,
    /// The suite's half of the opening handshake, where it is not the usual one.
    pub(crate) opening: Option<Opening>,
    /// What is sent, in order.
    pub(crate) sends: Vec<SendStep>,
}

/// One half of an opening handshake.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Opening {
    /// Fields that replace or join the usual ones; null leaves a field out.
    pub(crate) headers: Map<String, Value>,
    pub(crate) split: Split,
    /// A conforming server may refuse it.
    pub(crate) refusable: bool,
}

impl Eq for Opening {}

/// Terms of permessage-deflate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DeflateTerms {
    /// Whatever the two sides agree on.
    Any,
    /// The target resets its context after each message.
    TargetNoTakeover,
    /// The target compresses within a window of this many bits.
    TargetWindow(u8),
    /// The suite resets its context after each message.
    SuiteNoTakeover,
}

/// Frames sent in one step, and whether their effect is awaited.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SendStep {
    pub(crate) frames: Vec<Piece>,
    pub(crate) split: Split,
    pub(crate) wait: bool,
    /// Number of times the step is sent, at least 1.
    pub(crate) times: u16,
}

/// Where the bytes of a step are cut into several writes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Split {
    Never,
    EachByte,
    Every(usize),
    At(Vec<i64>),
}

/// One frame, a fragmented message, or raw bytes.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Piece {
    /// Described field by field.
    Generated(FrameSpec),
    /// Copied from a vector as it is written there.
    FromVector(Map<String, Value>),
    /// Bytes sent unchanged.
    Raw(Vec<u8>),
}

impl Eq for Piece {}

/// A frame, or a message in fragments, described field by field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FrameSpec {
    pub(crate) opcode: u8,
    pub(crate) body: Body,
    pub(crate) fin: bool,
    /// Reserved bits that are set, numbered from 1.
    pub(crate) rsv: Vec<u8>,
    pub(crate) wrong_mask: bool,
    /// The most significant bit of a 64-bit length is set.
    pub(crate) length_top_bit: bool,
    /// Bits of a length form that is longer than needed.
    pub(crate) length_bits: Option<u8>,
    /// Sizes of all fragments but the last, in bytes.
    pub(crate) fragments: Vec<usize>,
    /// Opcode and payload of a control frame sent between the fragments.
    pub(crate) between: Option<(u8, Body)>,
    pub(crate) deflate: bool,
}

/// A payload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Body {
    Bytes(Vec<u8>),
    /// A text repeated up to this many bytes.
    Repeat(String, u64),
    /// This many random printable characters, from this seed.
    Ascii(u64, u64),
    /// This many random bytes, from this seed.
    Random(u64, u64),
}

impl FrameSpec {
    /// A whole, uncompressed frame without irregularities.
    pub(crate) fn new(opcode: u8, body: Body) -> FrameSpec {
        FrameSpec {
            opcode,
            body,
            fin: true,
            rsv: Vec::new(),
            wrong_mask: false,
            length_top_bit: false,
            length_bits: None,
            fragments: Vec::new(),
            between: None,
            deflate: false,
        }
    }

    pub(crate) fn is_control(&self) -> bool {
        self.opcode >= 8
    }

    /// Whether it begins, continues or holds a fragmented message.
    pub(crate) fn is_fragmented(&self) -> bool {
        self.opcode == 0 || !self.fin || !self.fragments.is_empty()
    }

    fn json(&self) -> Value {
        let mut json = frame_json(self.opcode, &self.body);
        if !self.fin {
            json.insert("fin".into(), false.into());
        }
        if !self.rsv.is_empty() {
            json.insert("rsv".into(), json!(self.rsv));
        }
        if self.wrong_mask {
            json.insert("mask".into(), "wrong".into());
        }
        if self.length_top_bit {
            json.insert("length".into(), "0x8000000000000000".into());
        }
        if let Some(bits) = self.length_bits {
            json.insert("length_bits".into(), bits.into());
        }
        // A message in one frame has no place for a control frame.
        if !self.fragments.is_empty() {
            json.insert("fragments".into(), json!(self.fragments));
            if let Some((opcode, body)) = &self.between {
                json.insert("between".into(), frame_json(*opcode, body).into());
            }
        }
        if self.deflate && matches!(self.opcode, 1 | 2) {
            json.insert("deflate".into(), true.into());
        }
        json.into()
    }
}

/// A frame in the vector language, under the word for its opcode.
fn frame_json(opcode: u8, body: &Body) -> Map<String, Value> {
    let (word, payload) = match opcode {
        0 => ("continuation", body.json()),
        1 => ("text", body.json()),
        2 => ("binary", body.json()),
        8 => ("close", close_json(body)),
        9 => ("ping", body.json()),
        10 => ("pong", body.json()),
        _ => {
            return Map::from_iter([
                ("opcode".to_owned(), opcode.into()),
                ("payload".to_owned(), body.json()),
            ]);
        }
    };
    Map::from_iter([(word.to_owned(), payload)])
}

/// The body of a Close frame, in the shortest form the vector language has for it.
fn close_json(body: &Body) -> Value {
    match body {
        Body::Bytes(bytes) if bytes.is_empty() => Value::Null,
        Body::Bytes(bytes) if bytes.len() >= 2 => {
            let code = u16::from_be_bytes([bytes[0], bytes[1]]);
            match &bytes[2..] {
                [] => code.into(),
                reason => json!({"code": code, "reason": Body::Bytes(reason.to_vec()).json()}),
            }
        }
        other => json!({"body": other.json()}),
    }
}

impl Body {
    /// Its size in bytes.
    pub(crate) fn size(&self) -> u64 {
        match self {
            Body::Bytes(bytes) => bytes.len() as u64,
            Body::Repeat(_, size) | Body::Ascii(size, _) | Body::Random(size, _) => *size,
        }
    }

    /// Its bytes.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let payload: Option<Payload> = serde_json::from_value(self.json()).ok();
        payload.map(|payload| payload.bytes()).unwrap_or_default()
    }

    pub(crate) fn json(&self) -> Value {
        match self {
            Body::Bytes(bytes) => match std::str::from_utf8(bytes) {
                Ok(text) => text.into(),
                Err(_) => json!({"hex": hex_digits(bytes)}),
            },
            Body::Repeat(text, size) => json!({"repeat": text, "size": size}),
            Body::Ascii(size, seed) => json!({"random": size, "seed": seed, "ascii": true}),
            Body::Random(size, seed) => json!({"random": size, "seed": seed}),
        }
    }
}

impl Piece {
    pub(crate) fn json(&self) -> Value {
        match self {
            Piece::Generated(spec) => spec.json(),
            Piece::FromVector(frame) => frame.clone().into(),
            Piece::Raw(bytes) => json!({"raw": {"hex": hex_digits(bytes)}}),
        }
    }
}

impl SendStep {
    /// One frame, sent in one write and awaited.
    pub(crate) fn of(spec: FrameSpec) -> SendStep {
        SendStep {
            frames: vec![Piece::Generated(spec)],
            split: Split::Never,
            wait: true,
            times: 1,
        }
    }

    /// The `send` step of the vector.
    pub(crate) fn json(&self) -> Value {
        let frames = match self.frames.as_slice() {
            [frame] => frame.json(),
            frames => frames.iter().map(Piece::json).collect(),
        };
        let mut step = json!({"send": frames});
        if let Some(split) = self.split.json() {
            step["split"] = split;
        }
        if self.times > 1 {
            json!({"times": self.times, "do": [step]})
        } else {
            step
        }
    }
}

impl Opening {
    /// The step of the vector, followed by the allowed outcomes.
    pub(crate) fn steps(&self, target: Role) -> Vec<Value> {
        let mut head = json!({"headers": self.headers});
        if let Some(split) = self.split.json() {
            head["split"] = split;
        }
        if target == Role::Client {
            return vec![json!({"accept": head}), json!({"expect": "alive"})];
        }
        let outcome = if self.refusable {
            json!([
                {"refused": "any"},
                informational("opened", json!({}), "accepts the request"),
                informational("ended", "any", "ends the connection without an answer"),
                informational("quiet", true, "does not answer, or waits for more"),
            ])
        } else if matches!(self.split, Split::EachByte | Split::Every(..8)) {
            // A server may take a head in many small pieces for an attack.
            let why = "refuses a head sent in many pieces";
            json!([
                {"opened": {}},
                informational("refused", "any", why),
                informational("ended", "any", why),
            ])
        } else {
            json!({"opened": {}})
        };
        vec![json!({"open": head}), json!({"expect": outcome})]
    }
}

/// An outcome of the vector language that is allowed, and reported as informational.
pub(crate) fn informational(word: &str, value: impl Into<Value>, why: &str) -> Value {
    json!({word: value.into(), "verdict": "informational", "why": why})
}

impl Split {
    fn json(&self) -> Option<Value> {
        match self {
            Split::Never => None,
            Split::EachByte => Some("each-byte".into()),
            Split::Every(size) => Some(json!(size)),
            Split::At(offsets) => Some(json!(offsets)),
        }
    }
}

impl DeflateTerms {
    pub(crate) fn json(self) -> Value {
        match self {
            DeflateTerms::Any => json!({}),
            DeflateTerms::TargetNoTakeover => json!({"theirs": {"takeover": false}}),
            DeflateTerms::TargetWindow(bits) => json!({"theirs": {"window": bits}}),
            DeflateTerms::SuiteNoTakeover => json!({"ours": {"takeover": false}}),
        }
    }
}
