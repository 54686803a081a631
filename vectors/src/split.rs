//! Where the writes of one step end.

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, de::Error};
use serde_json::Value;

/// Where writes end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Split {
    /// After every this many bytes.
    Every(usize),
    /// At these offsets; negative ones count from the end.
    At(Vec<i64>),
    /// After every frame.
    EachFrame,
}

#[derive(JsonSchema)]
#[schemars(untagged, inline)]
#[allow(dead_code)]
enum SplitSource {
    Word(SplitWord),
    /// every n bytes
    Every(#[schemars(range(min = 1))] usize),
    /// at these offsets; negative ones count from the end
    At(Vec<i64>),
}

#[derive(JsonSchema)]
#[schemars(inline, rename_all = "kebab-case")]
#[allow(dead_code)]
enum SplitWord {
    EachByte,
    EachFrame,
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
            Value::String(word) if word == "each-frame" => Some(Split::EachFrame),
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
                "split is \"each-byte\", \"each-frame\", a size or a list of offsets, not {value}"
            ))
        })
    }
}

impl Split {
    /// The same for frames that end at `ends`, without the word that depends on them.
    #[must_use]
    pub fn at_frames(&self, ends: impl IntoIterator<Item = usize>) -> Split {
        match self {
            Split::EachFrame => {
                let ends = ends.into_iter().filter_map(|end| i64::try_from(end).ok());
                Split::At(ends.collect())
            }
            other => other.clone(),
        }
    }

    /// Cuts `bytes` into the writes to make; where their frames end, [`Split::at_frames`] tells.
    /// Offsets outside of it are ignored; no write is empty,
    /// except for one that has nothing to send.
    pub fn cut(split: Option<&Split>, bytes: Vec<u8>) -> Vec<Vec<u8>> {
        let ends = split.map_or_else(Vec::new, |split| split.ends(bytes.len()));
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

    /// The number of writes for this many bytes in this many frames.
    pub(crate) fn pieces(&self, length: u64, frames: usize) -> u64 {
        match self {
            Split::Every(n) => length.div_ceil(*n as u64),
            Split::At(offsets) => offsets.len() as u64 + 1,
            Split::EachFrame => frames as u64,
        }
    }

    /// Offsets at which a write ends, in ascending order.
    fn ends(&self, length: usize) -> Vec<usize> {
        match self {
            Split::Every(n) => (1..length.div_ceil(*n)).map(|i| i * n).collect(),
            Split::At(offsets) => {
                let mut ends: Vec<usize> = offsets
                    .iter()
                    .filter_map(|at| offset(*at, length))
                    .filter(|at| (1..length).contains(at))
                    .collect();
                ends.sort_unstable();
                ends
            }
            Split::EachFrame => Vec::new(),
        }
    }
}

/// The offset from the start; a negative one counts from the end.
fn offset(at: i64, length: usize) -> Option<usize> {
    if at < 0 {
        length.checked_sub(at.unsigned_abs() as usize)
    } else {
        usize::try_from(at).ok()
    }
}
