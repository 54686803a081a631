//! Tells in seconds where a WebSocket implementation departs from the standard.
//!
//! | module | purpose |
//! |---|---|
//! | [`suite`] | the suite inside `cargo test`, in ten lines |
//! | [`exchange`] | one case with a target, as a machine without a socket, and its judge |
//! | [`binding`] | how HTTP opens a conversation, sans-I/O |
//! | [`wire`] | how bytes travel, and the loop that carries an exchange out |
//! | [`run`] | a run against a target: probe, schedule, confirm, report |
//! | [`proxy`] | a transparent observer between clients and a server |
//! | [`referee`] | conversations of others, both directions judged as they go |
//! | [`rejudge`] | stored conversations, judged again without a target |
//! | [`through`] | a gateway, tested from both of its ends |
//! | [`serve`] | the cases as a server, for clients that connect by themselves |
//! | [`fuzz`] | generated conversations with a live target; each finding is a vector |
//! | [`learn`] | the state machine of a server, learned, and where it differs from the reference endpoint |
//! | [`load`] | many connections to an echo server at once (feature `load`) |
//! | [`lab`] | implementations that others wrote: installed, started, tested, compared (feature `lab`) |
//! | [`autobahn`] | what stands in for Autobahn\|Testsuite: configuration, numbers, verdicts |
//! | [`decode`] | what people paste as bytes of a connection, and captures (feature `decode`) |
//! | [`peer`] | the reference server and client: conforming, in a legal variant, or with a planted fault |
//! | [`mutants`] | whether the cases catch every planted fault |
//! | [`check`] | whether the vectors hold against the reference endpoint |
//! | [`properties`] | properties of the judge and of vector files that hold for any input |
//! | [`seeds`] | seeds for the fuzz targets, made from the vectors |
//! | [`trace`] | which cases test which requirement |
#![forbid(unsafe_code)]

pub mod autobahn;
pub mod binding;
pub mod check;
mod control;
#[cfg(feature = "decode")]
pub mod decode;
pub mod exchange;
pub mod fuzz;
#[cfg(feature = "lab")]
pub mod lab;
pub mod learn;
#[cfg(feature = "load")]
pub mod load;
pub mod mutants;
pub mod near;
pub mod peer;
pub mod properties;
pub mod proxy;
pub mod referee;
pub mod rejudge;
pub mod run;
pub mod seeds;
pub mod serve;
pub mod suite;
pub mod through;
pub mod tls;
pub mod trace;
pub mod wire;
