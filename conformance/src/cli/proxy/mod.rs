//! `wsspec proxy`: an observer between clients and a server, which judges both.

mod told;
mod verdict;

use std::future::pending;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use tokio::runtime::Runtime;
use tokio::time::sleep;
use wsspec::proxy::Proxy;
use wsspec::referee::{Limits, Party, Payloads};
use wsspec::run::Target;
use wsspec::tls::{Acceptor, Authorities, ServerNameSent, Trust, protocols};
use wsspec::wire::listen::Listener;
use wsspec_reports::Transport;

use super::args::headings::{PRINTED, TLS};
use super::args::{TransportArg, seconds_within};
use super::failure::{Done, Failure};
use super::interrupt::Interrupts;
use super::listening::{Listening, bind, listen};
use super::outputs::Outputs;
pub(super) use told::Told;
pub(super) use verdict::Verdicts;

/// The longest time, in seconds: a year.
const MAX_TIME: f64 = 365.0 * 86400.0;

#[derive(Debug, Args)]
#[command(after_help = "\
Clients connect to --listen in place of the server. Not a byte is changed, so the Host field is that of \
the proxy. The exit code is 1 if a rule was broken, 2 if no WebSocket was opened.

Example: wsspec proxy --listen 127.0.0.1:9000 --upstream ws://127.0.0.1:8080 --html traffic.html")]
pub(crate) struct ProxyCommand {
    /// Accept clients at this address; port 0 picks a free one
    #[arg(long, default_value = "127.0.0.1:9000", value_name = "ADDRESS")]
    listen: SocketAddr,
    /// The server: ws://HOST:PORT, wss://HOST:PORT, or ws+unix:///PATH
    #[arg(long, value_name = "URL")]
    upstream: String,
    /// End after N connections
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    connections: Option<u64>,
    /// End after S seconds
    #[arg(long, value_name = "S", value_parser = |text: &str| seconds_within(text, 0.0..=MAX_TIME))]
    time: Option<f64>,
    #[command(flatten)]
    side: ListenArgs,
    #[command(flatten)]
    trust: UpstreamArgs,
    #[command(flatten)]
    judging: JudgingArgs,
}

/// How clients connect.
#[derive(Debug, Args)]
#[command(next_help_heading = TLS)]
struct ListenArgs {
    /// What clients connect over: tcp, tls or unix, with HTTP/1.1 or HTTP/2. Over TLS, a file with the authority to trust is
    /// written and named, unless --cert is given
    #[arg(long, value_enum, default_value_t)]
    transport: TransportArg,
    /// Present this certificate to clients (PEM, with its chain)
    #[arg(long, value_name = "FILE", requires = "key")]
    cert: Option<PathBuf>,
    /// The private key (PEM) of --cert
    #[arg(long, value_name = "FILE", requires = "cert")]
    key: Option<PathBuf>,
}

/// How the server is reached.
#[derive(Debug, Args)]
#[command(next_help_heading = TLS)]
struct UpstreamArgs {
    /// Trust the authorities in this PEM file, or this very certificate, instead of the system's
    #[arg(long, value_name = "FILE", conflicts_with = "insecure")]
    cacert: Option<PathBuf>,
    /// Do not verify the server's certificate
    #[arg(long)]
    insecure: bool,
    /// Ask for this server name, and expect it in the certificate; an empty NAME sends none
    #[arg(long, value_name = "NAME")]
    sni: Option<String>,
}

/// How traffic is judged and reported.
#[derive(Debug, Args)]
pub(super) struct JudgingArgs {
    /// Largest message that is judged, in bytes; a larger one ends the judging of its side of the
    /// connection
    #[arg(long, value_name = "BYTES", default_value_t = 16 << 20)]
    max_message: u64,
    /// Write no payload anywhere: reports keep the heads of connections alone
    #[arg(long)]
    no_payloads: bool,
    /// Print the summary alone
    #[arg(long, short, help_heading = PRINTED)]
    quiet: bool,
    /// Write a line of JSON for each broken rule as it is seen, and the numbers as the last one
    #[arg(long, value_name = "FILE", help_heading = super::args::headings::REPORTS)]
    jsonl: Option<PathBuf>,
    #[command(flatten)]
    pub(super) outputs: Outputs,
}

impl JudgingArgs {
    pub(super) fn limits(&self) -> Limits {
        Limits {
            max_message: self.max_message,
            payloads: if self.no_payloads {
                Payloads::Redacted
            } else {
                Payloads::Kept
            },
        }
    }

    /// Where notices go, and where the report goes. Files are created at once.
    pub(super) fn sinks(&self) -> Result<(Told, Verdicts<'_>), Failure> {
        let taken = self.jsonl.as_deref() == Some("-".as_ref());
        if taken && self.outputs.to_stdout() {
            return Err(Failure::usage("only one report can go to stdout"));
        }
        let told = Told::create(self.quiet, self.jsonl.as_deref())?;
        let verdicts = Verdicts::new(&self.outputs, taken)?;
        Ok((told, verdicts))
    }
}

impl ProxyCommand {
    fn target(&self) -> Result<Target, Failure> {
        let trust = Trust {
            authorities: match &self.trust.cacert {
                Some(path) => Authorities::File(path.clone()),
                None if self.trust.insecure => Authorities::Anyone,
                None => Authorities::System,
            },
            identity: None,
            sni: match self.trust.sni.as_deref() {
                None => ServerNameSent::Host,
                Some("") => ServerNameSent::None,
                Some(name) => ServerNameSent::Name(name.to_owned()),
            },
        };
        let target = Target::trusting(&self.upstream, Vec::new(), &trust, None)?;
        if target.setup().resource != "/" {
            return Err(Failure::usage(format!(
                "{}: the path is that of each request, so the URL of the server has none",
                self.upstream
            )));
        }
        Ok(target)
    }

    async fn listening(&self) -> Result<Listening, Failure> {
        let ListenArgs {
            transport,
            cert,
            key,
        } = &self.side;
        match transport {
            TransportArg::H2 => Err(Failure::usage(
                "--transport h2: HTTP/2 goes through with --transport tcp, or tls where the client offers it",
            )),
            TransportArg::H3 => Err(Failure::usage(
                "--transport h3: clients connect over tcp, tls or unix; HTTP/3 does not go through",
            )),
            TransportArg::Tls => match cert.as_ref().zip(key.as_ref()) {
                Some((cert, key)) => {
                    let acceptor = Acceptor::presenting(cert, key, protocols(Transport::Tls))
                        .map_err(Failure::usage)?;
                    Ok(Listening {
                        listener: Listener::Tls(bind(self.listen).await?, acceptor),
                        authority: None,
                    })
                }
                None => listen(*transport, self.listen).await,
            },
            _ if cert.is_some() => Err(Failure::usage("--cert goes with --transport tls")),
            _ => listen(*transport, self.listen).await,
        }
    }
}

/// `wsspec proxy`
pub(super) fn proxy(command: &ProxyCommand) -> Done {
    let target = command.target()?;
    let runtime = Runtime::new().map_err(Failure::internal)?;
    runtime.block_on(async {
        let mut interrupts = Interrupts::listen();
        let (told, verdicts) = command.judging.sinks()?;
        let listening = command.listening().await?;
        // Removed at the end.
        let authority = listening.authority_file()?;
        let url = listening.url()?;
        anstream::eprintln!("{url} → {}; Ctrl-C ends it", target.shown());
        if let Some(file) = &authority {
            anstream::eprintln!("its authority: {}", file.path().display());
        }
        let parties = [
            Party {
                name: format!("clients of {}", target.shown()),
                url,
                over: listening.listener.transport(),
            },
            Party {
                name: target.name.clone(),
                url: target.shown(),
                over: target.transport(),
            },
        ];
        let proxy = Proxy::new(listening.listener, target, command.judging.limits())
            .most(command.connections);
        let stop = async {
            tokio::select! {
                () = interrupts.next() => {}
                () = after(command.time) => {}
            }
        };
        let tally = proxy.run(stop, told.notices()).await;
        verdicts.finish(&told, &tally.map_err(Failure::internal)?, &parties)
    })
}

/// After this many seconds; never without a number.
async fn after(seconds: Option<f64>) {
    match seconds {
        Some(seconds) => sleep(Duration::from_secs_f64(seconds)).await,
        None => pending().await,
    }
}
