//! Shapes of JSON that several words share.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, de::Error};
use serde_json::Value;

/// `true`; `false` is refused where the word alone carries the meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct True;

impl<'de> Deserialize<'de> for True {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if bool::deserialize(deserializer)? {
            Ok(True)
        } else {
            Err(D::Error::custom("write `true`, or leave the key out"))
        }
    }
}

impl JsonSchema for True {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "true".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({"const": true})
    }
}

/// The string `"any"`, for the schema.
#[derive(JsonSchema)]
#[schemars(rename_all = "lowercase", inline)]
#[allow(dead_code)]
pub(crate) enum Any {
    Any,
}

/// One value, or a list of at least one.
#[derive(JsonSchema)]
#[schemars(untagged, inline)]
#[allow(dead_code)]
pub(crate) enum OneOrMany<T> {
    One(T),
    Many(Vec<T>),
}

impl<'de, T: serde::de::DeserializeOwned> Deserialize<'de> for OneOrMany<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        if !value.is_array() {
            return T::deserialize(value)
                .map(OneOrMany::One)
                .map_err(D::Error::custom);
        }
        let many: Vec<T> = Vec::deserialize(value).map_err(D::Error::custom)?;
        if many.is_empty() {
            Err(D::Error::custom("the list is empty"))
        } else {
            Ok(OneOrMany::Many(many))
        }
    }
}

impl<T> From<OneOrMany<T>> for Arc<[T]> {
    fn from(source: OneOrMany<T>) -> Self {
        match source {
            OneOrMany::One(one) => [one].into(),
            OneOrMany::Many(many) => many.into(),
        }
    }
}

impl<T> From<OneOrMany<T>> for Vec<T> {
    fn from(source: OneOrMany<T>) -> Self {
        match source {
            OneOrMany::One(one) => vec![one],
            OneOrMany::Many(many) => many,
        }
    }
}

/// Deserializes a field so that `null` differs from an absent key: the outer `Option` is `None`
/// only where `#[serde(default)]` fills the field in.
pub(crate) fn present<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}
