//! `wsspec dial`: the reference client, conforming or with a planted fault.

use std::io::{BufRead, stdin};
use std::net::{SocketAddr, ToSocketAddrs};
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use tokio::net::TcpStream;
use tokio::runtime::Runtime;
use url::Url;
use wsspec::peer::{Destination, Party, ProxyFault, TlsFault, Tunnelling, tcp};
use wsspec::tls::{Authorities, Connector, ServerNameSent, TlsError, Trust, protocols};
use wsspec::wire::{quic, tcp as wire};
use wsspec_reports::Transport;
use wsspec_vectors::Dial;

use super::args::TransportArg;
use super::client::no_tunnel_for_http3;
use super::echo;
use super::exit::Exit;
use super::failure::{Done, Failure};

/// Longest wait for a connection over TLS.
const PATIENCE: Duration = Duration::from_secs(10);

#[derive(Debug, Args)]
pub(crate) struct DialCommand {
    /// Connect to these URLs, one after the other; without any, to each line of standard input
    #[arg(value_name = "URL")]
    urls: Vec<String>,
    /// What to connect over; a URL says it by its scheme, but for HTTP/2 and HTTP/3
    #[arg(long, value_enum)]
    transport: Option<TransportArg>,
    /// Plant this fault
    #[arg(long, value_name = "NAME")]
    fault: Option<String>,
    /// Differ from the default in this legal way (repeatable)
    #[arg(long, alias = "form", value_name = "NAME", conflicts_with = "fault")]
    variant: Vec<String>,
    /// Trust the authorities in this PEM file over TLS, instead of the system's
    #[arg(long, value_name = "FILE", conflicts_with = "insecure")]
    cacert: Option<PathBuf>,
    /// Do not verify the certificate of a server
    #[arg(long)]
    insecure: bool,
    /// Reach everything through this HTTP proxy: an http URL
    #[arg(long, value_name = "URL", default_value = "")]
    proxy: String,
    /// Offer these subprotocols, separated by commas
    #[arg(long, value_name = "NAMES", default_value = "")]
    subprotocols: String,
}

pub(super) fn dial(args: &DialCommand) -> Done {
    let peer = echo::peer(args.fault.as_deref(), &args.variant)?;
    let mut dial = Dial {
        subprotocols: args
            .subprotocols
            .split(',')
            .filter(|name| !name.is_empty())
            .map(str::to_owned)
            .collect(),
        ..Dial::default()
    };
    let trust = trust(args, peer.tls);
    let over = args.transport.unwrap_or_default().transport();
    if over == Transport::H3 && !args.proxy.is_empty() {
        return Err(no_tunnel_for_http3());
    }
    let proxy = proxy(&args.proxy)?.filter(|_| peer.proxy != Some(ProxyFault::IgnoresProxy));
    let runtime = Runtime::new().map_err(Failure::internal)?;
    let given = args.urls.iter().map(|url| Ok(url.clone()));
    let lines = stdin().lock().lines().take_while(|_| args.urls.is_empty());
    for (number, url) in given.chain(lines).enumerate() {
        let url = url.map_err(Failure::usage)?;
        check_transport(args.transport, &url)?;
        dial.url = Some(url.clone());
        let connection = peer
            .dialing(&dial, "", true, fresh_seed(number))
            .ok_or_else(|| refused(&url))?;
        let way = Way {
            proxy: proxy.as_ref(),
            fault: peer.proxy,
            over,
        };
        let party = Party::dialling(&peer, connection, (over, is_secure(&url)));
        runtime.block_on(connect(&url, &trust, way, party))?;
    }
    Ok(Exit::Fine)
}

/// The host and port of a proxy; `None` without one.
fn proxy(url: &str) -> Result<Option<(String, u16)>, Failure> {
    if url.is_empty() {
        return Ok(None);
    }
    match address_of(url) {
        Ok(address) if url.starts_with("http:") => Ok(Some(address)),
        _ => Err(Failure::usage(format!(
            "{url}: not the http URL of a proxy"
        ))),
    }
}

/// How a URL is reached.
#[derive(Clone, Copy)]
struct Way<'a> {
    /// Through this proxy.
    proxy: Option<&'a (String, u16)>,
    /// What is wrong with how it is asked.
    fault: Option<ProxyFault>,
    /// What the WebSocket is opened over.
    over: Transport,
}

/// Whom the client trusts; what a fault takes from that is gone.
fn trust(args: &DialCommand, fault: Option<TlsFault>) -> Trust {
    let anyone = args.insecure || fault == Some(TlsFault::TakesAnyCertificate);
    Trust {
        authorities: match &args.cacert {
            _ if anyone => Authorities::Anyone,
            Some(path) => Authorities::File(path.clone()),
            None => Authorities::System,
        },
        sni: match fault {
            Some(TlsFault::NoServerName) => ServerNameSent::None,
            _ => ServerNameSent::Host,
        },
        ..Trust::default()
    }
}

/// Opens one connection and carries it on until it is over.
async fn connect(
    url: &str,
    trust: &Trust,
    way: Way<'_>,
    mut connection: Party,
) -> Result<(), Failure> {
    let host = address_of(url)?;
    let address = resolve(url, way.proxy.unwrap_or(&host))?;
    if way.over == Transport::H3 {
        let connector = Connector::new(trust, offered(way.over)).map_err(Failure::usage)?;
        let server = quic::Host::new(connector, &host.0);
        let connected = server.connect(address, PATIENCE).await;
        let quic = connected.map_err(|error| unreachable(url, &error.to_string()))?;
        tcp::carry_on(quic, connection).await;
        // The end of the process would forestall that of the connection.
        server.idle(PATIENCE).await;
        return Ok(());
    }
    let stream = wire::connect(address, PATIENCE)
        .await
        .map_err(|e| unreachable(url, &e.to_string()))?;
    let (stream, mut early) = match way.proxy {
        Some(_) => through_proxy(url, stream, way.fault).await?,
        None => (stream, Vec::new()),
    };
    if !is_secure(url) || way.fault == Some(ProxyFault::ClearTextInTunnel) {
        if !early.is_empty() {
            connection.receive(&mut early);
        }
        tcp::carry_on(stream, connection).await;
        return Ok(());
    }
    let connector = Connector::new(trust, offered(way.over)).map_err(Failure::usage)?;
    let stream = connector.connect(stream, &host.0).await.map_err(|error| {
        let why = TlsError::of(&error).map_or(error.to_string(), |tls| tls.to_string());
        unreachable(url, &why)
    })?;
    tcp::carry_on(stream, connection).await;
    Ok(())
}

/// Checks that a URL can be reached over the transport that is named.
fn check_transport(named: Option<TransportArg>, url: &str) -> Result<(), Failure> {
    match named {
        Some(named) if !named.fits(TransportArg::of(url)) => Err(Failure::usage(format!(
            "--transport {}: {url} says another one by its scheme",
            named.name()
        ))),
        _ => Ok(()),
    }
}

/// The protocols to offer by ALPN: none but the one that is wanted.
fn offered(over: Transport) -> &'static [&'static [u8]] {
    &protocols(over)[..1]
}

/// Asks for a tunnel to a URL. Returns what came through it already.
async fn through_proxy(
    url: &str,
    mut stream: TcpStream,
    fault: Option<ProxyFault>,
) -> Result<(TcpStream, Vec<u8>), Failure> {
    let to = Destination::of(url).ok_or_else(|| refused(url))?;
    let tunnelled = tcp::tunnel(&mut stream, Tunnelling::http1(&to, fault)).await;
    let early = tunnelled.map_err(|e| unreachable(url, &format!("no tunnel: {e}")))?;
    Ok((stream, early))
}

/// Whether a URL is for TLS, however its scheme is spelt (RFC 6455 §3).
fn is_secure(url: &str) -> bool {
    Url::parse(url).is_ok_and(|url| url.scheme() == "wss")
}

/// The host and port of a URL.
fn address_of(url: &str) -> Result<(String, u16), Failure> {
    let parsed = Url::parse(url).map_err(|_| refused(url))?;
    let (Some(host), Some(port)) = (parsed.host_str(), parsed.port_or_known_default()) else {
        return Err(refused(url));
    };
    Ok((host.trim_matches(['[', ']']).to_owned(), port))
}

fn resolve(url: &str, address: &(String, u16)) -> Result<SocketAddr, Failure> {
    (address.0.as_str(), address.1)
        .to_socket_addrs()
        .map_err(|e| unreachable(url, &e.to_string()))?
        .next()
        .ok_or_else(|| unreachable(url, "the host has no address"))
}

fn refused(url: &str) -> Failure {
    Failure::Refused(format!("{url}: not a URL to connect to"))
}

fn unreachable(url: &str, why: &str) -> Failure {
    Failure::Unreachable(format!("{url}: {why}"))
}

/// A seed for nonces and masking keys that no other process has.
fn fresh_seed(number: usize) -> u64 {
    use std::hash::{BuildHasher, Hasher, RandomState};
    let mut hasher = RandomState::new().build_hasher();
    hasher.write_usize(number);
    hasher.finish()
}
