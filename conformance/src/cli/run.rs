//! `wsspec [run] [URL…]`: the main job.

use std::fmt::Write as _;
use std::fs::File;
use std::io::Write;
use std::net::Ipv4Addr;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::runtime::Runtime;
use wsspec::drive::tcp;
use wsspec::peer::{Peer, tcp::Server};
use wsspec::run::{self, Ending, Options, RunEvent, Selection, Target, TargetError};
use wsspec::vector::{Case, Corpus, Profile};
use wsspec_reports::json::{self, StreamLine};
use wsspec_reports::{CaseResult, Report, TargetReport, Verdict, terminal};

use super::args::{self, FailOn, PeerArg, ProfileArg, Select};
use super::progress::Progress;
use super::{Done, Exit, Failure, corpus};

/// How often the JSON report is rewritten while results come.
const REWRITE: Duration = Duration::from_millis(500);

/// Failures shown in full unless -v.
const DETAILS: usize = 12;

pub(super) fn run(args: &args::Run) -> Done {
    let corpus = corpus(&args.select.vectors)?;
    let cases = select(&corpus, &args.select)?;
    let options = Options {
        jobs: args.jobs.into(),
        retries: args.retries,
        timeout: Duration::from_secs_f64(args.timeout),
        seed: args.seed,
        peer: match args.peer {
            PeerArg::Auto => None,
            PeerArg::Echo => Some(wsspec_reports::Peer::Echo),
            PeerArg::Silent => Some(wsspec_reports::Peer::Silent),
        },
        ..Options::default()
    };
    let headers = headers(args)?;
    let runtime = Runtime::new().map_err(Failure::usage)?;
    runtime.block_on(async {
        let mut targets = Vec::new();
        for url in &args.urls {
            targets.push(Target::new(url, headers.clone()).map_err(|e| Failure {
                exit: if matches!(e, TargetError::Usage(_)) { Exit::Usage } else { Exit::Unreachable },
                message: e.to_string(),
            })?);
        }
        if targets.is_empty() {
            targets.push(embedded(headers).await?);
        }
        Session::new(args, &corpus, &cases, &options)?.all(&targets).await
    })
}

/// Starts the reference server on a free loopback port.
async fn embedded(headers: Vec<(String, String)>) -> Result<Target, Failure> {
    let server = Server::bind((Ipv4Addr::LOCALHOST, 0).into(), Peer::right()).await.map_err(Failure::usage)?;
    let address = server.address().map_err(Failure::usage)?;
    tokio::spawn(server.serve());
    let mut target = Target::new(&format!("ws://{address}/"), headers).map_err(Failure::usage)?;
    "embedded reference server".clone_into(&mut target.name);
    Ok(target)
}

pub(super) fn select(corpus: &Corpus, select: &Select) -> Result<Vec<Arc<Case>>, Failure> {
    let profiles = match select.profile {
        ProfileArg::Default => vec![Profile::Default],
        ProfileArg::Robust => vec![Profile::Robust],
        ProfileArg::All => vec![Profile::Default, Profile::Robust],
    };
    Selection::new(&select.filter, &select.exclude, profiles)
        .and_then(|s| s.select(&corpus.cases))
        .map_err(Failure::usage)
}

fn headers(args: &args::Run) -> Result<Vec<(String, String)>, Failure> {
    let mut headers = Vec::new();
    for header in &args.header {
        let (name, value) =
            header.split_once(':').ok_or_else(|| Failure::usage(format!("--header {header:?}: write NAME: VALUE")))?;
        headers.push((name.trim().to_owned(), value.trim().to_owned()));
    }
    headers.extend(args.subprotocol.iter().map(|p| ("Sec-WebSocket-Protocol".to_owned(), p.clone())));
    headers.extend(args.origin.iter().map(|o| ("Origin".to_owned(), o.clone())));
    Ok(headers)
}

/// One run over all targets, and where its results go.
struct Session<'a> {
    args: &'a args::Run,
    corpus: &'a Corpus,
    cases: Vec<Arc<Case>>,
    options: &'a Options,
    started: String,
    clock: Instant,
    stream: Option<Box<dyn Write + Send>>,
    done: Vec<TargetReport>,
}

impl<'a> Session<'a> {
    /// Opens the output files before anybody is dialled.
    fn new(
        args: &'a args::Run,
        corpus: &'a Corpus,
        cases: &[Arc<Case>],
        options: &'a Options,
    ) -> Result<Self, Failure> {
        let stream = args.jsonl.as_deref().map(open).transpose()?;
        let role = wsspec_core::Role::Server;
        // Cases for clients are no part of a run against a server, nor are those that TCP cannot carry.
        let cases: Vec<_> = cases.iter().filter(|c| c.roles.contains(&role)).cloned().collect();
        if cases.is_empty() {
            return Err(Failure::usage("the selected cases test clients; `wsspec vectors check` runs them in memory"));
        }
        let wants = cases[0].wants_beyond(tcp::ABILITIES);
        let cases: Vec<_> = cases.into_iter().filter(|c| c.wants_beyond(tcp::ABILITIES).is_none()).collect();
        if let (true, Some(wanted)) = (cases.is_empty(), wants) {
            return Err(Failure::usage(format!(
                "no selected case can be run over TCP; the first {}",
                wanted.lacking()
            )));
        }
        let session = Session {
            args,
            corpus,
            cases,
            options,
            started: jiff::Timestamp::now().to_string(),
            clock: Instant::now(),
            stream,
            done: Vec::new(),
        };
        if args.json.as_deref().is_some_and(|p| p != Path::new("-")) {
            session.write_json(&[], false)?;
        }
        Ok(session)
    }

    fn report(&self, targets: Vec<TargetReport>, complete: bool) -> Report {
        run::report(self.corpus, &self.started, self.clock.elapsed(), self.options.seed, complete, targets)
    }

    fn write_json(&self, current: &[TargetReport], complete: bool) -> Result<(), Failure> {
        let Some(path) = &self.args.json else { return Ok(()) };
        let targets = self.done.iter().chain(current).cloned().collect();
        json::write(path, &self.report(targets, complete))
            .map_err(|e| Failure::usage(format!("{}: {e}", path.display())))
    }

    async fn all(mut self, targets: &[Target]) -> Done {
        let mut exit = Exit::Fine;
        for target in targets {
            let (report, ending) = self.one(target).await;
            exit = worse(exit, self.exit_for(&report, &ending));
            self.show(&report, &ending);
            self.done.push(report);
            if ending == Ending::Interrupted {
                self.write_json(&[], false)?;
                return Ok(Exit::Interrupted);
            }
        }
        self.write_json(&[], true)?;
        Ok(exit)
    }

    async fn one(&mut self, target: &Target) -> (TargetReport, Ending) {
        let mut progress = Progress::new(self.args.quiet);
        let mut so_far = TargetReport {
            name: target.name.clone(),
            url: target.url.to_string(),
            probe: wsspec_reports::Probe::default(),
            summary: wsspec_reports::Summary::default(),
            cases: Vec::new(),
        };
        let mut stream = self.stream.take();
        let (mut written, mut pause) = (Instant::now(), REWRITE);
        let interrupt = async {
            // Without a handler for the signal the process just ends.
            if tokio::signal::ctrl_c().await.is_err() {
                std::future::pending::<()>().await;
            }
        };
        let to_file = self.args.json.as_deref().is_some_and(|p| p != Path::new("-"));
        let this = &*self;
        let on = |event: RunEvent<'_>| match event {
            RunEvent::Probed(probe, total) => {
                so_far.probe = probe.clone();
                progress.start(total);
            }
            RunEvent::Finished(case) => {
                progress.finished(case.verdict);
                if let Some(stream) = &mut stream {
                    write_line(stream.as_mut(), &so_far.url, case);
                }
                if to_file {
                    so_far.cases.push(case.clone());
                    if written.elapsed() > pause {
                        let began = Instant::now();
                        so_far.summary = wsspec_reports::Summary::of(&so_far.cases);
                        let _ = this.write_json(std::slice::from_ref(&so_far), false);
                        // A long report is not all that this program does.
                        pause = REWRITE.max(began.elapsed() * 10);
                        written = Instant::now();
                    }
                }
            }
        };
        let (report, ending) = run::run(&self.cases, target, self.options, interrupt, on).await;
        progress.end();
        if let Some(stream) = &mut stream {
            report.cases.iter().filter(|c| c.is_passive()).for_each(|c| write_line(stream.as_mut(), &report.url, c));
        }
        self.stream = stream;
        (report, ending)
    }

    fn exit_for(&self, report: &TargetReport, ending: &Ending) -> Exit {
        let least = match self.args.fail_on {
            FailOn::Fail => Verdict::Flaky,
            FailOn::NonStrict => Verdict::NonStrict,
        };
        let short = |c: &CaseResult| c.verdict >= least && !matches!(c.verdict, Verdict::Skipped | Verdict::Error);
        match ending {
            Ending::Interrupted => Exit::Interrupted,
            Ending::Unreachable(_) | Ending::Died(_) => Exit::Unreachable,
            Ending::Complete if report.cases.iter().any(short) => Exit::FellShort,
            Ending::Complete if report.cases.iter().any(|c| c.verdict == Verdict::Error) => Exit::Unreachable,
            Ending::Complete => Exit::Fine,
        }
    }

    fn show(&self, report: &TargetReport, ending: &Ending) {
        if let Ending::Unreachable(reason) = ending {
            anstream::eprintln!("wsspec: {reason}");
            return;
        }
        // With the report on stdout, people read stderr.
        let dash = |p: &Option<std::path::PathBuf>| p.as_deref() == Some(Path::new("-"));
        let to_stderr = dash(&self.args.json) || dash(&self.args.jsonl);
        let whole = self.report(vec![report.clone()], *ending != Ending::Interrupted);
        let width = terminal_width();
        let options = terminal::Options {
            color: true,
            width,
            details: if self.args.verbose { usize::MAX } else { DETAILS },
            verbose: self.args.verbose,
        };
        let mut text = terminal::render(&whole, report, &options);
        if self.args.quiet {
            text = text.lines().last().map(|l| format!("{}  {l}\n", report.url)).unwrap_or_default();
        }
        if let Ending::Died(reason) = ending {
            let _ = writeln!(text, "The target died: {reason}.");
        }
        if to_stderr {
            anstream::eprint!("{text}");
        } else {
            anstream::print!("{text}");
        }
    }
}

/// The exit code of two targets together.
fn worse(a: Exit, b: Exit) -> Exit {
    let rank = |e| match e {
        Exit::Fine => 0,
        Exit::FellShort => 1,
        Exit::Unreachable => 2,
        Exit::Usage | Exit::Interrupted => 3,
    };
    if rank(b) > rank(a) { b } else { a }
}

fn open(path: &Path) -> Result<Box<dyn Write + Send>, Failure> {
    if path == Path::new("-") {
        return Ok(Box::new(std::io::stdout()));
    }
    let file = File::create(path).map_err(|e| Failure::usage(format!("{}: {e}", path.display())))?;
    Ok(Box::new(file))
}

/// One write a line, so that a kill never leaves half of one.
fn write_line(stream: &mut dyn Write, url: &str, case: &CaseResult) {
    let line = StreamLine { target: url.to_owned(), case: case.clone() };
    let mut text = serde_json::to_string(&line).unwrap_or_default();
    text.push('\n');
    let _ = stream.write_all(text.as_bytes()).and_then(|()| stream.flush());
}

fn terminal_width() -> usize {
    let asked = std::env::var("COLUMNS").ok().and_then(|c| c.parse().ok());
    asked.or_else(|| terminal_size::terminal_size().map(|(w, _)| w.0.into())).unwrap_or(110).clamp(60, 160)
}
