//! Reads payloads from JSON.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, de::Error};
use serde_json::Value;

use super::read_blocks::check_size;
use super::{Block, MAX_PART, MAX_SIZE, Payload};
use crate::hex;

/// A payload as it is written.
#[derive(JsonSchema)]
#[schemars(untagged, rename = "payload")]
#[allow(dead_code)]
pub(super) enum PayloadSource {
    /// UTF-8 text
    Text(String),
    Fields(PayloadFields),
}

/// Bytes to generate: exactly one of hex, base64, repeat, random, words, concat, blocks.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct PayloadFields {
    /// hex digits; white space is ignored
    hex: Option<String>,
    base64: Option<String>,
    /// a payload repeated and cut to `size` bytes
    #[schemars(with = "Option<PayloadSource>")]
    repeat: Option<Box<Payload>>,
    size: Option<u64>,
    /// number of random bytes, from SplitMix64
    random: Option<u64>,
    seed: Option<u64>,
    ascii: Option<bool>,
    /// words picked by SplitMix64, one after the other, cut to `size` bytes
    #[schemars(with = "Option<Vec<PayloadSource>>")]
    words: Option<Vec<Payload>>,
    #[schemars(with = "Option<Vec<PayloadSource>>")]
    concat: Option<Vec<Payload>>,
    /// a compressed message, block by block
    blocks: Option<Vec<Block>>,
}

impl JsonSchema for Payload {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        PayloadSource::schema_name()
    }
    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        PayloadSource::json_schema(generator)
    }
}

impl<'de> Deserialize<'de> for Payload {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let fields = match Value::deserialize(deserializer)? {
            Value::String(text) => return Ok(Payload::Text(text)),
            value @ Value::Object(_) => {
                PayloadFields::deserialize(value).map_err(D::Error::custom)?
            }
            other => {
                return Err(D::Error::custom(format!(
                    "a payload is a string or an object, not {other}"
                )));
            }
        };
        let payload = fields.resolve().map_err(D::Error::custom)?;
        check(&payload).map_err(D::Error::custom)?;
        Ok(payload)
    }
}

impl PayloadFields {
    fn resolve(self) -> Result<Payload, String> {
        self.check_companions()?;
        let size = self.size.unwrap_or(0);
        let (seed, ascii) = (self.seed.unwrap_or(0), self.ascii.unwrap_or(false));
        let words = [
            self.hex.map(|text| {
                hex::decode(&text)
                    .map(Payload::Bytes)
                    .map_err(|e| format!("hex: {e}"))
            }),
            self.base64.map(|text| {
                STANDARD
                    .decode(&text)
                    .map(Payload::Bytes)
                    .map_err(|e| format!("base64: {e}"))
            }),
            self.repeat.map(|unit| Ok(Payload::Repeat(unit, size))),
            self.random
                .map(|size| Ok(Payload::Random { size, seed, ascii })),
            self.words
                .map(|words| Ok(Payload::Words { words, size, seed })),
            self.concat.map(|parts| Ok(Payload::Concat(parts))),
            self.blocks
                .map(|blocks| check_size(&blocks).map(|()| Payload::Blocks(blocks))),
        ];
        let mut words = words.into_iter().flatten();
        match (words.next(), words.next()) {
            (Some(payload), None) => payload,
            _ => Err(
                "a payload has exactly one of hex, base64, repeat, random, words, concat, blocks"
                    .into(),
            ),
        }
    }

    /// Checks the keys that make sense only beside another one.
    fn check_companions(&self) -> Result<(), &'static str> {
        let sized = self.repeat.is_some() || self.words.is_some();
        let seeded = self.random.is_some() || self.words.is_some();
        if self.size.is_some() && !sized {
            return Err("`size` goes with `repeat` or `words`");
        }
        if sized && self.size.is_none() {
            return Err("`repeat` and `words` need `size`");
        }
        if self.seed.is_some() && !seeded {
            return Err("`seed` goes with `random` or `words`");
        }
        if self.ascii.is_some() && self.random.is_none() {
            return Err("`ascii` goes with `random`");
        }
        Ok(())
    }
}

/// Checks that a payload can be generated, and within the limits.
fn check(payload: &Payload) -> Result<(), String> {
    let part = match payload {
        Payload::Repeat(unit, size) if *size > 0 && unit.size() == 0 => {
            return Err("`repeat` needs a payload that is not empty".into());
        }
        Payload::Repeat(unit, _) => unit.size(),
        Payload::Words { words, .. } => {
            if words.is_empty() || words.iter().any(|word| word.size() == 0) {
                return Err("`words` is a list of payloads, none of them empty".into());
            }
            words.iter().map(Payload::size).fold(0, u64::saturating_add)
        }
        Payload::Text(_)
        | Payload::Bytes(_)
        | Payload::Random { .. }
        | Payload::Concat(_)
        | Payload::Blocks(_) => 0,
    };
    if part > MAX_PART {
        return Err(format!(
            "`repeat` and `words` take at most {MAX_PART} bytes, not {part}"
        ));
    }
    let size = payload.size();
    if size > MAX_SIZE {
        return Err(format!(
            "a payload has at most {MAX_SIZE} bytes, not {size}"
        ));
    }
    Ok(())
}
