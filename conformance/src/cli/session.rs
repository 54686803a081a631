//! One run over all targets, whoever is under test, and where its results go.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use wsspec::autobahn;
use wsspec::run::{self, Options, RunEvent, Shard, Subject};
use wsspec_core::Role;
use wsspec_reports::baseline::Scope;
use wsspec_reports::json::StreamLine;
use wsspec_reports::{CaseResult, Ending, Report, TargetReport, Verdict, terminal};
use wsspec_vectors::{Case, Corpus};

use super::args::{Conduct, PeerArg, ProfileArg, Select};
use super::autobahn::Folder;
use super::interrupt::Interrupts;
use super::judging::{Known, worse};
use super::progress::Progress;
use super::run::selection;
use super::{Done, Exit, Failure};

/// How often the JSON report is rewritten while results come.
const REWRITE: Duration = Duration::from_millis(500);

/// One run over all targets, and where its results go.
pub(super) struct Session<'a> {
    conduct: &'a Conduct,
    corpus: &'a Corpus,
    cases: Vec<Arc<Case>>,
    options: Options,
    started: String,
    clock: Instant,
    stream: Option<Box<dyn Write + Send>>,
    autobahn: Option<Folder>,
    /// What may fail.
    known: Option<Known>,
    /// Nothing is left out by name, or for another shard.
    whole: bool,
    /// From the beginning: between two targets an interrupt would be lost.
    interrupts: Interrupts,
    done: Vec<TargetReport>,
}

impl<'a> Session<'a> {
    /// Opens the output files before anybody is dialled. Of the cases, those for `role` that can be carried over TCP.
    pub(super) fn new(
        conduct: &'a Conduct,
        select: &Select,
        corpus: &'a Corpus,
        role: Role,
        jobs: usize,
    ) -> Result<Self, Failure> {
        let selection = selection(select)?;
        let cases = selection
            .select_for(&corpus.cases, role)
            .map_err(Failure::usage)?;
        conduct.outputs.create()?;
        let stream = conduct.jsonl.as_deref().map(open).transpose()?;
        let known = conduct.judging.known()?;
        let folder = conduct
            .autobahn
            .as_deref()
            .map(|dir| Folder::new(dir, &cases, role))
            .transpose()?;
        let options = Options {
            jobs,
            retries: conduct.retries,
            timeout: Duration::from_secs_f64(conduct.timeout),
            seed: conduct.seed,
            peer: match conduct.peer {
                PeerArg::Auto => None,
                PeerArg::Echo => Some(wsspec_reports::Peer::Echo),
                PeerArg::Silent => Some(wsspec_reports::Peer::Silent),
            },
            shard: selection.shard,
            again: needed_again(conduct, select),
            conversations: folder.is_some(),
            linger: folder.is_some().then_some(autobahn::LINGER),
        };
        let session = Session {
            conduct,
            corpus,
            cases,
            options,
            started: jiff::Timestamp::now().to_string(),
            clock: Instant::now(),
            stream,
            autobahn: folder,
            known,
            whole: !selection.is_part(),
            interrupts: Interrupts::listen(),
            done: Vec::new(),
        };
        session.write_so_far(&[])?;
        Ok(session)
    }

    fn report(&self, mut targets: Vec<TargetReport>, complete: bool) -> Report {
        // Clients that come by themselves know nothing of it.
        targets
            .iter_mut()
            .for_each(|target| target.shards = self.options.shard.map(Shard::alone));
        run::report(
            self.corpus,
            &self.started,
            self.clock.elapsed(),
            self.options.seed,
            complete,
            targets,
        )
    }

    fn with(&self, current: &[TargetReport], complete: bool) -> Report {
        self.report(self.done.iter().chain(current).cloned().collect(), complete)
    }

    fn write_so_far(&self, current: &[TargetReport]) -> Result<(), Failure> {
        self.conduct
            .outputs
            .write_so_far(&self.with(current, false))
    }

    fn write(&mut self, current: &[TargetReport], complete: bool) -> Result<(), Failure> {
        if let Some(folder) = &mut self.autobahn {
            folder.finish()?;
        }
        self.conduct.outputs.write(&self.with(current, complete))
    }

    /// Takes the baseline into account.
    fn excuse(&self, report: &mut TargetReport) -> Result<(), Failure> {
        let Some(known) = &self.known else {
            return Ok(());
        };
        let ids = run::every_id(self.corpus);
        known.excuse(
            report,
            Scope {
                whole: self.whole,
                every_id: Some(&ids),
            },
        )
    }

    /// Tests one after the other.
    pub(super) async fn all(mut self, subjects: &[Subject]) -> Done {
        let mut exit = Exit::Fine;
        for subject in subjects {
            let mut report = Box::pin(self.one(subject)).await;
            self.excuse(&mut report)?;
            exit = worse(exit, self.conduct.judging.target(&report));
            self.show(&report);
            self.done.push(report);
            if exit == Exit::Interrupted {
                self.write(&[], false)?;
                return Ok(Exit::Interrupted);
            }
        }
        self.write(&[], true)?;
        Ok(exit)
    }

    /// Writes down a result as it comes, of a client that came by itself.
    pub(super) fn came(&mut self, agent: &str, mut result: CaseResult) {
        if let Some(folder) = &mut self.autobahn {
            folder.came(agent, &result);
        }
        if result.verdict == Verdict::Pass {
            result.transcript = None;
        }
        if let Some(stream) = &mut self.stream {
            write_line(stream.as_mut(), agent, &result);
        }
    }

    /// Writes what is known so far of clients that come by themselves, and shows it of one of them.
    pub(super) fn so_far(
        &mut self,
        reports: &[TargetReport],
        shown: Option<&str>,
    ) -> Result<(), Failure> {
        if let Some(folder) = &mut self.autobahn {
            folder.finish()?;
        }
        let shown = reports
            .iter()
            .filter(|report| Some(report.name.as_str()) == shown);
        shown.for_each(|report| self.show(report));
        self.write_so_far(reports)
    }

    /// The end of a run with clients that came by themselves; those that are not yet `shown` asked for no report.
    pub(super) fn all_came(
        mut self,
        mut reports: Vec<TargetReport>,
        shown: &BTreeSet<String>,
    ) -> Done {
        for report in &mut reports {
            self.excuse(report)?;
        }
        self.write(
            &reports,
            reports
                .iter()
                .all(|report| report.ended == Ending::Complete),
        )?;
        if reports.is_empty() {
            return Err(Failure {
                exit: Exit::Unreachable,
                message: "no client has run a case".into(),
            });
        }
        for report in &reports {
            if !shown.contains(&report.name) {
                self.show(report);
            }
            report
                .cases
                .iter()
                .filter(|c| c.is_passive())
                .for_each(|c| self.came(&report.url, c.clone()));
        }
        Ok(reports
            .iter()
            .map(|report| self.conduct.judging.target(report))
            .fold(Exit::Fine, worse))
    }

    /// The cases that were selected and can be run.
    pub(super) fn cases(&self) -> &[Arc<Case>] {
        &self.cases
    }

    async fn one(&mut self, subject: &Subject) -> TargetReport {
        let mut progress = Progress::new(self.conduct.quiet);
        let mut so_far = run::nothing_yet(subject, &self.options);
        let (mut stream, mut folder) = (self.stream.take(), self.autobahn.take());
        let mut interrupts = std::mem::replace(&mut self.interrupts, Interrupts::listen());
        let (mut written, mut pause) = (Instant::now(), REWRITE);
        let to_file = self
            .conduct
            .outputs
            .json
            .as_deref()
            .is_some_and(|p| p != Path::new("-"));
        let this = &*self;
        let on = |event: RunEvent<'_>| match event {
            RunEvent::Probed(probe, total) => {
                so_far.probe = probe.clone();
                progress.start(total);
            }
            RunEvent::Finished {
                result: case,
                whole,
            } => {
                progress.finished(case.verdict);
                if let Some(folder) = &mut folder {
                    let agent = so_far
                        .probe
                        .server
                        .as_deref()
                        .filter(|server| !server.is_empty());
                    folder.came(agent.unwrap_or(&so_far.name), whole);
                }
                if let Some(stream) = &mut stream {
                    write_line(stream.as_mut(), &so_far.url, case);
                }
                if to_file {
                    so_far.cases.push(case.clone());
                    if written.elapsed() > pause {
                        let began = Instant::now();
                        so_far.summary = wsspec_reports::Summary::of(&so_far.cases);
                        let _ = this.write_so_far(std::slice::from_ref(&so_far));
                        // A long report is not all that this program does.
                        pause = REWRITE.max(began.elapsed() * 10);
                        written = Instant::now();
                    }
                }
            }
        };
        let report = run::run(&self.cases, subject, &self.options, interrupts.next(), on).await;
        progress.end();
        if let Some(stream) = &mut stream {
            report
                .cases
                .iter()
                .filter(|c| c.is_passive())
                .for_each(|c| write_line(stream.as_mut(), &report.url, c));
        }
        (self.stream, self.autobahn, self.interrupts) = (stream, folder, interrupts);
        report
    }

    fn show(&self, report: &TargetReport) {
        if let Ending::Unreachable(reason) = &report.ended {
            anstream::eprintln!("wsspec: {reason}");
            return;
        }
        // With the report on stdout, people read stderr.
        let to_stderr = self.conduct.outputs.to_stdout()
            || self.conduct.jsonl.as_deref() == Some(Path::new("-"));
        let whole = self.report(vec![report.clone()], report.ended != Ending::Interrupted);
        let width = terminal_width();
        let options = terminal::Options {
            color: true,
            width,
            details: if self.conduct.verbose {
                usize::MAX
            } else {
                terminal::DETAILS
            },
            verbose: self.conduct.verbose,
        };
        let mut text = terminal::render(&whole, report, &options);
        if self.conduct.quiet {
            text = text
                .lines()
                .last()
                .map(|l| format!("{}  {l}\n", report.url))
                .unwrap_or_default();
        }
        if to_stderr {
            anstream::eprint!("{text}");
        } else {
            anstream::print!("{text}");
        }
    }
}

/// The arguments without which a case of this run would not be the same again, or not be found.
fn needed_again(conduct: &Conduct, select: &Select) -> String {
    let mut arguments = String::new();
    let files = select.vectors.vectors.iter().map(|path| ("vectors", path));
    for (name, path) in files.chain(select.vectors.also.iter().map(|path| ("also", path))) {
        let _ = write!(
            arguments,
            " --{name} {}",
            run::word(&path.to_string_lossy())
        );
    }
    if select.profile != ProfileArg::Default {
        arguments.push_str(" --profile all");
    }
    if conduct.seed != 0 {
        let _ = write!(arguments, " --seed {}", conduct.seed);
    }
    arguments
}

fn open(path: &Path) -> Result<Box<dyn Write + Send>, Failure> {
    if path == Path::new("-") {
        return Ok(Box::new(std::io::stdout()));
    }
    let file =
        File::create(path).map_err(|e| Failure::usage(format!("{}: {e}", path.display())))?;
    Ok(Box::new(file))
}

/// One write a line, so that a kill never leaves half of one.
fn write_line(stream: &mut dyn Write, url: &str, case: &CaseResult) {
    let line = StreamLine {
        target: url.to_owned(),
        case: case.clone(),
    };
    let mut text = serde_json::to_string(&line).unwrap_or_default();
    text.push('\n');
    let _ = stream
        .write_all(text.as_bytes())
        .and_then(|()| stream.flush());
}

/// Columns to write in.
pub(super) fn terminal_width() -> usize {
    let asked = std::env::var("COLUMNS").ok().and_then(|c| c.parse().ok());
    asked
        .or_else(|| terminal_size::terminal_size().map(|(w, _)| w.0.into()))
        .unwrap_or(110)
        .clamp(60, 160)
}
