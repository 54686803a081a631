//! What stands in for Autobahn|Testsuite: its configuration files, its cases by number, its verdicts.
//!
//! [`spec`] reads `fuzzingclient.json` and `fuzzingserver.json` and selects cases as the incumbent does;
//! [`catalogue`] has its 517 ids in their order, with what our case for each is about; [`judged`] turns our result
//! into its words. The report itself is written by [`wsspec_reports::autobahn`].

pub mod catalogue;
pub mod spec;
pub mod testee;
mod verdict;

pub use verdict::{judged, judged_without_case};
