//! Running many cases at once.

use std::cmp::Reverse;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use tokio::sync::{Semaphore, mpsc};
use wsspec_reports::{CaseResult, Verdict};

use super::applicable::{consequence, without_running};
use super::results::{not_run, result};
use super::{Judged, Run, RunEvent, Stopped};
use crate::exchange::Conclusion;

/// From this many bytes to send on, a case keeps a target busy, and the others waiting.
pub(super) const HEAVY_BYTES: u64 = 256 << 10;

/// Pieces, each of which waits until it is read, that take a case about as long as a silence.
const LONG_WAIT: u64 = 50;

/// Heavy cases that run at once.
const HEAVY_JOBS: usize = 3;

/// KiB that the cases which run at once may send together: each byte is held several times over.
const KIB_IN_FLIGHT: u32 = 20 << 10;

impl Run<'_> {
    /// Runs every case, many at once.
    pub(super) async fn all_at_once(&mut self) -> Result<(), Stopped> {
        let mut todo = Vec::new();
        for (i, case) in self.cases.iter().enumerate() {
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
        let (heavy, mut light): (Vec<_>, Vec<_>) = todo
            .into_iter()
            .partition(|i| self.cases[*i].weight() >= HEAVY_BYTES);
        // While some wait, others work; those that wait longest come first.
        light.sort_by_key(|i| {
            let case = &self.cases[*i];
            (Reverse(case.pieces() / LONG_WAIT), !case.waits())
        });
        let jobs = self.options.jobs;
        self.side_by_side(light, jobs).await?;
        self.side_by_side(heavy, jobs.min(HEAVY_JOBS)).await
    }

    /// Runs these cases, `jobs` at once.
    async fn side_by_side(&mut self, todo: Vec<usize>, jobs: usize) -> Result<(), Stopped> {
        if self.died.is_some() {
            return Ok(());
        }
        let halt = Arc::new(AtomicBool::new(false));
        let mut finished = self.start(todo, jobs, &halt);
        loop {
            let next = tokio::select! {
                next = finished.recv() => next,
                () = self.stop.as_mut() => {
                    halt.store(true, Ordering::Relaxed);
                    return Err(Stopped);
                }
            };
            let Some((i, conclusion)) = next else {
                return Ok(());
            };
            let conclusion = self.first_result(i, conclusion);
            match self.check_health(i, &conclusion, jobs).await {
                Ok(false) => {}
                Ok(true) => {
                    halt.store(true, Ordering::Relaxed);
                    return Ok(());
                }
                Err(stopped) => {
                    halt.store(true, Ordering::Relaxed);
                    return Err(stopped);
                }
            }
        }
    }

    /// Starts workers that run these cases and send what comes of them.
    fn start(
        &self,
        todo: Vec<usize>,
        jobs: usize,
        halt: &Arc<AtomicBool>,
    ) -> mpsc::Receiver<(usize, Conclusion)> {
        let (sender, finished) = mpsc::channel(jobs.max(1));
        let workers = jobs.clamp(1, todo.len().max(1));
        let work = Arc::new(Work {
            todo,
            next: AtomicUsize::new(0),
            room: Semaphore::new(KIB_IN_FLIGHT as usize),
        });
        for _ in 0..workers {
            let (work, halt, sender) = (work.clone(), halt.clone(), sender.clone());
            let (cases, setup) = (self.cases.to_vec(), self.setup.clone());
            let subject = self.subject.clone();
            tokio::spawn(async move {
                while let Some(&i) = work.todo.get(work.next.fetch_add(1, Ordering::Relaxed)) {
                    let size = (cases[i].weight() >> 10).min(KIB_IN_FLIGHT.into()) as u32;
                    let taken = work.room.acquire_many(size).await;
                    let conclusion = subject.carry_out(&cases[i], &setup).await;
                    drop(taken);
                    if halt.load(Ordering::Relaxed) || sender.send((i, conclusion)).await.is_err() {
                        return;
                    }
                }
            });
        }
        finished
    }

    /// Takes what came of a case that ran among many.
    fn first_result(&mut self, i: usize, conclusion: Conclusion) -> Conclusion {
        let case = &self.cases[i];
        let mut conclusion = consequence(conclusion, case, self.probed.trouble.as_ref());
        let stands = conclusion.verdict < Verdict::Error || self.options.retries == 0;
        let whole = (stands && self.options.conversations).then(|| conclusion.transcript.clone());
        self.keep(&mut conclusion);
        self.passive
            .note(&case.id, &conclusion.observed, &conclusion.transcript);
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
        };
        self.judged.insert(i, judged);
        conclusion
    }

    /// Whether the target is dead, as far as this case tells.
    pub(super) async fn check_health(
        &mut self,
        i: usize,
        conclusion: &Conclusion,
        together: usize,
    ) -> Result<bool, Stopped> {
        let mut stop = std::mem::replace(&mut self.stop, Box::pin(std::future::pending()));
        let dead = tokio::select! {
            dead = self.dead(i, conclusion, together) => Ok(dead),
            () = &mut stop => Err(Stopped),
        };
        self.stop = stop;
        dead
    }
}

/// The cases that workers share.
struct Work {
    todo: Vec<usize>,
    next: AtomicUsize,
    room: Semaphore,
}
