//! The results of a conformance run, and everything that renders or compares them.
//!
//! The runner makes a [`Report`]; every renderer works from a stored one alone and never runs a test.
#![forbid(unsafe_code)]

pub mod autobahn;
mod causes;
pub mod json;
mod model;
pub mod terminal;
pub mod wire;

pub use causes::causes;
pub use model::{
    CaseResult, Clause, Close, Entry, Impact, Peer, Probe, Report, Summary, TargetReport, TargetRole, Transcript,
    Verdict, What, Who,
};
