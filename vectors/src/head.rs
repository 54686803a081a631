//! The head of a request or response, as a case describes it.

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, de::Error};
use serde_json::{Map, Value};

use crate::{Frame, Payload, Split};

/// Changes to the default head. Text may contain names in braces that are filled in when it is
/// sent.
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
    /// name → value; null removes a default field, a list makes several lines
    #[schemars(with = "std::collections::BTreeMap<String, FieldSource>")]
    #[serde(deserialize_with = "fields")]
    pub headers: Vec<(String, FieldValue)>,
    /// the whole head, line by line, in place of the defaults
    pub lines: Option<Vec<String>>,
    /// the bytes of the whole head
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
    /// The default field is left out.
    Removed,
    /// One line for each value.
    Lines(Vec<String>),
    /// One line with a generated value.
    Made(Payload),
    /// The same line, this many times.
    Times(String, usize),
}

#[derive(JsonSchema)]
#[schemars(untagged, inline)]
#[allow(dead_code)]
enum FieldSource {
    /// removes a default field
    Removed(()),
    Line(String),
    /// one line for each value
    Lines(Vec<String>),
    /// the same line several times
    Times(Times),
    Made(Payload),
}

/// The same line several times.
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
    /// CR LF, as HTTP demands.
    #[default]
    Crlf,
    /// LF alone.
    Lf,
    /// CR alone.
    Cr,
}

impl Eol {
    /// The bytes, as text.
    pub const fn text(self) -> &'static str {
        match self {
            Eol::Crlf => "\r\n",
            Eol::Lf => "\n",
            Eol::Cr => "\r",
        }
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
