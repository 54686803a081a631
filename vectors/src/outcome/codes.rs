//! Lists of close codes and statuses.

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, de::Error};
use serde_json::Value;

use crate::json::{Any, True};

/// Close codes or statuses that an outcome accepts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Codes {
    /// Every one.
    Any,
    /// None is listed: what the RFC asks for. For statuses, 200 to 499.
    Usual,
    /// One of these.
    These(Vec<CodeSet>),
}

/// An entry in a list of close codes or statuses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CodeSet {
    /// This one.
    One(u16),
    /// All that begin with this digit: 4 is written `"4xx"`.
    Hundred(u16),
    /// A Close frame without a code, or the end of TCP instead of a response.
    None,
}

impl Codes {
    /// Whether `code` is accepted.
    pub fn contains(&self, code: u16) -> bool {
        match self {
            Codes::Any => true,
            Codes::Usual => (200..500).contains(&code),
            Codes::These(list) => list.iter().any(|entry| match entry {
                CodeSet::One(one) => *one == code,
                CodeSet::Hundred(digit) => *digit == code / 100,
                CodeSet::None => false,
            }),
        }
    }

    /// Whether the lack of a code is listed.
    pub fn contains_none(&self) -> bool {
        matches!(self, Codes::These(list) if list.contains(&CodeSet::None))
    }
}

#[derive(JsonSchema)]
#[schemars(untagged, inline)]
#[allow(dead_code)]
enum CodesSource {
    Any(Any),
    One(u16),
    /// all statuses that begin with the digit
    Class(#[schemars(regex(pattern = "^[1-5]xx$"))] String),
    These(#[schemars(length(min = 1))] Vec<CodeSource>),
    Usual(True),
}

#[derive(JsonSchema)]
#[schemars(untagged, inline)]
#[allow(dead_code)]
enum CodeSource {
    One(u16),
    Class(#[schemars(regex(pattern = "^[1-5]xx$"))] String),
    /// no code, or no answer
    None(()),
}

impl JsonSchema for Codes {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> std::borrow::Cow<'static, str> {
        CodesSource::schema_name()
    }
    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        CodesSource::json_schema(generator)
    }
}

impl<'de> Deserialize<'de> for Codes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        let codes = match &value {
            Value::String(word) if word == "any" => Some(Codes::Any),
            Value::Bool(true) => Some(Codes::Usual),
            Value::Array(list) if !list.is_empty() => list
                .iter()
                .map(entry)
                .collect::<Option<_>>()
                .map(Codes::These),
            Value::Null => None,
            single => entry(single).map(|code| Codes::These(vec![code])),
        };
        codes.ok_or_else(|| {
            D::Error::custom(format!(
                "expected a number, a class like \"4xx\", a list of them or \"any\", not {value}"
            ))
        })
    }
}

fn entry(value: &Value) -> Option<CodeSet> {
    match value {
        Value::Null => Some(CodeSet::None),
        Value::String(class) => match class.as_bytes() {
            [digit @ b'1'..=b'5', b'x', b'x'] => Some(CodeSet::Hundred(u16::from(digit - b'0'))),
            _ => None,
        },
        number => number
            .as_u64()
            .and_then(|code| u16::try_from(code).ok())
            .map(CodeSet::One),
    }
}
