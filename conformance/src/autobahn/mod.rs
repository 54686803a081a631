//! What stands in for Autobahn|Testsuite: its configuration files, its cases by number, its
//! verdicts.
//!
//! [`spec`] reads `fuzzingclient.json` and `fuzzingserver.json`; [`choice`] selects cases as Autobahn
//! does; [`catalogue`] has its 517 ids in order, with what our case for each is about; [`judged`]
//! translates our result into its verdicts, once an [`Aggregator`] has all results for a case. Its
//! reports are written by [`wsspec_reports::autobahn`].

use std::time::Duration;

mod aggregator;
pub mod catalogue;
pub mod choice;
pub mod spec;
pub mod testee;
mod verdict;

pub use aggregator::{Aggregator, started_at};
pub use verdict::{judged, judged_without_case};

/// How long a server may take to end the connection after the closing handshake; Autobahn waits as
/// long.
pub const LINGER: Duration = Duration::from_secs(1);
