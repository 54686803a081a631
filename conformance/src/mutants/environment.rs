//! What a run knows about its target before the first case.

use wsspec_core::Role;
use wsspec_reports::Verdict;
use wsspec_vectors::Case;

use crate::control::{Carrier, Weigher};
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
        // The reference peer echoes; what does not come back is a fault.
        setup.claims_echo = true;
        probed.found.round_trip_us = 0;
        Environment { setup, probed }
    }

    /// What runs cases against `peer`, and weighs what comes of them.
    pub(super) fn judge<'a>(&'a self, peer: &'a ReferencePeer) -> Judge<'a> {
        Judge {
            environment: self,
            peer,
            weigher: Weigher::new(&self.setup, MemoryTarget(peer)),
        }
    }
}

/// Runs cases against one peer.
pub(super) struct Judge<'a> {
    environment: &'a Environment,
    peer: &'a ReferencePeer,
    weigher: Weigher<MemoryTarget<'a>>,
}

struct MemoryTarget<'a>(&'a ReferencePeer);

impl Carrier for MemoryTarget<'_> {
    async fn carry_out(&self, case: &Case, setup: &Setup) -> Conclusion {
        memory::run(case, setup, self.0, Chunking::Whole)
    }
}

impl Judge<'_> {
    /// The verdict on a case, and its conversation if one was held.
    pub(super) fn run(&self, case: &Case) -> (Verdict, Option<Conclusion>) {
        let Environment { setup, probed } = self.environment;
        if let Some((verdict, _)) = without_running(case, setup.target, probed) {
            return (verdict, None);
        }
        let conclusion = memory::run(case, setup, self.peer, Chunking::Whole);
        let conclusion = consequence(conclusion, case, probed.trouble.as_ref());
        if probed.trouble.is_some() {
            return (conclusion.verdict, Some(conclusion));
        }
        let observed = conclusion.observed.clone();
        let mut conclusion = memory::at_once(self.weigher.weigh(case, conclusion)).conclusion;
        conclusion.observed = observed;
        (conclusion.verdict, Some(conclusion))
    }
}
