//! `wsspec fuzz` and `wsspec replay`.

use std::io::IsTerminal;
use std::net::{IpAddr, Ipv4Addr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use tokio::runtime::Runtime;
use wsspec::fuzz::{self as fuzzer, Ending, Event, Options, Stats};
use wsspec::run::{Client, CommandLine, Launch, Subject, Target, url_argument};

use super::args::{FieldArgs, PeerArg, ProfileArg, SecondsError, seconds, seconds_within};
use super::client::{self, ClientTransport, default_jobs};
use super::exit::Exit;
use super::failure::{Done, Failure};
use super::interrupt::Interrupts;
use super::listening::Removed;
use super::out::out;
use super::rerun::{RunSpec, Tested};
use super::run::RunCommand;
use super::{run, target};

/// Where findings are written, unless the user says otherwise.
const FINDINGS: &str = "findings";

/// Findings after which to stop, unless the user says otherwise.
const MAX_FINDINGS: usize = 20;

/// Conversations with a server that run at the same time, unless the user says otherwise.
const SERVER_JOBS: usize = 24;

/// Seconds to fuzz, unless the user says otherwise.
const TIME: f64 = 60.0;

/// Seconds to wait when a finding is confirmed, unless the user says otherwise.
const TIMEOUT: f64 = 6.0;

/// Bound of a seed that is made from the clock, so that it is short to type.
const SEEDS: u64 = 1_000_000_007;

#[derive(Debug, Clone, PartialEq, Args)]
#[command(after_help = "\
Examples: wsspec fuzz ws://127.0.0.1:9001/ --time 600
          wsspec fuzz -- ./echo-client {url}
          wsspec fuzz ws://127.0.0.1:9001/ --against ws://127.0.0.1:9002/

This tries to break the target: run it only against your own systems. A finding is a vector, \
written as finding-NNN.json; `wsspec replay FINDING URL` runs it. The same seed makes the same \
conversations; with the same seed and folder, a second call goes on where the first one ended. \
Exit codes: 0 nothing was found, 1 something was found, 3 the target could not be reached or \
stopped serving.")]
pub(crate) struct FuzzCommand {
    /// The server; without it and without a client, the embedded reference server
    #[arg(value_name = "URL", conflicts_with = "command")]
    url: Option<String>,
    /// The client and its arguments; {url} stands for where to connect
    #[arg(last = true, value_name = "CMD")]
    command: Vec<String>,
    /// Start the client once for each job; it reads URLs from its standard input, one on each line
    #[arg(long, requires = "command")]
    keep: bool,
    /// Compare with another server: what the two answer differently is a finding too
    #[arg(long, value_name = "URL", requires = "url")]
    against: Option<String>,
    /// Seconds to run
    #[arg(long, default_value_t = TIME, value_name = "S", value_parser = duration)]
    time: f64,
    /// Make the same conversations as another call with this seed; by default, new ones each time
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// Stop after N findings
    #[arg(long, default_value_t = MAX_FINDINGS, value_name = "N")]
    max_findings: usize,
    /// The folder for findings
    #[arg(long, default_value = FINDINGS, value_name = "DIR")]
    findings: PathBuf,
    /// Largest number of conversations that run at the same time; by default, 24 with a server, two
    /// for each processor with a client
    #[arg(long, short, value_parser = clap::value_parser!(u16).range(1..=1024))]
    jobs: Option<u16>,
    /// What the target does with messages: of one that is said to echo, a message that does not
    /// come back is a finding
    #[arg(long, value_enum, default_value_t)]
    peer: PeerArg,
    /// Seconds to wait when a finding is confirmed
    #[arg(long, default_value_t = TIMEOUT, value_name = "S", value_parser = seconds)]
    timeout: f64,
    /// Watch the memory of this process, and report if it keeps growing
    #[arg(long, value_name = "PID")]
    pid: Option<u32>,
    /// Make no conversations from vectors whose id matches (repeatable)
    #[arg(long, value_name = "GLOB")]
    without: Vec<String>,
    /// Print only the findings
    #[arg(long, short)]
    quiet: bool,
    #[command(flatten)]
    fields: FieldArgs,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Example: wsspec replay findings/finding-001.json ws://127.0.0.1:9001/ -v\n\n\
A client replays it with wsspec client --vectors FINDING -- CMD."
)]
pub(crate) struct ReplayCommand {
    /// The vector
    file: PathBuf,
    #[command(flatten)]
    run: RunCommand,
}

/// Parses the time to fuzz: from 1 second to 116 days.
fn duration(text: &str) -> Result<f64, SecondsError> {
    seconds_within(text, 1.0..=1e7)
}

impl ReplayCommand {
    /// What makes a case of the finding against the server at `url` the same again.
    pub(super) fn spec(&self, url: Option<String>) -> RunSpec {
        RunSpec {
            tested: Tested::Replay {
                file: self.file.clone(),
                url,
                fields: self.run.fields.clone(),
            },
            ..self.run.spec(None)
        }
    }
}

/// `wsspec replay FILE URL…`
pub(super) fn replay(mut command: ReplayCommand) -> Done {
    command.run.select.vectors.vectors = Some(command.file.clone());
    command.run.select.profile = ProfileArg::All;
    for url in &command.run.urls {
        command.run.fields.target(url)?.may_break()?;
    }
    run::test(&command.run, |url| command.spec(url))
}

/// Who is fuzzed.
struct Subjects {
    subject: Subject,
    /// The server to compare with.
    against: Option<Subject>,
    /// The authority file of a client over TLS; removed at the end.
    _authority: Option<Removed>,
}

impl FuzzCommand {
    /// The command that goes on with these conversations, which have this seed.
    fn resume(&self, seed: u64) -> CommandLine {
        FuzzCommand {
            seed: Some(seed),
            ..self.clone()
        }
        .command_line()
    }

    /// The command line that is parsed to this, with variables for secrets.
    pub(super) fn command_line(&self) -> CommandLine {
        let FuzzCommand {
            url,
            command,
            keep,
            against,
            time,
            seed,
            max_findings,
            findings,
            jobs,
            peer,
            timeout,
            pid,
            without,
            quiet,
            fields,
        } = self;
        let mut line = CommandLine::from_iter(["wsspec", "fuzz"]);
        line.extend(url.as_deref().map(url_argument));
        fields.print(&mut line);
        if let Some(url) = against {
            line.option_of("--against", url_argument(url));
        }
        if let Some(seed) = seed {
            line.option("--seed", seed);
        }
        if *time != TIME {
            line.option("--time", time);
        }
        if *max_findings != MAX_FINDINGS {
            line.option("--max-findings", max_findings);
        }
        if findings != Path::new(FINDINGS) {
            line.option("--findings", findings.display());
        }
        if let Some(jobs) = jobs {
            line.option("--jobs", jobs);
        }
        peer.print(&mut line);
        if *timeout != TIMEOUT {
            line.option("--timeout", timeout);
        }
        if let Some(pid) = pid {
            line.option("--pid", pid);
        }
        for pattern in without {
            line.option("--without", pattern);
        }
        if *quiet {
            line.push("--quiet");
        }
        if *keep {
            line.push("--keep");
        }
        if !command.is_empty() {
            line.push("--");
            line.extend(command.iter().cloned());
        }
        line
    }

    fn options(&self, seed: u64) -> Options {
        let default_jobs = if self.command.is_empty() {
            SERVER_JOBS
        } else {
            default_jobs()
        };
        Options {
            time: Duration::from_secs_f64(self.time),
            seed,
            max_findings: self.max_findings,
            jobs: self.jobs.map_or(default_jobs, usize::from),
            peer: self.peer.behaviour(),
            timeout: Duration::from_secs_f64(self.timeout),
            dir: self.findings.clone(),
            without: self.without.clone(),
            pid: self.pid,
        }
    }

    /// The server at a URL, if it may be fuzzed.
    fn may_break(&self, url: &str) -> Result<Target, Failure> {
        let target = self.fields.target(url)?;
        target.may_break()?;
        Ok(target)
    }

    /// Who is fuzzed, and the server to compare with.
    async fn subjects(&self) -> Result<Subjects, Failure> {
        let mut authority = None;
        let subject = if let Some(url) = &self.url {
            Subject::Server(self.may_break(url)?)
        } else if self.command.is_empty() {
            Subject::Server(target::embedded(&self.fields).await?)
        } else {
            let launch = if self.keep {
                Launch::Persistent
            } else {
                Launch::PerCase
            };
            let address = IpAddr::V4(Ipv4Addr::LOCALHOST);
            let client = Client::new(self.command.clone(), launch, address)?;
            let transport = ClientTransport::of(self.fields.transport())?;
            let (client, file) = client::over(client, transport, address)?;
            authority = file;
            Subject::Client(Arc::new(client))
        };
        let against = match &self.against {
            Some(url) => Some(Subject::Server(self.may_break(url)?)),
            None => None,
        };
        Ok(Subjects {
            subject,
            against,
            _authority: authority,
        })
    }
}

/// `wsspec fuzz`
pub(super) fn fuzz(command: &FuzzCommand) -> Done {
    let seed = command.seed.unwrap_or_else(seed_of_clock);
    let options = command.options(seed);
    let runtime = Runtime::new().map_err(Failure::internal)?;
    runtime.block_on(async {
        let Subjects {
            subject,
            against,
            _authority,
        } = command.subjects().await?;
        if !command.quiet {
            // A variable for the URL that is empty by mistake shows here.
            let embedded = command.url.is_none() && command.command.is_empty();
            let name = if embedded {
                "the embedded reference server".to_owned()
            } else {
                subject.url()
            };
            anstream::eprintln!("{name}, seed {seed}:");
        }
        let bar = bar(command.quiet);
        let mut interrupts = Interrupts::listen();
        let (stats, ending) = Box::pin(fuzzer::run(
            subject,
            against,
            options,
            interrupts.next(),
            |event| show(&event, &bar),
        ))
        .await;
        bar.finish_and_clear();
        if !command.quiet {
            summarize(command, &stats);
            if matches!(ending, Ending::Complete | Ending::Interrupted) {
                anstream::eprintln!("to go on: {}", command.resume(seed));
            }
        }
        match ending {
            Ending::Unreachable(message) => Err(Failure::Unreachable(message)),
            Ending::Unusable(message) => Err(Failure::Usage(message)),
            Ending::Died => Ok(Exit::Unreachable),
            Ending::Interrupted => Ok(Exit::Interrupted),
            Ending::Complete if stats.findings > 0 => Ok(Exit::FellShort),
            Ending::Complete => Ok(Exit::Fine),
        }
    })
}

/// Shows an event beside the bar.
fn show(event: &Event<'_>, bar: &ProgressBar) {
    match event {
        Event::Resumed(next) => {
            bar.suspend(|| anstream::eprintln!("goes on with conversation {next}"));
        }
        Event::Progress(stats) => {
            bar.set_position(stats.conversations);
            let findings = count(stats.findings, "finding");
            bar.set_message(format!("{} showed something new, {findings}", stats.novel));
        }
        Event::Found(finding) => bar.suspend(|| {
            out!(
                "{}: {} [{}]",
                finding.file.display(),
                finding.reason,
                finding.requirement
            );
        }),
    }
}

fn summarize(command: &FuzzCommand, stats: &Stats) {
    let findings = count(stats.findings, "finding");
    let note = if stats.findings >= command.max_findings {
        ", which is --max-findings".to_owned()
    } else if stats.unconfirmed > 0 {
        format!(" ({} could not be confirmed)", stats.unconfirmed)
    } else {
        String::new()
    };
    anstream::eprintln!(
        "{} conversations, {} showed something new, {findings}{note}",
        stats.conversations,
        stats.novel,
    );
}

/// A number of things, with the plural where it is needed.
fn count(number: usize, thing: &str) -> String {
    let s = if number == 1 { "" } else { "s" };
    format!("{number} {thing}{s}")
}

fn seed_of_clock() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |now| now.as_millis() as u64 % SEEDS)
}

/// The progress bar, on a terminal.
fn bar(quiet: bool) -> ProgressBar {
    let bar = if quiet || !std::io::stderr().is_terminal() {
        ProgressBar::hidden()
    } else {
        ProgressBar::new_spinner()
    };
    let style =
        ProgressStyle::with_template("{spinner} {pos} conversations, {per_sec}, {elapsed}: {msg}");
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()));
    bar
}
