//! The head of a request or response, as a case asks for it.

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, de::Error};
use serde_json::{Map, Value};

use super::{Frame, Payload};

/// Changes to the default head. Every part may hold names in braces that the engine fills in.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(rename = "head")]
pub struct Head {
    /// request: the method
    pub method: Option<String>,
    /// request: the target
    pub target: Option<String>,
    /// the HTTP version, `HTTP/1.1`
    pub version: Option<String>,
    /// response: the status
    pub status: Option<u16>,
    /// response: the reason phrase
    pub reason: Option<String>,
    /// name → value; null removes a default field, a list gives one line each
    #[schemars(with = "std::collections::BTreeMap<String, FieldSource>")]
    #[serde(deserialize_with = "fields")]
    pub headers: Vec<(String, FieldValue)>,
    /// the whole head, line by line, in place of the defaults
    pub lines: Option<Vec<String>>,
    /// the bytes of the head
    pub raw: Option<Payload>,
    /// what ends a line
    pub eol: Eol,
    /// no empty line at the end
    pub unfinished: bool,
    /// where writes end
    pub split: Option<Split>,
    /// frames in the same write
    pub glued: Vec<Frame>,
}

/// What a header field is set to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FieldValue {
    /// No such field.
    Removed,
    /// One line each.
    Lines(Vec<String>),
    /// One line whose value is made.
    Made(Payload),
    /// One line, repeated.
    Times(String, usize),
}

#[derive(JsonSchema)]
#[schemars(untagged, inline)]
#[allow(dead_code)]
enum FieldSource {
    /// removes a default field
    Removed(()),
    Line(String),
    /// one line each
    Lines(Vec<String>),
    /// one line, repeated
    Times(Times),
    Made(Payload),
}

/// One line, repeated.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
struct Times {
    value: String,
    times: usize,
}

/// What ends a line.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub enum Eol {
    /// As it should be.
    #[default]
    Crlf,
    /// LF alone.
    Lf,
    /// CR alone.
    Cr,
}

impl Eol {
    /// The bytes.
    pub const fn text(self) -> &'static str {
        match self {
            Eol::Crlf => "\r\n",
            Eol::Lf => "\n",
            Eol::Cr => "\r",
        }
    }
}

/// Where writes end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Split {
    /// Every so many bytes.
    Every(usize),
    /// At these offsets; negative ones count from the end.
    At(Vec<i64>),
}

#[derive(JsonSchema)]
#[schemars(untagged, inline)]
#[allow(dead_code)]
enum SplitSource {
    EachByte(EachByte),
    /// every n bytes
    Every(#[schemars(range(min = 1))] usize),
    /// at these offsets; negative ones count from the end
    At(Vec<i64>),
}

#[derive(JsonSchema)]
#[schemars(inline, rename_all = "kebab-case")]
#[allow(dead_code)]
enum EachByte {
    EachByte,
}

impl JsonSchema for Split {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> std::borrow::Cow<'static, str> {
        SplitSource::schema_name()
    }
    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        SplitSource::json_schema(generator)
    }
}

impl<'de> Deserialize<'de> for Split {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        let split = match &value {
            Value::String(word) if word == "each-byte" => Some(Split::Every(1)),
            Value::Number(n) => n
                .as_u64()
                .filter(|n| *n > 0)
                .map(|n| Split::Every(n as usize)),
            Value::Array(list) => list
                .iter()
                .map(Value::as_i64)
                .collect::<Option<Vec<_>>>()
                .map(Split::At),
            _ => None,
        };
        split.ok_or_else(|| {
            D::Error::custom(format!(
                "split is \"each-byte\", a size or a list of offsets, not {value}"
            ))
        })
    }
}

impl Split {
    /// Cuts `bytes` into writes.
    pub fn cut(split: Option<&Split>, bytes: Vec<u8>) -> Vec<Vec<u8>> {
        let ends: Vec<usize> = match split {
            None => Vec::new(),
            Some(Split::Every(n)) => (1..bytes.len().div_ceil(*n)).map(|i| i * n).collect(),
            Some(Split::At(offsets)) => {
                let back = |n: u64| bytes.len().checked_sub(n as usize);
                let place = |at: &i64| {
                    if *at < 0 {
                        back(at.unsigned_abs())
                    } else {
                        usize::try_from(*at).ok()
                    }
                };
                let mut ends: Vec<usize> = offsets
                    .iter()
                    .filter_map(place)
                    .filter(|at| (1..bytes.len()).contains(at))
                    .collect();
                ends.sort_unstable();
                ends
            }
        };
        if ends.is_empty() {
            return vec![bytes];
        }
        let mut writes = Vec::new();
        let mut start = 0;
        for end in ends.into_iter().chain([bytes.len()]) {
            if end > start {
                writes.push(bytes[start..end].to_vec());
                start = end;
            }
        }
        writes
    }
}

fn fields<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Vec<(String, FieldValue)>, D::Error> {
    let map = Map::deserialize(deserializer)?;
    map.into_iter()
        .map(|(name, value)| field(value).map(|v| (name, v)).map_err(D::Error::custom))
        .collect()
}

fn field(value: Value) -> Result<FieldValue, serde_json::Error> {
    Ok(match value {
        Value::Null => FieldValue::Removed,
        Value::String(text) => FieldValue::Lines(vec![text]),
        Value::Array(_) => FieldValue::Lines(Vec::deserialize(value)?),
        Value::Object(ref map) if map.contains_key("times") => {
            let Times { value, times } = Times::deserialize(value)?;
            FieldValue::Times(value, times)
        }
        value => FieldValue::Made(Payload::deserialize(value)?),
    })
}
