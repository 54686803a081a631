//! The results of a conformance run, and everything that renders or compares them.
//!
//! The runner makes a [`Report`]; every renderer works from a stored one alone and never runs a test.
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
mod sarif;
pub mod sink;
pub mod terminal;
mod told;
pub mod wire;

pub use causes::causes;
pub use format::Format;
pub use wsspec_core::Impact;

pub use model::{
    CaseResult, Clause, Close, Ending, Entry, Peer, Probe, Report, Shards, Summary, TargetReport,
    TargetRole, Transcript, Verdict, What, Who,
};
