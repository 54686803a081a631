//! How the cost of a conversation grows with its size, measured and never timed out: the same
//! conversation at each size, alone.

use std::time::Duration;

use tokio::time::sleep;
use wsspec_reports::{CostAtSize, Growth, Measure, Verdict};
use wsspec_vectors::Case;

use super::Subject;
use crate::exchange::{Conclusion, Setup};

/// A largest conversation that costs less than this is cheap, however the cost grows.
const CHEAP_US: u64 = 50_000;

/// From this power of the size on, a cost grows clearly faster than the size.
const SUPER_LINEAR: f64 = 1.6;

/// Below this, smaller sizes need not be measured.
const NEARLY_LINEAR: f64 = 1.3;

/// A cost that seems to grow too fast is measured this many times in all; each has to show it.
const MEASURED: usize = 3;

/// Conversations of one size, of which the cheapest counts: nothing makes one cheaper than it is.
const CONVERSATIONS: u64 = 3;

/// Conversations of one size, of which the mean counts where their costs are only known in ticks: each
/// is then wrong by up to two, and their mean by little.
const IN_TICKS: u64 = 8;

/// No further conversation of a size begins after these cost as much, in microseconds.
const ENOUGH_US: u64 = 500_000;

/// Time to cool down between measurements: what is collected or written late is not counted.
const COOL_DOWN: Duration = Duration::from_millis(300);

/// Whether the cost of what this growth is of grows too fast.
pub(super) fn is_super_linear(growth: &Growth) -> bool {
    let largest = growth.points.last().map_or(0, |point| point.us);
    largest >= CHEAP_US && growth.exponent().is_some_and(|power| power >= SUPER_LINEAR)
}

/// Measures how the cost of a case grows that was carried out with this conclusion; `None` where it has one size, was
/// cheap, or cannot be measured.
pub(super) async fn measured(
    subject: &Subject,
    case: &Case,
    setup: &Setup,
    conclusion: &Conclusion,
) -> Option<Growth> {
    let sizes = case.sizes();
    let measure = match conclusion.usage {
        Some(_) => Measure::Processor,
        None => Measure::Duration,
    };
    if sizes.is_empty()
        || conclusion.verdict == Verdict::Error
        || Cost::of(conclusion).us < CHEAP_US
    {
        return None;
    }
    let mut growth = None;
    for _ in 0..MEASURED {
        sleep(COOL_DOWN).await;
        let points = curve(subject, &sizes, setup).await?;
        let now = growth.insert(Growth { measure, points });
        if !is_super_linear(now) {
            break;
        }
    }
    growth
}

/// The cost at each size, beginning with the largest, as far as it seems to grow too fast.
async fn curve(subject: &Subject, sizes: &[(u64, Case)], setup: &Setup) -> Option<Vec<CostAtSize>> {
    let mut points = Vec::new();
    for (size, case) in sizes.iter().rev() {
        let us = at_size(subject, case, setup).await?;
        points.insert(0, CostAtSize { size: *size, us });
        if !may_grow_too_fast(&points) {
            break;
        }
    }
    Some(points)
}

/// Whether the cost may grow too fast, as far as its two smallest sizes tell so far.
fn may_grow_too_fast(points: &[CostAtSize]) -> bool {
    let two = Growth {
        measure: Measure::Processor,
        points: points.iter().take(2).copied().collect(),
    };
    let telling = points
        .first()
        .is_some_and(|point| point.us >= Growth::LEAST_US);
    let large = points.last().is_some_and(|largest| largest.us >= CHEAP_US);
    telling && large && two.exponent().is_none_or(|power| power >= NEARLY_LINEAR)
}

/// The cost of the conversations of one size; `None` where one did not take place.
async fn at_size(subject: &Subject, case: &Case, setup: &Setup) -> Option<u64> {
    let mut least = u64::MAX;
    let mut sum = 0;
    let mut count = 0;
    let mut wanted = CONVERSATIONS;
    while count < wanted && sum < ENOUGH_US {
        let conclusion = Box::pin(subject.converse(case, setup)).await;
        if conclusion.verdict == Verdict::Error {
            return None;
        }
        let cost = Cost::of(&conclusion);
        match cost.fine_us {
            Some(us) => least = least.min(us),
            None => wanted = IN_TICKS,
        }
        sum += cost.us;
        count += 1;
    }
    Some(if wanted == IN_TICKS {
        sum / count
    } else {
        least
    })
}

/// What one conversation cost, in microseconds.
struct Cost {
    /// Processor time in ticks, or the duration where it is not known.
    us: u64,
    /// The same, where it is known more finely than in ticks.
    fine_us: Option<u64>,
}

impl Cost {
    fn of(conclusion: &Conclusion) -> Cost {
        if let Some(usage) = conclusion.usage {
            return Cost {
                us: usage.cpu_ms * 1000,
                fine_us: usage.cpu_us,
            };
        }
        let us = conclusion.duration.as_micros() as u64;
        Cost {
            us,
            fine_us: Some(us),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn points(costs: &[(u64, u64)]) -> Vec<CostAtSize> {
        let points = costs.iter().map(|&(size, ms)| CostAtSize {
            size,
            us: ms * 1000,
        });
        points.collect()
    }

    #[test]
    fn a_cost_grows_too_fast_if_it_is_large_and_more_than_linear() {
        for (costs, grows) in [
            (&[(4000, 14), (8000, 50), (14000, 170)][..], true),
            (&[(4000, 140), (8000, 300), (14000, 550)], false),
            // Quadratic, and cheap.
            (&[(4000, 10), (8000, 20), (14000, 49)], false),
            // n log n
            (&[(4000, 120), (8000, 260), (16000, 559)], false),
        ] {
            let growth = Growth {
                measure: Measure::Processor,
                points: points(costs),
            };
            assert_eq!(is_super_linear(&growth), grows, "{costs:?}");
        }
    }

    #[test]
    fn smaller_sizes_are_measured_while_it_may_grow_too_fast() {
        for (costs, may) in [
            (&[(14000, 170)][..], true),
            (&[(14000, 40)], false),
            (&[(7000, 42), (14000, 170)], true),
            (&[(7000, 85), (14000, 170)], false),
            (&[(3500, 30), (7000, 42), (14000, 170)], false),
            // What any conversation costs.
            (&[(3500, 9), (7000, 42), (14000, 170)], false),
        ] {
            assert_eq!(may_grow_too_fast(&points(costs)), may, "{costs:?}");
        }
    }
}
