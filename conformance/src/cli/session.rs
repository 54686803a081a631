//! A run: which cases, against whom, and where its events go.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use wsspec::autobahn;
use wsspec::run::{self, Options, Selection, Shard, Subject};
use wsspec::through::run::{self as through, Between, Event};
use wsspec_core::Role;
use wsspec_reports::baseline::Scope;
use wsspec_reports::sink::{Finished, JsonLines, Sink, SinkError, Sinks};
use wsspec_reports::{Clause, Ending, Report, TargetReport, Transport};
use wsspec_vectors::{Case, Corpus, ThroughCase};

use super::args::{FailArgs, Known, ProfileArg, RunArgs, SelectArgs};
use super::autobahn::Folder;
use super::events;
use super::exit::Exit;
use super::failure::{Done, Failure};
use super::interrupt::Interrupts;
use super::progress::Progress;
use super::stored::warn_of_too_little;
use super::terminal::{Detail, Terminal};

/// A run, and the sinks of its events.
pub(super) struct Session<'a> {
    /// The selected cases that can be run over TCP against this role.
    pub(super) cases: Vec<Arc<Case>>,
    /// From the start, so that no interrupt is lost between two targets.
    pub(super) interrupts: Interrupts,
    corpus: &'a Corpus,
    options: Options,
    clock: Clock,
    sinks: Sinks<'a>,
    /// The first error of a sink, which is reported at the end of the run.
    sink_error: Option<SinkError>,
    /// The requirements that the cases of targets cite which are done.
    cited: BTreeMap<String, Clause>,
    fail: &'a FailArgs,
    known: Option<Known>,
    /// No case is left out by a pattern or a shard.
    whole: bool,
}

/// When the run began, and its target.
struct Clock {
    started: String,
    instant: Instant,
    target: Instant,
}

/// A target of a run.
pub(super) struct Job {
    pub(super) subject: Subject,
    /// The command that runs a case against it again, with `{case}` for its id.
    pub(super) rerun: String,
}

impl<'a> Session<'a> {
    /// Selects the cases for a target of the role `role` over a transport, and creates the output files, before
    /// anyone is contacted.
    pub(super) fn new(
        run: &'a RunArgs,
        select: &SelectArgs,
        corpus: &'a Corpus,
        (role, over): (Role, Transport),
    ) -> Result<Session<'a>, Failure> {
        let selection = select.selection(&corpus.requirements)?;
        let cases = selection.select_for(&corpus.cases, role, over)?;
        let autobahn = run.autobahn.as_ref();
        let folder = autobahn.map(|dir| Folder::new(dir, &cases, role));
        let ids = cases.iter().map(|case| case.id.clone()).collect();
        let mut session = Self::begin(run, &selection, corpus, ids, folder.transpose()?)?;
        session.options.connections =
            looks_for_limits(select, &selection).then_some(run::CONNECTIONS);
        Ok(Session { cases, ..session })
    }

    /// Creates the output files of a run of the cases with these ids, before anyone is contacted.
    pub(super) fn begin(
        run: &'a RunArgs,
        selection: &Selection,
        corpus: &'a Corpus,
        ids: BTreeSet<String>,
        folder: Option<Folder>,
    ) -> Result<Session<'a>, Failure> {
        let known = run.fail.known()?;
        let clock = Clock {
            started: run::now(),
            instant: Instant::now(),
            target: Instant::now(),
        };
        let head = run::report_head(corpus, &clock.started, run.case.seed);
        let sinks = sinks(run, &head, ids, folder)?;
        let to_autobahn = run.autobahn.is_some();
        Ok(Session {
            interrupts: Interrupts::listen(),
            options: Options {
                shard: selection.shard,
                conversations: to_autobahn || run.all_transcripts(),
                linger: to_autobahn.then_some(autobahn::LINGER),
                max_fail: run.max_fail(),
                ..run.case.options()
            },
            whole: !selection.is_part() && run.max_fail().is_none(),
            cases: Vec::new(),
            corpus,
            clock,
            sinks,
            sink_error: None,
            cited: BTreeMap::new(),
            fail: &run.fail,
            known,
        })
    }

    /// Tests one target after another, with this many cases at the same time. Of one that is done, no
    /// more is kept than the sinks need.
    pub(super) async fn test(mut self, targets: Vec<Job>, jobs: usize) -> Done {
        self.options.jobs = jobs;
        for job in &targets {
            job.subject.may_run(&self.cases)?;
        }
        let needed = self.sinks.needs_at_the_end();
        let mut exit = Exit::Fine;
        let mut done = Vec::new();
        for job in targets {
            let target = Box::pin(self.one(job)).await?;
            exit = exit.worse(self.exit(&target));
            done.push(needed.of(target));
            if exit == Exit::Interrupted {
                break;
            }
        }
        self.finish(done, exit != Exit::Interrupted)?;
        Ok(exit)
    }

    async fn one(&mut self, job: Job) -> Result<TargetReport, Failure> {
        self.options.rerun = Some(job.rerun);
        self.clock.target = Instant::now();
        let (report, outcome) = events::run(
            &self.cases,
            &job.subject,
            &self.options,
            self.interrupts.next(),
            &mut self.sinks,
        )
        .await;
        self.note(outcome);
        self.target_done(report)
    }

    /// Tests a gateway.
    pub(super) async fn through(
        mut self,
        cases: &[Arc<ThroughCase>],
        between: Arc<Between>,
        options: &through::Options,
    ) -> Done {
        let mut outcome = self.sinks.started(&through::nothing_yet(&between, options));
        let sinks = &mut self.sinks;
        let mut on = |event: Event<'_>| {
            let passed_on = match event {
                Event::Probed(target, cases) => sinks.probed(target, cases),
                Event::Finished(target, row) => sinks.finished(
                    target,
                    Finished {
                        run_as: &row.id,
                        kept: row,
                        whole: row,
                    },
                ),
            };
            if outcome.is_ok() {
                outcome = passed_on;
            }
        };
        let (all, stop) = (&self.corpus.throughs, self.interrupts.next());
        let report = through::run(cases, all, &between, options, stop, &mut on).await;
        self.note(outcome);
        let target = self.target_done(report)?;
        let exit = self.exit(&target);
        self.finish(vec![target], exit != Exit::Interrupted)?;
        Ok(exit)
    }

    /// The first event of a client that comes by itself.
    pub(super) fn started(&mut self, target: &TargetReport) {
        let outcome = self.sinks.started(target);
        self.note(outcome);
    }

    /// A client that comes by itself has run a case.
    pub(super) fn finished(&mut self, target: &TargetReport, case: Finished<'_>) {
        let outcome = self.sinks.finished(target, case);
        self.note(outcome);
    }

    /// A client that comes by itself asks for its report.
    pub(super) fn reported(&mut self, target: TargetReport) {
        let run = self.report(vec![target], false);
        let outcome = self.sinks.reported(&run, &run.targets[0]);
        self.note(outcome);
    }

    /// The last event of a target. Returns its report with the known failures marked.
    pub(super) fn target_done(
        &mut self,
        mut target: TargetReport,
    ) -> Result<TargetReport, Failure> {
        self.mark_known(&mut target)?;
        let complete = target.ended != Ending::Interrupted;
        let mut run = self.report(vec![target], complete);
        run.duration_ms = self.clock.target.elapsed().as_millis() as u64;
        let outcome = self.sinks.target_done(&run, &run.targets[0]);
        self.note(outcome);
        self.cited.append(&mut run.requirements);
        Ok(run.targets.remove(0))
    }

    /// The exit code for a target.
    pub(super) fn exit(&self, target: &TargetReport) -> Exit {
        warn_of_too_little(self.fail, target);
        let exit = self.fail.target(target);
        if let Some(why) = self.fail.why(target) {
            anstream::eprintln!("exit {}: {why}", exit as u8);
        }
        exit
    }

    /// The last event of the run.
    ///
    /// # Errors
    /// If an output could not be written.
    pub(super) fn finish(
        &mut self,
        targets: Vec<TargetReport>,
        complete: bool,
    ) -> Result<(), Failure> {
        let mut run = self.report(targets, complete);
        run.requirements.append(&mut self.cited);
        let outcome = self.sinks.run_done(&run);
        self.note(outcome);
        self.sink_error
            .take()
            .map_or(Ok(()), |error| Err(Failure::usage(error)))
    }

    fn mark_known(&self, target: &mut TargetReport) -> Result<(), Failure> {
        let Some(known) = &self.known else {
            return Ok(());
        };
        let ids = run::every_id(self.corpus);
        let scope = Scope {
            whole: self.whole,
            every_id: Some(&ids),
        };
        known.mark(target, scope)
    }

    fn report(&self, mut targets: Vec<TargetReport>, complete: bool) -> Report {
        // Clients that come by themselves know nothing of shards.
        for target in &mut targets {
            target.shards = self.options.shard.map(Shard::alone);
        }
        run::report(
            self.corpus,
            &self.clock.started,
            self.clock.instant.elapsed(),
            self.options.seed,
            complete,
            targets,
        )
    }

    fn note(&mut self, outcome: Result<(), SinkError>) {
        if let Err(error) = outcome {
            self.sink_error.get_or_insert(error);
        }
    }
}

/// Whether all robustness probes run, so that the number of connections is measured as well.
fn looks_for_limits(select: &SelectArgs, selection: &Selection) -> bool {
    !selection.is_part() && select.profile != ProfileArg::Default
}

/// The sinks that the arguments ask for, their files created.
fn sinks<'a>(
    run: &RunArgs,
    head: &Report,
    ids: BTreeSet<String>,
    folder: Option<Folder>,
) -> Result<Sinks<'a>, Failure> {
    let mut sinks = Sinks::default();
    // First, so that the bar is gone before anything else is printed.
    sinks.push(Progress::new(run.quiet, ids));
    run.outputs
        .create(head, run.all_transcripts(), &mut sinks)?;
    if let Some(path) = &run.jsonl {
        let lines = JsonLines::create(path).map_err(Failure::usage)?;
        if run.all_transcripts() {
            sinks.push(lines.with_all_transcripts());
        } else {
            sinks.push(lines);
        }
    }
    if let Some(folder) = folder {
        sinks.push(folder);
    }
    let stdout_taken = run.outputs.to_stdout() || run.jsonl.as_deref() == Some(Path::new("-"));
    sinks.push(Terminal::new(
        Detail::new(run.quiet, run.verbose),
        stdout_taken,
    ));
    Ok(sinks)
}
