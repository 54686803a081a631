//! What a run knows about its target before the first case.

use std::collections::HashSet;
use std::sync::Arc;

use wsspec_core::Role;
use wsspec_reports::{MessageBehaviour, Verdict};
use wsspec_vectors::Case;

use crate::control::{CarriesOut, Weigher};
use crate::exchange::{Conclusion, Setup, Timing};
use crate::peer::{Recording, ReferencePeer};
use crate::run::{Probed, consequence, probe_in_memory, without_running};
use crate::wire::memory::{self, Chunking};

/// The findings of a probe.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Environment {
    pub(super) setup: Setup,
    pub(super) probed: Probed,
    /// The ids of the cases that are run.
    pub(super) cases: Arc<HashSet<String>>,
}

impl Environment {
    /// Probes `peer`, which echoes unless it runs another application; `cases` are the ids of the
    /// cases that are run.
    pub(super) fn of(
        role: Role,
        peer: &ReferencePeer,
        echoes: bool,
        cases: Arc<HashSet<String>>,
    ) -> Environment {
        let mut setup = Setup::new(role, "wsspec.invalid", "/");
        peer.introduce(&mut setup);
        let mut probed = probe_in_memory(&setup, peer);
        setup.learn(&probed.found);
        // Times measured in memory mean nothing.
        setup.timing = Timing::default();
        if echoes && probed.found.peer != MessageBehaviour::Silent {
            setup.claimed = true;
            setup.peer = MessageBehaviour::Echo;
            probed.found.peer = setup.peer;
        }
        probed.found.round_trip_us = 0;
        Environment {
            setup,
            probed,
            cases,
        }
    }

    /// What runs cases against `peer`, and weighs what comes of them.
    pub(super) fn judge<'a>(&'a self, peer: &'a ReferencePeer) -> Judge<'a> {
        Judge {
            environment: self,
            peer,
            weigher: Weigher::new(
                &self.setup,
                MemoryTarget(peer),
                Arc::clone(&self.cases),
                self.probed.trouble.is_some(),
            ),
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

impl CarriesOut for MemoryTarget<'_> {
    async fn carry_out(&self, case: &Case, setup: &Setup) -> Conclusion {
        memory::run(case, setup, self.0, Chunking::Whole)
    }
}

impl Judge<'_> {
    /// The verdict on a case, and its conversation if one was held.
    pub(super) fn run(&self, case: &Case) -> (Verdict, Option<Conclusion>) {
        if let Some(verdict) = self.not_run(case) {
            return (verdict, None);
        }
        let conclusion = memory::run(case, &self.environment.setup, self.peer, Chunking::Whole);
        let conclusion = self.weighed(conclusion, case);
        (conclusion.verdict, Some(conclusion))
    }

    /// What came of a case, and what the peer read and sent. The error is the verdict without a
    /// conversation.
    pub(super) fn record(&self, case: &Case) -> Result<(Conclusion, Recording), Verdict> {
        if let Some(verdict) = self.not_run(case) {
            return Err(verdict);
        }
        let (conclusion, recording) = memory::record(case, &self.environment.setup, self.peer);
        Ok((self.weighed(conclusion, case), recording))
    }

    fn not_run(&self, case: &Case) -> Option<Verdict> {
        let Environment { setup, probed, .. } = self.environment;
        without_running(case, setup.target, probed).map(|(verdict, _)| verdict)
    }

    fn weighed(&self, conclusion: Conclusion, case: &Case) -> Conclusion {
        let trouble = self.environment.probed.trouble.as_ref();
        let conclusion = consequence(conclusion, case, trouble);
        memory::at_once(self.weigher.weigh(case, conclusion))
    }
}
