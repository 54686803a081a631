//! The arguments of every command.

use std::ffi::{OsStr, OsString};
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

use clap::{Args, CommandFactory, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use wsspec::run::Shard;

use super::judging::Judging;
use super::outputs::Outputs;
use super::{dial, echo, fuzz, mutants, stored};

/// Tells in seconds where a WebSocket implementation departs from the standard.
#[derive(Debug, Parser)]
#[command(name = "wsspec", version, about, long_about = None, after_help = "\
`wsspec ws://host:port/` tests that server; `wsspec` alone tests the embedded reference server.

Exit codes: 0 all as required, 1 the target fell short, 2 bad usage, a bad vector or nothing selected,
3 the target could not be reached or died, 130 interrupted (results so far are written).")]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
    /// When to use colours
    #[arg(long, global = true, value_enum, default_value_t = Color::Auto)]
    pub(crate) color: Color,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Color {
    Auto,
    Always,
    Never,
}

impl Color {
    /// Makes it the choice of every stream of this process.
    pub(crate) fn apply(self) {
        match self {
            // NO_COLOR, CLICOLOR_FORCE and whether it is a terminal decide.
            Color::Auto => {}
            Color::Always => anstream::ColorChoice::Always.write_global(),
            Color::Never => anstream::ColorChoice::Never.write_global(),
        }
    }
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Test servers (implied when no command is named)
    Run(Run),
    /// Test a client: start it for each case, or hand it URLs
    Client(Client),
    /// Test clients that come by themselves, browsers among them, by Autobahn's URLs
    Serve(Serve),
    /// Make conversations nobody wrote, and judge what a server or client makes of them
    Fuzz(fuzz::FuzzArgs),
    /// Run the vector of a finding
    Replay(fuzz::ReplayArgs),
    /// Render stored JSON reports in any form
    Report(stored::ReportArgs),
    /// Put stored JSON reports together: shards, or targets
    Merge(stored::MergeArgs),
    /// Compare two stored JSON reports
    Diff(stored::DiffArgs),
    /// Keep the file of known failures
    Baseline(stored::BaselineArgs),
    /// List the cases, one a line
    List(List),
    /// Show one case: what it is about, its clauses, its steps
    Show(Show),
    /// Serve the reference echo server, conforming or with a planted fault
    Echo(echo::EchoArgs),
    /// Connect as the reference echo client, conforming or with a planted fault
    Dial(dial::DialArgs),
    /// Run the cases against every planted fault in memory: is each killed?
    Mutants(mutants::MutantsArgs),
    /// Take captured bytes apart: heads and frames, annotated
    Decode(Decode),
    /// Check, format and trace the vectors
    Vectors(VectorsCommand),
    /// Print completions for a shell
    #[command(
        after_help = "Example: wsspec completions bash > ~/.local/share/bash-completion/completions/wsspec"
    )]
    Completions {
        /// The shell
        shell: Shell,
    },
    /// Print the manual page, or write one for each command
    #[command(after_help = "Example: wsspec man --dir /usr/local/share/man/man1")]
    Man {
        /// Write wsspec.1, wsspec-run.1, … into this folder
        #[arg(long, value_name = "DIR")]
        dir: Option<PathBuf>,
    },
    /// The command line of Autobahn|Testsuite (implied when this program is called `wstest`)
    Wstest(Wstest),
}

/// Which vectors.
#[derive(Debug, Args)]
pub(crate) struct Vectors {
    /// Read vectors from this folder or file instead of the built-in corpus
    #[arg(long, value_name = "DIR|FILE")]
    pub(crate) vectors: Option<PathBuf>,
    /// Read these vectors as well (repeatable)
    #[arg(long, value_name = "DIR|FILE")]
    pub(crate) also: Vec<PathBuf>,
}

/// Which cases.
#[derive(Debug, Args)]
pub(crate) struct Select {
    #[command(flatten)]
    pub(crate) vectors: Vectors,
    /// Only cases whose id matches; autobahn:6.* speaks of Autobahn ids (repeatable)
    #[arg(long, short, value_name = "GLOB")]
    pub(crate) filter: Vec<String>,
    /// Leave out cases whose id matches (repeatable)
    #[arg(long, short = 'x', value_name = "GLOB")]
    pub(crate) exclude: Vec<String>,
    /// Which cases: `robust` probes try to break the target, so aim them only at systems you run
    #[arg(long, value_enum, default_value_t = ProfileArg::Default)]
    pub(crate) profile: ProfileArg,
    /// Only the I-th of N parts, by the ids; N machines with a part each run everything once
    #[arg(long, value_name = "I/N", value_parser = str::parse::<Shard>)]
    pub(crate) shard: Option<Shard>,
    /// The same with I from 0 to N-1, as array jobs count: $(JOB_COMPLETION_INDEX)/8
    #[arg(long, value_name = "I/N", value_parser = Shard::from_zero, conflicts_with = "shard")]
    pub(crate) shard_from_zero: Option<Shard>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ProfileArg {
    Default,
    Robust,
    All,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum PeerArg {
    Auto,
    Echo,
    Silent,
}

/// What goes into every request.
#[derive(Debug, Args)]
pub(crate) struct Fields {
    /// Add a field to every request (repeatable)
    #[arg(long, short = 'H', value_name = "NAME: VALUE")]
    pub(crate) header: Vec<String>,
    /// Offer this subprotocol in every request
    #[arg(long, value_name = "NAME")]
    pub(crate) subprotocol: Option<String>,
    /// Send this Origin in every request
    #[arg(long, value_name = "ORIGIN")]
    pub(crate) origin: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Run {
    /// Servers to test; without one, the embedded reference server
    #[arg(value_name = "URL")]
    pub(crate) urls: Vec<String>,
    #[command(flatten)]
    pub(crate) select: Select,
    #[command(flatten)]
    pub(crate) fields: Fields,
    /// Cases at once
    #[arg(long, short, default_value_t = 24, value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(crate) jobs: u16,
    #[command(flatten)]
    pub(crate) conduct: Conduct,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples: wsspec client -- ./echo-client {url}
          wsspec client --keep -- python3 client.py        (one URL a line on standard input)
          wsspec client --batch 50 -- ./echo-client {urls} (fifty arguments)

The client connects, sends every message back, and ends when the connection does. One that does not echo is tested for
the opening handshake, for what it has to refuse, and for closing. The URL is in WSSPEC_URL too. A process that exits
while its library still has a Close frame to send has not sent it; one that is kept has the time.")]
pub(crate) struct Client {
    #[command(flatten)]
    pub(crate) select: Select,
    /// Start the client once for each job, and hand it URLs on its standard input, one a line
    #[arg(long, conflicts_with = "batch")]
    pub(crate) keep: bool,
    /// Start the client with so many URLs at a time, in place of {urls}
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub(crate) batch: Option<u16>,
    /// The address that the client connects to
    #[arg(long, default_value = "127.0.0.1", value_name = "ADDRESS")]
    pub(crate) listen: IpAddr,
    /// Clients at once; without it, two for each processor
    #[arg(long, short, value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(crate) jobs: Option<u16>,
    #[command(flatten)]
    pub(crate) conduct: Conduct,
    /// The client and its arguments: {url} is where to connect, {subprotocols} what to offer, with commas
    #[arg(last = true, required = true, value_name = "CMD")]
    pub(crate) command: Vec<String>,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Clients speak the URLs of Autobahn|Testsuite's fuzzing server: a loop over /getCaseCount, /runCase?case=N&agent=NAME and
/updateReports?agent=NAME works unchanged. Open the address in a browser to test that browser. Ctrl-C, /stopServer or
/updateReports?agent=NAME&shutdownOnComplete=true end it; the exit code is that of the verdicts, and 3 where a client ran some
cases and never came back.")]
pub(crate) struct Serve {
    /// Where to listen; port 0 takes a free one
    #[arg(long, default_value = "127.0.0.1:9001", value_name = "ADDRESS")]
    pub(crate) listen: SocketAddr,
    /// End when so many clients have asked for their reports, or when none has come for --idle seconds
    #[arg(long, value_name = "N")]
    pub(crate) agents: Option<usize>,
    /// Seconds without a client after which the rest is not waited for
    #[arg(long, default_value_t = 60.0, value_name = "S", requires = "agents", value_parser = seconds)]
    pub(crate) idle: f64,
    #[command(flatten)]
    pub(crate) select: Select,
    #[command(flatten)]
    pub(crate) conduct: Conduct,
}

/// How cases are run and told of, whoever is under test.
#[derive(Debug, Args)]
pub(crate) struct Conduct {
    /// What the target does with messages
    #[arg(long, value_enum, default_value_t = PeerArg::Auto)]
    pub(crate) peer: PeerArg,
    /// How often a case that failed is confirmed alone before it is believed (0: not at all)
    #[arg(long, default_value_t = 1, value_name = "N")]
    pub(crate) retries: u32,
    /// Seconds to wait where no evidence ends a wait
    #[arg(long, default_value_t = 6.0, value_name = "S", value_parser = seconds)]
    pub(crate) timeout: f64,
    /// Fixes masking keys, payload cuts and handshake keys
    #[arg(long, default_value_t = 0, value_name = "N")]
    pub(crate) seed: u64,
    #[command(flatten)]
    pub(crate) judging: Judging,
    /// Only the summary line
    #[arg(long, short, conflicts_with = "verbose")]
    pub(crate) quiet: bool,
    /// Every failure in full, with the whole wire log, and every softer verdict
    #[arg(long, short)]
    pub(crate) verbose: bool,
    /// Append each result as a line of JSON as it comes (- is stdout)
    #[arg(long, value_name = "FILE", help_heading = "Reports (- is stdout)")]
    pub(crate) jsonl: Option<PathBuf>,
    /// Write Autobahn's reports into this folder as well: index.json, a JSON file a case, pages
    #[arg(long, value_name = "DIR", help_heading = "Reports (- is stdout)")]
    pub(crate) autobahn: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) outputs: Outputs,
}

#[derive(Debug, Args)]
pub(crate) struct List {
    #[command(flatten)]
    pub(crate) select: Select,
    /// Show the Autobahn cases each stands for, and only cases that stand for one
    #[arg(long)]
    pub(crate) autobahn: bool,
    /// Also the parse vectors
    #[arg(long)]
    pub(crate) parse: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Show {
    /// The id of the case
    pub(crate) id: String,
    #[command(flatten)]
    pub(crate) vectors: Vectors,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Example: wsspec wstest -m fuzzingclient -s fuzzingclient.json\n\n\
The exit code is 0 whatever the servers do, unless --strict-exit is given."
)]
pub(crate) struct Wstest {
    /// What to do
    #[arg(short, long, value_enum, value_name = "MODE")]
    pub(crate) mode: Option<WstestMode>,
    /// The file that says what to test; ./MODE.json by default, made where it is not there
    #[arg(short, long, value_name = "FILE")]
    pub(crate) spec: Option<PathBuf>,
    /// The URL to connect to, or to listen on
    #[arg(short, long, value_name = "URL")]
    pub(crate) wsuri: Option<String>,
    /// The port of the web pages of a fuzzingserver; accepted
    #[arg(short = 'u', long, default_value_t = 8080, value_name = "PORT")]
    pub(crate) webport: u16,
    /// The name of the client
    #[arg(short, long, value_name = "NAME")]
    pub(crate) ident: Option<String>,
    /// A private key for TLS
    #[arg(short, long, value_name = "FILE")]
    pub(crate) key: Option<PathBuf>,
    /// A certificate for TLS
    #[arg(short, long, value_name = "FILE")]
    pub(crate) cert: Option<PathBuf>,
    /// Ignored
    #[arg(short, long, value_name = "FILE")]
    pub(crate) outfile: Option<PathBuf>,
    /// Ignored
    #[arg(short, long, value_name = "FILE")]
    pub(crate) testset: Option<PathBuf>,
    /// Say each result as it comes
    #[arg(short, long)]
    pub(crate) debug: bool,
    /// Say whose cases and reports these are
    #[arg(short, long)]
    pub(crate) autobahnversion: bool,
    /// Say which version this is
    #[arg(long)]
    pub(crate) version: bool,
    /// Exit 1 if a case FAILED, 3 if a server could not be reached or died
    #[arg(long)]
    pub(crate) strict_exit: bool,
    /// Cases at once
    #[arg(long, short, default_value_t = 24, value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(crate) jobs: u16,
    /// Seconds to wait where no evidence ends a wait
    #[arg(long, default_value_t = 6.0, value_name = "S", value_parser = seconds)]
    pub(crate) timeout: f64,
}

/// The modes of the incumbent, by their names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum WstestMode {
    Fuzzingclient,
    Fuzzingserver,
    Echoserver,
    Echoclient,
    Testeeserver,
    Testeeclient,
    Massconnect,
    Broadcastserver,
    Broadcastclient,
    Serializer,
}

impl WstestMode {
    /// Its name.
    pub(crate) fn name(self) -> String {
        self.to_possible_value()
            .map(|value| value.get_name().to_owned())
            .unwrap_or_default()
    }
}

#[derive(Debug, Args)]
#[command(after_help = "Example: wsspec decode --from client 81 85 37 fa 21 3d 7f 9f 4d 51 58")]
pub(crate) struct Decode {
    /// Hex or base64; without it, raw bytes, hex or base64 are read from --file or standard input
    pub(crate) bytes: Vec<String>,
    /// Read from this file
    #[arg(long, value_name = "FILE", conflicts_with = "bytes")]
    pub(crate) file: Option<PathBuf>,
    /// Who sent the bytes: decides how frames have to be masked
    #[arg(long, value_enum, default_value_t = From::Auto)]
    pub(crate) from: From,
    /// permessage-deflate was agreed on; a head among the bytes says so by itself
    #[arg(long)]
    pub(crate) deflate: bool,
    /// Take each frame apart: header fields, payload, blocks of DEFLATE
    #[arg(long)]
    pub(crate) tree: bool,
    /// What the input is
    #[arg(long, value_enum, default_value_t = Encoding::Auto)]
    pub(crate) encoding: Encoding,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum From {
    /// By the first frame, or the head
    Auto,
    Client,
    Server,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Encoding {
    Auto,
    Hex,
    Base64,
    Raw,
}

#[derive(Debug, Args)]
pub(crate) struct VectorsCommand {
    #[command(subcommand)]
    pub(crate) command: VectorsSub,
}

#[derive(Debug, Subcommand)]
pub(crate) enum VectorsSub {
    /// Check all vectors: schema, ids, citations, and that each holds against the reference endpoint
    Check {
        #[command(flatten)]
        vectors: Vectors,
        /// Over TCP as well: the reference server and the reference client on loopback
        #[arg(long)]
        tcp: bool,
    },
    /// Lay the files out in the one way
    Fmt(VectorsFmt),
    /// Which requirement has which cases; exit code 1 if a testable one has none, or a case has no requirement
    Trace {
        #[command(flatten)]
        vectors: Vectors,
        /// As the table of vectors/TRACE.md
        #[arg(long)]
        markdown: bool,
    },
    /// Count cases by family, role and impact
    Stats(VectorsCheck),
    /// Print a first case of a family to start from
    New {
        /// The family, for example frame.mask
        family: String,
    },
    /// Print the JSON Schema of the vector files
    Schema,
    /// Write seeds for the fuzz targets, made from the vectors
    Seeds {
        /// The corpus folder of cargo-fuzz
        #[arg(default_value = "fuzz/corpus")]
        dir: PathBuf,
        #[command(flatten)]
        vectors: Vectors,
    },
}

#[derive(Debug, Args)]
pub(crate) struct VectorsCheck {
    #[command(flatten)]
    pub(crate) vectors: Vectors,
}

#[derive(Debug, Args)]
pub(crate) struct VectorsFmt {
    /// Files or folders
    #[arg(default_value = "vectors")]
    pub(crate) paths: Vec<PathBuf>,
    /// Only say which files differ, with exit code 1
    #[arg(long)]
    pub(crate) check: bool,
}

pub(super) fn seconds(text: &str) -> Result<f64, String> {
    let seconds: f64 = text.parse().map_err(|_| "not a number".to_owned())?;
    if (0.05..=3600.0).contains(&seconds) {
        Ok(seconds)
    } else {
        Err("from 0.05 to 3600".into())
    }
}

/// Puts `run` in front of the arguments where no command is named: a URL or a flag of `run` comes first. Called by the
/// name `wstest`, the command is that.
pub(crate) fn implied_run(args: impl IntoIterator<Item = OsString>) -> Vec<OsString> {
    let mut args: Vec<OsString> = args.into_iter().collect();
    let called = args
        .first()
        .map(std::path::Path::new)
        .and_then(std::path::Path::file_stem);
    if called == Some(OsStr::new("wstest")) {
        args.insert(1, "wstest".into());
        return args;
    }
    let command = Cli::command();
    let known = command.get_subcommands().map(clap::Command::get_name);
    let mut known = known.chain(["help", "-h", "--help", "-V", "--version"]);
    let named = args
        .get(1)
        .is_some_and(|first| known.any(|k| first == OsStr::new(k)));
    if !named {
        args.insert(1.min(args.len()), "run".into());
    }
    args
}
