//! Payloads: a string, or an object that makes bytes.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, de::Error};
use serde_json::Value;
use wsspec_core::random::SplitMix64;

use super::blocks::{self, Block};

/// Largest payload a vector may ask for: 256 MiB.
const MAX_SIZE: u64 = 256 << 20;

/// Largest thing that is repeated or picked, and largest content of blocks, which are made more than once: 1 MiB.
pub(super) const MAX_PART: u64 = 1 << 20;

/// A payload, not yet made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Payload {
    /// UTF-8 text.
    Text(String),
    /// The bytes themselves.
    Bytes(Vec<u8>),
    /// `repeat`, cut to exactly `size` bytes.
    Repeat(Box<Payload>, u64),
    /// `size` bytes of SplitMix64; `ascii` maps them to printable characters.
    Random {
        /// Bytes to make.
        size: u64,
        /// Seed of the generator.
        seed: u64,
        /// Whether each byte becomes 0x20 + b mod 95.
        ascii: bool,
    },
    /// Picked from a list at random, cut to exactly `size` bytes.
    Words {
        /// What to pick from.
        words: Vec<Payload>,
        /// Bytes to make.
        size: u64,
        /// Seed of the generator.
        seed: u64,
    },
    /// One after the other.
    Concat(Vec<Payload>),
    /// A compressed message, block by block.
    Blocks(Vec<Block>),
}

/// A payload as it is written.
#[derive(JsonSchema)]
#[schemars(untagged, rename = "payload")]
#[allow(dead_code)]
pub(crate) enum PayloadSource {
    /// UTF-8 text
    Text(String),
    Fields(PayloadFields),
}

/// An object that makes bytes: exactly one of hex, base64, repeat, random, words, concat, blocks.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PayloadFields {
    /// hex digits, blanks ignored
    hex: Option<String>,
    base64: Option<String>,
    /// repeated and cut to `size` bytes
    #[schemars(with = "Option<PayloadSource>")]
    repeat: Option<Box<Payload>>,
    size: Option<u64>,
    /// so many bytes of SplitMix64
    random: Option<u64>,
    seed: Option<u64>,
    ascii: Option<bool>,
    /// picked by SplitMix64 from these, one after the other, and cut to `size` bytes
    #[schemars(with = "Option<Vec<PayloadSource>>")]
    words: Option<Vec<Payload>>,
    #[schemars(with = "Option<Vec<PayloadSource>>")]
    concat: Option<Vec<Payload>>,
    /// a compressed message, made by hand
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
        fields.resolve().map_err(D::Error::custom)
    }
}

impl PayloadFields {
    fn resolve(self) -> Result<Payload, String> {
        let goes_with = |word: bool, with: bool, what: &str| {
            if word && !with {
                Err(what.to_owned())
            } else {
                Ok(())
            }
        };
        let sized = self.repeat.is_some() || self.words.is_some();
        goes_with(
            self.size.is_some(),
            sized,
            "`size` goes with `repeat` or `words`",
        )?;
        goes_with(
            sized,
            self.size.is_some(),
            "`repeat` and `words` go with `size`",
        )?;
        let seeded = self.random.is_some() || self.words.is_some();
        goes_with(
            self.seed.is_some(),
            seeded,
            "`seed` goes with `random` or `words`",
        )?;
        goes_with(
            self.ascii.is_some(),
            self.random.is_some(),
            "`ascii` goes with `random`",
        )?;
        let hex = self.hex.map(|hex| hex_bytes(&hex).map(Payload::Bytes));
        let base64 = self.base64.map(|b| {
            STANDARD
                .decode(&b)
                .map(Payload::Bytes)
                .map_err(|e| format!("base64: {e}"))
        });
        let length = self.size.unwrap_or(0);
        let repeat = self.repeat.map(|unit| Ok(Payload::Repeat(unit, length)));
        let (seed, ascii) = (self.seed.unwrap_or(0), self.ascii.unwrap_or(false));
        let words = self.words.map(|words| {
            Ok(Payload::Words {
                words,
                size: length,
                seed,
            })
        });
        let random = self
            .random
            .map(|size| Ok(Payload::Random { size, seed, ascii }));
        let concat = self.concat.map(|parts| Ok(Payload::Concat(parts)));
        let blocks = self
            .blocks
            .map(|blocks| blocks::check(&blocks).map(|()| Payload::Blocks(blocks)));
        let mut found = [hex, base64, repeat, random, words, concat, blocks]
            .into_iter()
            .flatten();
        let (Some(payload), None) = (found.next(), found.next()) else {
            return Err(
                "a payload has exactly one of hex, base64, repeat, random, words, concat, blocks"
                    .into(),
            );
        };
        let payload = payload?;
        if let Payload::Repeat(unit, size) = &payload
            && *size > 0
            && unit.size() == 0
        {
            return Err("repeat of nothing".into());
        }
        let repeated = match &payload {
            Payload::Repeat(unit, _) => unit.size(),
            Payload::Words { words, .. } => {
                words.iter().map(Payload::size).fold(0, u64::saturating_add)
            }
            _ => 0,
        };
        if repeated > MAX_PART {
            return Err(format!(
                "{repeated} bytes to repeat or pick from are more than {MAX_PART}"
            ));
        }
        if let Payload::Words { words, .. } = &payload
            && (words.is_empty() || words.iter().any(|word| word.size() == 0))
        {
            return Err("`words` is a list of payloads, none of them empty".into());
        }
        if payload.size() > MAX_SIZE {
            return Err(format!(
                "a payload of {} bytes is more than {MAX_SIZE}",
                payload.size()
            ));
        }
        Ok(payload)
    }
}

impl Payload {
    /// Bytes it makes.
    pub fn size(&self) -> u64 {
        match self {
            Payload::Text(text) => text.len() as u64,
            Payload::Bytes(bytes) => bytes.len() as u64,
            Payload::Repeat(_, size)
            | Payload::Random { size, .. }
            | Payload::Words { size, .. } => *size,
            Payload::Concat(parts) => parts.iter().map(Payload::size).fold(0, u64::saturating_add),
            Payload::Blocks(blocks) => blocks::message(blocks).len() as u64,
        }
    }

    /// Makes the bytes.
    pub fn bytes(&self) -> Vec<u8> {
        match self {
            Payload::Text(text) => text.clone().into_bytes(),
            Payload::Bytes(bytes) => bytes.clone(),
            Payload::Repeat(unit, size) => {
                let unit = unit.bytes();
                let mut bytes = unit.repeat((*size as usize).div_ceil(unit.len().max(1)));
                bytes.truncate(*size as usize);
                bytes
            }
            Payload::Random { size, seed, ascii } => {
                let mut random = SplitMix64(*seed);
                let mut bytes = Vec::with_capacity(*size as usize + 7);
                (0..size.div_ceil(8)).for_each(|_| bytes.extend(random.next().to_le_bytes()));
                bytes.truncate(*size as usize);
                if *ascii {
                    for byte in &mut bytes {
                        *byte = 0x20 + *byte % 95;
                    }
                }
                bytes
            }
            Payload::Words { words, size, seed } => {
                let words: Vec<Vec<u8>> = words.iter().map(Payload::bytes).collect();
                let mut random = SplitMix64(*seed);
                let mut bytes = Vec::new();
                while (bytes.len() as u64) < *size {
                    bytes.extend(&words[(random.next() % words.len() as u64) as usize]);
                }
                bytes.truncate(*size as usize);
                bytes
            }
            Payload::Concat(parts) => parts
                .iter()
                .map(Payload::bytes)
                .collect::<Vec<_>>()
                .concat(),
            Payload::Blocks(blocks) => blocks::message(blocks),
        }
    }
}

/// Hex digits, white space between bytes ignored.
pub fn hex_bytes(text: &str) -> Result<Vec<u8>, String> {
    let digits: Vec<u8> = text.bytes().filter(|b| !b.is_ascii_whitespace()).collect();
    if !digits.len().is_multiple_of(2) {
        return Err(format!("an odd number of hex digits: {text:?}"));
    }
    digits
        .chunks(2)
        .map(|pair| {
            let pair = std::str::from_utf8(pair)
                .ok()
                .filter(|p| p.bytes().all(|b| b.is_ascii_hexdigit()));
            pair.and_then(|p| u8::from_str_radix(p, 16).ok())
                .ok_or_else(|| format!("not hex: {text:?}"))
        })
        .collect()
}
