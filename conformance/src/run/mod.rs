//! A whole run against one target: probe, many cases at once, what failed again alone, the report.

mod client;
mod passive;
mod probe;
mod secrets;
mod select;
mod shard;
mod shell;
mod subject;
mod target;

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use tokio::sync::{Semaphore, mpsc};
use wsspec_core::deflate::negotiation;
use wsspec_core::{Role, Violation};
use wsspec_reports::{
    CaseResult, Clause, Ending, Peer, Probe, Report, Summary, TargetReport, TargetRole, Verdict,
};

use crate::exchange::{Conclusion, NO_PLAIN_CONNECTION, NOT_SERVED, Setup, Timing};
use wsspec_vectors::{Case, Corpus, FieldValue, Head, Need, Requirement, Step};

pub use client::{Client, ClientError, Launch};
pub(crate) use passive::{Passive, failed as failed_passively, passive_rules};
pub(crate) use probe::{Probed, in_memory as probe_in_memory, plain_case};
pub use select::{Selection, SelectionError};
pub use shard::{Shard, ShardError};
pub use shell::{CommandLine, quote};
pub use subject::Subject;
pub use target::{ResolveError, Target, TargetError, masked_field, masked_url};

/// How long connecting may take.
const CONNECT: Duration = Duration::from_secs(3);

/// Cases that timed out are confirmed so many at once: all they do is wait.
const WAITING_TOGETHER: usize = 64;

/// A case that sends so many bytes keeps a target busy, and the others waiting.
const HEAVY: u64 = 256 << 10;

/// So many heavy cases run at once.
const HEAVY_TOGETHER: usize = 3;

/// What is sent by the cases that run at once, in KiB: each byte is held several times over.
const IN_FLIGHT: u32 = 20 << 10;

/// Memory for the transcripts of a run, in bytes; those behind it are cut to [`CUT`].
const TRANSCRIPTS: usize = 16 << 20;

/// Memory for a transcript when there is no room for a whole one.
const CUT: usize = 8 << 10;

/// So many connections in a row that did not work, and the target is asked whether it still serves.
const SILENT: usize = 3;

/// How to run.
#[derive(Debug, Clone)]
pub struct Options {
    /// Cases at once.
    pub jobs: usize,
    /// How often a case that failed is run again alone. The first retry that does not fail makes it flaky; it fails if
    /// every one does. 0 believes the first verdict.
    pub retries: u32,
    /// The deadline of an expectation when a case runs alone.
    pub timeout: Duration,
    /// Fixes everything random.
    pub seed: u64,
    /// What the target does with messages, where the user knows better than the probe.
    pub peer: Option<Peer>,
    /// The part of the cases that these are, for the report.
    pub shard: Option<Shard>,
    /// The command that runs a case again, with `{case}` for its id; `None` for [`Subject::rerun`].
    pub rerun: Option<String>,
    /// Tell the whole conversation of each case as its result comes, of passes too. It is kept no longer than without
    /// this.
    pub conversations: bool,
    /// How long a target may take to end TCP after the closing handshake, where more than the verdict is told of it.
    pub linger: Option<Duration>,
}

impl<'a> RunEvent<'a> {
    fn finished(result: &'a CaseResult) -> Self {
        RunEvent::Finished {
            result,
            whole: result,
        }
    }
}

impl Default for Options {
    fn default() -> Self {
        Options {
            jobs: 24,
            retries: 1,
            timeout: Duration::from_secs(6),
            seed: 0,
            peer: None,
            shard: None,
            rerun: None,
            conversations: false,
            linger: None,
        }
    }
}

/// What happens in a run, as it happens.
#[derive(Debug)]
pub enum RunEvent<'a> {
    /// The target was probed; so many cases follow.
    Probed(&'a Probe, usize),
    /// A case has its final verdict.
    Finished {
        /// As it is kept for the report.
        result: &'a CaseResult,
        /// The same with the whole conversation, where [`Options::conversations`] asks for it.
        whole: &'a CaseResult,
    },
}

/// Runs `cases` against `subject` until all have a verdict or `stop` resolves.
pub async fn run(
    cases: &[Arc<Case>],
    subject: &Subject,
    options: &Options,
    stop: impl Future<Output = ()>,
    mut on: impl FnMut(RunEvent<'_>),
) -> TargetReport {
    tokio::pin!(stop);
    let setup = Setup {
        seed: options.seed,
        ..subject.setup()
    };
    let mut report = nothing_yet(subject, options);
    let probing = meet(subject, setup, options);
    let met = tokio::select! {
        found = probing => found,
        () = &mut stop => return report,
    };
    let (setup, probe) = match met {
        Ok(met) => met,
        Err(reason) => {
            return TargetReport {
                ended: Ending::Unreachable(reason),
                ..report
            };
        }
    };
    report.probe = probe.found;
    on(RunEvent::Probed(&report.probe, cases.len()));

    let mut run = Run {
        cases,
        subject,
        options,
        setup: Arc::new(setup),
        mute: probe.mute,
        results: BTreeMap::new(),
        passive: passive::Passive::default(),
        transcripts: 0,
        silent: 0,
        died: None,
    };
    report.ended = Ending::Complete;
    if !run.all_at_once(&report.probe, &mut stop, &mut on).await
        || !run.again_alone(&report.probe, &mut stop, &mut on).await
    {
        report.ended = Ending::Interrupted;
    } else if run.died.is_none() && report.probe.trouble.is_none() {
        let served = tokio::select! {
            served = run.sane() => served,
            () = &mut stop => true,
        };
        run.died = (!served).then(|| "it serves no connection any more after the last case".into());
    }
    if let Some(reason) = run.died.take() {
        run.blame_death(&reason, &mut on);
        report.ended = Ending::Died(reason);
    }
    report.cases = run
        .results
        .into_values()
        .map(|judged| judged.result)
        .collect();
    if report.ended != Ending::Interrupted && !run.mute {
        report.cases.extend(run.passive.rows(run.setup.target));
    }
    report.cases.sort_by(|a, b| a.id.cmp(&b.id));
    report.summary = Summary::of(&report.cases);
    report
}

/// The report on `subject` before anything is known of it: interrupted, until it has its end.
pub fn nothing_yet(subject: &Subject, options: &Options) -> TargetReport {
    TargetReport {
        name: subject.name(),
        url: subject.url(),
        again: options.rerun.clone().unwrap_or_else(|| subject.rerun()),
        role: match subject {
            Subject::Server(_) => TargetRole::Server,
            Subject::Client(_) => TargetRole::Client,
        },
        probe: Probe::default(),
        ended: Ending::Interrupted,
        shards: options.shard.map(Shard::alone),
        summary: Summary::default(),
        broken_baseline: Vec::new(),
        cases: Vec::new(),
    }
}

/// Finds out whom this is, and what a conversation with it goes by. The error says why it cannot be reached.
pub(crate) async fn meet(
    subject: &Subject,
    mut setup: Setup,
    options: &Options,
) -> Result<(Setup, Probed), String> {
    let probe = probe::probe(subject, &setup, options).await?;
    setup.learn(&probe.found);
    setup.timing.pace = probe.pace;
    setup.timing.linger = options.linger.unwrap_or(setup.timing.linger);
    Ok((setup, probe))
}

struct Run<'a> {
    cases: &'a [Arc<Case>],
    subject: &'a Subject,
    options: &'a Options,
    setup: Arc<Setup>,
    /// The target answers nothing at all: only an error can be said of any case.
    mute: bool,
    results: BTreeMap<usize, Judged>,
    passive: passive::Passive,
    /// Memory that the transcripts take.
    transcripts: usize,
    /// Connections in a row that did not work.
    silent: usize,
    died: Option<String>,
}

/// The result of a case so far.
struct Judged {
    result: CaseResult,
    /// It was made known and stands.
    stands: bool,
    /// A wait was ended by its deadline.
    timed_out: bool,
}

type On<'a> = &'a mut dyn FnMut(RunEvent<'_>);

impl Run<'_> {
    /// Runs every case, many at once. False when stopped.
    async fn all_at_once(
        &mut self,
        probe: &Probe,
        stop: &mut (impl Future<Output = ()> + Unpin),
        on: On<'_>,
    ) -> bool {
        let mut todo = Vec::new();
        for (i, case) in self.cases.iter().enumerate() {
            let cannot = || self.subject.cannot(case).map(|why| (Verdict::Skipped, why));
            match without_running(case, self.setup.target, probe, self.mute).or_else(cannot) {
                Some((verdict, reason)) => {
                    let result = blank(case, verdict, reason);
                    on(RunEvent::finished(&result));
                    self.results.insert(
                        i,
                        Judged {
                            result,
                            stands: true,
                            timed_out: false,
                        },
                    );
                }
                None => todo.push(i),
            }
        }
        let (heavy, mut light): (Vec<_>, Vec<_>) = todo
            .into_iter()
            .partition(|i| self.cases[*i].weight() >= HEAVY);
        // While some wait, others work.
        light.sort_by_key(|i| !self.cases[*i].waits());
        let jobs = self.options.jobs;
        self.side_by_side(light, jobs, probe, stop, on).await
            && self
                .side_by_side(heavy, jobs.min(HEAVY_TOGETHER), probe, stop, on)
                .await
    }

    /// Runs these cases, so many at once. False when stopped.
    async fn side_by_side(
        &mut self,
        todo: Vec<usize>,
        jobs: usize,
        probe: &Probe,
        stop: &mut (impl Future<Output = ()> + Unpin),
        on: On<'_>,
    ) -> bool {
        if self.died.is_some() {
            return true;
        }
        let todo = Arc::new(todo);
        let next = Arc::new(AtomicUsize::new(0));
        let halt = Arc::new(AtomicBool::new(false));
        let room = Arc::new(Semaphore::new(IN_FLIGHT as usize));
        let (sender, mut receiver) = mpsc::channel(jobs.max(1));
        for _ in 0..jobs.clamp(1, todo.len().max(1)) {
            let (todo, next, halt, sender) =
                (todo.clone(), next.clone(), halt.clone(), sender.clone());
            let room = room.clone();
            let (cases, setup, subject) = (
                self.cases.to_vec(),
                self.setup.clone(),
                self.subject.clone(),
            );
            tokio::spawn(async move {
                while let Some(&i) = todo.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let size = (cases[i].weight() >> 10).min(IN_FLIGHT.into()) as u32;
                    let taken = room.acquire_many(size).await;
                    let conclusion = subject.carry_out(&cases[i], &setup).await;
                    drop(taken);
                    if halt.load(Ordering::Relaxed) || sender.send((i, conclusion)).await.is_err() {
                        return;
                    }
                }
            });
        }
        drop(sender);
        loop {
            let finished = tokio::select! {
                finished = receiver.recv() => finished,
                () = &mut *stop => {
                    halt.store(true, Ordering::Relaxed);
                    return false;
                }
            };
            let Some((i, conclusion)) = finished else {
                return true;
            };
            let mut conclusion = consequence(conclusion, &self.cases[i], probe);
            let stands = conclusion.verdict < Verdict::Error || self.options.retries == 0;
            let told =
                (stands && self.options.conversations).then(|| conclusion.transcript.clone());
            self.keep(&mut conclusion);
            self.passive.note(&self.cases[i].id, &conclusion);
            let result = result(&self.cases[i], &conclusion);
            if let Some(transcript) = told {
                let whole = CaseResult {
                    transcript: Some(transcript),
                    ..result.clone()
                };
                on(RunEvent::Finished {
                    result: &result,
                    whole: &whole,
                });
            } else if stands {
                on(RunEvent::finished(&result));
            }
            self.results.insert(
                i,
                Judged {
                    result,
                    stands,
                    timed_out: conclusion.timed_out,
                },
            );
            let dead = tokio::select! {
                dead = self.dead(i, &conclusion, jobs) => dead,
                () = &mut *stop => {
                    halt.store(true, Ordering::Relaxed);
                    return false;
                }
            };
            if dead {
                halt.store(true, Ordering::Relaxed);
                return true;
            }
        }
    }

    /// Runs what failed again, alone, up to [`Options::retries`] times. False when stopped.
    async fn again_alone(
        &mut self,
        probe: &Probe,
        stop: &mut (impl Future<Output = ()> + Unpin),
        on: On<'_>,
    ) -> bool {
        for left in (0..self.options.retries).rev() {
            if !self.once_alone(left == 0, probe, stop, on).await {
                return false;
            }
        }
        true
    }

    /// Runs what has no final verdict yet again, alone. What fails again gets its verdict in the `last` round. False
    /// when stopped.
    async fn once_alone(
        &mut self,
        last: bool,
        probe: &Probe,
        stop: &mut (impl Future<Output = ()> + Unpin),
        on: On<'_>,
    ) -> bool {
        if self.died.is_some() {
            return true;
        }
        let again = self.results.iter().filter(|(_, judged)| !judged.stands);
        let again: Vec<(usize, bool)> = again.map(|(i, judged)| (*i, judged.timed_out)).collect();
        let mut setup = (*self.setup).clone();
        setup.timing = setup.timing.patient(3, self.options.timeout);
        setup.timing.linger = self.options.linger.unwrap_or(setup.timing.linger);
        let setup = Arc::new(setup);
        let (waiting, quick): (Vec<_>, Vec<_>) = again
            .into_iter()
            .partition(|(i, timed_out)| *timed_out && self.cases[*i].weight() < HEAVY);
        // Each client is a process of its own, which does more than wait while it starts.
        let together = match self.subject {
            Subject::Server(_) => WAITING_TOGETHER,
            Subject::Client(_) => self.options.jobs.max(1),
        };
        let groups = quick.chunks(1).chain(waiting.chunks(together));
        for group in groups {
            let mut running = tokio::task::JoinSet::new();
            for (i, _) in group {
                let (i, case, setup, subject) = (
                    *i,
                    self.cases[*i].clone(),
                    setup.clone(),
                    self.subject.clone(),
                );
                running.spawn(async move { (i, subject.carry_out(&case, &setup).await) });
            }
            loop {
                let done = tokio::select! {
                    done = running.join_next() => done,
                    () = &mut *stop => return false,
                };
                let Some(done) = done else { break };
                let Ok((i, second)) = done else { continue };
                let mut second = consequence(second, &self.cases[i], probe);
                let dead = tokio::select! {
                    dead = self.dead(i, &second, group.len()) => dead,
                    () = &mut *stop => return false,
                };
                if dead {
                    return true;
                }
                if !last && second.verdict >= Verdict::Error {
                    continue;
                }
                let told = self
                    .options
                    .conversations
                    .then(|| second.transcript.clone());
                self.keep(&mut second);
                let result = self.confirmed(i, &second);
                match told {
                    Some(all) if result.verdict != Verdict::Flaky => {
                        let whole = CaseResult {
                            transcript: Some(all),
                            ..result.clone()
                        };
                        on(RunEvent::Finished {
                            result: &result,
                            whole: &whole,
                        });
                    }
                    _ => on(RunEvent::finished(&result)),
                }
                self.results.insert(
                    i,
                    Judged {
                        result,
                        stands: true,
                        timed_out: second.timed_out,
                    },
                );
            }
        }
        true
    }

    /// The result of a case that was run twice. What only needed more time is no flake, but slow.
    fn confirmed(&mut self, i: usize, second: &Conclusion) -> CaseResult {
        let case = &self.cases[i];
        let mut now = result(case, second);
        if let Some(Judged {
            result: first,
            timed_out,
            ..
        }) = self.results.get(&i)
            && second.verdict < Verdict::Error
            && !(*timed_out && now.duration_ms > first.duration_ms)
        {
            now.reason = format!(
                "{} among many ({}), {} alone",
                first.verdict.name(),
                first.reason,
                second.verdict.name()
            );
            now.verdict = Verdict::Flaky;
            now.transcript.clone_from(&first.transcript);
            now.transcript_alone = Some(second.transcript.clone());
        }
        now
    }

    /// Whether the target stopped serving, of which this case may be the first sign: nobody takes its connection,
    /// or several in a row did not even open.
    async fn dead(&mut self, i: usize, conclusion: &Conclusion, together: usize) -> bool {
        let lost = conclusion.verdict == Verdict::Error;
        let refused = lost && conclusion.transcript.entries.is_empty();
        let silent = lost && conclusion.reason.starts_with(NO_PLAIN_CONNECTION);
        self.silent = if silent { self.silent + 1 } else { 0 };
        // Those that ran at once may all have met the same short trouble.
        if !refused && self.silent < SILENT * together {
            return false;
        }
        self.silent = 0;
        if self.sane().await {
            return false;
        }
        self.died = Some(format!(
            "it stopped serving while {} ran, or shortly before",
            self.cases[i].id
        ));
        true
    }

    /// Keeps no more of the transcript of a case than there is room for.
    fn keep(&mut self, conclusion: &mut Conclusion) {
        if conclusion.verdict == Verdict::Pass && conclusion.faults.is_empty() {
            return;
        }
        if self.transcripts > TRANSCRIPTS {
            conclusion.transcript = conclusion.transcript.shortened(CUT).into();
        }
        self.transcripts += conclusion.transcript.cost();
    }

    /// Whether the target still answers a plain connection. That its answer is no longer right kills no target.
    async fn sane(&self) -> bool {
        let usual = Timing::default().deadline;
        for (pause, patience) in [(0, usual), (100, usual), (400, self.options.timeout)] {
            tokio::time::sleep(Duration::from_millis(pause)).await;
            let asked = self.subject.plain(&self.setup, patience).await;
            if asked.is_some_and(|c| c.verdict == Verdict::Pass || c.heard() && !c.timed_out) {
                return true;
            }
        }
        false
    }

    /// What nobody can judge any more becomes an error.
    fn blame_death(&mut self, reason: &str, on: On<'_>) {
        for (i, case) in self.cases.iter().enumerate() {
            if !self.results.get(&i).is_some_and(|judged| judged.stands) {
                let before = self.results.remove(&i).map(|judged| judged.result);
                let mut result = blank(case, Verdict::Error, format!("the target died: {reason}"));
                if let Some(before) = before {
                    result.reason = format!(
                        "{}; before that, unconfirmed: {}",
                        result.reason, before.reason
                    );
                    result.transcript = before.transcript;
                }
                on(RunEvent::finished(&result));
                self.results.insert(
                    i,
                    Judged {
                        result,
                        stands: true,
                        timed_out: false,
                    },
                );
            }
        }
    }
}

/// The verdict on a case that need not be run on such a target, if there is one.
pub(crate) fn without_running(
    case: &Case,
    role: Role,
    probe: &Probe,
    mute: bool,
) -> Option<(Verdict, String)> {
    if !case.roles.contains(&role) {
        return Some((Verdict::Skipped, format!("tests a {}", role.peer().name())));
    }
    if case.needs.contains(&Need::Echo) && probe.peer != Peer::Echo {
        return Some((Verdict::Skipped, "needs a target that echoes".into()));
    }
    // What a client offers is seen in each request of its own.
    let deflates = role == Role::Client
        || probe
            .extensions
            .as_deref()
            .is_some_and(|e| e.contains(negotiation::NAME));
    if (case.needs.contains(&Need::Deflate) || case.agree.is_some()) && !deflates {
        return Some((
            Verdict::Skipped,
            "needs a target that agrees on permessage-deflate".into(),
        ));
    }
    let trouble = probe.trouble.as_ref()?;
    (mute || !states_opening(case)).then(|| {
        (
            Verdict::Error,
            format!("no plain connection works: {trouble}"),
        )
    })
}

/// Where no plain connection works, a case that fails for that same reason says nothing of its own, unless the
/// reason is what it is about.
pub(crate) fn consequence(mut conclusion: Conclusion, case: &Case, probe: &Probe) -> Conclusion {
    let Some(trouble) = &probe.trouble else {
        return conclusion;
    };
    let broken = Violation::ALL
        .iter()
        .filter(|v| trouble.starts_with(v.meaning()));
    let cited = passive::requirements(broken).any(|id| case.requirements.iter().any(|r| r == id));
    // A second connection is a plain one.
    let follows = [trouble.as_str(), NOT_SERVED]
        .iter()
        .any(|cause| conclusion.reason.contains(cause));
    // A plain opening that is there and worth nothing is what such a case is about; a refusal may have its reasons.
    let opening = case.steps.first().is_some_and(is_plain_opening) && !conclusion.declines;
    if conclusion.verdict == Verdict::Fail && follows && !cited && !opening {
        conclusion.verdict = Verdict::Error;
        conclusion.reason = format!("no plain connection works: {trouble}");
    }
    conclusion
}

fn is_plain_opening(step: &Step) -> bool {
    match step {
        // Extensions are none to begin with.
        Step::Open(head) | Step::Accept(head) => {
            let removed = |(name, value): &(String, _)| {
                name == "Sec-WebSocket-Extensions" && *value == FieldValue::Removed
            };
            head.headers.iter().all(removed)
                && Head {
                    headers: Vec::new(),
                    ..(**head).clone()
                } == Head::default()
        }
        _ => false,
    }
}

/// Whether the case writes the opening handshake itself.
fn states_opening(case: &Case) -> bool {
    case.steps
        .iter()
        .any(|step| matches!(step, Step::Open(_) | Step::Accept(_)))
}

fn blank(case: &Case, verdict: Verdict, reason: String) -> CaseResult {
    CaseResult {
        id: case.id.clone(),
        family: case.family.clone(),
        about: case.about.clone(),
        autobahn: case.autobahn.clone(),
        requirements: case.requirements.clone(),
        impact: case.impact,
        verdict,
        reason,
        reason_key: String::new(),
        known: None,
        sent: None,
        expected: None,
        received: None,
        duration_ms: 0.0,
        close: None,
        transcript: None,
        transcript_alone: None,
        opening: states_opening(case),
        passive: false,
        count: None,
        seen_in_cases: Vec::new(),
    }
}

/// The result of a case.
pub(crate) fn result(case: &Case, conclusion: &Conclusion) -> CaseResult {
    let mut result = blank(case, conclusion.verdict, conclusion.reason.clone());
    result.sent.clone_from(&conclusion.sent);
    result.expected.clone_from(&conclusion.expected);
    result.received.clone_from(&conclusion.received);
    result.duration_ms = (conclusion.duration.as_secs_f64() * 1e6).round() / 1e3;
    result.close.clone_from(&conclusion.close);
    if conclusion.verdict != Verdict::Pass {
        result.transcript = Some(Arc::clone(&conclusion.transcript));
    }
    result
}

/// Every id that a result can have.
pub fn every_id(corpus: &Corpus) -> BTreeSet<String> {
    let passive = passive::passive_rules().map(|(name, _)| format!("passive.{name}"));
    corpus
        .cases
        .iter()
        .map(|case| case.id.clone())
        .chain(passive)
        .collect()
}

/// A report around the results of targets.
pub fn report(
    corpus: &Corpus,
    started: &str,
    duration: Duration,
    seed: u64,
    complete: bool,
    targets: Vec<TargetReport>,
) -> Report {
    let cited = targets
        .iter()
        .flat_map(|t| &t.cases)
        .flat_map(|c| &c.requirements);
    let requirements = cited
        .filter_map(|id| corpus.requirements.get(id))
        .map(|r| (r.id.clone(), clause(r)))
        .collect();
    Report {
        tool: "wsspec".into(),
        version: env!("CARGO_PKG_VERSION").into(),
        vectors_digest: corpus.digest.clone(),
        started: started.to_owned(),
        duration_ms: duration.as_millis() as u64,
        seed,
        complete,
        targets,
        requirements,
    }
}

/// A report without targets, of a run that begins. Its requirements are all that a case may cite.
pub fn report_head(corpus: &Corpus, started: &str, seed: u64) -> Report {
    let requirements = corpus.requirements.iter();
    Report {
        requirements: requirements.map(|r| (r.id.clone(), clause(r))).collect(),
        ..report(corpus, started, Duration::ZERO, seed, false, Vec::new())
    }
}

fn clause(requirement: &Requirement) -> Clause {
    Clause {
        clause: requirement.clause(),
        level: requirement.level.clone(),
        text: requirement.requirement.clone(),
        party: requirement.party.clone(),
    }
}
