//! `wsspec fuzz` and `wsspec replay`.

use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use std::{io::IsTerminal, thread};

use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use tokio::runtime::Runtime;
use wsspec::fuzz::{self as fuzzer, Ending, Event, Options};
use wsspec::run::{Client, Subject, Way};

use super::args::{self, Fields, ProfileArg, seconds};
use super::interrupt::Interrupts;
use super::run::{embedded, headers, target};
use super::{Done, Exit, Failure, run};

#[derive(Debug, Args)]
#[command(after_help = "\
Examples: wsspec fuzz ws://127.0.0.1:9001/ --time 600
          wsspec fuzz -- ./echo-client {url}
          wsspec fuzz ws://127.0.0.1:9001/ --against ws://127.0.0.1:9002/

This tries to break the target: aim it only at systems you run. A finding is a vector, written as finding-NNN.json;
`wsspec replay FINDING URL` runs it. The same seed makes the same conversations; called again with the same seed and
folder, it goes on where it ended. Exit codes: 0 nothing was found, 1 something was, 3 the target could not be reached
or stopped serving.")]
pub(crate) struct FuzzArgs {
    /// The server; without one, and without a client, the embedded reference server
    #[arg(value_name = "URL", conflicts_with = "command")]
    url: Option<String>,
    /// The command of a client: {url} is where to connect
    #[arg(last = true, value_name = "CMD")]
    command: Vec<String>,
    /// The client is kept, and handed URLs on its standard input, one a line
    #[arg(long, requires = "command")]
    keep: bool,
    /// Another server; what the two answer differently is a finding too
    #[arg(long, value_name = "URL", requires = "url")]
    against: Option<String>,
    /// Seconds to go on
    #[arg(long, default_value_t = 60.0, value_name = "S", value_parser = duration)]
    time: f64,
    /// Makes the same conversations again; without it, others each time
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// End with so many findings
    #[arg(long, default_value_t = 20, value_name = "N")]
    max_findings: usize,
    /// Where findings are written
    #[arg(long, default_value = "findings", value_name = "DIR")]
    findings: PathBuf,
    /// Conversations at once; without it, 24 with a server, two for each processor with a client
    #[arg(long, short, value_parser = clap::value_parser!(u16).range(1..=1024))]
    jobs: Option<u16>,
    /// Seconds to wait when a finding is confirmed
    #[arg(long, default_value_t = 6.0, value_name = "S", value_parser = seconds)]
    timeout: f64,
    /// Watch the memory of this process, and tell when it grows without end
    #[arg(long, value_name = "PID")]
    pid: Option<u32>,
    /// Make nothing from vectors whose id matches (repeatable)
    #[arg(long, value_name = "GLOB")]
    without: Vec<String>,
    /// Say nothing but what was found
    #[arg(long, short)]
    quiet: bool,
    #[command(flatten)]
    fields: Fields,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Example: wsspec replay findings/finding-001.json ws://127.0.0.1:9001/ -v\n\n\
A client replays it with wsspec client --vectors FINDING -- CMD."
)]
pub(crate) struct ReplayArgs {
    /// The vector
    file: PathBuf,
    #[command(flatten)]
    run: args::Run,
}

fn duration(text: &str) -> Result<f64, String> {
    let seconds: f64 = text.parse().map_err(|_| "not a number".to_owned())?;
    if (1.0..=1e7).contains(&seconds) {
        Ok(seconds)
    } else {
        Err("from 1 to 10000000".into())
    }
}

/// `wsspec replay FILE URL…`
pub(super) fn replay(mut args: ReplayArgs) -> Done {
    args.run.select.vectors.vectors = Some(args.file);
    args.run.select.profile = ProfileArg::All;
    run::run(&args.run)
}

/// `wsspec fuzz`
pub(super) fn fuzz(args: &FuzzArgs) -> Done {
    let headers = headers(&args.fields)?;
    let clock = || {
        SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(0, |now| now.as_millis() as u64 % 1_000_000_007)
    };
    let seed = args.seed.unwrap_or_else(clock);
    let of_clients = thread::available_parallelism().map_or(1, usize::from) * 2;
    let options = Options {
        time: Duration::from_secs_f64(args.time),
        seed,
        max_findings: args.max_findings,
        jobs: args.jobs.map_or(
            if args.command.is_empty() {
                24
            } else {
                of_clients
            },
            usize::from,
        ),
        timeout: Duration::from_secs_f64(args.timeout),
        dir: args.findings.clone(),
        without: args.without.clone(),
        pid: args.pid,
    };
    let runtime = Runtime::new().map_err(Failure::usage)?;
    runtime.block_on(async {
        let subject = if let Some(url) = &args.url {
            Subject::Server(target(url, &headers)?)
        } else if args.command.is_empty() {
            Subject::Server(embedded(headers.clone()).await?)
        } else {
            let way = if args.keep { Way::Kept } else { Way::Each };
            let client = Client::new(args.command.clone(), way, IpAddr::V4(Ipv4Addr::LOCALHOST));
            Subject::Client(Arc::new(client.map_err(Failure::usage)?))
        };
        let against = args
            .against
            .as_deref()
            .map(|url| target(url, &headers))
            .transpose()?
            .map(Subject::Server);
        if !args.quiet {
            // An empty variable in place of the URL shows here.
            let embedded = args.url.is_none() && args.command.is_empty();
            let name = if embedded {
                "the embedded reference server".to_owned()
            } else {
                subject.url()
            };
            anstream::eprintln!("{name}, seed {seed}:");
        }
        let bar = bar(args.quiet);
        let mut interrupts = Interrupts::listen();
        let on = |event: Event<'_>| match event {
            Event::Resumed(next) => {
                bar.suspend(|| anstream::eprintln!("goes on with conversation {next}"));
            }
            Event::Progress(stats) => {
                bar.set_position(stats.conversations);
                bar.set_message(format!(
                    "{} showed something new, {} findings",
                    stats.novel, stats.findings
                ));
            }
            Event::Found(finding) => bar.suspend(|| {
                anstream::println!(
                    "{}: {} [{}]",
                    finding.file.display(),
                    finding.reason,
                    finding.requirement
                );
            }),
        };
        let (stats, ending) = Box::pin(fuzzer::run(
            subject,
            against,
            options,
            interrupts.next(),
            on,
        ))
        .await;
        bar.finish_and_clear();
        if !args.quiet {
            anstream::eprintln!(
                "{} conversations, {} showed something new, {} findings{}",
                stats.conversations,
                stats.novel,
                stats.findings,
                if stats.findings >= args.max_findings {
                    ", which is --max-findings".to_owned()
                } else if stats.unconfirmed > 0 {
                    format!(" ({} could not be confirmed)", stats.unconfirmed)
                } else {
                    String::new()
                },
            );
        }
        match ending {
            Ending::Unreachable(message) => Err(Failure {
                exit: Exit::Unreachable,
                message,
            }),
            Ending::Unusable(message) => Err(Failure::usage(message)),
            Ending::Died => Ok(Exit::Unreachable),
            Ending::Interrupted => Ok(Exit::Interrupted),
            Ending::Complete if stats.findings > 0 => Ok(Exit::FellShort),
            Ending::Complete => Ok(Exit::Fine),
        }
    })
}

/// What is seen meanwhile, on a terminal.
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
