//! How many connections the target takes at once, and how many a second: found with a crowd of
//! silent connections.

use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};
use wsspec_reports::Verdict;

use super::super::Subject;
use super::cases::{plain_case, watch};
use super::reaction::{Watched, watched};
use crate::exchange::{Conclusion, Setup};

/// Most connections of a crowd.
pub(super) const CROWD: usize = 64;

/// How long a crowd is watched.
const WATCH: Duration = Duration::from_millis(250);

/// How long a crowd is watched that may only have been slow to open.
const PATIENCE: Duration = Duration::from_millis(1500);

/// Round trips in the watch, where that is longer.
const ROUND_TRIPS: u32 = 20;

/// Connections made one after another, to tell a rate from a number at once.
const IN_A_ROW: u32 = 12;

/// The pause after a connection that was refused.
const PAUSE: Duration = Duration::from_millis(50);

/// The share of the measured rate that the run uses.
const RATE_SHARE: f64 = 0.8;

/// The longest time spent on connections in a row.
const ROW_TIME: Duration = Duration::from_secs(3);

/// What the target takes, where that is less than was tried.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Limits {
    /// Connections at once.
    pub(super) connections: Option<u32>,
    /// New connections a second.
    pub(super) rate: Option<u32>,
}

/// Opens `size` connections at once and watches them in silence.
pub(super) async fn crowd(subject: &Subject, setup: &Setup, size: usize) -> Vec<Conclusion> {
    watch_many(subject, setup, size, WATCH).await
}

async fn watch_many(
    subject: &Subject,
    setup: &Setup,
    size: usize,
    time: Duration,
) -> Vec<Conclusion> {
    let mut setup = setup.clone();
    setup.timing.deadline = time.max(setup.timing.round_trip * ROUND_TRIPS);
    let mut watching = JoinSet::new();
    for _ in 0..size {
        let (subject, setup) = (subject.clone(), setup.clone());
        watching.spawn(async move { subject.carry_out(&watch(), &setup).await });
    }
    watching.join_all().await
}

/// Whether a connection of a crowd was open at the end of its watch.
fn lived(conclusion: &Conclusion) -> bool {
    conclusion.verdict != Verdict::Error && conclusion.timed_out
}

/// Whether it ended while it was watched.
fn ended(conclusion: &Conclusion) -> bool {
    conclusion.verdict != Verdict::Error && !conclusion.timed_out
}

/// Number of connections of a crowd that were served. Connections that the target ends count as
/// served if it ends all of them.
fn served(crowd: &[Conclusion]) -> usize {
    match crowd.iter().filter(|c| lived(c)).count() {
        0 => crowd.iter().filter(|c| ended(c)).count(),
        lived => lived,
    }
}

/// Opens this many connections at once. Returns the number of those that open and are still open at
/// the end of their watch.
pub(in crate::run) async fn served_at_once(subject: &Subject, setup: &Setup, size: u32) -> u32 {
    let crowd = watch_many(subject, setup, size as usize, PATIENCE).await;
    let served = crowd.iter().filter(|c| c.opening.opens && lived(c));
    served.count() as u32
}

/// What the connections of a crowd show, together.
pub(super) fn observed(crowd: &[Conclusion], greeting: u32) -> Watched {
    let all: Vec<Watched> = crowd
        .iter()
        .filter(|c| lived(c) || ended(c))
        .map(|conclusion| watched(conclusion, greeting))
        .collect();
    let everyone_ends = all.iter().all(|one| one.lifetime.is_some());
    Watched {
        pushes: most(all.iter().filter_map(|one| one.pushes), |r| r.count),
        pings: most(all.iter().filter_map(|one| one.pings), |r| r.count),
        lifetime: most(all.iter().filter_map(|one| one.lifetime), |l| l.after_ms)
            .filter(|_| everyone_ends),
        broadcast: all.iter().any(|one| one.broadcast),
    }
}

fn most<T, K: Ord>(all: impl Iterator<Item = T>, key: impl Fn(&T) -> K) -> Option<T> {
    all.max_by_key(key)
}

/// What the target takes, judged by a first crowd; tried again where not all of it was served.
pub(super) async fn limits(subject: &Subject, setup: &Setup, first: &[Conclusion]) -> Limits {
    let size = first.len();
    if served(first) == size {
        return Limits::default();
    }
    sleep(PAUSE * 2).await;
    let second = watch_many(subject, setup, size, PATIENCE).await;
    let most = served(first).max(served(&second));
    if most == 0 || most == size {
        return Limits::default();
    }
    sleep(PAUSE * 2).await;
    match rate(subject, setup, most as u32 + 3).await {
        Some(rate) => Limits {
            connections: None,
            rate: Some(rate),
        },
        None => Limits {
            connections: Some(most as u32),
            rate: None,
        },
    }
}

/// New connections a second that the target takes, if it refuses many that follow each other
/// without a pause.
async fn rate(subject: &Subject, setup: &Setup, wanted: u32) -> Option<u32> {
    let wanted = wanted.min(IN_A_ROW);
    let case = plain_case();
    let began = Instant::now();
    let (mut served, mut refused) = (0, 0);
    while served < wanted && began.elapsed() < ROW_TIME {
        if subject.carry_out(&case, setup).await.verdict == Verdict::Pass {
            served += 1;
        } else {
            refused += 1;
            sleep(PAUSE).await;
        }
    }
    let seconds = began.elapsed().as_secs_f64();
    let rate = (f64::from(served) / seconds * RATE_SHARE).max(1.0) as u32;
    (refused * 2 >= wanted).then_some(rate)
}
