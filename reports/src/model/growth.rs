//! How the cost of a conversation grows with its size.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What was measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Measure {
    /// The processor time of the target's processes.
    Processor,
    /// The time that the conversation took, where its processes are not watched.
    Duration,
}

/// What a conversation of one size cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CostAtSize {
    /// The size, as the case counts it.
    pub size: u64,
    /// The cost, in microseconds: the least of some conversations, or the mean of those known in ticks.
    pub us: u64,
}

/// What the same conversation cost at several sizes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Growth {
    /// What was measured.
    pub measure: Measure,
    /// From the smallest size to the largest. Where the largest ones show that the cost does not grow
    /// too fast, smaller ones are not measured.
    pub points: Vec<CostAtSize>,
}

impl Growth {
    /// Sizes that the exponent is fitted to, at most: what is proportional hides the rest at smaller ones.
    const FITTED: usize = 3;

    /// Costs below this, in microseconds, are mostly what a conversation costs whatever its size.
    pub const LEAST_US: u64 = 10_000;

    /// The exponent of the power of the size with which the cost grows: 1 where it is proportional, 2 where it is
    /// quadratic. `None` of a single size.
    ///
    /// It is that of the line of least squares through the logarithms of the three largest sizes, without those that cost less
    /// than [`LEAST_US`](Self::LEAST_US).
    pub fn exponent(&self) -> Option<f64> {
        let largest = self.points.iter().rev().take(Self::FITTED);
        let above = largest.take_while(|point| point.us >= Self::LEAST_US);
        // A single one is compared with the most that the next smaller one can cost.
        let used = above.count().max(2);
        let start = self.points.len().checked_sub(used)?;
        let logs = self.points[start..].iter().map(|point| {
            let cost = point.us.max(Self::LEAST_US);
            ((point.size as f64).ln(), (cost as f64).ln())
        });
        slope(&logs.collect::<Vec<_>>())
    }
}

/// The slope of the line of least squares.
fn slope(points: &[(f64, f64)]) -> Option<f64> {
    let count = points.len() as f64;
    let x_mean = points.iter().map(|(x, _)| x).sum::<f64>() / count;
    let y_mean = points.iter().map(|(_, y)| y).sum::<f64>() / count;
    let over = points.iter().map(|(x, y)| (x - x_mean) * (y - y_mean));
    let under = points
        .iter()
        .map(|(x, _)| (x - x_mean).powi(2))
        .sum::<f64>();
    (under > 0.0).then(|| over.sum::<f64>() / under)
}

/// For people, in one line.
impl fmt::Display for Growth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.measure {
            Measure::Processor => "processor time by size: ",
            Measure::Duration => "duration by size: ",
        })?;
        for (n, point) in self.points.iter().enumerate() {
            let comma = if n == 0 { "" } else { ", " };
            write!(f, "{comma}{}: {:.3} s", point.size, point.us as f64 / 1e6)?;
        }
        match self.exponent() {
            Some(exponent) => write!(f, "; grows with the power {exponent:.1} of the size"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn growth(points: &[(u64, u64)]) -> Growth {
        let points = points.iter().map(|&(size, ms)| CostAtSize {
            size,
            us: ms * 1000,
        });
        Growth {
            measure: Measure::Processor,
            points: points.collect(),
        }
    }

    #[test]
    fn the_exponent_is_that_of_the_largest_costs() {
        for (points, expected) in [
            (&[(1000, 20), (2000, 40), (4000, 80)][..], 1.0),
            (&[(1000, 20), (2000, 80), (4000, 320)], 2.0),
            // What CVE-2021-32640 costs: the smallest size costs what any does.
            (&[(2000, 3), (4000, 14), (8000, 50), (14000, 170)], 2.0),
            // A linear cost beside it hides it where it is small.
            (&[(1000, 16), (2000, 40), (4000, 160), (8000, 640)], 2.0),
            // A constant cost beside it hides it, and never makes it larger.
            (&[(1000, 100), (2000, 110), (4000, 130)], 0.2),
            // Exponential: all but the largest cost next to nothing.
            (&[(1000, 0), (2000, 0), (4000, 640)], 6.0),
        ] {
            let exponent = growth(points).exponent().unwrap();
            assert!((exponent - expected).abs() < 0.05, "{points:?}: {exponent}");
        }
    }

    #[test]
    fn one_size_shows_no_growth() {
        assert_eq!(growth(&[(1000, 20)]).exponent(), None);
        assert_eq!(growth(&[]).exponent(), None);
    }
}
