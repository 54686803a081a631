//! `wsspec fuzz`.

mod merge;
mod shown;

use std::env;
use std::net::{IpAddr, Ipv4Addr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use clap::Args;
use tokio::runtime::Runtime;
use wsspec::fuzz::{self as fuzzer, CoverageMap, Ending, MAP_SIZE, Options, RUNTIME};
use wsspec::run::{
    Client, CommandLine, Keeper, Launch, Shard, StartError, Subject, Target, url_argument,
};

use super::args::{FieldArgs, PeerArg, SecondsError, seconds, seconds_within};
use super::client::{self, ClientTransport, default_jobs};
use super::exit::Exit;
use super::failure::{Done, Failure};
use super::interrupt::Interrupts;
use super::listening::Removed;
use super::out::out;
use super::rerun::{CLIENT_LISTEN, START_PATIENCE, StartedServer};
use super::target;
pub(super) use merge::merge_findings;
use shown::{bar, show, summarize};

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

/// The path of a server, unless the user says otherwise.
const ROOT: &str = "/";

/// Placeholder for the port to listen on, which makes a command that of a server.
const PORT: &str = "{port}";

/// The environment variable with the size of a coverage map.
const AFL_MAP_SIZE: &str = "AFL_MAP_SIZE";

/// The largest coverage map: it is read after each conversation.
const MAX_MAP_SIZE: usize = 16 << 20;

/// Bound of a seed that is made from the clock, so that it is short to type.
const SEEDS: u64 = 1_000_000_007;

#[derive(Debug, Clone, PartialEq, Args)]
#[command(after_help = "\
Examples: wsspec fuzz ws://127.0.0.1:9001/ --time 600
          wsspec fuzz -- ./echo-client {url}
          wsspec fuzz -- ./echo-server --port {port}
          wsspec fuzz --afl-map -- ./instrumented-server {port}
          wsspec fuzz ws://127.0.0.1:9001/ --against ws://127.0.0.1:9002/

This tries to break the target: run it only against your own systems. A finding is a vector, \
written as finding-NNN.json; `wsspec replay FINDING URL` runs it. The same seed makes the same \
conversations; with the same seed and folder, a second call goes on where the first one ended. \
With --shard I/N, N machines have the same --seed and different conversations; `wsspec merge DIR \
--findings DIR` keeps one finding of each cause. \
Exit codes: 0 nothing was found, 1 something was found, 3 the target could not be reached or \
stopped serving.")]
pub(crate) struct FuzzCommand {
    /// The server; without it and without a client, the embedded reference server
    #[arg(value_name = "URL", conflicts_with = "command")]
    url: Option<String>,
    /// The client and its arguments; {url} stands for where to connect. With {port} in it, a server, which
    /// is to listen there
    #[arg(last = true, value_name = "CMD")]
    command: Vec<String>,
    /// The path and query of the URL of a server that is started
    #[arg(long, default_value = ROOT, value_name = "PATH", requires = "command")]
    path: String,
    /// Learn from the coverage of CMD, which is instrumented for AFL and has the code of --afl-runtime in
    /// it: a conversation that reaches new code is kept. Conversations run one at a time. The variable
    /// AFL_MAP_SIZE sets the size of the map, 65536 by default
    #[arg(long, requires = "command", conflicts_with_all = ["jobs", "keep"])]
    afl_map: bool,
    /// Print the C source to compile with an instrumented program, which says how, and end
    #[arg(long, exclusive = true)]
    afl_runtime: bool,
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
    /// Make the conversations of the I-th of N machines, which have the same --seed; files are named
    /// finding-I-NNN.json, so that the machines may share a folder
    #[arg(long, value_name = "I/N", value_parser = str::parse::<Shard>, requires = "seed")]
    shard: Option<Shard>,
    /// The same with I from 0 to N-1, as array jobs count
    #[arg(long, value_name = "I/N", value_parser = Shard::from_zero, conflicts_with = "shard", requires = "seed")]
    shard_from_zero: Option<Shard>,
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

/// Parses the time to fuzz: from 1 second to 116 days.
fn duration(text: &str) -> Result<f64, SecondsError> {
    seconds_within(text, 1.0..=1e7)
}

/// Who is fuzzed.
struct Subjects {
    subject: Subject,
    /// The server to compare with.
    against: Option<Subject>,
    /// What started a server.
    started: Option<Arc<Keeper>>,
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
            path,
            afl_map,
            // Ends at once.
            afl_runtime: _,
            keep,
            against,
            time,
            seed,
            shard,
            shard_from_zero,
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
        if let Some(shard) = shard.or(*shard_from_zero) {
            line.option("--shard", shard);
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
        if *afl_map {
            line.push("--afl-map");
        }
        if path != ROOT {
            line.option_of("--path", url_argument(path));
        }
        if !command.is_empty() {
            line.push("--");
            line.extend(command.iter().cloned());
        }
        line
    }

    /// The server to start, if the command is one.
    fn server(&self) -> Option<StartedServer> {
        let is_server = self.command.iter().any(|word| word.contains(PORT));
        is_server.then(|| StartedServer {
            listen: CLIENT_LISTEN,
            port: None,
            path: self.path.clone(),
            start_timeout: START_PATIENCE,
            fields: self.fields.clone(),
            command: self.command.clone(),
        })
    }

    fn options(&self, seed: u64, coverage: Option<Arc<CoverageMap>>) -> Options {
        let default_jobs = if self.command.is_empty() || self.server().is_some() {
            SERVER_JOBS
        } else {
            default_jobs()
        };
        Options {
            time: Duration::from_secs_f64(self.time),
            seed,
            shard: self.shard.or(self.shard_from_zero),
            max_findings: self.max_findings,
            jobs: self.jobs.map_or(default_jobs, usize::from),
            peer: self.peer.behaviour(),
            timeout: Duration::from_secs_f64(self.timeout),
            dir: self.findings.clone(),
            without: self.without.clone(),
            pid: self.pid,
            coverage,
        }
    }

    /// The map that the target is told to count in, if it is.
    fn coverage(&self) -> Result<Option<Arc<CoverageMap>>, Failure> {
        if !self.afl_map {
            return Ok(None);
        }
        let size = match env::var(AFL_MAP_SIZE) {
            Ok(text) => map_size(&text)?,
            Err(_) => MAP_SIZE,
        };
        let map = CoverageMap::create(size)
            .map_err(|error| Failure::usage(format!("cannot make a coverage map: {error}")))?;
        Ok(Some(Arc::new(map)))
    }

    /// Why a server does not run. A program of afl-cc without our code finds the coverage map where no
    /// memory is shared, and ends.
    fn not_started(&self, error: StartError) -> Failure {
        match error {
            StartError::Ended { .. } if self.afl_map => Failure::Unreachable(format!(
                "{error}\na program of afl-cc ends so unless it is linked with what `wsspec fuzz --afl-runtime` prints"
            )),
            error => error.into(),
        }
    }

    /// The server at a URL, if it may be fuzzed.
    fn may_break(&self, url: &str) -> Result<Target, Failure> {
        let target = self.fields.target(url)?;
        target.may_break()?;
        Ok(target)
    }

    /// Who is fuzzed, and the server to compare with.
    async fn subjects(&self, coverage: Option<&CoverageMap>) -> Result<Subjects, Failure> {
        let mut authority = None;
        let mut started = None;
        let variables = coverage.map(CoverageMap::variables).unwrap_or_default();
        let subject = if let Some(url) = &self.url {
            Subject::Server(self.may_break(url)?)
        } else if self.command.is_empty() {
            Subject::Server(target::embedded(&self.fields).await?)
        } else if let Some(server) = self.server() {
            let keeper = Arc::new(server.keeper()?.with_variables(variables));
            keeper
                .start()
                .await
                .map_err(|error| self.not_started(error))?;
            Subject::Server(server.target_of(started.insert(keeper))?)
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
            Subject::Client(Arc::new(client.with_variables(variables)))
        };
        let against = match &self.against {
            Some(url) => Some(Subject::Server(self.may_break(url)?)),
            None => None,
        };
        Ok(Subjects {
            subject,
            against,
            started,
            _authority: authority,
        })
    }
}

/// `wsspec fuzz`
pub(super) fn fuzz(command: &FuzzCommand) -> Done {
    let seed = command.seed.unwrap_or_else(seed_of_clock);
    if command.afl_runtime {
        out!("{}", RUNTIME.trim_end());
        return Ok(Exit::Fine);
    }
    let coverage = command.coverage()?;
    let options = command.options(seed, coverage.clone());
    let own_seed = options.own_seed();
    let runtime = Runtime::new().map_err(Failure::internal)?;
    runtime.block_on(async {
        let Subjects {
            subject,
            against,
            started,
            _authority,
        } = command.subjects(coverage.as_deref()).await?;
        if !command.quiet {
            // A variable for the URL that is empty by mistake shows here.
            let embedded = command.url.is_none() && command.command.is_empty();
            let name = if embedded {
                "the embedded reference server".to_owned()
            } else {
                subject.url()
            };
            let shard = options.shard.map(|shard| format!(" of shard {shard}"));
            anstream::eprintln!("{name}, seed {own_seed}{}:", shard.unwrap_or_default());
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
        if let Some(keeper) = started {
            keeper.stop().await;
        }
        bar.finish_and_clear();
        if !command.quiet {
            summarize(command.max_findings, &stats);
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

/// Parses the size of a map: a number of counters, at most 16 Mi.
fn map_size(text: &str) -> Result<usize, Failure> {
    let size = text.parse().ok();
    size.filter(|size| (1..=MAX_MAP_SIZE).contains(size))
        .ok_or_else(|| {
            Failure::usage(format!(
                "{AFL_MAP_SIZE}: {text:?} is no size of a map, a number from 1 to {MAX_MAP_SIZE}"
            ))
        })
}

fn seed_of_clock() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |now| now.as_millis() as u64 % SEEDS)
}
