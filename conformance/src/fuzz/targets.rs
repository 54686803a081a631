//! The targets of a fuzzing run: one, or two that are compared.

use std::sync::Arc;
use std::time::{Duration, Instant};

use wsspec_core::Role;
use wsspec_reports::{Transport, Verdict, traits};
use wsspec_vectors::Case;

use super::conversation::Conversation;
use super::coverage::CoverageMap;
use super::observation::Observation;
use super::options::{Ending, Options};
use crate::control::Weigher;
use crate::exchange::{Conclusion, Setup, Timing};
use crate::run::{self, Subject};

/// The shortest deadline of a wait; a finding is confirmed with the deadline of the options.
const DEADLINE: Duration = Duration::from_millis(800);

/// The shortest deadline in round trips of the target.
const DEADLINE_ROUND_TRIPS: u32 = 8;

/// How many times longer than usual the other waits are when a finding is confirmed.
const PATIENCE: u32 = 3;

/// Pauses before each attempt to reach a target that may have stopped serving. One that limits the
/// rate of connections serves again after the last.
const PAUSES: [Duration; 4] = [
    Duration::ZERO,
    Duration::from_millis(300),
    Duration::from_secs(1),
    Duration::from_secs(5),
];

/// Nothing has counted while the target was probed.
const EMPTY_MAP: &str = "the target does not count its coverage: compile it with what \
    `wsspec fuzz --afl-runtime` prints, which says how";

/// How long to wait for a target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pace {
    /// As in a batch.
    Usual,
    /// Long enough for a slow target, which confirms a finding.
    Patient,
}

/// A target, and what the probe found out about it.
#[derive(Clone)]
struct FuzzTarget {
    subject: Subject,
    setup: Setup,
    /// Its application does more than to echo, and is not said to echo: what it does is weighed
    /// before it is a finding.
    has_traits: bool,
}

/// The target, and the one it is compared with.
pub(crate) struct Targets {
    target: FuzzTarget,
    against: Option<FuzzTarget>,
    /// Every target negotiates permessage-deflate.
    deflate: bool,
    /// Deadline of a wait while a finding is confirmed.
    timeout: Duration,
    coverage: Option<Arc<CoverageMap>>,
}

impl Targets {
    /// Probes the targets.
    ///
    /// # Errors
    /// [`Ending::Unreachable`] where a plain connection to one of them does not work.
    pub(crate) async fn probe(
        subject: Subject,
        against: Option<Subject>,
        options: &Options,
    ) -> Result<Targets, Ending> {
        let (target, mut deflate) = probe(subject, options).await?;
        let against = match against {
            Some(subject) => {
                let (against, also) = probe(subject, options).await?;
                deflate &= also;
                Some(against)
            }
            None => None,
        };
        if let Some(map) = &options.coverage {
            let trace = map
                .trace()
                .map_err(|error| Ending::Unusable(error.to_string()))?;
            if trace.is_empty() {
                return Err(Ending::Unusable(EMPTY_MAP.to_owned()));
            }
        }
        Ok(Targets {
            target,
            against,
            deflate,
            timeout: options.timeout,
            coverage: options.coverage.clone(),
        })
    }

    /// What the probe found out about the target under test.
    pub(crate) fn setup(&self) -> &Setup {
        &self.target.setup
    }

    /// The role of the targets.
    pub(crate) fn role(&self) -> Role {
        self.target.setup.target
    }

    /// What the target under test is reached over.
    pub(crate) fn transport(&self) -> Transport {
        self.target.subject.transport()
    }

    pub(crate) fn deflate(&self) -> bool {
        self.deflate
    }

    /// The address of the target under test.
    pub(crate) fn url(&self) -> String {
        self.target.subject.url()
    }

    /// Runs one conversation with each target.
    pub(crate) async fn observe(&self, conversation: &Conversation, pace: Pace) -> Observation {
        let deadline = conversation.deadline(self.timeout, self.round_trip());
        let coverage = self.coverage.as_ref();
        let cleared = coverage.is_some_and(|map| map.clear().is_ok());
        let began = Instant::now();
        let conclusion = self.target.run(&conversation.case, pace, deadline).await;
        let trace = coverage
            .filter(|_| cleared)
            .and_then(|map| map.trace().ok());
        let other = match &self.against {
            Some(target) => Some(target.run(&conversation.case, pace, deadline).await),
            None => None,
        };
        Observation {
            conclusion,
            other,
            trace,
            began,
            ended: Instant::now(),
        }
    }

    /// The longest round trip of the targets.
    fn round_trip(&self) -> Duration {
        let against = self.against.as_ref();
        let other = against.map(|target| target.setup.timing.round_trip);
        self.target
            .setup
            .timing
            .round_trip
            .max(other.unwrap_or_default())
    }

    /// Whether the target under test still answers a plain connection.
    pub(crate) async fn is_serving(&self) -> bool {
        let FuzzTarget { subject, setup, .. } = &self.target;
        for pause in PAUSES {
            tokio::time::sleep(pause).await;
            let answer = subject.plain(setup, self.timeout).await;
            if answer.is_some_and(|conclusion| conclusion.verdict == Verdict::Pass) {
                return true;
            }
        }
        false
    }
}

impl FuzzTarget {
    async fn run(&self, case: &Case, pace: Pace, deadline: Duration) -> Conclusion {
        let timing: Timing = self.setup.timing;
        let timing = match pace {
            Pace::Usual => timing,
            Pace::Patient => timing.patient(PATIENCE, deadline),
        };
        let setup = Setup {
            timing,
            ..self.setup.clone()
        };
        let conclusion = self.subject.carry_out(case, &setup).await;
        if pace == Pace::Usual || !self.has_traits {
            return conclusion;
        }
        let weigher = Weigher::new(&setup, self.subject.clone(), Arc::default(), false);
        Box::pin(weigher.weigh(case, conclusion)).await
    }
}

/// Probes a target; also whether it negotiates permessage-deflate.
async fn probe(subject: Subject, options: &Options) -> Result<(FuzzTarget, bool), Ending> {
    let run_options = run::Options {
        timeout: options.timeout,
        seed: options.seed,
        peer: options.peer,
        ..run::Options::default()
    };
    let setup = Setup {
        seed: options.seed,
        ..subject.setup()
    };
    let (mut setup, probe) = run::connect(&subject, setup, &run_options)
        .await
        .map_err(Ending::Unreachable)?;
    if let Some(trouble) = probe.found.trouble {
        return Err(Ending::Unreachable(format!(
            "a plain connection does not work: {trouble}"
        )));
    }
    let has_traits = !setup.claims_echo() && !traits(&probe.found).is_empty();
    let deflate = probe
        .found
        .extensions
        .is_some_and(|agreed| agreed.contains("permessage-deflate"));
    // Many conversations are worth more than cuts that are sure to arrive as such.
    setup.timing.pause = Duration::ZERO;
    setup.timing.deadline = DEADLINE.max(setup.timing.round_trip * DEADLINE_ROUND_TRIPS);
    let target = FuzzTarget {
        subject,
        setup,
        has_traits,
    };
    Ok((target, deflate))
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;
    use crate::peer::{ReferencePeer, tcp::Server};
    use crate::run::Target;

    #[tokio::test]
    async fn pieces_do_not_wait_until_they_are_read() {
        let address = (Ipv4Addr::LOCALHOST, 0).into();
        let server = Server::bind(address, ReferencePeer::conforming())
            .await
            .unwrap();
        let url = format!("ws://{}/", server.address().unwrap());
        tokio::spawn(server.serve());
        let subject = Subject::Server(Target::new(&url, Vec::new()).unwrap());
        let options = Options {
            time: Duration::from_secs(1),
            seed: 7,
            shard: None,
            max_findings: 1,
            jobs: 1,
            peer: None,
            timeout: Duration::from_secs(6),
            dir: std::path::PathBuf::new(),
            without: Vec::new(),
            pid: None,
            coverage: None,
        };
        let targets = Targets::probe(subject, None, &options).await.unwrap();
        assert!(targets.target.setup.timing.pause.is_zero());
    }
}
