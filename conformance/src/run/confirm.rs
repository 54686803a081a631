//! Running what did not pass again, alone.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use tokio::task::JoinSet;
use wsspec_reports::{CaseResult, Verdict};

use super::applicable::consequence;
use super::results::result;
use super::schedule::{HEAVY_BYTES, Scene};
use super::{Judged, Options, Run, RunEvent, Stopped, Subject};
use crate::exchange::{Conclusion, MessageReason, Reason, Setup};

/// Cases that timed out are confirmed this many at once: all they do is wait.
const WAITING_TOGETHER: usize = 64;

/// Waits of a case that runs alone are this many times as long.
const ALONE_FACTOR: u32 = 3;

/// The circumstances of a case that runs alone.
pub(super) fn alone(setup: &Setup, options: &Options) -> Setup {
    let mut setup = setup.clone();
    setup.timing = setup.timing.patient(ALONE_FACTOR, options.timeout);
    setup.timing.linger = options.linger.unwrap_or(setup.timing.linger);
    setup
}

/// Whether the application may be the reason for the outcome of a conversation: it ended it, or
/// answered with other messages than it does alone.
pub(super) fn may_be_the_application(conclusion: &Conclusion) -> bool {
    conclusion.reaction.ending.is_of_application()
        || conclusion.opening.declines
        || matches!(
            conclusion.reason,
            Some(Reason::Message(
                MessageReason::Unasked(_)
                    | MessageReason::InsteadOfEcho { .. }
                    | MessageReason::BeforeItsTurn(_)
            ))
        )
}

impl Run<'_> {
    /// Runs what failed again, alone, up to [`retries`](super::Options::retries) times.
    pub(super) async fn confirm(&mut self) -> Result<(), Stopped> {
        for left in (0..self.options.retries).rev() {
            self.retry(left == 0).await?;
        }
        // A death leaves some cases to run again, and each round settles some of them.
        let mut open = usize::MAX;
        while self.options.retries > 0 && self.died.is_none() {
            let now = self.judged.values().filter(|judged| !judged.stands).count();
            if now == 0 || now >= open {
                break;
            }
            open = now;
            self.retry(true).await?;
        }
        Ok(())
    }

    /// Runs what has no final verdict yet again, alone. A case that fails again gets its verdict in
    /// the `last` round.
    async fn retry(&mut self, last: bool) -> Result<(), Stopped> {
        if self.died.is_some() {
            return Ok(());
        }
        let setup = Arc::new(alone(&self.setup, self.options));
        let (waiting, quick): (Vec<usize>, Vec<usize>) = self
            .judged
            .iter()
            .filter(|(_, judged)| !judged.stands)
            .map(|(i, _)| *i)
            .partition(|i| self.judged[i].timed_out && self.cases[*i].weight() < HEAVY_BYTES);
        // Each client is a process of its own: others do not disturb it once they have started.
        let (alone, together) = match self.subject {
            Subject::Server(_) => (1, WAITING_TOGETHER),
            Subject::Client(_) => (self.options.jobs.max(1), self.options.jobs.max(1)),
        };
        for group in quick.chunks(alone).chain(waiting.chunks(together)) {
            // After a death, some cases have their verdict already.
            let group: Vec<usize> = group
                .iter()
                .copied()
                .filter(|i| self.judged.get(i).is_none_or(|judged| !judged.stands))
                .collect();
            self.confirm_together(&group, &setup, last).await?;
            if self.died.is_some() {
                return Ok(());
            }
        }
        Ok(())
    }

    async fn confirm_together(
        &mut self,
        group: &[usize],
        setup: &Arc<Setup>,
        last: bool,
    ) -> Result<(), Stopped> {
        let mut running = JoinSet::new();
        let mut pending = BTreeMap::new();
        let mut death = Box::pin(self.vitals().until_dead());
        for &i in group {
            pending.insert(i, Instant::now());
            let (case, setup) = (self.cases[i].clone(), setup.clone());
            let subject = self.subject.clone();
            running.spawn(async move { (i, subject.carry_out(&case, &setup).await) });
        }
        let dead = loop {
            let done = tokio::select! {
                done = running.join_next() => done,
                dead = &mut death => break dead,
                () = self.stop.as_mut() => return Err(Stopped),
            };
            let Some(done) = done else { return Ok(()) };
            let Ok((i, second)) = done else { continue };
            let second = consequence(second, &self.cases[i], self.probed.trouble.as_ref());
            if let Some(dead) = self.check_health(&second, group.len()).await? {
                break dead;
            }
            pending.remove(&i);
            if last || second.verdict < Verdict::Error {
                self.weigh(i, second).await?;
            }
        };
        drop(death);
        drop(running);
        let scene = Scene {
            running: pending,
            left: Vec::new(),
        };
        let left = self.after_death(dead, scene).await?;
        self.side_by_side(left, 1).await
    }

    /// Takes what came of a case that ran alone, in the light of its control.
    async fn weigh(&mut self, i: usize, second: Conclusion) -> Result<(), Stopped> {
        let judged_alone = second.verdict;
        let (weigher, case) = (self.weigher.clone(), self.cases[i].clone());
        let weighed = tokio::select! {
            weighed = Box::pin(weigher.weigh(&case, second)) => weighed,
            () = self.stop.as_mut() => return Err(Stopped),
        };
        self.second_result(i, weighed, judged_alone);
        Ok(())
    }

    /// Takes what came of a case that ran alone, which was judged so before it was weighed.
    fn second_result(&mut self, i: usize, mut second: Conclusion, judged_alone: Verdict) {
        let whole = self
            .options
            .conversations
            .then(|| second.transcript.clone());
        self.keep(&mut second);
        let result = self.confirmed(i, &second, judged_alone);
        match whole {
            Some(transcript) if result.verdict != Verdict::Flaky => {
                let whole = CaseResult {
                    transcript: Some(transcript),
                    ..result.clone()
                };
                (self.on)(RunEvent::Finished {
                    result: &result,
                    whole: &whole,
                });
            }
            _ => (self.on)(RunEvent::finished(&result)),
        }
        let judged = Judged {
            result,
            reason: second.reason,
            stands: true,
            timed_out: second.timed_out,
            may_be_the_application: false,
        };
        self.judged.insert(i, judged);
    }

    /// The result of a case that was run twice. One that only needed more time is not flaky, but
    /// slow.
    fn confirmed(&mut self, i: usize, second: &Conclusion, judged_alone: Verdict) -> CaseResult {
        let mut now = result(&self.cases[i], second);
        if let Some(first) = self.judged.get(&i)
            && judged_alone < Verdict::Error
            && judged_alone != first.result.verdict
            && !self.deaths.hit_while_dying(i)
            && (!first.may_be_the_application || self.setup.claims_echo())
            && !(first.timed_out && now.duration_ms > first.result.duration_ms)
        {
            let reason = Reason::Flaky {
                first: first.result.verdict,
                because: first.reason.clone().map(Box::new),
                alone: second.verdict,
            };
            now.reason = reason.to_string();
            now.reason_key = reason.key().into_owned();
            now.verdict = Verdict::Flaky;
            now.transcript.clone_from(&first.result.transcript);
            now.transcript_alone = Some(second.transcript.clone());
        }
        self.subject.mask(&mut now);
        now
    }
}
