//! What a run knows about its target before the first case.

use wsspec_core::Role;
use wsspec_reports::Verdict;
use wsspec_vectors::Case;

use crate::exchange::{Conclusion, Setup, Timing};
use crate::peer::ReferencePeer;
use crate::run::{Probed, consequence, probe_in_memory, without_running};
use crate::wire::memory::{self, Chunking};

/// The findings of a probe.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Environment {
    pub(super) setup: Setup,
    pub(super) probed: Probed,
}

impl Environment {
    /// Probes `peer`.
    pub(super) fn of(role: Role, peer: &ReferencePeer) -> Environment {
        let mut setup = Setup::new(role, "wsspec.invalid", "/");
        let mut probed = probe_in_memory(&setup, peer);
        setup.learn(&probed.found);
        // Times measured in memory mean nothing.
        setup.timing = Timing::default();
        probed.found.round_trip_us = 0;
        Environment { setup, probed }
    }

    /// The verdict on a case, and its conversation if one was held.
    pub(super) fn run(&self, case: &Case, peer: &ReferencePeer) -> (Verdict, Option<Conclusion>) {
        if let Some((verdict, _)) = without_running(case, self.setup.target, &self.probed) {
            return (verdict, None);
        }
        let conclusion = memory::run(case, &self.setup, peer, Chunking::Whole);
        let conclusion = consequence(conclusion, case, self.probed.trouble.as_ref());
        (conclusion.verdict, Some(conclusion))
    }
}
