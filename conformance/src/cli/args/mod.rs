//! Groups of arguments that several commands share.
//!
//! A group that decides how a case runs can also print itself, so that the command that runs a case
//! again has everything that was asked for.

mod application;
mod case;
mod fail;
mod fields;
pub(super) mod headings;
mod keep;
mod limits;
mod run;
mod select;
mod share;
mod transport;
mod trust;
mod vectors;

pub(super) use application::ApplicationArgs;
pub(super) use case::{CaseArgs, PeerArg, SecondsError, seconds, seconds_within};
pub(super) use fail::{FailArgs, Known, end_of, read_baseline};
pub(super) use fields::FieldArgs;
pub(super) use keep::KeepArgs;
pub(super) use limits::{LimitArgs, size};
pub(super) use run::RunArgs;
pub(super) use select::{ProfileArg, SelectArgs};
pub(super) use transport::TransportArg;
pub(super) use trust::TrustArgs;
pub(super) use vectors::VectorArgs;
