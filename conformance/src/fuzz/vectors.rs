//! Conversations of the corpus as material: what they send, to be crossed and changed.

use std::sync::LazyLock;

use globset::GlobSet;
use serde_json::{Map, Value};
use wsspec_core::Role;

use super::plan::{Body, Made, Move, Piece, Plan, Split, Terms};
use wsspec_vectors::{Corpus, hex};

/// Fragments of a message that is taken for made here.
const FRAGMENTS: u64 = 40;

/// The corpus as it is written, by id.
static SOURCES: LazyLock<Vec<(String, Map<String, Value>)>> = LazyLock::new(Corpus::embedded_json);

/// What the cases for `target` send that speak of nothing but frames, those that match `without` left out.
pub(crate) fn plans(target: Role, without: &GlobSet) -> Vec<Plan> {
    let fitting = SOURCES
        .iter()
        .filter(|(id, case)| !without.is_match(id) && fits(case, target));
    fitting.filter_map(|(_, case)| plan(case)).collect()
}

/// Keys of a case that say nothing against it.
const PLAIN: &[&str] = &[
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

fn fits(case: &Map<String, Value>, target: Role) -> bool {
    let plain = case
        .iter()
        .all(|(key, value)| PLAIN.contains(&key.as_str()) || value.is_null());
    let roles = case.get("roles").and_then(Value::as_array);
    plain && roles.is_none_or(|roles| roles.iter().any(|role| role == target.name()))
}

fn plan(case: &Map<String, Value>) -> Option<Plan> {
    let mut plan = Plan {
        terms: case.get("agree").map(|_| Terms::Any),
        heading: None,
        moves: Vec::new(),
    };
    for step in case.get("steps")?.as_array()? {
        let step = step.as_object()?;
        if let Some(frames) = step.get("send") {
            plan.moves.push(moved(frames, step.get("split"))?);
        } else if step.contains_key("expect") {
            if let Some(last) = plan.moves.last_mut() {
                last.wait = true;
            }
        } else {
            return None;
        }
    }
    (!plan.moves.is_empty()).then_some(plan)
}

fn moved(frames: &Value, split: Option<&Value>) -> Option<Move> {
    let split = match split {
        None => Split::Never,
        Some(Value::String(_)) => Split::EachByte,
        Some(Value::Array(at)) => Split::At(at.iter().filter_map(Value::as_i64).collect()),
        Some(every) => Split::Every(every.as_u64()? as usize),
    };
    let frames = match frames {
        Value::Array(many) => many.iter().map(piece).collect::<Option<_>>()?,
        one => vec![piece(one)?],
    };
    Some(Move {
        frames,
        split,
        wait: false,
        times: 1,
    })
}

fn piece(frame: &Value) -> Option<Piece> {
    let frame = frame.as_object()?;
    // Half a frame makes a riddle of what follows.
    if ["raw", "cut", "length"]
        .iter()
        .any(|key| frame.contains_key(*key))
    {
        return None;
    }
    Some(made(frame).map_or_else(|| Piece::Given(frame.clone()), Piece::Made))
}

/// The frame as one that is made here, where it can be written so.
fn made(frame: &Map<String, Value>) -> Option<Made> {
    let words = [
        ("continuation", 0),
        ("text", 1),
        ("binary", 2),
        ("ping", 9),
        ("pong", 10),
    ];
    let (word, opcode) = *words.iter().find(|(word, _)| frame.contains_key(*word))?;
    let mut made = Made::new(opcode, body(&frame[word])?);
    for (key, value) in frame.iter().filter(|(key, _)| *key != word) {
        match key.as_str() {
            "fin" => made.fin = value.as_bool()?,
            "rsv" => {
                made.rsv = value
                    .as_array()?
                    .iter()
                    .filter_map(Value::as_u64)
                    .map(|bit| bit as u8)
                    .collect()
            }
            "mask" => made.wrong_mask = value == "wrong",
            "length_bits" => made.form = Some(value.as_u64()? as u8),
            "deflate" => made.deflate = value.as_bool()?,
            "fragments" => {
                made.fragments = match value {
                    Value::Array(sizes) => sizes
                        .iter()
                        .filter_map(Value::as_u64)
                        .map(|size| size as usize)
                        .collect(),
                    each => {
                        let (each, size) = (each.as_u64()?, made.body.size());
                        // Where it is compressed first, nobody knows how many it makes.
                        if made.deflate
                            || frame.contains_key("deflate")
                            || size.div_ceil(each) > FRAGMENTS
                        {
                            return None;
                        }
                        vec![each as usize; size.div_ceil(each).saturating_sub(1) as usize]
                    }
                };
            }
            "between" => {
                let between = value.as_object()?;
                let (word, opcode) = *words[3..]
                    .iter()
                    .find(|(word, _)| between.contains_key(*word))?;
                made.between = Some((opcode, body(&between[word]).filter(|_| between.len() == 1)?));
            }
            _ => return None,
        }
    }
    Some(made)
}

fn body(payload: &Value) -> Option<Body> {
    let fields = match payload {
        Value::String(text) => return Some(Body::Bytes(text.clone().into_bytes())),
        other => other.as_object()?,
    };
    let number = |key: &str| fields.get(key).and_then(Value::as_u64);
    if let Some(digits) = fields.get("hex") {
        return Some(Body::Bytes(hex::decode(digits.as_str()?).ok()?));
    }
    if let Some(text) = fields.get("repeat") {
        return Some(Body::Repeat(text.as_str()?.to_owned(), number("size")?));
    }
    let (size, seed) = (number("random")?, number("seed").unwrap_or_default());
    let ascii = fields
        .get("ascii")
        .and_then(Value::as_bool)
        .unwrap_or_default();
    Some(if ascii {
        Body::Ascii(size, seed)
    } else {
        Body::Random(size, seed)
    })
}
