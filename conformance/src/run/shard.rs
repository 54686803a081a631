//! Parts of a run, for several machines.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use sha1::{Digest, Sha1};
use wsspec_reports::Shards;

/// The `index`-th of `of` parts, counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Shard {
    index: u64,
    of: u64,
}

/// Why a text names no shard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ShardError {
    /// The text is not two numbers with a slash between them.
    Malformed,
    /// The index is not one of the parts.
    OutOfRange,
}

impl fmt::Display for ShardError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            ShardError::Malformed => "not of the form I/N; ",
            ShardError::OutOfRange => "I is out of range; ",
        })?;
        f.write_str("the first of eight parts is 1/8, and 0/8 with --shard-from-zero")
    }
}

impl std::error::Error for ShardError {}

impl FromStr for Shard {
    type Err = ShardError;

    fn from_str(text: &str) -> Result<Shard, ShardError> {
        let (index, of) = numbers(text)?;
        if (1..=of).contains(&index) {
            Ok(Shard { index, of })
        } else {
            Err(ShardError::OutOfRange)
        }
    }
}

impl TryFrom<String> for Shard {
    type Error = ShardError;

    fn try_from(text: String) -> Result<Shard, ShardError> {
        text.parse()
    }
}

impl From<Shard> for String {
    fn from(shard: Shard) -> String {
        shard.to_string()
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.index, self.of)
    }
}

/// The two numbers of `I/N`.
fn numbers(text: &str) -> Result<(u64, u64), ShardError> {
    let (index, of) = text.split_once('/').ok_or(ShardError::Malformed)?;
    match (index.parse(), of.parse()) {
        (Ok(index), Ok(of)) => Ok((index, of)),
        _ => Err(ShardError::Malformed),
    }
}

impl Shard {
    /// Parses `I/N` with I from 0 to N - 1, as array jobs count.
    ///
    /// # Errors
    /// If the text has another form, or I is not below N.
    pub fn from_zero(text: &str) -> Result<Shard, ShardError> {
        let (index, of) = numbers(text)?;
        if index < of {
            Ok(Shard {
                index: index + 1,
                of,
            })
        } else {
            Err(ShardError::OutOfRange)
        }
    }

    /// The number of the part, counted from 1.
    pub fn index(self) -> u64 {
        self.index
    }

    /// The number of parts.
    pub fn of(self) -> u64 {
        self.of
    }

    /// This part alone, for a report.
    pub fn alone(self) -> Shards {
        Shards {
            of: self.of,
            parts: [self.index].into(),
        }
    }

    /// Whether the case with this id belongs to the part. The answer depends on nothing but the id
    /// and the number of parts, so it never changes.
    pub fn holds(self, id: &str) -> bool {
        number(id) % self.of == self.index - 1
    }

    /// The seed of this part of a fuzzing run with the seed `seed`: below 2^32, so that it is short to type. It does not
    /// depend on the number of parts, so that a run can be continued with more of them.
    pub fn seed(self, seed: u64) -> u64 {
        number(&format!("{seed} {}", self.index)) >> 32
    }
}

/// The first bytes of the digest of a text.
fn number(text: &str) -> u64 {
    let digest = Sha1::digest(text);
    digest
        .iter()
        .take(8)
        .fold(0, |n, byte| n << 8 | u64::from(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_id_is_in_exactly_one_part() {
        let parts: Vec<Shard> = (1..=8).map(|i| format!("{i}/8").parse().unwrap()).collect();
        for n in 0..1000 {
            let id = format!("close.code.{n}");
            assert_eq!(parts.iter().filter(|part| part.holds(&id)).count(), 1);
        }
        // Stored shards rely on this.
        assert!("8/8".parse::<Shard>().unwrap().holds("close.code.1005"));
    }

    #[test]
    fn every_part_has_another_seed() {
        let seed = |shard: &str, seed| shard.parse::<Shard>().unwrap().seed(seed);
        let seeds = (1..=8).flat_map(|i| [7, 8].map(|n| seed(&format!("{i}/8"), n)));
        assert_eq!(seeds.collect::<std::collections::BTreeSet<_>>().len(), 16);
        // Stored states rely on this.
        assert_eq!(seed("2/8", 7), seed("2/4", 7));
    }

    #[test]
    fn both_ways_of_counting_name_the_same_parts() {
        assert_eq!(Shard::from_zero("7/8"), "8/8".parse());
        for bad in ["", "1", "-1/8", "18446744073709551616/8", "a/b"] {
            assert_eq!(Shard::from_zero(bad), Err(ShardError::Malformed), "{bad}");
            assert_eq!(bad.parse::<Shard>(), Err(ShardError::Malformed), "{bad}");
        }
        for bad in ["8/8", "18446744073709551615/8", "0/0"] {
            assert_eq!(Shard::from_zero(bad), Err(ShardError::OutOfRange), "{bad}");
        }
        for bad in ["0/8", "9/8", "1/0"] {
            assert_eq!(bad.parse::<Shard>(), Err(ShardError::OutOfRange), "{bad}");
        }
    }
}
