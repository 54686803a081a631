//! The results of a run, as they are stored. A key that exists keeps its meaning for ever.
//!
//! A [`Report`] has targets, a [`TargetReport`] has cases, a [`CaseResult`] has a [`Verdict`] and a
//! [`Transcript`].

mod answer;
mod application;
mod case;
mod cause;
mod growth;
mod limits;
mod party;
mod probe;
mod reaction;
mod report;
mod summary;
mod target;
mod timeline;
mod transcript;
mod transport;
mod usage;
mod verdict;

pub use answer::{Answer, Answered, Hint};
pub use application::{Application, Reply};
pub use case::{CaseResult, Close, Resemblance};
pub use cause::Cause;
pub use growth::{CostAtSize, Growth, Measure};
pub use limits::Limits;
pub use party::{TargetRole, Who};
pub use probe::{Echoes, Lifetime, MessageBehaviour, Probe, Rhythm};
pub use reaction::Reaction;
pub use report::{Clause, Report};
pub use summary::Summary;
pub use target::{Ending, Shards, TargetReport};
pub use timeline::{Moment, Timeline};
pub use transcript::{Circumstances, Entry, Transcript, Waits, What};
pub use transport::{Transport, UnknownTransport};
pub use usage::Usage;
pub use verdict::Verdict;
