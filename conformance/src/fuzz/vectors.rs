//! The corpus as material: what its cases send, to be crossed and changed.

use std::sync::LazyLock;

use globset::GlobSet;
use serde_json::{Map, Value};
use wsspec_core::Role;
use wsspec_vectors::{Corpus, hex};

use super::plan::{Body, DeflateTerms, FrameSpec, Piece, Plan, SendStep, Split};

/// Bounds the fragments of a message that is described field by field.
const MAX_FRAGMENTS: u64 = 40;

/// The words for frames that can be described field by field, and their opcodes.
const FRAME_WORDS: [(&str, u8); 5] = [
    ("continuation", 0),
    ("text", 1),
    ("binary", 2),
    ("ping", 9),
    ("pong", 10),
];

/// Those of [`FRAME_WORDS`] that may stand between fragments.
const CONTROL_WORDS: [(&str, u8); 2] = [("ping", 9), ("pong", 10)];

/// Keys of a case that do not change what it sends, and those that a plan can hold.
const PLAIN_KEYS: &[&str] = &[
    "id",
    "about",
    "requirements",
    "impact",
    "roles",
    "needs",
    "agree",
    "matrix",
    "except",
    "autobahn",
    "seen_in",
    "notes",
    "steps",
];

/// The corpus as it is written, by id.
static SOURCES: LazyLock<Vec<(String, Map<String, Value>)>> = LazyLock::new(Corpus::embedded_json);

/// What the cases for `target` send, as far as they send nothing but frames. Cases that match
/// `without` are left out.
pub(crate) fn plans(target: Role, without: &GlobSet) -> Vec<Plan> {
    SOURCES
        .iter()
        .filter(|(id, case)| !without.is_match(id) && is_plain(case) && has_role(case, target))
        .filter_map(|(_, case)| plan(case))
        .collect()
}

fn is_plain(case: &Map<String, Value>) -> bool {
    case.iter()
        .all(|(key, value)| PLAIN_KEYS.contains(&key.as_str()) || value.is_null())
}

fn has_role(case: &Map<String, Value>, target: Role) -> bool {
    let roles = case.get("roles").and_then(Value::as_array);
    roles.is_none_or(|roles| roles.iter().any(|role| role == target.name()))
}

/// The plan of a case; `None` where it has a step other than `send` and `expect`.
fn plan(case: &Map<String, Value>) -> Option<Plan> {
    let mut plan = Plan {
        terms: case.get("agree").map(|_| DeflateTerms::Any),
        opening: None,
        sends: Vec::new(),
    };
    for step in case.get("steps")?.as_array()? {
        let step = step.as_object()?;
        if let Some(frames) = step.get("send") {
            plan.sends.push(send_step(frames, step.get("split"))?);
        } else if step.contains_key("expect") {
            if let Some(last) = plan.sends.last_mut() {
                last.wait = true;
            }
        } else {
            return None;
        }
    }
    (!plan.sends.is_empty()).then_some(plan)
}

fn send_step(frames: &Value, split: Option<&Value>) -> Option<SendStep> {
    let split = match split {
        None => Split::Never,
        Some(Value::String(word)) if word == "each-byte" => Split::EachByte,
        Some(Value::String(_)) => return None,
        Some(Value::Array(at)) => Split::At(at.iter().filter_map(Value::as_i64).collect()),
        Some(every) => Split::Every(every.as_u64()? as usize),
    };
    let frames = match frames {
        Value::Array(many) => many.iter().map(piece).collect::<Option<_>>()?,
        one => vec![piece(one)?],
    };
    Some(SendStep {
        frames,
        split,
        wait: false,
        times: 1,
    })
}

/// A frame of a vector; `None` for part of a frame, which changes the meaning of what follows.
fn piece(frame: &Value) -> Option<Piece> {
    let frame = frame.as_object()?;
    let partial = ["raw", "cut", "length"]
        .iter()
        .any(|key| frame.contains_key(*key));
    if partial {
        return None;
    }
    Some(frame_spec(frame).map_or_else(|| Piece::FromVector(frame.clone()), Piece::Generated))
}

/// The frame described field by field, where that is possible.
fn frame_spec(frame: &Map<String, Value>) -> Option<FrameSpec> {
    let (word, opcode) = *FRAME_WORDS
        .iter()
        .find(|(word, _)| frame.contains_key(*word))?;
    let mut spec = FrameSpec::new(opcode, body(&frame[word])?);
    for (key, value) in frame.iter().filter(|(key, _)| *key != word) {
        match key.as_str() {
            "fin" => spec.fin = value.as_bool()?,
            "rsv" => {
                let bits = value.as_array()?.iter().filter_map(Value::as_u64);
                spec.rsv = bits.map(|bit| bit as u8).collect();
            }
            "mask" => spec.wrong_mask = value == "wrong",
            "length_bits" => spec.length_bits = Some(value.as_u64()? as u8),
            "deflate" => spec.deflate = value.as_bool()?,
            "fragments" => {
                // The number of fragments of equal size depends on how well the message compresses.
                let compressed = frame.contains_key("deflate");
                spec.fragments = fragments(value, spec.body.size(), compressed)?;
            }
            "between" => spec.between = Some(between(value)?),
            _ => return None,
        }
    }
    Some(spec)
}

/// The sizes of all fragments but the last.
fn fragments(value: &Value, size: u64, compressed: bool) -> Option<Vec<usize>> {
    if let Value::Array(sizes) = value {
        let sizes = sizes.iter().filter_map(Value::as_u64);
        return Some(sizes.map(|size| size as usize).collect());
    }
    let each = value.as_u64()?;
    if compressed || size.div_ceil(each) > MAX_FRAGMENTS {
        return None;
    }
    let count = size.div_ceil(each).saturating_sub(1);
    Some(vec![each as usize; count as usize])
}

/// The control frame between the fragments.
fn between(value: &Value) -> Option<(u8, Body)> {
    let frame = value.as_object()?;
    let (word, opcode) = *CONTROL_WORDS
        .iter()
        .find(|(word, _)| frame.contains_key(*word))?;
    let body = body(&frame[word])?;
    (frame.len() == 1).then_some((opcode, body))
}

fn body(payload: &Value) -> Option<Body> {
    let fields = match payload {
        Value::String(text) => return Some(Body::Bytes(text.clone().into_bytes())),
        other => other.as_object()?,
    };
    if let Some(digits) = fields.get("hex") {
        return Some(Body::Bytes(hex::decode(digits.as_str()?).ok()?));
    }
    if let Some(text) = fields.get("repeat") {
        let size = number(fields, "size")?;
        return Some(Body::Repeat(text.as_str()?.to_owned(), size));
    }
    let size = number(fields, "random")?;
    let seed = number(fields, "seed").unwrap_or_default();
    let ascii = fields.get("ascii").and_then(Value::as_bool);
    Some(if ascii.unwrap_or_default() {
        Body::Ascii(size, seed)
    } else {
        Body::Random(size, seed)
    })
}

fn number(fields: &Map<String, Value>, key: &str) -> Option<u64> {
    fields.get(key).and_then(Value::as_u64)
}
