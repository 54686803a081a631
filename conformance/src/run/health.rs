//! Whether a target still serves.

use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::time::{sleep, timeout};
use wsspec_reports::Verdict;

use super::death::Dead;
use super::{Run, RunEvent, Subject, results};
use crate::exchange::{Breakdown, Conclusion, Death, Reason, Setup, Timing};

/// Consecutive failed connections before a health check, for each case that runs at once.
const FAILED_CONNECTIONS: usize = 3;

/// Time between two checks whether a watched target still serves.
const LOOK: Duration = Duration::from_secs(1);

/// The same once it was seen to hang.
const SHORT_LOOK: Duration = Duration::from_millis(300);

/// How long a target that was seen to hang gets to answer when it seems to hang again, at first.
const SHORT_PATIENCE: Duration = Duration::from_secs(2);

/// How long the end of a process may follow that of its connections.
const EXIT_AFTER_REFUSAL: Duration = Duration::from_millis(300);

/// What is needed to see whether a target lives.
#[derive(Clone)]
pub(super) struct Vitals {
    pub(super) subject: Subject,
    pub(super) setup: Arc<Setup>,
    /// The longest wait for an answer.
    pub(super) patience: Duration,
    /// It was seen to hang before, so waits for it are short.
    pub(super) hung: bool,
}

impl Vitals {
    /// Whether the target still answers a plain connection. A wrong answer is not a death.
    pub(super) async fn serves(&self) -> bool {
        let usual = Timing::default().deadline;
        let waits = if self.hung {
            // One that is only slow answers after all.
            &[(0, SHORT_PATIENCE), (0, self.patience)][..]
        } else {
            &[(0, usual), (100, usual), (400, self.patience)]
        };
        for (pause, patience) in waits {
            sleep(Duration::from_millis(*pause)).await;
            let asked = self.subject.plain(&self.setup, *patience).await;
            if asked.is_some_and(|c| c.verdict == Verdict::Pass || c.heard() && !c.timed_out) {
                return true;
            }
        }
        false
    }

    /// How the target died, if it did.
    pub(super) async fn death(&self) -> Option<Death> {
        tokio::select! {
            biased;
            (death, _) = self.until_ended() => Some(death),
            serves = self.serves() => if serves { None } else { Some(self.classify().await) },
        }
    }

    /// How a target that does not serve has died.
    async fn classify(&self) -> Death {
        let Subject::Server(target) = &self.subject else {
            return Death::Gone;
        };
        let refused = target.link().await.is_err();
        if let Ok((death, _)) = timeout(EXIT_AFTER_REFUSAL, self.until_ended()).await {
            return death;
        }
        let lives = target.keeper().is_some_and(|keeper| keeper.lives());
        match (refused, lives) {
            (true, true) => Death::ListenerLost,
            (true, false) => Death::Gone,
            (false, _) => Death::Hang,
        }
    }

    /// How and when the process of the target ended, once it has, where that is known.
    async fn until_ended(&self) -> (Death, Instant) {
        match self.subject.keeper() {
            Some(keeper) => keeper.until_ended().await,
            None => std::future::pending().await,
        }
    }

    /// Waits until the target is dead; for ever if nothing watches it.
    pub(super) async fn until_dead(self) -> Dead {
        if self.subject.keeper().is_none() {
            return std::future::pending().await;
        }
        tokio::select! {
            biased;
            (death, at) = self.until_ended() => Dead { death, since: Some(at) },
            death = self.until_silent() => Dead { death, since: None },
        }
    }

    async fn until_silent(&self) -> Death {
        loop {
            sleep(if self.hung { SHORT_LOOK } else { LOOK }).await;
            if !self.serves().await {
                return self.classify().await;
            }
        }
    }
}

impl Run<'_> {
    /// What tells whether the target lives.
    pub(super) fn vitals(&self) -> Vitals {
        Vitals {
            subject: self.subject.clone(),
            setup: self.setup.clone(),
            patience: self.options.timeout,
            hung: self.deaths.hung,
        }
    }

    /// How the target died, if this case is the first sign of that: it takes no connection, or
    /// several in a row did not even open.
    pub(super) async fn dead(&mut self, conclusion: &Conclusion, together: usize) -> Option<Dead> {
        let lost = conclusion.verdict == Verdict::Error;
        let no_connection = lost && conclusion.transcript.entries.is_empty();
        let silent = conclusion
            .reason
            .as_ref()
            .is_some_and(Reason::is_no_plain_connection);
        self.failed_connections = if lost && silent {
            self.failed_connections + 1
        } else {
            0
        };
        // Cases that ran at once may all have met the same short trouble. A target that we watch can
        // be started again, so a check is cheaper than waiting for more failures.
        let enough = match self.subject.keeper() {
            Some(_) => 1,
            None => FAILED_CONNECTIONS * together,
        };
        if !no_connection && self.failed_connections < enough {
            return None;
        }
        self.failed_connections = 0;
        if let Some(death) = self.vitals().death().await {
            return Some(Dead { death, since: None });
        }
        // A server that listens refuses no connection: it was down, and someone started it again.
        is_refused(conclusion).then_some(Dead {
            death: Death::Gone,
            since: None,
        })
    }

    /// Whether the target still answers a plain connection.
    pub(super) async fn serves(&self) -> bool {
        self.vitals().serves().await
    }

    /// Cases that cannot be judged any more become errors.
    pub(super) fn blame_death(&mut self, how: &str) {
        for (i, case) in self.cases.iter().enumerate() {
            if self.judged.get(&i).is_some_and(|judged| judged.stands) {
                continue;
            }
            let before = self.judged.remove(&i);
            let reason = Reason::from(Breakdown::TargetDied {
                how: how.to_owned(),
                before: before
                    .as_ref()
                    .and_then(|judged| judged.reason.clone())
                    .map(Box::new),
            });
            let mut result = results::not_run(case, Verdict::Error, &reason);
            self.subject.mask(&mut result);
            result.transcript = before.and_then(|judged| judged.result.transcript);
            (self.on)(RunEvent::finished(&result));
            self.stands(i, result);
        }
    }
}

/// Whether the connection of this case was refused.
fn is_refused(conclusion: &Conclusion) -> bool {
    matches!(
        conclusion.reason,
        Some(Reason::Breakdown(Breakdown::CannotConnect {
            kind: io::ErrorKind::ConnectionRefused,
            ..
        }))
    )
}
