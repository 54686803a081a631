//! `wsspec through URL --listen ADDR`, `wsspec through -- CMD {port} {backend}`: tests a gateway from both of its ends.

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use tokio::runtime::Runtime;
use wsspec::run::Target;
use wsspec::through::run::{Between, Options};

use super::args::headings::HOW;
use super::args::{FieldArgs, RunArgs, SecondsError, SelectArgs, seconds_within};
use super::failure::{Done, Failure};
use super::rerun::{CLIENT_LISTEN, RunSpec, START_PATIENCE, StartedServer, Tested};
use super::session::Session;

#[derive(Debug, Args)]
#[command(after_help = "\
Examples: wsspec through -- ./gateway --listen {port} --to 127.0.0.1:{backend}
          wsspec through ws://127.0.0.1:8080/ --listen 127.0.0.1:9000
          wsspec through wss://127.0.0.1:8443/ --listen 127.0.0.1:9000 --transport h2 --insecure

A gateway that is started listens on {port}, a free one, and forwards to {backend}, the port of our server, also in its \
environment as PORT and BACKEND_PORT. The gateway at URL has to forward to the address that is listened on, as to a server for WebSockets. \
Our client sends through it to our server there, so no other is needed. --transport h2 or h3 has our client \
open with an extended CONNECT; our server speaks HTTP/1.1, or HTTP/2 in clear text where the gateway begins with that. Each request carries its \
case in X-Wsspec-Case and in the query; where a gateway removes both, the cases run one at a time.")]
pub(crate) struct ThroughCommand {
    /// The gateway, if it runs already
    #[arg(
        value_name = "URL",
        required_unless_present = "command",
        conflicts_with = "command",
        requires = "listen"
    )]
    url: Option<String>,
    /// Where our server listens: what the gateway forwards to
    #[arg(long, value_name = "ADDRESS", conflicts_with = "command")]
    listen: Option<SocketAddr>,
    #[command(flatten)]
    select: SelectArgs,
    #[command(flatten)]
    fields: FieldArgs,
    /// Largest number of cases that run at the same time
    #[arg(long, short, default_value_t = 16, help_heading = HOW, value_parser = clap::value_parser!(u16).range(1..=256))]
    jobs: u16,
    /// Also look for up to this many seconds whether the gateway ends a tunnel on which nothing is sent
    #[arg(long, value_name = "SECONDS", help_heading = HOW, value_parser = idle_time)]
    idle: Option<f64>,
    #[command(flatten)]
    run: RunArgs,
    /// The gateway to start and its arguments; {port} stands for where it has to listen, {backend} for the port to
    /// which it has to forward
    #[arg(last = true, value_name = "CMD")]
    command: Vec<String>,
}

/// Parses the time to look at an idle tunnel: up to a day.
fn idle_time(text: &str) -> Result<f64, SecondsError> {
    seconds_within(text, 0.1..=86_400.0)
}

impl ThroughCommand {
    /// What makes a case against the gateway the same again.
    pub(super) fn spec(&self) -> RunSpec {
        RunSpec {
            tested: match (&self.url, self.listen) {
                (Some(url), Some(listen)) => Tested::Gateway {
                    url: url.clone(),
                    listen,
                    fields: self.fields.clone(),
                },
                _ => Tested::StartedGateway {
                    fields: self.fields.clone(),
                    command: self.command.clone(),
                },
            },
            vectors: self.select.vectors.clone(),
            profile: self.select.profile,
            case: self.run.case.clone(),
        }
    }

    /// The gateway to start, which forwards to `backend`.
    fn gateway(&self, backend: SocketAddr) -> StartedServer {
        let port = backend.port().to_string();
        let words = self.command.iter();
        StartedServer {
            listen: CLIENT_LISTEN,
            port: None,
            path: "/".to_owned(),
            start_timeout: START_PATIENCE,
            fields: self.fields.clone(),
            command: words.map(|word| word.replace("{backend}", &port)).collect(),
        }
    }

    fn options(&self) -> Options {
        let case = self.run.case.options();
        Options {
            jobs: self.jobs.into(),
            retries: case.retries,
            timeout: case.timeout,
            seed: case.seed,
            rerun: self.spec().to_string(),
            max_fail: self.run.max_fail(),
            idle: self.idle.map(Duration::from_secs_f64),
        }
    }

    /// Refuses what has no meaning for a gateway.
    fn check(&self) -> Result<(), Failure> {
        let case = self.run.case.options();
        let odd = [
            ("--autobahn", self.run.autobahn.is_some()),
            ("--peer", case.peer.is_some()),
            (
                "--max-message and the other limits",
                !case.limits.are_unknown(),
            ),
        ];
        match odd.into_iter().find(|(_, given)| *given) {
            Some((name, _)) => Err(Failure::usage(format!("{name}: not for gateways"))),
            None => Ok(()),
        }
    }
}

/// `wsspec through URL --listen ADDR`, `wsspec through -- CMD {port} {backend}`
pub(super) fn through(command: &ThroughCommand) -> Done {
    command.check()?;
    let runtime = Runtime::new().map_err(Failure::internal)?;
    runtime.block_on(async {
        if let (Some(url), Some(listen)) = (&command.url, command.listen) {
            return test(command, command.fields.target(url)?, listen).await;
        }
        let backend = free_address().map_err(Failure::usage)?;
        let gateway = command.gateway(backend);
        let variables = vec![("BACKEND_PORT".to_owned(), backend.port().to_string())];
        let keeper = Arc::new(gateway.keeper()?.with_variables(variables));
        keeper.start().await?;
        let done = match gateway.target_of(&keeper) {
            Ok(target) => test(command, target, backend).await,
            Err(failure) => Err(failure),
        };
        keeper.stop().await;
        done
    })
}

/// Tests the gateway at `target`, which forwards to where we listen.
async fn test(command: &ThroughCommand, target: Target, listen: SocketAddr) -> Done {
    let corpus = command.select.vectors.corpus()?;
    let selection = command.select.selection(&corpus.requirements)?;
    let cases = selection.select(&corpus.throughs)?;
    let between = Between::new(target, listen).await;
    let between =
        between.map_err(|error| Failure::usage(format!("cannot listen on {listen}: {error}")))?;
    let ids = cases.iter().map(|case| case.id.clone()).collect();
    Session::begin(&command.run, &selection, &corpus, ids, None)?
        .through(&cases, Arc::new(between), &command.options())
        .await
}

/// A free address of this machine for our server.
fn free_address() -> std::io::Result<SocketAddr> {
    TcpListener::bind((CLIENT_LISTEN, 0))?.local_addr()
}
