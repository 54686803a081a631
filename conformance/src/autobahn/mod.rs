//! What stands in for Autobahn|Testsuite: its configuration files, its cases by number, its verdicts.
//!
//! [`spec`] reads `fuzzingclient.json` and `fuzzingserver.json` and selects cases as the incumbent does;
//! [`catalogue`] has its 517 ids in their order, with what our case for each is about; [`judged`] turns our result
//! into its words. The report itself is written by [`wsspec_reports::autobahn`].

use std::time::Duration;

pub mod catalogue;
mod pending;
pub mod spec;
pub mod testee;
mod verdict;

pub use pending::{Pending, began};
pub use verdict::{judged, judged_without_case};

/// How long a server may take to end TCP after the closing handshake; the incumbent waits as long.
pub const LINGER: Duration = Duration::from_secs(1);
