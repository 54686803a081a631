//! `wsspec client -- CMD {url}`: tests a client that is started.

use std::net::IpAddr;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::thread;

use clap::{Args, ValueEnum};
use tokio::runtime::Runtime;
use wsspec::run::{Client, Launch, Subject};
use wsspec_core::Role;
use wsspec_reports::Transport;

use super::args::headings::{HOW, STARTING};
use super::args::{RunArgs, SelectArgs, TransportArg};
use super::failure::{Done, Failure};
use super::listening::{Removed, authority, authority_file};
use super::rerun::{CLIENT_LISTEN, RunSpec, Tested};
use super::session::{Job, Session};

/// Clients that run at the same time for each processor: starting one costs more than its
/// conversation.
const JOBS_PER_PROCESSOR: usize = 2;

/// What a client connects over.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum ClientTransport {
    /// TCP
    #[default]
    Tcp,
    /// TLS over TCP
    Tls,
    /// A stream of HTTP/2 (RFC 8441), which ALPN chooses over TLS
    H2,
    /// The same in clear text, with prior knowledge
    H2c,
    /// A stream of HTTP/3 over QUIC (RFC 9220)
    H3,
}

impl ClientTransport {
    /// The same for a client, if clients connect over it.
    pub(super) fn of(transport: TransportArg) -> Result<ClientTransport, Failure> {
        match transport {
            TransportArg::Tcp => Ok(ClientTransport::Tcp),
            TransportArg::Tls => Ok(ClientTransport::Tls),
            TransportArg::H2 => Ok(ClientTransport::H2),
            TransportArg::H3 => Ok(ClientTransport::H3),
            #[cfg(unix)]
            TransportArg::Unix => Err(Failure::usage(
                "--transport unix: clients are fuzzed over tcp, tls, h2 and h3",
            )),
        }
    }

    /// The transport that it names.
    pub(crate) const fn transport(self) -> Transport {
        match self {
            ClientTransport::Tcp => Transport::Tcp,
            ClientTransport::Tls => Transport::Tls,
            ClientTransport::H2 | ClientTransport::H2c => Transport::H2,
            ClientTransport::H3 => Transport::H3,
        }
    }

    /// The name on the command line.
    pub(crate) fn name(self) -> &'static str {
        match self {
            ClientTransport::H2c => "h2c",
            other => other.transport().name(),
        }
    }

    /// Whether there is TLS below it.
    pub(crate) const fn is_secure(self) -> bool {
        match self {
            ClientTransport::Tls | ClientTransport::H2 | ClientTransport::H3 => true,
            ClientTransport::Tcp | ClientTransport::H2c => false,
        }
    }
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples: wsspec client -- ./echo-client {url}
          wsspec client --keep -- python3 client.py        (one URL on each line of standard input)
          wsspec client --batch 50 -- ./echo-client {urls} (fifty arguments)

The client connects, sends every message back, and ends when the connection does. One that does \
not echo is tested for the opening handshake, for what it has to refuse, and for closing. The \
environment variable WSSPEC_URL has the URL too. A process that exits before its library has sent \
a Close frame fails cases about closing; with --keep it has the time.")]
pub(crate) struct ClientCommand {
    #[command(flatten)]
    select: SelectArgs,
    /// Start the client once for each job; it reads URLs from its standard input, one on each line
    #[arg(long, conflicts_with = "batch", help_heading = STARTING)]
    keep: bool,
    /// Start the client with N URLs at a time, in place of {urls}
    #[arg(long, value_name = "N", help_heading = STARTING, value_parser = clap::value_parser!(u16).range(1..=1000))]
    batch: Option<u16>,
    /// The address that the client connects to
    #[arg(long, default_value_t = CLIENT_LISTEN, value_name = "ADDRESS", help_heading = STARTING)]
    listen: IpAddr,
    /// What the client connects over. Over TLS it is told whom to trust: {cacert} in its command
    /// stands for a PEM file, as do the variables SSL_CERT_FILE and NODE_EXTRA_CA_CERTS
    #[arg(long, value_enum, default_value_t, help_heading = STARTING)]
    transport: ClientTransport,
    /// Have the client reach everything through an HTTP proxy, which is wsspec again: {proxy} in its
    /// command stands for the URL of the proxy, as do the variables HTTP_PROXY, HTTPS_PROXY and ALL_PROXY
    #[arg(long, help_heading = STARTING)]
    proxy: bool,
    /// Largest number of clients that run at the same time; by default, two for each processor
    #[arg(long, short, help_heading = HOW, value_parser = clap::value_parser!(u16).range(1..=1024))]
    jobs: Option<u16>,
    #[command(flatten)]
    run: RunArgs,
    /// The client and its arguments; {url} stands for where to connect, {subprotocols} for what to
    /// offer, with commas, {proxy} for the URL of the HTTP proxy to use, empty for none
    #[arg(last = true, required = true, value_name = "CMD")]
    command: Vec<String>,
}

impl ClientCommand {
    fn launch(&self) -> Launch {
        match self.batch.and_then(|count| NonZeroUsize::new(count.into())) {
            Some(count) => Launch::Batch(count),
            None if self.keep => Launch::Persistent,
            None => Launch::PerCase,
        }
    }

    /// What makes a case the same again.
    pub(super) fn spec(&self) -> RunSpec {
        RunSpec {
            tested: Tested::Client {
                launch: self.launch(),
                listen: self.listen,
                transport: self.transport,
                proxy: self.proxy,
                command: self.command.clone(),
            },
            vectors: self.select.vectors.clone(),
            profile: self.select.profile,
            case: self.run.case.clone(),
        }
    }
}

/// `wsspec client -- CMD {url}`
pub(super) fn client(command: &ClientCommand) -> Done {
    if command.proxy && command.transport == ClientTransport::H3 {
        return Err(no_tunnel_for_http3());
    }
    let corpus = command.select.vectors.corpus()?;
    let mut client = Client::new(command.command.clone(), command.launch(), command.listen)?;
    if command.proxy {
        client = client.through_proxy();
    }
    // The file is removed at the end of the run.
    let (client, _file) = over(client, command.transport, command.listen)?;
    let jobs = command.jobs.map_or_else(default_jobs, usize::from);
    let runtime = Runtime::new().map_err(Failure::internal)?;
    runtime.block_on(async {
        let job = Job {
            subject: Subject::Client(Arc::new(client)),
            rerun: command.spec().to_string(),
        };
        Session::new(
            &command.run,
            &command.select,
            &corpus,
            (Role::Client, command.transport.transport()),
        )?
        .test(vec![job], jobs)
        .await
    })
}

/// The client with a listener of ours for this transport at an address, and the file with the
/// authority to trust.
pub(super) fn over(
    mut client: Client,
    transport: ClientTransport,
    address: IpAddr,
) -> Result<(Client, Option<Removed>), Failure> {
    let mut file = None;
    if transport.is_secure() {
        let authority = authority(address)?;
        let written = file.insert(authority_file(&authority)?);
        client = client.over_tls(authority, written.path().to_owned());
    }
    client = match transport.transport() {
        Transport::H2 => client.over_http2(),
        Transport::H3 => client.over_http3(),
        Transport::Tcp | Transport::Tls | Transport::Unix => client,
    };
    Ok((client, file))
}

/// An HTTP proxy opens tunnels for TCP.
pub(super) fn no_tunnel_for_http3() -> Failure {
    Failure::usage("--proxy: HTTP/3 runs over UDP, for which an HTTP proxy has no tunnel")
}

/// The number of clients that run at the same time unless the user says otherwise.
pub(super) fn default_jobs() -> usize {
    thread::available_parallelism().map_or(1, usize::from) * JOBS_PER_PROCESSOR
}
