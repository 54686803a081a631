//! Running many cases at once.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use tokio::sync::{Semaphore, mpsc};
use tokio::task::JoinSet;
use wsspec_reports::{CaseResult, Verdict};
use wsspec_vectors::Case;

use super::applicable::{consequence, without_running};
use super::confirm::may_be_the_application;
use super::death::Dead;
use super::queue::Queue;
use super::results::{not_run, result};
use super::time::Part;
use super::{Certain, Judged, Run, RunEvent, Stopped, Subject};
use crate::control::is_doubtful;
use crate::exchange::{Conclusion, Reason};

/// From this many bytes to send on, a case keeps a target busy, and the others waiting.
pub(super) const HEAVY_BYTES: u64 = 256 << 10;

/// The same where each connection hears what all others say.
const HEAVY_TO_HEAR: u64 = 8 << 10;

/// Cases that run at once there.
const HEARING_JOBS: usize = 4;

/// Pieces, each of which waits until it is read, that take a case about as long as a silence.
const LONG_WAIT: u64 = 50;

/// Heavy cases that run at once.
const HEAVY_JOBS: usize = 3;

/// KiB that the cases which run at once may send together: each byte is held twice, on its way and
/// in the message it makes. The largest message goes alone.
const KIB_IN_FLIGHT: u32 = 16 << 10;

impl Run<'_> {
    /// The cases of this kind that can run and have not; the result of those that cannot is made known.
    fn runnable(&mut self, kind: impl Fn(&Case) -> bool) -> Vec<usize> {
        let mut todo = Vec::new();
        for (i, case) in self.cases.iter().enumerate() {
            if self.judged.contains_key(&i) || !kind(case) {
                continue;
            }
            let skipped = without_running(case, self.setup.target, self.probed).or_else(|| {
                let needs = self.subject.cannot(case)?;
                Some((Verdict::Skipped, needs.into()))
            });
            let Some((verdict, reason)) = skipped else {
                todo.push(i);
                continue;
            };
            let mut result = not_run(case, verdict, &reason);
            self.subject.mask(&mut result);
            (self.on)(RunEvent::finished(&result));
            self.stands(i, result);
        }
        todo
    }

    /// Waits for the time-outs of the target, side by side, when nothing else is asked of it. What comes of it stands: the
    /// time allowed is generous, and waiting once more would take as long again.
    pub(super) async fn time_outs(&mut self) -> Result<(), Stopped> {
        let waiting = self.runnable(Case::awaits_time_out);
        self.part = Part::TimeOuts;
        self.side_by_side(waiting, self.jobs()).await?;
        self.part = Part::Confirming;
        Ok(())
    }

    /// Runs every case, many at once, except those about time-outs.
    pub(super) async fn all_at_once(&mut self) -> Result<(), Stopped> {
        let todo = self.runnable(|case| !case.awaits_time_out());
        let (measured, todo): (Vec<_>, Vec<_>) =
            todo.into_iter().partition(|i| self.is_measured(*i));
        let (heavy, mut light): (Vec<_>, Vec<_>) =
            todo.into_iter().partition(|i| self.is_heavy(*i));
        // While some cases wait, others work; those that wait longest come first.
        light.sort_by_key(|i| {
            let case = &self.cases[*i];
            // Where answers come late, each that is waited for takes its time.
            let answers = if self.setup.timing.overtaken.is_zero() {
                0
            } else {
                case.steps.len()
            };
            (answers, Reverse(case.pieces() / LONG_WAIT), !case.waits())
        });
        self.part = Part::Light;
        self.side_by_side(light, self.jobs()).await?;
        self.part = Part::Heavy;
        let heavy_jobs = if self.probed.found.broadcasts {
            1
        } else {
            HEAVY_JOBS
        };
        self.side_by_side(heavy, self.jobs().min(heavy_jobs))
            .await?;
        self.side_by_side(measured, 1).await?;
        self.part = Part::Confirming;
        Ok(())
    }

    /// Cases that run at once: fewer where each connection hears what all others say, and no more than
    /// there are places for.
    pub(super) fn jobs(&self) -> usize {
        let places = match self.subject {
            Subject::Server(target) => target.limiter.most(),
            Subject::Client(_) => None,
        };
        let places = places.map_or(usize::MAX, |most| most as usize);
        let hears = self.probed.found.broadcasts;
        let most = if hears { HEARING_JOBS } else { usize::MAX };
        self.options.jobs.min(places).min(most)
    }

    /// Whether the cost of a case is measured, which tells something only where nothing else goes on.
    /// Clients are processes of their own.
    fn is_measured(&self, i: usize) -> bool {
        let case = &self.cases[i];
        let grows = !case.smaller.is_empty();
        match self.subject {
            Subject::Server(target) => grows || target.keeper().is_some() && case.costs.is_some(),
            Subject::Client(_) => false,
        }
    }

    /// Whether a case keeps the target busy, and the others waiting.
    pub(super) fn is_heavy(&self, i: usize) -> bool {
        let least = if self.probed.found.broadcasts {
            HEAVY_TO_HEAR
        } else {
            HEAVY_BYTES
        };
        self.cases[i].weight() >= least
    }

    /// Runs these cases, `jobs` at once. When the target dies, it is started again if it can be, and
    /// what is left of them goes on.
    pub(super) async fn side_by_side(
        &mut self,
        mut todo: Vec<usize>,
        jobs: usize,
    ) -> Result<(), Stopped> {
        while !todo.is_empty() && self.died.is_none() && !self.has_enough(Certain::No) {
            todo = self.until_death(todo, jobs).await?;
        }
        Ok(())
    }

    /// Runs these cases, `jobs` at once, until all are done, the target dies, or this part of the run
    /// has to be over: what has no result then is [given up](Run::give_up_the_rest). Returns those that are
    /// left after a death.
    async fn until_death(&mut self, todo: Vec<usize>, jobs: usize) -> Result<Vec<usize>, Stopped> {
        let mut batch = self.start(todo, jobs);
        let mut death = Box::pin(self.vitals().until_dead());
        let dead = loop {
            let done = tokio::select! {
                biased;
                () = self.stop.as_mut() => return Err(Stopped),
                () = self.time.over(self.part) => return Ok(Vec::new()),
                dead = &mut death => break dead,
                done = batch.finished.recv() => done,
            };
            let Some(done) = done else {
                return Ok(Vec::new());
            };
            self.deaths
                .note(done.case, &done.conclusion, done.began, done.ended);
            let conclusion = self.first_result(done.case, done.conclusion);
            if self.part != Part::Confirming && self.has_enough(Certain::No) {
                return Ok(Vec::new());
            }
            if let Some(dead) = self.check_health(&conclusion, jobs).await? {
                break dead;
            }
        };
        drop(death);
        let scene = batch.halt();
        self.after_death(dead, scene).await
    }

    /// Starts workers that run these cases and send what comes of them.
    fn start(&self, todo: Vec<usize>, jobs: usize) -> Batch {
        let (sender, finished) = mpsc::channel(jobs.max(1));
        let workers = jobs.clamp(1, todo.len().max(1));
        let work = Arc::new(Work {
            queue: Mutex::new(Queue::new(self.cases, todo)),
            room: Semaphore::new(KIB_IN_FLIGHT as usize),
        });
        let mut tasks = JoinSet::new();
        for _ in 0..workers {
            let (work, sender) = (work.clone(), sender.clone());
            let (subject, setup) = (self.subject.clone(), self.setup.clone());
            tasks.spawn(async move {
                loop {
                    let Some((i, case)) = work.queue().take() else {
                        return;
                    };
                    let size = (case.weight() >> 10).min(KIB_IN_FLIGHT.into()) as u32;
                    let taken = work.room.acquire_many(size).await;
                    let began = Instant::now();
                    work.queue().begin(i, began);
                    let conclusion = subject.carry_out(&case, &setup).await;
                    drop(taken);
                    let ended = Instant::now();
                    let done = Done {
                        case: i,
                        conclusion,
                        began,
                        ended,
                    };
                    if sender.send(done).await.is_err() {
                        return;
                    }
                    work.queue().end(i, ended - began);
                }
            });
        }
        Batch {
            finished,
            work,
            tasks,
        }
    }

    /// Takes what came of a case that ran among many.
    pub(super) fn first_result(&mut self, i: usize, conclusion: Conclusion) -> Conclusion {
        let case = &self.cases[i];
        let mut conclusion = consequence(conclusion, case, self.probed.trouble.as_ref());
        let confirmed = conclusion.reason.as_ref().is_some_and(Reason::is_confirmed);
        let confirms =
            !confirmed && (conclusion.verdict >= Verdict::Error || is_doubtful(&conclusion));
        let stands = !confirms || self.options.retries == 0 || self.part == Part::TimeOuts;
        let whole = (stands && self.options.conversations).then(|| conclusion.transcript.clone());
        self.keep(&mut conclusion);
        self.passive.note(&case.id, &conclusion);
        let mut result = result(case, &conclusion);
        self.subject.mask(&mut result);
        if let Some(transcript) = whole {
            let whole = CaseResult {
                transcript: Some(transcript),
                ..result.clone()
            };
            (self.on)(RunEvent::Finished {
                result: &result,
                whole: &whole,
            });
        } else if stands {
            (self.on)(RunEvent::finished(&result));
        }
        let judged = Judged {
            result,
            reason: conclusion.reason.clone(),
            stands,
            timed_out: conclusion.timed_out,
            may_be_the_application: may_be_the_application(&conclusion),
        };
        self.judged.insert(i, judged);
        conclusion
    }

    /// How the target died, as far as this case tells.
    pub(super) async fn check_health(
        &mut self,
        conclusion: &Conclusion,
        together: usize,
    ) -> Result<Option<Dead>, Stopped> {
        let mut stop = std::mem::replace(&mut self.stop, Box::pin(std::future::pending()));
        let dead = tokio::select! {
            dead = self.dead(conclusion, together) => Ok(dead),
            () = &mut stop => Err(Stopped),
        };
        self.stop = stop;
        dead
    }
}

/// A case that was run.
pub(super) struct Done {
    pub(super) case: usize,
    pub(super) conclusion: Conclusion,
    pub(super) began: Instant,
    pub(super) ended: Instant,
}

/// What was going on when the target died.
pub(super) struct Scene {
    /// Cases that had begun and were not taken note of, with when they began.
    pub(super) running: BTreeMap<usize, Instant>,
    /// Cases that had not begun.
    pub(super) left: Vec<usize>,
}

/// Cases that are being run. Dropping this ends them.
struct Batch {
    finished: mpsc::Receiver<Done>,
    work: Arc<Work>,
    tasks: JoinSet<()>,
}

impl Batch {
    /// Ends all that runs.
    fn halt(mut self) -> Scene {
        self.tasks.abort_all();
        self.finished.close();
        let (running, left) = self.work.queue().halt();
        let mut running: BTreeMap<usize, Instant> = running.into_iter().collect();
        while let Ok(done) = self.finished.try_recv() {
            running.insert(done.case, done.began);
        }
        Scene { running, left }
    }
}

/// The cases that workers share.
struct Work {
    queue: Mutex<Queue>,
    room: Semaphore,
}

impl Work {
    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
