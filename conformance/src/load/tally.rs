//! What all connections counted.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use hdrhistogram::Histogram;
use tokio::time::Instant;

use super::Progress;
use super::report::{First, TroubleKind};
use super::unopened::Unopened;

/// The longest time that is recorded, in microseconds; longer ones count as this one.
const LONGEST_US: u64 = 120_000_000;

/// Digits of a time that are kept.
const DIGITS: u8 = 3;

/// Counts what happens on all connections.
#[derive(Debug)]
pub(super) struct Tally(Mutex<Counts>);

/// What was counted.
#[derive(Debug, Clone)]
pub(super) struct Counts {
    pub(super) opened: u32,
    /// Connections that could not be opened, by how.
    pub(super) unopened: BTreeMap<Unopened, u32>,
    /// Connections that are over.
    pub(super) ended: u32,
    pub(super) sent: u64,
    pub(super) echoed: u64,
    /// When the last message came back.
    pub(super) last_echo: Option<Instant>,
    /// Bytes of messages that came back.
    pub(super) bytes: u64,
    pub(super) opening_us: Histogram<u64>,
    pub(super) latency_us: Histogram<u64>,
    /// Connections that the server closed, by close code; 1005 stands for a Close frame without one.
    pub(super) closed: BTreeMap<u16, u32>,
    pub(super) trouble: BTreeMap<TroubleKind, (u64, First)>,
}

impl Default for Tally {
    fn default() -> Tally {
        Tally(Mutex::new(Counts {
            opened: 0,
            unopened: BTreeMap::new(),
            ended: 0,
            sent: 0,
            echoed: 0,
            last_echo: None,
            bytes: 0,
            opening_us: histogram(),
            latency_us: histogram(),
            closed: BTreeMap::new(),
            trouble: BTreeMap::new(),
        }))
    }
}

fn histogram() -> Histogram<u64> {
    Histogram::new_with_max(LONGEST_US, DIGITS).expect("three digits are allowed")
}

impl Tally {
    pub(super) fn counts(&self) -> MutexGuard<'_, Counts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether every connection is open, or will never be.
    pub(super) fn all_began(&self, connections: u32) -> bool {
        let counts = self.counts();
        counts.opened + counts.failed() >= connections
    }

    /// Whether every connection is over.
    pub(super) fn all_ended(&self, connections: u32) -> bool {
        self.counts().ended >= connections
    }

    pub(super) fn progress(&self, elapsed: Duration) -> Progress {
        let counts = self.counts();
        Progress {
            opened: counts.opened,
            failed: counts.failed(),
            echoed: counts.echoed,
            elapsed,
        }
    }
}

impl Counts {
    fn failed(&self) -> u32 {
        self.unopened.values().sum()
    }

    pub(super) fn opened_after(&mut self, time: Duration) {
        self.opened += 1;
        self.opening_us.saturating_record(micros(time));
    }

    pub(super) fn echoed_after(&mut self, time: Duration, bytes: usize) {
        self.echoed += 1;
        self.last_echo = Some(Instant::now());
        self.bytes += bytes as u64;
        self.latency_us.saturating_record(micros(time));
    }

    pub(super) fn trouble(&mut self, kind: TroubleKind, number: u64, first: First) {
        let (count, _) = self.trouble.entry(kind).or_insert((0, first));
        *count += number;
    }
}

fn micros(time: Duration) -> u64 {
    time.as_micros().try_into().unwrap_or(u64::MAX)
}
