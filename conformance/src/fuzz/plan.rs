//! What a generated conversation sends, as data that can be changed, made smaller and written as a vector.

use serde_json::{Map, Value, json};
use wsspec_core::Role;
use wsspec_core::dissect::hex_digits;

/// One conversation.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Plan {
    /// What is agreed on of permessage-deflate; `None` where the case says nothing of it.
    pub(crate) terms: Option<Terms>,
    /// The suite's half of the opening handshake, where that is out of the ordinary.
    pub(crate) heading: Option<Heading>,
    /// What is sent, in order.
    pub(crate) moves: Vec<Move>,
}

/// Half of an opening handshake.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Heading {
    /// Fields in place of the usual ones, or beside them; null leaves one out.
    pub(crate) headers: Map<String, Value>,
    pub(crate) split: Split,
    /// A right server may well refuse it.
    pub(crate) wrong: bool,
}

impl Eq for Heading {}

/// Terms of permessage-deflate: whose context is kept or window limited, `ours` being the suite's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Terms {
    /// Whatever comes.
    Any,
    /// The target keeps no context.
    TheirsFresh,
    /// The target has this window.
    TheirsWindow(u8),
    /// We keep no context.
    OursFresh,
}

/// Frames that are sent together, and whether what they bring about is waited for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Move {
    pub(crate) frames: Vec<Piece>,
    pub(crate) split: Split,
    pub(crate) wait: bool,
    /// So often.
    pub(crate) times: u16,
}

/// Where writes end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Split {
    Never,
    EachByte,
    Every(usize),
    At(Vec<i64>),
}

/// One frame, or a message in fragments.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Piece {
    /// Made here.
    Made(Made),
    /// Taken from a vector, as it stands there.
    Given(Map<String, Value>),
    /// Bytes as they are.
    Raw(Vec<u8>),
}

impl Eq for Piece {}

/// A frame that is made here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Made {
    pub(crate) opcode: u8,
    pub(crate) body: Body,
    pub(crate) fin: bool,
    /// The reserved bits that are set, from 1.
    pub(crate) rsv: Vec<u8>,
    pub(crate) wrong_mask: bool,
    pub(crate) top_bit: bool,
    /// Bits of a length form that is not the shortest.
    pub(crate) form: Option<u8>,
    /// Sizes of the fragments but the last.
    pub(crate) fragments: Vec<usize>,
    /// A control frame between the fragments.
    pub(crate) between: Option<(u8, Body)>,
    pub(crate) deflate: bool,
}

/// The payload of a frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Body {
    Bytes(Vec<u8>),
    /// This text over and over, cut to so many bytes.
    Repeat(String, u64),
    /// So many random printable characters, by this seed.
    Ascii(u64, u64),
    /// So many random bytes, by this seed.
    Random(u64, u64),
}

impl Made {
    /// A whole frame.
    pub(crate) fn new(opcode: u8, body: Body) -> Made {
        Made {
            opcode,
            body,
            fin: true,
            rsv: Vec::new(),
            wrong_mask: false,
            top_bit: false,
            form: None,
            fragments: Vec::new(),
            between: None,
            deflate: false,
        }
    }

    pub(crate) fn is_control(&self) -> bool {
        self.opcode >= 8
    }

    fn json(&self) -> Value {
        let mut json = frame(self.opcode, &self.body);
        let mut set = |key: &str, value: Value| json.insert(key.to_owned(), value);
        if !self.fin {
            set("fin", false.into());
        }
        if !self.rsv.is_empty() {
            set("rsv", json!(self.rsv));
        }
        if self.wrong_mask {
            set("mask", "wrong".into());
        }
        if self.top_bit {
            set("length", "0x8000000000000000".into());
        }
        if let Some(bits) = self.form {
            set("length_bits", bits.into());
        }
        // A message in one piece has nothing in between.
        if !self.fragments.is_empty() {
            set("fragments", json!(self.fragments));
            if let Some((opcode, body)) = &self.between {
                set("between", frame(*opcode, body).into());
            }
        }
        if self.deflate && matches!(self.opcode, 1 | 2) {
            set("deflate", true.into());
        }
        json.into()
    }
}

/// A frame under the word for its opcode.
fn frame(opcode: u8, body: &Body) -> Map<String, Value> {
    let word = match opcode {
        0 => "continuation",
        1 => "text",
        2 => "binary",
        8 => "close",
        9 => "ping",
        10 => "pong",
        _ => {
            return Map::from_iter([
                ("opcode".to_owned(), opcode.into()),
                ("payload".to_owned(), body.json()),
            ]);
        }
    };
    let payload = if opcode == 8 {
        close(body)
    } else {
        body.json()
    };
    Map::from_iter([(word.to_owned(), payload)])
}

/// The body of a Close frame in the plainest words.
fn close(body: &Body) -> Value {
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
    pub(crate) fn size(&self) -> u64 {
        match self {
            Body::Bytes(bytes) => bytes.len() as u64,
            Body::Repeat(_, size) | Body::Ascii(size, _) | Body::Random(size, _) => *size,
        }
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
            Piece::Made(made) => made.json(),
            Piece::Given(frame) => frame.clone().into(),
            Piece::Raw(bytes) => json!({"raw": {"hex": hex_digits(bytes)}}),
        }
    }
}

impl Move {
    /// One frame, whose effect is waited for.
    pub(crate) fn of(made: Made) -> Move {
        Move {
            frames: vec![Piece::Made(made)],
            split: Split::Never,
            wait: true,
            times: 1,
        }
    }

    /// The `send` step.
    pub(crate) fn json(&self) -> Value {
        let mut frames: Vec<Value> = self.frames.iter().map(Piece::json).collect();
        let frames = if frames.len() == 1 {
            frames.remove(0)
        } else {
            frames.into()
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

impl Heading {
    /// The step, and what it may bring about.
    pub(crate) fn steps(&self, target: Role) -> Vec<Value> {
        let mut head = json!({"headers": self.headers});
        if let Some(split) = self.split.json() {
            head["split"] = split;
        }
        if target == Role::Client {
            return vec![json!({"accept": head}), json!({"expect": "alive"})];
        }
        let outcome = if self.wrong {
            json!([
                {"refused": "any"},
                {"opened": {}, "verdict": "informational", "why": "opens all the same"},
                {"ended": "any", "verdict": "informational", "why": "ends TCP without an answer"},
                {"quiet": true, "verdict": "informational", "why": "does not answer, or waits for more"},
            ])
        } else if matches!(self.split, Split::EachByte | Split::Every(..8)) {
            // Some take a head in many small pieces for an attack; nothing forbids them to.
            json!([
                {"opened": {}},
                {"refused": "any", "verdict": "informational", "why": "takes no head in so many pieces"},
                {"ended": "any", "verdict": "informational", "why": "takes no head in so many pieces"},
            ])
        } else {
            json!({"opened": {}})
        };
        vec![json!({"open": head}), json!({"expect": outcome})]
    }
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

impl Terms {
    pub(crate) fn json(self) -> Value {
        match self {
            Terms::Any => json!({}),
            Terms::TheirsFresh => json!({"theirs": {"takeover": false}}),
            Terms::TheirsWindow(bits) => json!({"theirs": {"window": bits}}),
            Terms::OursFresh => json!({"ours": {"takeover": false}}),
        }
    }
}
