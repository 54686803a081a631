//! Failures that show only among many connections.
//!
//! A target that is late when it is busy does no wrong: a case that may only have been late among many
//! is tried again among as many, with more time. One that sends wrong bytes, the payload of another
//! connection, or an accusation, does: a case that failed so among many and not alone is tried again,
//! too, and fails if it does so once more.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;
use wsspec_reports::Verdict;

use super::confirm::alone;
use super::schedule::HEAVY_BYTES;
use super::time::Part;
use super::{Run, Stopped};
use crate::exchange::{Conclusion, Reason, Setup};

/// Cases of a run that are tried again so.
const TRIED: usize = 12;

/// How often each is.
const ROUNDS: usize = 3;

/// Times that the case runs in a round; the other connections have others.
const COPIES: usize = 3;

/// The longest time that an answer may take among many.
const LATE: Duration = Duration::from_secs(1);

/// What comes of a case among many, when it is tried again.
pub(super) enum Again {
    /// It fails in the same way.
    Fails(Box<Conclusion>),
    /// With more time, it goes as it does alone.
    OnlyLate,
    /// Neither, or it was not tried.
    Unclear,
}

impl Run<'_> {
    /// Tries a case again that failed among many and does not alone.
    pub(super) async fn again_at_load(
        &mut self,
        i: usize,
        second: &Conclusion,
        judged_alone: Verdict,
    ) -> Result<Again, Stopped> {
        let wrong = self.judged.get(&i).and_then(|first| first.reason.clone());
        let Some(wrong) = wrong else {
            return Ok(Again::Unclear);
        };
        if self.tried_at_load >= TRIED || !self.is_flaky(i, second, judged_alone) {
            return Ok(Again::Unclear);
        }
        self.tried_at_load += 1;
        let may_be_late = wrong.may_be_lateness();
        let mut setup = Setup::clone(&self.setup);
        if may_be_late {
            setup = alone(&setup, self.options);
            setup.timing.overtaken = setup.timing.overtaken.max(LATE);
        }
        let setup = Arc::new(setup);
        for _ in 0..if may_be_late { 1 } else { ROUNDS } {
            let again = tokio::select! {
                again = self.among_others(i, &setup) => again,
                () = self.time.over(Part::Confirming) => return Ok(Again::Unclear),
                () = self.stop.as_mut() => return Err(Stopped),
            };
            if may_be_late {
                let right = again.iter().all(|c| c.verdict == judged_alone);
                return Ok(if right {
                    Again::OnlyLate
                } else {
                    Again::Unclear
                });
            }
            let same = |conclusion: &Conclusion| {
                conclusion.verdict == Verdict::Fail
                    && conclusion.reason.as_ref().map(Reason::key) == Some(wrong.key())
            };
            if let Some(mut failed) = again.into_iter().find(same) {
                failed.reason = failed.reason.map(|because| Reason::OnlyAmongMany {
                    connections: self.options.jobs,
                    because: Box::new(because),
                });
                return Ok(Again::Fails(Box::new(failed)));
            }
        }
        Ok(Again::Unclear)
    }

    /// What comes of some copies of a case among others.
    fn among_others(
        &self,
        i: usize,
        setup: &Arc<Setup>,
    ) -> impl Future<Output = Vec<Conclusion>> + use<> {
        let mut copies = JoinSet::new();
        let mut others = JoinSet::new();
        for _ in 0..COPIES {
            copies.spawn(self.carried_out(i, setup));
        }
        for other in self.neighbours(i, self.options.jobs.saturating_sub(COPIES)) {
            others.spawn(self.carried_out(other, setup));
        }
        async move {
            let done = copies.join_all().await;
            others.join_all().await;
            done
        }
    }

    fn carried_out(
        &self,
        i: usize,
        setup: &Arc<Setup>,
    ) -> impl Future<Output = Conclusion> + use<> {
        let (case, setup) = (self.cases[i].clone(), setup.clone());
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
