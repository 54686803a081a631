//! What the processes of a target took over a run.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::counted;

/// Most moments that are kept of a run, however long it is; an even number.
const MOST_MOMENTS: usize = 240;

/// What the processes of a target took at one time of a run: the process that was watched, and all
/// below it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Moment {
    /// Milliseconds since the run began.
    pub at_ms: u64,
    /// Resident memory, in KiB.
    pub memory_kib: u64,
    /// Processor time since the moment before, in milliseconds.
    pub cpu_ms: u64,
    /// Threads.
    pub threads: u32,
    /// Open files.
    pub files: u32,
}

/// What the processes of a target took, from the beginning of a run to its end.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Timeline {
    /// In the order of time. Of moments that are told as one, each value is the largest, and processor time the
    /// sum.
    pub moments: Vec<Moment>,
    /// Looks that make one moment.
    #[serde(skip)]
    looks: Looks,
}

/// How many looks at the processes are in a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Looks {
    each: u32,
    in_last: u32,
}

impl Default for Looks {
    fn default() -> Self {
        Looks {
            each: 1,
            in_last: 1,
        }
    }
}

impl Timeline {
    /// Adds what was seen last. Where there are too many moments, each pair becomes one.
    pub fn add(&mut self, seen: Moment) {
        match self.moments.last_mut() {
            Some(last) if self.looks.in_last < self.looks.each => {
                *last = last.and(seen);
                self.looks.in_last += 1;
            }
            _ => {
                self.moments.push(seen);
                self.looks.in_last = 1;
            }
        }
        if self.moments.len() > MOST_MOMENTS {
            let pairs = self.moments.chunks(2);
            self.moments = pairs
                .map(|pair| {
                    pair.iter()
                        .skip(1)
                        .fold(pair[0], |one, next| one.and(*next))
                })
                .collect();
            // They were even until this look, which has no other to its pair yet.
            self.looks.each *= 2;
        }
    }

    /// The most memory that was seen, in KiB.
    pub fn memory_peak_kib(&self) -> u64 {
        let memory = self.moments.iter().map(|moment| moment.memory_kib);
        memory.max().unwrap_or_default()
    }

    /// The processor time in all, in milliseconds.
    pub fn cpu_ms(&self) -> u64 {
        self.moments.iter().map(|moment| moment.cpu_ms).sum()
    }
}

impl Moment {
    /// This moment and the next one, told as one.
    fn and(self, next: Moment) -> Moment {
        Moment {
            at_ms: next.at_ms,
            memory_kib: self.memory_kib.max(next.memory_kib),
            cpu_ms: self.cpu_ms + next.cpu_ms,
            threads: self.threads.max(next.threads),
            files: self.files.max(next.files),
        }
    }
}

/// For people, in one line.
impl fmt::Display for Timeline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let moments = &self.moments;
        let first = moments.first().map_or(0, |moment| moment.memory_kib);
        let last = moments.last().map_or(0, |moment| moment.memory_kib);
        let threads = moments.iter().map(|moment| moment.threads).max();
        let files = moments.iter().map(|moment| moment.files).max();
        write!(
            f,
            "{} MiB of memory at first, {} at most, {} at last; {:.2} s of processor time; at most {} and {}",
            first >> 10,
            self.memory_peak_kib() >> 10,
            last >> 10,
            self.cpu_ms() as f64 / 1e3,
            counted(threads.unwrap_or_default() as usize, "thread"),
            counted(files.unwrap_or_default() as usize, "open file"),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_run_keeps_its_peaks_and_its_sums_in_few_moments() {
        const LOOKS: u64 = 100_000;
        let mut timeline = Timeline::default();
        for look in 1..=LOOKS {
            timeline.add(Moment {
                at_ms: look,
                memory_kib: if look == LOOKS / 3 { 7 << 10 } else { 5 << 10 },
                cpu_ms: 1,
                threads: 2,
                files: 3,
            });
        }
        let moments = &timeline.moments;
        assert!((MOST_MOMENTS / 2..=MOST_MOMENTS).contains(&moments.len()));
        assert!(moments.is_sorted_by_key(|moment| moment.at_ms));
        assert_eq!(moments.last().unwrap().at_ms, LOOKS);
        assert_eq!(timeline.cpu_ms(), LOOKS);
        assert_eq!(timeline.memory_peak_kib(), 7 << 10);
        // All but the last are as long.
        let apart = moments.windows(2).map(|two| two[1].at_ms - two[0].at_ms);
        let apart: Vec<u64> = apart.collect();
        assert!(
            apart[..apart.len() - 1]
                .iter()
                .all(|time| *time == apart[0])
        );
    }
}
