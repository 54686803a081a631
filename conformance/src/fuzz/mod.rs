//! Conversations that nobody wrote, with a live target, judged as the vectors are.
//!
//! [`make`] makes a conversation, [`model`] writes down what the standard allows at each of its points, and the engine
//! that runs the vectors runs it. What showed something new (a state, a violation, a reaction not seen before) is
//! material for the next ones. What the target does wrong is confirmed, made small by [`shrink`], and written as a
//! vector ([`finding`]).
//!
//! Conversations are made in batches, from what came before the batch alone: the same seed makes the same ones.

mod cause;
mod finding;
mod growth;
mod heads;
mod hunt;
mod make;
mod model;
mod plan;
mod seen;
mod shrink;
mod state;
mod vectors;

use std::collections::BTreeSet;
use std::future::Future;
use std::path::PathBuf;
use std::time::Duration;

use wsspec_core::Role;

use crate::drive::memory::Chunking;
use crate::peer::ReferencePeer;
use crate::run::Subject;
pub use finding::Finding;
use finding::{Made, cause};
use hunt::Hunt;
use make::Maker;
use seen::{in_memory, sketch};

/// How to fuzz.
#[derive(Debug, Clone)]
pub struct Options {
    /// How long.
    pub time: Duration,
    /// Makes the same conversations again.
    pub seed: u64,
    /// Ends with so many findings.
    pub max_findings: usize,
    /// Conversations at once.
    pub jobs: usize,
    /// The deadline of a wait when a finding is confirmed.
    pub timeout: Duration,
    /// Where findings are written, and what is needed to go on later.
    pub dir: PathBuf,
    /// Vectors that are no material, as patterns of ids.
    pub without: Vec<String>,
    /// The process whose memory is watched.
    pub pid: Option<u32>,
}

/// How far it has come.
#[derive(Debug, Clone, Copy, Default)]
pub struct Stats {
    /// Conversations so far.
    pub conversations: u64,
    /// Those that showed something new.
    pub novel: usize,
    /// What was found.
    pub findings: usize,
    /// What looked wrong, and did not when it was asked again.
    pub unconfirmed: usize,
}

/// What happens, as it happens.
#[derive(Debug)]
pub enum Event<'a> {
    /// It goes on where an earlier run with the same seed ended.
    Resumed(u64),
    /// Another batch is done.
    Progress(&'a Stats),
    /// Something was found.
    Found(&'a Finding),
}

/// Why it ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ending {
    /// The time is over, or there are findings enough.
    Complete,
    /// The caller stopped it.
    Interrupted,
    /// The target cannot be reached, or not be spoken with.
    Unreachable(String),
    /// The target stopped serving; a finding has what came last.
    Died,
    /// Findings cannot be written, or a pattern is none.
    Unusable(String),
}

/// Fuzzes `subject` until the time is over, there are findings enough, or `stop` resolves. With `against`, what two
/// targets answer differently is a finding too.
pub async fn hunt(
    subject: Subject,
    against: Option<Subject>,
    options: Options,
    stop: impl Future<Output = ()>,
    mut on: impl FnMut(Event<'_>),
) -> (Stats, Ending) {
    let mut stats = Stats::default();
    let mut hunt = match Hunt::new(subject, against, options).await {
        Ok(hunt) => hunt,
        Err(ending) => return (stats, ending),
    };
    tokio::pin!(stop);
    if hunt.state.next > 0 {
        on(Event::Resumed(hunt.state.next));
    }
    let ending = tokio::select! {
        ending = Box::pin(hunt.go(&mut stats, &mut on)) => ending,
        () = &mut stop => Ending::Interrupted,
    };
    (stats, ending)
}

/// The law of the model: of a right peer, in whatever form, nothing is ever found. Makes `count` conversations by
/// `seed` and carries them out with `peer` in memory; the first that breaks the law, in words.
pub fn slander(seed: u64, count: u64, target: Role, peer: &ReferencePeer) -> Option<String> {
    let material = vectors::plans(target, &globset::GlobSet::empty());
    let mut pool = Vec::new();
    let mut known = BTreeSet::new();
    for number in 0..count {
        let mut maker = Maker::new(
            seed ^ number.wrapping_mul(0x9e37_79b9_7f4a_7c15),
            true,
            target,
        );
        let plan = maker.plan(if number % 2 == 0 { &material } else { &pool });
        let Some(made) = Made::new(plan, target, "fuzz") else {
            continue;
        };
        let chunking = if number % 3 == 0 {
            Chunking::Random(number)
        } else {
            Chunking::Whole
        };
        let conclusion = in_memory(&made, target, peer, chunking);
        if cause(&made, &conclusion).is_some() {
            let steps = serde_json::to_string(&made.modelled.steps).unwrap_or_default();
            return Some(format!(
                "conversation {number}: {}\n{steps}",
                finding::why(&made, &conclusion).reason
            ));
        }
        if known.insert(sketch(&made, &conclusion)) {
            pool.push(made.plan);
        }
    }
    None
}
