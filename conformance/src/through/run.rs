//! A run against a gateway: the controls alone, then many cases at once, then what failed again.

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use wsspec_reports::{CaseResult, Ending, Probe, Summary, TargetReport, TargetRole, Verdict};
use wsspec_vectors::ThroughCase;

use super::back::Back;
use super::changes::Change;
use super::conversation::{Conclusion, Terms, Waits, carry_out};
use super::net::Net;
use super::reason::{Instead, Reason, Wanted};
use super::rows::{blank, change_rows, idle_row, row};
use super::steps::idle_case;
use crate::run::Target;

/// How much longer a case waits that is run again.
const PATIENT: u32 = 2;

/// How long nothing has to arrive where silence is asked for.
const QUIET: Duration = Duration::from_millis(400);

/// How to run.
#[derive(Debug, Clone)]
pub struct Options {
    /// Cases at once.
    pub jobs: usize,
    /// How often a case that failed is run again alone.
    pub retries: u32,
    /// The end of a wait that no bytes end.
    pub timeout: Duration,
    /// Fixes everything random.
    pub seed: u64,
    /// The command that runs a case again, with `{case}` for its id.
    pub rerun: String,
    /// After this many cases that fail for certain, no further one is begun.
    pub max_fail: Option<usize>,
    /// How long to look whether the gateway ends an idle tunnel, if at all.
    pub idle: Option<Duration>,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            jobs: 16,
            retries: 1,
            timeout: Duration::from_secs(6),
            seed: 0,
            rerun: String::new(),
            max_fail: None,
            idle: None,
        }
    }
}

/// A gateway, and our server behind it.
#[derive(Debug)]
pub struct Between {
    target: Target,
    back: Back,
    /// Conversations so far.
    count: AtomicU64,
}

impl Between {
    /// The gateway at `target`, which forwards to where we listen.
    ///
    /// # Errors
    /// If the address cannot be listened on.
    pub async fn new(target: Target, listen: SocketAddr) -> std::io::Result<Between> {
        Ok(Between {
            target,
            back: Back::bind(listen).await?,
            count: AtomicU64::new(1),
        })
    }

    /// Where we listen.
    pub fn address(&self) -> SocketAddr {
        self.back.address()
    }

    async fn run(&self, case: &ThroughCase, options: &Options, factor: u32) -> Conclusion {
        let waits = Waits {
            deadline: options.timeout * factor,
            quiet: QUIET * factor,
        };
        self.run_for(case, options, waits).await
    }

    async fn run_for(&self, case: &ThroughCase, options: &Options, waits: Waits) -> Conclusion {
        let token = format!("c{}", self.count.fetch_add(1, Ordering::Relaxed));
        let mut setup = self.target.setup();
        setup.seed = options.seed;
        let terms = Terms::new(&setup, &token, waits);
        let mut world = Net::new(&self.target, &self.back, &token);
        let mut conclusion = carry_out(case, &terms, &mut world).await;
        self.target.mask(Arc::make_mut(&mut conclusion.transcript));
        conclusion
    }
}

/// What happens in a run, as it happens.
#[derive(Debug)]
pub enum Event<'a> {
    /// The gateway passes on; the number of cases.
    Probed(&'a TargetReport, usize),
    /// A case has its final verdict.
    Finished(&'a TargetReport, &'a CaseResult),
}

/// The report before anything is known of a gateway.
pub fn nothing_yet(between: &Between, options: &Options) -> TargetReport {
    let url = between.target.shown();
    TargetReport {
        name: format!("the gateway at {url}"),
        url,
        again: options.rerun.clone(),
        role: TargetRole::Gateway,
        over: between.target.transport(),
        probe: Probe::default(),
        ended: Ending::Interrupted,
        shards: None,
        summary: Summary::default(),
        causes: Vec::new(),
        broken_baseline: Vec::new(),
        usage: None,
        cases: Vec::new(),
    }
}

/// Runs the cases, after the controls among `all`, until each has a verdict or `stop` resolves.
pub async fn run(
    cases: &[Arc<ThroughCase>],
    all: &[Arc<ThroughCase>],
    between: &Arc<Between>,
    options: &Options,
    stop: impl Future<Output = ()>,
    on: &mut dyn FnMut(Event<'_>),
) -> TargetReport {
    let mut run = Run {
        cases,
        between,
        options,
        report: nothing_yet(between, options),
        changes: BTreeMap::new(),
        on,
    };
    let ended = {
        let mut stop = std::pin::pin!(stop);
        tokio::select! {
            ended = Box::pin(run.all(all)) => ended,
            () = &mut stop => Ending::Interrupted,
        }
    };
    run.finish(ended)
}

struct Run<'a> {
    cases: &'a [Arc<ThroughCase>],
    between: &'a Arc<Between>,
    options: &'a Options,
    report: TargetReport,
    /// What the gateway changes, and the first cases that show it.
    changes: BTreeMap<Change, BTreeSet<String>>,
    on: &'a mut dyn FnMut(Event<'_>),
}

impl Run<'_> {
    async fn all(&mut self, all: &[Arc<ThroughCase>]) -> Ending {
        let mut held = Vec::new();
        for control in all.iter().filter(|case| case.control) {
            let conclusion = self.control(control).await;
            if !conclusion.reached {
                return Ending::Unreachable(self.nothing_arrives(&conclusion));
            }
            let failed = conclusion.verdict >= Verdict::Fail;
            held.push((Arc::clone(control), conclusion));
            if failed {
                break;
            }
        }
        (self.on)(Event::Probed(&self.report, self.cases.len()));
        let broken = held.iter().find(|(_, c)| c.verdict >= Verdict::Fail);
        let broken = broken.map(|(case, _)| case.id.clone());
        for (case, conclusion) in held {
            if broken.as_ref() == Some(&case.id) || self.is_selected(&case) {
                self.result(&case, conclusion);
            }
        }
        if let Some(id) = broken {
            self.skip_the_rest(&Reason::RestsOn(id.clone()), Some(&id));
            return Ending::Complete;
        }
        self.many().await;
        self.skip_the_rest(&Reason::NoTurn, None);
        self.idle().await;
        Ending::Complete
    }

    /// Looks how long an idle tunnel lives.
    async fn idle(&mut self) {
        let Some(most) = self.options.idle else {
            return;
        };
        let waits = Waits {
            deadline: most,
            quiet: most,
        };
        let case = idle_case();
        let conclusion = self.between.run_for(&case, self.options, waits).await;
        let ended = match conclusion.reason {
            None => true,
            Some(Reason::Missed {
                wanted: Wanted::End,
                instead: Instead::Nothing,
                ..
            }) => false,
            // There was no tunnel.
            Some(_) => return,
        };
        self.done(idle_row(ended, conclusion.duration));
    }

    /// A control, which is run again if it does not hold.
    async fn control(&self, case: &ThroughCase) -> Conclusion {
        let conclusion = self.between.run(case, self.options, 1).await;
        if conclusion.verdict < Verdict::Flaky || self.options.retries == 0 {
            return conclusion;
        }
        self.between.run(case, self.options, PATIENT).await
    }

    fn is_selected(&self, case: &ThroughCase) -> bool {
        self.cases.iter().any(|selected| selected.id == case.id)
    }

    /// Why no case can be judged, and what to do about it.
    fn nothing_arrives(&self, conclusion: &Conclusion) -> String {
        let (gateway, address) = (&self.report.url, self.between.address());
        match &conclusion.reason {
            Some(reason @ Reason::Unreachable(_)) => format!("{reason} ({gateway})"),
            Some(reason) => format!(
                "nothing arrives at {address}: {reason}; does {gateway} forward to http://{address}?"
            ),
            None => format!("nothing arrives at {address}"),
        }
    }

    /// The cases that are no controls: many at once, then what failed again alone.
    async fn many(&mut self) {
        let jobs = if self.between.back.loses_tokens() {
            1
        } else {
            self.options.jobs
        };
        let room = Arc::new(Semaphore::new(jobs));
        let mut running = JoinSet::new();
        for case in self.cases.iter().filter(|case| !case.control) {
            let (case, room) = (Arc::clone(case), Arc::clone(&room));
            let (between, options) = (Arc::clone(self.between), self.options.clone());
            running.spawn(async move {
                let _place = room.acquire_owned().await;
                let conclusion = between.run(&case, &options, 1).await;
                (case, conclusion)
            });
        }
        let mut again = Vec::new();
        while let Some(done) = running.join_next().await {
            let Ok((case, conclusion)) = done else {
                continue;
            };
            let tried = conclusion.reached;
            if conclusion.verdict >= Verdict::Fail && (self.options.retries > 0 || !tried) {
                again.push((case, conclusion));
            } else {
                self.result(&case, conclusion);
            }
            if self.has_enough() {
                return;
            }
        }
        again.sort_by(|(a, _), (b, _)| a.id.cmp(&b.id));
        for (case, first) in again {
            let conclusion = self.confirmed(&case, first).await;
            self.result(&case, conclusion);
            if self.has_enough() {
                return;
            }
        }
    }

    /// The conclusion of a case that failed among others: flaky, if it passes alone. A case whose
    /// request did not reach us has not been tried: the gateway may have taken our server for down,
    /// because of another case.
    async fn confirmed(&self, case: &ThroughCase, first: Conclusion) -> Conclusion {
        let retries = if first.reached {
            self.options.retries
        } else {
            self.options.retries.max(1)
        };
        let mut last = first;
        for _ in 0..retries {
            let again = self.between.run(case, self.options, PATIENT).await;
            if again.verdict >= Verdict::Flaky || !last.reached {
                last = again;
            } else {
                last.verdict = Verdict::Flaky;
            }
            if last.verdict < Verdict::Fail {
                break;
            }
        }
        last
    }

    fn has_enough(&self) -> bool {
        let failed = self
            .report
            .cases
            .iter()
            .filter(|row| row.verdict == Verdict::Fail);
        self.options
            .max_fail
            .is_some_and(|most| failed.count() >= most)
    }

    fn result(&mut self, case: &ThroughCase, conclusion: Conclusion) {
        for change in &conclusion.changes {
            let seen = self.changes.entry(change.clone()).or_default();
            if seen.len() < CaseResult::SEEN_IN {
                seen.insert(case.id.clone());
            }
        }
        self.done(row(case, conclusion));
    }

    fn done(&mut self, row: CaseResult) {
        (self.on)(Event::Finished(&self.report, &row));
        self.report.cases.push(row);
    }

    fn skip_the_rest(&mut self, reason: &Reason, rests_on: Option<&String>) {
        let done: BTreeSet<String> = self.report.cases.iter().map(|row| row.id.clone()).collect();
        for case in self.cases.iter().filter(|case| !done.contains(&case.id)) {
            let row = CaseResult {
                rests_on: rests_on.cloned(),
                ..blank(case, Verdict::Skipped, Some(reason))
            };
            self.done(row);
        }
    }

    fn finish(mut self, ended: Ending) -> TargetReport {
        let changes = change_rows(&self.changes);
        self.report.cases.extend(changes);
        self.report.cases.sort_by(|a, b| a.id.cmp(&b.id));
        self.report.ended = ended;
        self.report.summary = Summary::of(&self.report.cases);
        self.report
    }
}
