//! The results of a conformance run, and everything that renders, compares or merges them.
//!
//! The runner makes a [`Report`]; every renderer works from a stored one alone and never runs a
//! test.
//!
//! - The model: [`Report`], [`TargetReport`], [`CaseResult`], [`Transcript`]. A key that exists
//!   keeps its meaning.
//! - While a run goes on: [`sink`], the events of a run and the outputs that follow it.
//! - Whole reports: [`Format`] writes JSON, HTML, JUnit, SARIF, Markdown and a badge; [`terminal`]
//!   text for people; [`autobahn`] the folder of Autobahn|Testsuite.
//! - Several reports: [`merge`], [`diff`], [`baseline`].
//! - Reports of many implementations and versions, in a folder: [`published`].
#![forbid(unsafe_code)]

pub mod autobahn;
mod badge;
pub mod baseline;
mod causes;
pub mod diff;
mod format;
mod html;
pub mod json;
mod junit;
mod markdown;
pub mod merge;
mod model;
#[cfg(feature = "pcap")]
mod pcap;
mod plain_text;
pub mod published;
mod sarif;
pub mod sink;
pub mod site;
mod skips;
pub mod streams;
pub mod terminal;
mod text;
mod traits;
pub mod wire;

pub use causes::causes;
pub use format::Format;
#[cfg(feature = "pcap")]
pub use pcap::pcap;
pub use skips::{Skipped, skipped};
pub use text::{bound, counted, escape};
pub use traits::{MessageSort, TRAIT_FAMILY, TRAIT_NAMES, Trait, traits};
pub use wsspec_core::Impact;

pub use model::{
    Answer, Answered, Application, CaseResult, Cause, Circumstances, Clause, Close, CostAtSize,
    Echoes, Ending, Entry, Growth, Hint, Lifetime, Limits, Measure, MessageBehaviour, Moment,
    Probe, Reaction, Reply, Report, Resemblance, Rhythm, Shards, Summary, TargetReport, TargetRole,
    Timeline, Transcript, Transport, UnknownTransport, Usage, Verdict, Waits, What, Who,
};

/// The first bytes of the payload of a barrier ping: a ping the suite sends to learn that
/// everything before it was read. It belongs to no case, so that reports leave it out.
pub const BARRIER: &[u8] = b"wsspec-barrier-";
