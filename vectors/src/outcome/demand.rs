//! Demands on the fields of a head.

use globset::Glob;
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, de::Error};
use serde_json::{Map, Value};

use crate::json::True;

/// What a field of a request or response has to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Demand {
    /// Present, with any value.
    Present,
    /// Absent.
    Absent,
    /// Present, with this value or with a comma-separated list that contains it.
    Lists(String),
    /// Present, with a line that matches this glob pattern as a whole.
    Like(String),
}

#[derive(JsonSchema)]
#[schemars(untagged, inline)]
#[allow(dead_code)]
pub(crate) enum DemandSource {
    /// present
    Present(True),
    /// absent
    Absent(()),
    Lists(String),
    Like(Like),
}

/// A glob pattern: `*`, `?`, `[abc]` and `{one,two}`.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
pub(crate) struct Like {
    like: String,
}

/// Reads demands by field name.
pub(crate) fn demands<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Vec<(String, Demand)>, D::Error> {
    let mut demands = Vec::new();
    for (name, value) in Map::deserialize(deserializer)? {
        let demand = match value {
            Value::Null => Demand::Absent,
            Value::Bool(true) => Demand::Present,
            Value::String(text) => Demand::Lists(text),
            value @ Value::Object(_) => {
                let Like { like } = Like::deserialize(value).map_err(D::Error::custom)?;
                Glob::new(&like)
                    .map_err(|e| D::Error::custom(format!("{like:?} is not a pattern: {e}")))?;
                Demand::Like(like)
            }
            other => {
                return Err(D::Error::custom(format!(
                    "field {name}: expected a string, {{\"like\": pattern}}, true or null, not {other}"
                )));
            }
        };
        demands.push((name, demand));
    }
    Ok(demands)
}
