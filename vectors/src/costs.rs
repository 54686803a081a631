//! What a case may cost the processes of a target.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::outcome::Grade;

/// What a case may cost the processes of a target, all together. Where they are not watched, it is
/// not judged.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
pub struct Costs {
    /// bytes by which their resident memory may grow
    pub memory: Option<u64>,
    /// seconds of processor time
    #[schemars(with = "Option<f64>", range(min = 0.1, max = 600))]
    pub cpu: Option<Seconds>,
    /// how often the conversation is carried out, one after another: what all of them cost is judged
    #[schemars(range(min = 2, max = 1000))]
    pub repeat: Option<u32>,
    /// what may be left of it soon after its end
    pub left: Option<Left>,
    /// sizes, from the smallest to the largest, that `{size}` stands for in the steps: processor time
    /// must not grow much faster than they do
    #[serde(default)]
    #[schemars(length(min = 3, max = 8))]
    pub growth: Vec<u64>,
    /// the verdict where it costs more; `fail` by default
    pub verdict: Option<Grade>,
}

/// What may be left of a case soon after its end, beyond what there was before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
pub struct Left {
    /// threads
    pub threads: u32,
    /// open files, connections among them
    pub files: u32,
}

/// A time, written in seconds with up to three decimals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "f64")]
pub struct Seconds(u64);

impl TryFrom<f64> for Seconds {
    type Error = &'static str;

    fn try_from(seconds: f64) -> Result<Seconds, &'static str> {
        if (0.1..=600.0).contains(&seconds) {
            Ok(Seconds((seconds * 1e3).round() as u64))
        } else {
            Err("between 0.1 and 600 seconds")
        }
    }
}

impl Costs {
    /// The processor time, in milliseconds.
    pub fn cpu_ms(&self) -> Option<u64> {
        self.cpu.map(|Seconds(milliseconds)| milliseconds)
    }

    /// Checks what its schema says of numbers and lists.
    pub(crate) fn check(&self) -> Result<(), &'static str> {
        if self
            .repeat
            .is_some_and(|times| !(2..=1000).contains(&times))
        {
            return Err("`repeat` is a number from 2 to 1,000");
        }
        let sizes = &self.growth;
        let few = sizes.len() < MIN_SIZES || sizes.len() > MAX_SIZES;
        if !sizes.is_empty() && (few || sizes[0] == 0 || !sizes.is_sorted_by(|a, b| a < b)) {
            return Err("`growth` is a list of 3 to 8 sizes, each larger than the one before");
        }
        Ok(())
    }
}

/// Sizes that show how a cost grows, at least.
const MIN_SIZES: usize = 3;

/// The same, at most: each is a conversation.
const MAX_SIZES: usize = 8;

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(costs: serde_json::Value) -> serde_json::Result<Costs> {
        serde_json::from_value(costs)
    }

    #[test]
    fn sizes_ascend_and_seconds_have_decimals() {
        for (costs, fits) in [
            (json!({"growth": [1, 2, 3]}), true),
            (json!({"growth": [1, 2]}), false),
            (json!({"growth": [1, 3, 2]}), false),
            (json!({"growth": [0, 1, 2]}), false),
            (json!({"growth": [1, 2, 3, 4, 5, 6, 7, 8, 9]}), false),
            (
                json!({"repeat": 100, "left": {"threads": 1, "files": 2}}),
                true,
            ),
            (json!({"repeat": 1}), false),
            (json!({"cpu": 10}), true),
        ] {
            let read = read(costs.clone()).unwrap();
            assert_eq!(read.check().is_ok(), fits, "{costs}");
        }
        let quarter = read(json!({"cpu": 0.25})).unwrap();
        assert_eq!(quarter.cpu_ms(), Some(250));
        for out_of_bounds in [0.01, 601.0] {
            assert!(read(json!({"cpu": out_of_bounds})).is_err());
        }
    }
}
