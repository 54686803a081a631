//! Measures jobs side by side. In every round each job runs once, in an order that is shuffled
//! anew, so that noise affects all of them alike. What is compared is the ratio to the first job
//! *of the same round*. Time is that of the thread, which does not run while the machine does other
//! work.

use std::time::Duration;

use cpu_time::ThreadTime;

use crate::random::Random;

/// Minimum time that a job runs in a round.
const SLICE: Duration = Duration::from_millis(4);

/// A job to measure.
pub type Job<'a> = Box<dyn Fn() + 'a>;

/// The result of the rounds for one job.
#[derive(Debug, Clone, Copy)]
pub struct Measured {
    /// Nanoseconds per run: the median of the rounds.
    pub nanos: f64,
    /// Ratio to the first job of the same round: the median.
    pub ratio: f64,
    /// First and third quartile of the ratios.
    pub quartiles: (f64, f64),
}

impl Measured {
    /// Half the distance between the quartiles, in percent of the median.
    pub fn spread(&self) -> f64 {
        50.0 * (self.quartiles.1 - self.quartiles.0) / self.ratio
    }
}

/// Measures the jobs in this many rounds.
pub fn measure(jobs: &[Job<'_>], rounds: usize) -> Vec<Measured> {
    let runs: Vec<u32> = jobs.iter().map(|job| runs_per_slice(job)).collect();
    let mut random = Random::new(rounds as u64);
    let mut order: Vec<usize> = (0..jobs.len()).collect();
    let mut nanos = vec![Vec::with_capacity(rounds); jobs.len()];
    for _ in 0..rounds {
        random.shuffle(&mut order);
        for &job in &order {
            nanos[job].push(time(&jobs[job], runs[job]).as_nanos() as f64 / f64::from(runs[job]));
        }
    }
    nanos
        .iter()
        .map(|of_job| summary(of_job, &nanos[0]))
        .collect()
}

/// Returns how often a job must run to fill its time, after a warm-up run.
fn runs_per_slice(job: &Job<'_>) -> u32 {
    job();
    let mut runs = 1;
    loop {
        let taken = time(job, runs);
        if taken >= SLICE / 4 {
            let fill = SLICE.as_secs_f64() / taken.as_secs_f64() * f64::from(runs);
            return fill.ceil().max(1.0) as u32;
        }
        runs *= 4;
    }
}

fn time(job: &Job<'_>, runs: u32) -> Duration {
    let start = ThreadTime::now();
    for _ in 0..runs {
        job();
    }
    start.elapsed()
}

fn summary(nanos: &[f64], base: &[f64]) -> Measured {
    let ratios: Vec<f64> = nanos
        .iter()
        .zip(base)
        .map(|(job, base)| job / base)
        .collect();
    let quartiles = (quantile(&ratios, 0.25), quantile(&ratios, 0.75));
    Measured {
        nanos: quantile(nanos, 0.5),
        ratio: quantile(&ratios, 0.5),
        quartiles,
    }
}

/// Returns the value below which this part of the values lies.
fn quantile(values: &[f64], part: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let at = part * (sorted.len() - 1) as f64;
    let (low, high) = (sorted[at.floor() as usize], sorted[at.ceil() as usize]);
    low + (high - low) * at.fract()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::hint::black_box;

    #[test]
    fn ratios_are_taken_within_a_round() {
        // The second job takes twice as long as the first, however the speed of the machine changes
        // between rounds.
        let measured = summary(&[2.0, 20.0, 200.0, 6.0], &[1.0, 10.0, 100.0, 3.0]);
        assert_eq!(
            (measured.ratio, measured.quartiles, measured.nanos),
            (2.0, (2.0, 2.0), 13.0)
        );
    }

    #[test]
    fn every_job_is_measured() {
        let count = |most: u32| {
            move || {
                (0..most).for_each(|at| {
                    black_box(at);
                })
            }
        };
        let jobs: Vec<Job<'_>> = vec![Box::new(count(1_000)), Box::new(count(100_000))];
        let measured = measure(&jobs, 3);
        assert!(
            measured[1].ratio > 10.0 && measured[1].nanos > 0.0,
            "{measured:?}"
        );
    }
}
