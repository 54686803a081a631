//! `wsspec wstest`: the command line of Autobahn|Testsuite, also under the name `wstest`.

mod args;
mod client;
mod folder;
mod peers;
mod server;
mod setup;

use args::Mode;
pub(crate) use args::WstestCommand;

use super::exit::Exit;
use super::failure::{Done, Failure};
use super::out::out;

/// The version whose cases, words and files these are.
const AUTOBAHN: &str = "Autobahn|Testsuite 25.10.1";

/// `wsspec wstest -m MODE`
pub(super) fn wstest(command: &WstestCommand) -> Done {
    if command.version || command.autobahnversion {
        let version = env!("CARGO_PKG_VERSION");
        out!("wsspec {version} (cases and reports of {AUTOBAHN})");
        return Ok(Exit::Fine);
    }
    for (flag, file) in [("-k/--key", &command.key), ("-c/--cert", &command.cert)] {
        if file.is_some() {
            return Err(Failure::usage(format!(
                "{flag}: this version does not support TLS"
            )));
        }
    }
    for (flag, value) in [
        ("-o/--outfile", &command.outfile),
        ("-t/--testset", &command.testset),
    ] {
        if value.is_some() {
            anstream::eprintln!("wsspec: {flag} has no effect in this mode and is ignored");
        }
    }
    let Some(mode) = command.mode else {
        return Err(Failure::usage(
            "-m MODE is missing: fuzzingclient, echoserver, … (--help lists them)",
        ));
    };
    match mode {
        Mode::Fuzzingclient => client::fuzzingclient(command),
        Mode::Echoserver => peers::server(command, "ws://127.0.0.1:9000"),
        Mode::Testeeserver => peers::server(command, "ws://127.0.0.1:9001"),
        Mode::Echoclient => peers::echoclient(command),
        Mode::Testeeclient => peers::testeeclient(command),
        Mode::Massconnect => peers::massconnect(command),
        Mode::Fuzzingserver => server::fuzzingserver(command),
    }
}
