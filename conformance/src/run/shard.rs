//! Parts of a run, for several machines.

use std::fmt;
use std::str::FromStr;

use sha1::{Digest, Sha1};
use wsspec_reports::Shards;

/// The `index`-th of `of` parts, from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shard {
    index: u64,
    of: u64,
}

/// What is wrong with a shard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShardError;

impl fmt::Display for ShardError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("write I/N: 1/8 is the first of eight parts, and 0/8 with --shard-from-zero")
    }
}

impl std::error::Error for ShardError {}

impl FromStr for Shard {
    type Err = ShardError;

    fn from_str(text: &str) -> Result<Shard, ShardError> {
        let (index, of) = text.split_once('/').ok_or(ShardError)?;
        let (index, of) = (
            index.parse().map_err(|_| ShardError)?,
            of.parse().map_err(|_| ShardError)?,
        );
        if (1..=of).contains(&index) {
            Ok(Shard { index, of })
        } else {
            Err(ShardError)
        }
    }
}

impl Shard {
    /// Reads `I/N` with I from 0 to N - 1, as array jobs count.
    ///
    /// # Errors
    /// If it is none.
    pub fn from_zero(text: &str) -> Result<Shard, ShardError> {
        let (index, of) = text.split_once('/').ok_or(ShardError)?;
        let index: u64 = index.parse().map_err(|_| ShardError)?;
        format!("{}/{of}", index.checked_add(1).ok_or(ShardError)?).parse()
    }

    /// This part without the others.
    pub fn alone(self) -> Shards {
        Shards {
            of: self.of,
            parts: [self.index].into(),
        }
    }

    /// Whether the case of this id is in the part. It is for ever in the same of as many, whatever else there is.
    pub fn holds(self, id: &str) -> bool {
        let digest = Sha1::digest(id);
        let number = digest
            .iter()
            .take(8)
            .fold(0, |n, byte| n << 8 | u64::from(*byte));
        number % self.of == self.index - 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_id_is_in_one_part() {
        let parts: Vec<Shard> = (1..=8).map(|i| format!("{i}/8").parse().unwrap()).collect();
        for n in 0..1000 {
            let id = format!("close.code.{n}");
            assert_eq!(parts.iter().filter(|part| part.holds(&id)).count(), 1);
        }
        // Stored shards rely on it.
        assert!("8/8".parse::<Shard>().unwrap().holds("close.code.1005"));
        assert_eq!(Shard::from_zero("7/8"), "8/8".parse());
        for bad in ["", "1", "8/8", "-1/8", "18446744073709551615/8"] {
            assert_eq!(Shard::from_zero(bad), Err(ShardError), "{bad}");
        }
        for bad in ["", "1", "0/8", "9/8", "1/0", "-1/8", "a/b"] {
            assert_eq!(bad.parse::<Shard>(), Err(ShardError), "{bad}");
        }
    }
}
