//! Generated conversations with a live target, judged like the vectors.
//!
//! `generator` makes a conversation, `model` works out what the standard allows at each of its
//! points, and the engine that runs the vectors runs it. A conversation that shows something new (a
//! state, a violation or a reaction not seen before) becomes material for later ones. What the
//! code of an instrumented target not reached before (`coverage`) is another such thing. What the
//! target does wrong is reproduced (`reproduce`), reduced to the smallest conversation that still
//! shows it (`minimize`) and written as a vector (`finding`).
//!
//! Conversations are made in batches, each from what the batches before it showed, so that the same
//! seed makes the same conversations as long as the target behaves the same.

mod cause;
pub(crate) mod conversation;
mod coverage;
mod false_positive;
mod features;
mod finding;
mod folder;
mod fuzzer;
mod generator;
mod growth;
pub(crate) mod judgement;
mod material;
mod merge;
mod minimize;
mod model;
mod observation;
mod openings;
mod options;
pub(crate) mod plan;
mod reach;
pub(crate) mod reference;
mod reproduce;
mod shrink;
mod state;
pub(crate) mod targets;
mod vectors;

use std::future::Future;

use crate::run::Subject;

pub use coverage::{CoverageMap, MAP_SIZE, RUNTIME};
pub use false_positive::find_false_positive;
pub use finding::Finding;
use fuzzer::Fuzzer;
pub use merge::{Findings, MergeError};
pub use options::{Ending, Event, Options, Stats};

/// Fuzzes `subject` until the time is over, `max_findings` is reached or `stop` resolves.
///
/// With `against`, a difference between the two targets is a finding too.
pub async fn run(
    subject: Subject,
    against: Option<Subject>,
    options: Options,
    stop: impl Future<Output = ()>,
    mut on_event: impl FnMut(Event<'_>),
) -> (Stats, Ending) {
    let mut stats = Stats::default();
    let mut fuzzer = match Fuzzer::new(subject, against, options).await {
        Ok(fuzzer) => fuzzer,
        Err(ending) => return (stats, ending),
    };
    tokio::pin!(stop);
    if let Some(next) = fuzzer.resumes_at() {
        on_event(Event::Resumed(next));
    }
    let ending = tokio::select! {
        ending = Box::pin(fuzzer.run(&mut stats, &mut on_event)) => ending,
        () = &mut stop => Ending::Interrupted,
    };
    (stats, ending)
}
