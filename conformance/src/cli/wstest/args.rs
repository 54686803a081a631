//! The arguments of `wsspec wstest`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::super::args::seconds;

#[derive(Debug, Args)]
#[command(
    after_help = "Example: wsspec wstest -m fuzzingclient -s fuzzingclient.json\n\n\
The exit code is 0 whatever the servers do, unless --strict-exit is given."
)]
pub(crate) struct WstestCommand {
    /// What to do
    #[arg(short, long, value_enum, value_name = "MODE")]
    pub(super) mode: Option<Mode>,
    /// The file that says what to test; by default ./MODE.json, which is written if it does not
    /// exist
    #[arg(short, long, value_name = "FILE")]
    pub(super) spec: Option<PathBuf>,
    /// The URL to connect to, or to listen on
    #[arg(short, long, value_name = "URL")]
    pub(super) wsuri: Option<String>,
    /// The port of a fuzzingserver's web pages; accepted and ignored
    #[arg(short = 'u', long, default_value_t = 8080, value_name = "PORT")]
    webport: u16,
    /// The name of the client
    #[arg(short, long, value_name = "NAME")]
    pub(super) ident: Option<String>,
    /// A private key for TLS
    #[arg(short, long, value_name = "FILE")]
    pub(super) key: Option<PathBuf>,
    /// A certificate for TLS
    #[arg(short, long, value_name = "FILE")]
    pub(super) cert: Option<PathBuf>,
    /// Ignored
    #[arg(short, long, value_name = "FILE")]
    pub(super) outfile: Option<PathBuf>,
    /// Ignored
    #[arg(short, long, value_name = "FILE")]
    pub(super) testset: Option<PathBuf>,
    /// Print each result when its case ends
    #[arg(short, long)]
    pub(super) debug: bool,
    /// Print the version, and that of Autobahn|Testsuite whose cases and reports these are
    #[arg(short, long)]
    pub(super) autobahnversion: bool,
    /// Print the version
    #[arg(long)]
    pub(super) version: bool,
    /// Exit with 1 if a case FAILED, with 3 if a server could not be reached or died
    #[arg(long)]
    pub(super) strict_exit: bool,
    /// Largest number of cases that run at the same time
    #[arg(long, short, default_value_t = 24, value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(super) jobs: u16,
    /// Seconds to wait where no evidence ends a wait
    #[arg(long, default_value_t = 6.0, value_name = "S", value_parser = seconds)]
    pub(super) timeout: f64,
}

/// Those modes of Autobahn|Testsuite that there are, by their names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Mode {
    Fuzzingclient,
    Fuzzingserver,
    Echoserver,
    Echoclient,
    Testeeserver,
    Testeeclient,
    Massconnect,
}

impl Mode {
    /// The name.
    pub(super) fn name(self) -> String {
        self.to_possible_value()
            .map(|value| value.get_name().to_owned())
            .unwrap_or_default()
    }
}
