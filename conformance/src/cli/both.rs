//! `wsspec both -- CLIENT {url} ---- SERVER {port}`: a client and a server that talk to each other.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use tokio::runtime::Runtime;
use wsspec::proxy::Proxy;
use wsspec::referee::Party;
use wsspec::run::{CommandLine, Keeper, Target, run_client};

use super::args::headings::STARTING;
use super::args::{TransportArg, seconds};
use super::exit::Exit;
use super::failure::{Done, Failure};
use super::interrupt::Interrupts;
use super::listening::listen;
use super::proxy::JudgingArgs;
use super::rerun::START_PATIENCE;

/// Between the commands.
const SEPARATOR: &str = "----";

/// Where both are.
const HOST: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

/// How long the server may take to end the connections of a client that has ended.
const LINGER: Duration = Duration::from_secs(2);

#[derive(Debug, Args)]
#[command(after_help = "\
Example: wsspec both -- node client.js {url} ---- python3 server.py {port}

The environment has WSSPEC_URL for the client and PORT for the server. What the client prints goes to \
stderr. The exit code is 1 if either side broke a rule, 2 if no WebSocket was opened.")]
pub(crate) struct BothCommand {
    /// Seconds that the server may take until it listens
    #[arg(long, default_value_t = START_PATIENCE, value_name = "S", help_heading = STARTING, value_parser = seconds)]
    start_timeout: f64,
    #[command(flatten)]
    judging: JudgingArgs,
    /// The client and its arguments, then ----, then the server and its arguments; {url} stands for where
    /// the client connects, {port} and {host} for where the server listens
    #[arg(last = true, required = true, value_name = "CMD")]
    command: Vec<String>,
}

impl BothCommand {
    /// The commands of client and server.
    fn commands(&self) -> Result<[Vec<String>; 2], Failure> {
        let mut parts = self.command.split(|word| word == SEPARATOR);
        match (parts.next(), parts.next(), parts.next()) {
            (Some(client), Some(server), None) if !client.is_empty() && !server.is_empty() => {
                Ok([client.to_vec(), server.to_vec()])
            }
            _ => Err(Failure::usage(format!(
                "a client and a server are needed, with {SEPARATOR} between them"
            ))),
        }
    }
}

/// `wsspec both`
pub(super) fn both(command: &BothCommand) -> Done {
    let [client, server] = command.commands()?;
    let keeper = Arc::new(Keeper::starting(
        server,
        HOST,
        None,
        "ws://{address}/",
        Duration::from_secs_f64(command.start_timeout),
    )?);
    let runtime = Runtime::new().map_err(Failure::internal)?;
    runtime.block_on(async {
        let mut interrupts = Interrupts::listen();
        let (told, verdicts) = command.judging.sinks()?;
        let listening = listen(TransportArg::Tcp, SocketAddr::new(HOST, 0)).await?;
        keeper.start().await?;
        let address = keeper
            .address()
            .ok_or_else(|| Failure::internal("a started server has no address"))?;
        let target = Target::new(&format!("ws://{address}/"), Vec::new())?;
        let url = listening.url()?;
        let over = listening.listener.transport();
        let parties = [
            Party {
                name: client.iter().cloned().collect::<CommandLine>().to_string(),
                url: url.clone(),
                over,
            },
            Party {
                name: keeper.to_string(),
                url: target.shown(),
                over,
            },
        ];
        let mut ended = None;
        let stop = async {
            tokio::select! {
                client = run_client(&client, &url) => ended = Some(client),
                () = interrupts.next() => {}
            }
        };
        let proxy = Proxy::new(listening.listener, target, command.judging.limits()).linger(LINGER);
        let tally = proxy.run(stop, told.notices()).await;
        keeper.stop().await;
        let exit = verdicts.finish(&told, &tally.map_err(Failure::internal)?, &parties)?;
        match ended {
            None => Ok(exit.worse(Exit::Interrupted)),
            Some(Err(error)) => Err(Failure::usage(format!("{}: {error}", client[0]))),
            Some(Ok(status)) => {
                if !status.success() {
                    anstream::eprintln!("wsspec: the client ended with {status}");
                }
                Ok(exit)
            }
        }
    })
}
