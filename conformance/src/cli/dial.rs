//! `wsspec dial`: the reference client, right or with a planted fault.

use std::io::{BufRead, stdin};
use std::net::ToSocketAddrs;

use clap::Args;
use tokio::runtime::Runtime;
use url::Url;
use wsspec::peer::{Fault, Peer, tcp};
use wsspec_vectors::Dial;

use super::echo::forms;
use super::exit::Exit;
use super::failure::{Done, Failure};

#[derive(Debug, Args)]
pub(crate) struct DialCommand {
    /// Where to connect, one after another; without any, each line of standard input is one
    #[arg(value_name = "URL")]
    urls: Vec<String>,
    /// Plant this fault
    #[arg(long, value_name = "NAME")]
    fault: Option<String>,
    /// Behave in this other way that the standard allows (repeatable)
    #[arg(long, value_name = "NAME", conflicts_with = "fault")]
    form: Vec<String>,
    /// Offer these subprotocols, separated by commas
    #[arg(long, value_name = "NAMES", default_value = "")]
    subprotocols: String,
}

pub(super) fn dial(args: &DialCommand) -> Done {
    let peer = match &args.fault {
        None if args.form.is_empty() => Peer::right(),
        None => Peer::in_form(forms(&args.form)?, 0),
        Some(name) => Fault::named(name)
            .ok_or_else(|| {
                Failure::usage(format!(
                    "no fault is called {name:?}; `wsspec echo --faults` lists them"
                ))
            })?
            .peer(),
    };
    let subprotocols = args
        .subprotocols
        .split(',')
        .filter(|name| !name.is_empty())
        .map(str::to_owned)
        .collect();
    let mut dial = Dial {
        subprotocols,
        ..Dial::default()
    };
    let runtime = Runtime::new().map_err(Failure::internal)?;
    let given = args.urls.iter().map(|url| Ok(url.clone()));
    let lines = stdin().lock().lines().take_while(|_| args.urls.is_empty());
    for (seed, url) in given.chain(lines).enumerate() {
        let url = url.map_err(Failure::usage)?;
        dial.url = Some(url.clone());
        let refused = || Failure::Refused(format!("{url}: not a URL to connect to"));
        let whole = Url::parse(&url).map_err(|_| refused())?;
        let party = peer.dialling(&dial, "", fresh(seed)).ok_or_else(refused)?;
        let unreachable = |why: String| Failure::Unreachable(format!("{url}: {why}"));
        let (Some(host), Some(port)) = (whole.host_str(), whole.port_or_known_default()) else {
            return Err(refused());
        };
        let mut found = (host.trim_matches(['[', ']']), port)
            .to_socket_addrs()
            .map_err(|e| unreachable(e.to_string()))?;
        let address = found
            .next()
            .ok_or_else(|| unreachable("no address".into()))?;
        runtime
            .block_on(tcp::dial(address, party))
            .map_err(|e| unreachable(e.to_string()))?;
    }
    Ok(Exit::Fine)
}

/// A seed for nonces and masking keys that no other process has.
fn fresh(number: usize) -> u64 {
    use std::hash::{BuildHasher, Hasher};
    let mut hasher = std::hash::RandomState::new().build_hasher();
    hasher.write_usize(number);
    hasher.finish()
}
