//! Failures that show only among many connections.
//!
//! A target that is late when it is busy does no wrong. One that sends wrong bytes, the payload of
//! another connection, or an accusation, does: a case that failed so among many and not alone is
//! tried again among as many, and fails if it does so once more.

use tokio::task::JoinSet;
use wsspec_reports::Verdict;

use super::confirm::Manner;
use super::schedule::HEAVY_BYTES;
use super::time::Part;
use super::{Run, Stopped};
use crate::exchange::{Conclusion, Reason};

/// Cases of a run that are tried again so.
const TRIED: usize = 12;

/// How often each is.
const ROUNDS: usize = 3;

/// Times that the case runs in a round; the other connections have others.
const COPIES: usize = 3;

impl Run<'_> {
    /// The failure of a case among many, seen once more, which does not show when it runs alone and
    /// is more than lateness.
    pub(super) async fn again_at_load(
        &mut self,
        i: usize,
        second: &Conclusion,
        judged_alone: Verdict,
        manner: Manner,
    ) -> Result<Option<Conclusion>, Stopped> {
        let wrong = self.judged.get(&i).and_then(|first| first.reason.clone());
        let Some(wrong) = wrong.filter(|reason| !reason.may_be_lateness()) else {
            return Ok(None);
        };
        if manner != Manner::Last
            || self.tried_at_load >= TRIED
            || second.timed_out
            || !self.is_flaky(i, second, judged_alone)
        {
            return Ok(None);
        }
        self.tried_at_load += 1;
        for _ in 0..ROUNDS {
            let again = tokio::select! {
                again = self.among_others(i) => again,
                () = self.time.over(Part::Confirming) => return Ok(None),
                () = self.stop.as_mut() => return Err(Stopped),
            };
            let same = |conclusion: &Conclusion| {
                conclusion.verdict == Verdict::Fail
                    && conclusion.reason.as_ref().map(Reason::key) == Some(wrong.key())
            };
            if let Some(mut failed) = again.into_iter().find(same) {
                failed.reason = failed.reason.map(|because| Reason::OnlyAmongMany {
                    connections: self.options.jobs,
                    because: Box::new(because),
                });
                return Ok(Some(failed));
            }
        }
        Ok(None)
    }

    /// What comes of some copies of a case among others.
    fn among_others(&self, i: usize) -> impl Future<Output = Vec<Conclusion>> + use<> {
        let mut copies = JoinSet::new();
        let mut others = JoinSet::new();
        for _ in 0..COPIES {
            copies.spawn(self.carried_out(i));
        }
        for other in self.neighbours(i, self.options.jobs.saturating_sub(COPIES)) {
            others.spawn(self.carried_out(other));
        }
        async move {
            let done = copies.join_all().await;
            others.join_all().await;
            done
        }
    }

    fn carried_out(&self, i: usize) -> impl Future<Output = Conclusion> + use<> {
        let (case, setup) = (self.cases[i].clone(), self.setup.clone());
        let subject = self.subject.clone();
        async move { subject.carry_out(&case, &setup).await }
    }

    /// Light cases that were run, those that follow case `i` first.
    fn neighbours(&self, i: usize, count: usize) -> Vec<usize> {
        let others = (i + 1..self.cases.len()).chain(0..i);
        let ran = others.filter(|other| {
            self.cases[*other].weight() < HEAVY_BYTES
                && self
                    .judged
                    .get(other)
                    .is_some_and(|judged| judged.result.verdict == Verdict::Pass)
        });
        ran.take(count).collect()
    }
}
