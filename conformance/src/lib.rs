//! Tells in seconds where a WebSocket implementation departs from the standard.
//!
//! | module | purpose |
//! |---|---|
//! | [`autobahn`] | what stands in for Autobahn\|Testsuite: configuration, numbers, verdicts |
//! | [`fuzz`] | generated conversations with a live target, judged like the vectors; each finding is a vector |
//! | [`suite`] | the suite inside `cargo test`, in ten lines |
//! | [`exchange`] | one conversation as a machine without a socket, and its judge |
//! | [`drive`] | carries an exchange out: over TCP, or in memory against the reference endpoint |
//! | [`peer`] | the reference server, right or with a planted fault |
//! | [`run`] | a whole run: probe, schedule, confirm, report |
//! | [`serve`] | the corpus as a server, for clients that come by themselves |
//! | [`mutants`] | is every planted fault caught |
//! | [`seeds`] | seeds for the fuzz targets, made from the vectors |
//! | [`trace`] | which requirement has which cases |
//! | [`properties`] | properties of the judge and of vector files that hold for any input |
//! | [`check`] | do the vectors hold against the reference endpoint |
#![forbid(unsafe_code)]

pub mod autobahn;
pub mod binding;
pub mod check;

pub mod exchange;
pub mod fuzz;
pub mod mutants;
pub mod peer;
pub mod properties;
pub mod rejudge;
pub mod run;
pub mod seeds;
pub mod serve;
pub mod suite;
pub mod trace;
pub mod wire;
