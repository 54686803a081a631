//! `wsspec server -- CMD {port}`: tests a server that is started, watched, and started again.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use tokio::runtime::Runtime;
use wsspec::run::{Keeper, StartError, Subject, Target};
use wsspec_core::Role;

use super::args::headings::{HOW, STARTING};
use super::args::{FieldArgs, RunArgs, SelectArgs, TransportArg, seconds};
use super::failure::{Done, Failure};
use super::rerun::{CLIENT_LISTEN, RunSpec, START_PATIENCE, StartedServer, Tested};
use super::session::{Job, Session};

#[derive(Debug, Args)]
#[command(after_help = "\
Examples: wsspec server -- ./echo-server --port {port}
          wsspec server --path /echo -- sh -c 'exec node server.js'    (reads the variable PORT)
          wsspec server --port 8080 -- ./listens-on-8080

The server is started on a free loopback port, watched, and started again whenever it ends, hangs, \
no longer listens or loses a worker process. The cases that ran at that time are then run alone \
until the one is found that kills it: that case fails, with the last lines of the server's standard \
error, and all others are judged. The command stays in the foreground; at the end its process group \
is ended. A server that cannot be started again ends the run with exit code 3.")]
pub(crate) struct ServerCommand {
    #[command(flatten)]
    select: SelectArgs,
    /// The address that the server listens on, {host} in its command
    #[arg(long, default_value_t = CLIENT_LISTEN, value_name = "ADDRESS", help_heading = STARTING)]
    listen: IpAddr,
    /// The port that the server listens on, if it cannot be told one
    #[arg(long, value_name = "PORT", help_heading = STARTING, value_parser = clap::value_parser!(u16).range(1..))]
    port: Option<u16>,
    /// The path and query of the URL
    #[arg(long, default_value = "/", value_name = "PATH", help_heading = STARTING)]
    path: String,
    /// Seconds that the server may take until it listens
    #[arg(long, default_value_t = START_PATIENCE, value_name = "S", help_heading = STARTING, value_parser = seconds)]
    start_timeout: f64,
    #[command(flatten)]
    fields: FieldArgs,
    /// Largest number of cases that run at the same time
    #[arg(long, short, default_value_t = 24, help_heading = HOW, value_parser = clap::value_parser!(u16).range(1..=1024))]
    jobs: u16,
    #[command(flatten)]
    run: RunArgs,
    /// The server and its arguments; {port}, {host} and {url} stand for where it has to listen
    #[arg(last = true, required = true, value_name = "CMD")]
    command: Vec<String>,
}

impl ServerCommand {
    /// The server to start.
    fn server(&self) -> StartedServer {
        StartedServer {
            listen: self.listen,
            port: self.port,
            path: self.path.clone(),
            start_timeout: self.start_timeout,
            fields: self.fields.clone(),
            command: self.command.clone(),
        }
    }

    /// What a command needs to run a case again the same way.
    pub(super) fn spec(&self) -> RunSpec {
        RunSpec {
            tested: Tested::Started(self.server()),
            vectors: self.select.vectors.clone(),
            profile: self.select.profile,
            case: self.run.case.clone(),
        }
    }
}

impl StartedServer {
    /// What starts it and watches it.
    ///
    /// # Errors
    /// What cannot be used is said before the server is started.
    pub(super) fn keeper(&self) -> Result<Keeper, Failure> {
        let transport = self.fields.transport();
        #[cfg(unix)]
        if transport == TransportArg::Unix {
            return Err(Failure::usage(
                "--transport unix: start the server yourself and give its URL, ws+unix:///PATH:/",
            ));
        }
        self.target(SocketAddr::new(self.listen, self.port.unwrap_or_default()))?;
        let keeper = Keeper::starting(
            self.command.clone(),
            self.listen,
            self.port,
            &format!("{}://{{address}}{}", transport.scheme(), self.path()),
            Duration::from_secs_f64(self.start_timeout),
        )?;
        Ok(match transport {
            TransportArg::H3 => keeper.over_quic(),
            _ => keeper,
        })
    }

    /// The server that a keeper has started.
    pub(super) fn target_of(&self, keeper: &Arc<Keeper>) -> Result<Target, Failure> {
        let address = keeper
            .address()
            .ok_or_else(|| Failure::internal("a started server has no address"))?;
        let mut target = self.target(address)?;
        target.name = keeper.to_string();
        Ok(target.kept_by(Arc::clone(keeper)))
    }

    /// The server that listens at an address.
    fn target(&self, address: SocketAddr) -> Result<Target, Failure> {
        let scheme = self.fields.transport().scheme();
        self.fields
            .target(&format!("{scheme}://{address}{}", self.path()))
    }

    /// The path with its slash.
    fn path(&self) -> String {
        if self.path.starts_with('/') {
            self.path.clone()
        } else {
            format!("/{}", self.path)
        }
    }
}

/// `wsspec server -- CMD {port}`
pub(super) fn server(command: &ServerCommand) -> Done {
    let corpus = command.select.vectors.corpus()?;
    let keeper = Arc::new(command.server().keeper()?);
    let transport = command.fields.transport();
    let runtime = Runtime::new().map_err(Failure::internal)?;
    runtime.block_on(async {
        let session = Session::new(
            &command.run,
            &command.select,
            &corpus,
            (Role::Server, transport.transport()),
        )?;
        keeper.start().await?;
        let done = test(command, session, &keeper).await;
        keeper.stop().await;
        done
    })
}

/// Tests the server that was started.
async fn test(command: &ServerCommand, session: Session<'_>, keeper: &Arc<Keeper>) -> Done {
    let job = Job {
        subject: Subject::Server(command.server().target_of(keeper)?),
        rerun: command.spec().to_string(),
    };
    session.test(vec![job], command.jobs.into()).await
}

impl From<StartError> for Failure {
    fn from(error: StartError) -> Self {
        match error {
            StartError::NoCommand | StartError::CannotStart { .. } => Failure::usage(error),
            _ => Failure::Unreachable(error.to_string()),
        }
    }
}
