//! Many connections at once: does an echo server still keep the rules, and how fast does it answer?
//!
//! | module | contents |
//! |---|---|
//! | `plan` | [`Plan`]: how many connections, and what each of them sends |
//! | `connection` | one connection, from its opening to its closing handshake |
//! | `opening` | how it opens: by an upgrade, or as a stream of a connection that others share |
//! | `line` | the bytes of a connection, or of a stream |
//! | `message` | messages that tell which connection they belong to |
//! | `tally` | what all connections counted |
//! | `report` | [`LoadReport`]: the outcome, as it is written |
//!
//! Every connection is an [`Endpoint`](wsspec_core::endpoint::Endpoint) that reads strictly: what the server sends is
//! judged by all rules of frames and of the opening handshake, and each message is compared with the one that was sent.

mod connection;
mod line;
mod message;
mod opening;
mod plan;
mod report;
mod tally;
mod unopened;

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

use crate::run::{Gauge, Target};
use connection::{Connection, Phase};
use opening::Pool;
use tally::Tally;

pub use plan::Plan;
pub use report::{First, LoadReport, Percentiles, Trouble, TroubleKind};
pub use unopened::Unopened;

/// Connections that are opened at the same time.
const OPENING: usize = 64;

/// Time between two looks at how far the load is.
const LOOK: Duration = Duration::from_millis(250);

/// How far the load is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Connections that are open.
    pub opened: u32,
    /// Connections that could not be opened.
    pub failed: u32,
    /// Messages that came back.
    pub echoed: u64,
    /// Since all connections are open; zero before.
    pub elapsed: Duration,
}

/// Puts a server under load, and returns what came of it. `stop` ends it early, as if the time were over.
pub async fn load(
    target: Arc<Target>,
    plan: Plan,
    pid: Option<u32>,
    stop: impl Future<Output = ()>,
    mut progress: impl FnMut(Progress),
) -> LoadReport {
    let gauge = pid.and_then(Gauge::watch);
    let tally = Arc::new(Tally::default());
    let (phase, phases) = watch::channel(Phase::Opening);
    let turns = Arc::new(Semaphore::new(OPENING));
    let pool = Arc::new(Pool::default());
    let plan = Arc::new(plan);
    let mut connections = JoinSet::new();
    for number in 0..plan.connections {
        let connection = Connection::new(number, &target, &plan, &tally, phases.clone());
        let (turns, pool) = (turns.clone(), pool.clone());
        connections.spawn(async move { connection.carry_on(&turns, &pool).await });
    }
    drop(pool);
    drop(phases);
    tokio::pin!(stop);
    let mut stopped = false;
    while !stopped && !tally.all_began(plan.connections) {
        progress(tally.progress(Duration::ZERO));
        tokio::select! {
            () = &mut stop => stopped = true,
            () = sleep(LOOK) => {}
        }
    }
    let began = Instant::now();
    let until = if stopped { began } else { began + plan.time };
    phase.send_replace(Phase::Sending { began, until });
    while !stopped && Instant::now() < until && !tally.all_ended(plan.connections) {
        progress(tally.progress(began.elapsed()));
        tokio::select! {
            () = &mut stop => {
                stopped = true;
                phase.send_replace(Phase::Sending { began, until: Instant::now() });
            }
            () = sleep(LOOK.min(until - Instant::now())) => {}
        }
    }
    while connections.join_next().await.is_some() {}
    let took = tally
        .counts()
        .last_echo
        .map_or(Duration::ZERO, |last| last - began);
    let usage = match gauge {
        Some(gauge) => Some(gauge.usage(None).await),
        None => None,
    };
    LoadReport::of(&target, &plan, &tally, took, usage)
}
