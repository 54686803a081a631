//! `wsspec dial`: the reference client, conforming or with a planted fault.

use std::io::{BufRead, stdin};
use std::net::{SocketAddr, ToSocketAddrs};

use clap::Args;
use tokio::runtime::Runtime;
use url::Url;
use wsspec::peer::{Party, ReferencePeer, tcp};
use wsspec_vectors::Dial;

use super::echo;
use super::exit::Exit;
use super::failure::{Done, Failure};

#[derive(Debug, Args)]
pub(crate) struct DialCommand {
    /// Connect to these URLs, one after the other; without any, to each line of standard input
    #[arg(value_name = "URL")]
    urls: Vec<String>,
    /// Plant this fault
    #[arg(long, value_name = "NAME")]
    fault: Option<String>,
    /// Differ from the default in this legal way (repeatable)
    #[arg(long, alias = "form", value_name = "NAME", conflicts_with = "fault")]
    variant: Vec<String>,
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
    let runtime = Runtime::new().map_err(Failure::internal)?;
    let given = args.urls.iter().map(|url| Ok(url.clone()));
    let lines = stdin().lock().lines().take_while(|_| args.urls.is_empty());
    for (number, url) in given.chain(lines).enumerate() {
        let url = url.map_err(Failure::usage)?;
        dial.url = Some(url.clone());
        connect(&runtime, &peer, &dial, &url, fresh_seed(number))?;
    }
    Ok(Exit::Fine)
}

/// Opens one connection and carries it on until it is over.
fn connect(
    runtime: &Runtime,
    peer: &ReferencePeer,
    dial: &Dial,
    url: &str,
    seed: u64,
) -> Result<(), Failure> {
    let address = address_of(url)?;
    let connection = peer
        .dialing(dial, "", false, seed)
        .ok_or_else(|| refused(url))?;
    runtime
        .block_on(tcp::dial(
            resolve(url, &address)?,
            Party::Direct(Box::new(connection)),
        ))
        .map_err(|e| unreachable(url, &e.to_string()))
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
