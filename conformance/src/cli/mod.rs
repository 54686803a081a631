//! The command line. Each command has a file with its arguments and what it does.

mod args;
mod autobahn;
mod both;
mod client;
mod completions;
mod decode;
mod dial;
mod echo;
mod events;
mod exit;
mod explain;
mod failure;
mod fuzz;
mod help;
mod interrupt;
mod judge;
mod keylog;
mod lab;
mod learn;
mod list;
mod listening;
mod load;
mod manual;
mod mutants;
mod out;
mod outputs;
mod progress;
mod project;
mod proxy;
mod replay;
mod repro;
mod rerun;
#[cfg(test)]
mod rerun_tests;
mod run;
mod serve;
mod server;
mod session;
mod site;
mod source;
mod stored;
mod target;
mod targets;
mod terminal;
mod through;
mod vectors;
mod wstest;

use std::ffi::{OsStr, OsString};
use std::path::Path;

use clap::{CommandFactory, Parser, Subcommand, ValueEnum};

pub(crate) use exit::Exit;
pub(crate) use help::parse;

/// The command line. Its description in the help is that of the package.
#[derive(Debug, Parser)]
#[command(name = "wsspec", version, about, long_about = None, after_help = "\
`wsspec COMMAND --help` lists the options of a command, `wsspec run --help` those of a run.

Exit codes: 0 everything is as required; 1 the target fell short; 2 bad usage, a bad vector or \
nothing selected; 3 the target could not be reached, is no WebSocket server, or died and could not \
be started again; 130 interrupted (the results so far are written).")]
pub(crate) struct Cli {
    #[command(subcommand)]
    command: Command,
    /// When to use colors
    #[arg(long, global = true, value_enum, default_value_t = Color::Auto)]
    color: Color,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Color {
    Auto,
    Always,
    Never,
}

impl Color {
    /// Applies the choice to all streams of this process.
    fn apply(self) {
        match self {
            // NO_COLOR, CLICOLOR_FORCE and whether the stream is a terminal decide.
            Color::Auto => {}
            Color::Always => anstream::ColorChoice::Always.write_global(),
            Color::Never => anstream::ColorChoice::Never.write_global(),
        }
    }
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Test servers (the default command)
    Run(run::RunCommand),
    /// Test a server that is started and watched
    ///
    /// It is started again when it dies, and the case that kills it is found.
    Server(server::ServerCommand),
    /// Test a client that is started for the cases
    ///
    /// It is started for each case, or once, to read URLs while it runs.
    Client(client::ClientCommand),
    /// Test clients that connect by themselves
    ///
    /// They use Autobahn's URLs; browsers are among them.
    Serve(serve::ServeCommand),
    /// Test a gateway from both of its ends
    ///
    /// Our client sends through it to our own server.
    Through(through::ThroughCommand),
    /// Judge traffic between clients and a server
    ///
    /// It stands between them, changes nothing, and says which rules either side breaks.
    Proxy(proxy::ProxyCommand),
    /// Judge a client and a server together
    ///
    /// Both are started; the end of the client ends it.
    Both(both::BothCommand),
    /// Test with generated conversations
    Fuzz(fuzz::FuzzCommand),
    /// Run the vector of a finding of `fuzz` again
    Replay(replay::ReplayCommand),
    /// Put an echo server under load
    ///
    /// It tells whether the server still keeps the rules, and how fast it answers.
    Load(load::LoadCommand),
    /// Test implementations that others wrote
    ///
    /// They are installed at pinned versions, started and tested.
    Lab(lab::LabCommand),
    /// Learn the state machine of a server
    ///
    /// It tells where that differs from the machine of the reference endpoint.
    Learn(learn::LearnCommand),
    /// Judge stored conversations again
    ///
    /// They are those of JSON reports; no target is needed.
    Judge(judge::JudgeCommand),
    /// Render stored JSON reports in any format
    Report(stored::ReportArgs),
    /// Merge reports of shards or of targets
    Merge(stored::MergeArgs),
    /// Compare two stored JSON reports
    Diff(stored::DiffArgs),
    /// Maintain the file of known failures
    Baseline(stored::BaselineArgs),
    /// Make a site of results, cases and guide
    ///
    /// It has static pages, and needs no server. `site check` checks results that others contribute.
    Site(site::SiteCommand),
    /// List the cases, one on each line
    List(list::ListCommand),
    /// Show cases: purpose, clauses, steps, bytes
    Show(list::ShowCommand),
    /// Write a case as a script, for a bug report
    ///
    /// The script is in Python or Node, and needs no wsspec.
    Repro(repro::ReproCommand),
    /// Explain a requirement, and what tests it
    ///
    /// It tells what is demanded, what passes and what fails, and the cases that test it.
    Explain(explain::ExplainCommand),
    /// Run the reference echo server
    ///
    /// It conforms, or has a planted fault.
    Echo(echo::EchoCommand),
    /// Run the reference echo client
    ///
    /// It conforms, or has a planted fault.
    Dial(dial::DialCommand),
    /// Check that each planted fault is caught
    Mutants(mutants::MutantsCommand),
    /// Annotate captured bytes: heads and frames
    Decode(decode::DecodeCommand),
    /// Check, format and trace the vectors
    Vectors(vectors::VectorsCommand),
    /// Print completions for a shell
    Completions(completions::CompletionsCommand),
    /// Print the manual page
    ///
    /// With a folder, one page is written for each command.
    Man(manual::ManCommand),
    /// The command line of Autobahn|Testsuite
    ///
    /// It is the default command of a binary named `wstest`.
    Wstest(wstest::WstestCommand),
}

/// Carries out a command.
pub(crate) fn main(cli: Cli) -> Exit {
    cli.color.apply();
    let done = match cli.command {
        Command::Run(command) => run::run(&command),
        Command::Server(command) => server::server(&command),
        Command::Client(command) => client::client(&command),
        Command::Dial(command) => dial::dial(&command),
        Command::Serve(command) => serve::serve(&command),
        Command::Proxy(command) => proxy::proxy(&command),
        Command::Both(command) => both::both(&command),
        Command::Through(command) => through::through(&command),
        Command::Fuzz(command) => fuzz::fuzz(&command),
        Command::Load(command) => load::load(&command),
        Command::Lab(command) => lab::lab(&command),
        Command::Learn(command) => learn::learn(&command),
        Command::Replay(command) => replay::replay(command),
        Command::Judge(command) => judge::judge(&command),
        Command::Report(args) => stored::report(&args),
        Command::Merge(args) => stored::merge_reports(&args),
        Command::Diff(args) => stored::diff_reports(&args),
        Command::Baseline(args) => stored::baseline(&args),
        Command::Site(command) => site::site(&command, Cli::command()),
        Command::List(command) => list::list(&command),
        Command::Show(command) => list::show(&command),
        Command::Repro(command) => repro::repro(&command),
        Command::Explain(command) => explain::explain(&command),
        Command::Echo(command) => echo::echo(&command),
        Command::Mutants(command) => mutants::mutants(&command),
        Command::Decode(command) => decode::decode(&command),
        Command::Vectors(command) => vectors::vectors(&command),
        Command::Completions(command) => completions::completions(&command, Cli::command()),
        Command::Man(command) => manual::man(&command, Cli::command()),
        Command::Wstest(command) => wstest::wstest(&command),
    };
    done.and_then(out::finish).unwrap_or_else(|failure| {
        anstream::eprintln!("wsspec: {failure}");
        failure.exit()
    })
}

/// Whether this can only be meant as a command: it is made of lower-case letters and hyphens, and so
/// neither an option nor a URL, and it is not `localhost`.
fn is_a_word(argument: &OsStr) -> bool {
    let word = argument.to_str().unwrap_or_default();
    let mut letters = word.bytes();
    word.starts_with(|c: char| c.is_ascii_lowercase())
        && letters.all(|b| b.is_ascii_lowercase() || b == b'-')
        && word != "localhost"
}

/// Inserts the default command where the first argument names none: `run`, or `wstest` for a binary
/// of that name.
pub(crate) fn with_default_command(args: impl IntoIterator<Item = OsString>) -> Vec<OsString> {
    let mut args: Vec<OsString> = args.into_iter().collect();
    let binary = args.first().map(Path::new).and_then(Path::file_stem);
    if binary == Some(OsStr::new("wstest")) {
        args.insert(1, "wstest".into());
        return args;
    }
    let command = Cli::command();
    let known = command.get_subcommands().map(clap::Command::get_name);
    let mut known = known.chain(["help", "-h", "--help", "-V", "--version"]);
    let named = args
        .get(1)
        .is_some_and(|first| is_a_word(first) || known.any(|name| first == OsStr::new(name)));
    if !named {
        args.insert(1.min(args.len()), "run".into());
    }
    args
}
