//! What a run knows about its target before the first case.

use wsspec_core::Role;
use wsspec_reports::Verdict;
use wsspec_vectors::Case;

use crate::exchange::{Conclusion, Setup, Timing};
use crate::peer::{Recording, ReferencePeer};
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
        let conclusion = self.judged(conclusion, case);
        (conclusion.verdict, Some(conclusion))
    }

    /// What came of a case, and what `peer` read and sent. The error is the verdict without a
    /// conversation.
    pub(super) fn record(
        &self,
        case: &Case,
        peer: &ReferencePeer,
    ) -> Result<(Conclusion, Recording), Verdict> {
        if let Some((verdict, _)) = without_running(case, self.setup.target, &self.probed) {
            return Err(verdict);
        }
        let (conclusion, recording) = memory::record(case, &self.setup, peer);
        Ok((self.judged(conclusion, case), recording))
    }

    fn judged(&self, conclusion: Conclusion, case: &Case) -> Conclusion {
        consequence(conclusion, case, self.probed.trouble.as_ref())
    }
}
