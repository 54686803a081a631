//! `wsspec wstest`: the command line of Autobahn|Testsuite, also under the name `wstest`.

mod client;
mod peers;
mod server;

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::args::{self, WstestMode};
use super::{Done, Exit, Failure};
use wsspec::run::Target;

/// The version of the incumbent whose cases, words and files these are.
const SPEAKS: &str = "Autobahn|Testsuite 25.10.1";

pub(super) fn wstest(args: &args::Wstest) -> Done {
    if args.version || args.autobahnversion {
        anstream::println!(
            "wsspec {} (cases and reports of {SPEAKS})",
            env!("CARGO_PKG_VERSION")
        );
        return Ok(Exit::Fine);
    }
    for (flag, file) in [("-k/--key", &args.key), ("-c/--cert", &args.cert)] {
        if file.is_some() {
            return Err(Failure::usage(format!(
                "{flag}: this version speaks no TLS, so there is nothing to use it for"
            )));
        }
    }
    for (flag, value) in [
        ("-o/--outfile", &args.outfile),
        ("-t/--testset", &args.testset),
    ] {
        if value.is_some() {
            anstream::eprintln!("wsspec: {flag} says nothing to this mode and is ignored");
        }
    }
    let Some(mode) = args.mode else {
        return Err(Failure::usage(
            "-m MODE is missing: fuzzingclient, echoserver, … (--help lists them)",
        ));
    };
    match mode {
        WstestMode::Fuzzingclient => client::fuzzingclient(args),
        WstestMode::Echoserver => peers::server(args, "ws://127.0.0.1:9000"),
        WstestMode::Testeeserver => peers::server(args, "ws://127.0.0.1:9001"),
        WstestMode::Echoclient => peers::echoclient(args),
        WstestMode::Testeeclient => peers::testeeclient(args),
        WstestMode::Massconnect => peers::massconnect(args),
        WstestMode::Fuzzingserver => server::fuzzingserver(args),
        WstestMode::Broadcastserver | WstestMode::Broadcastclient | WstestMode::Serializer => Err(
            Failure::usage(format!("-m {}: this version has no such mode", mode.name())),
        ),
    }
}

/// Reads the file of a mode: the one that is named, else `./<mode>.json`, which is made where it is not there.
fn spec<T: DeserializeOwned>(
    named: Option<&Path>,
    mode: WstestMode,
    default: &Value,
) -> Result<T, Failure> {
    let usual = PathBuf::from(format!("{}.json", mode.name()));
    let path = named.unwrap_or(&usual);
    if named.is_none() && !path.exists() {
        let text = format!("{default:#}\n");
        fs::write(path, text).map_err(|e| Failure::usage(format!("{}: {e}", path.display())))?;
        anstream::eprintln!(
            "wsspec: wrote {} with what it says by default",
            path.display()
        );
    }
    let text =
        fs::read_to_string(path).map_err(|e| Failure::usage(format!("{}: {e}", path.display())))?;
    let text = text.trim_start_matches('\u{feff}');
    let mut json = serde_json::Deserializer::from_str(text);
    serde_path_to_error::deserialize(&mut json)
        .map_err(|e| Failure::usage(format!("{}: {e}", path.display())))
}

/// A target, or why there is none.
fn target(url: &str, headers: Vec<(String, String)>) -> Result<Target, Failure> {
    Target::new(url, headers).map_err(Failure::usage)
}

/// Where to listen, or why nobody can.
fn place(target: &Target) -> Result<SocketAddr, Failure> {
    target.address.clone().map_err(Failure::usage)
}
