//! The command line: arguments, and what each command does with them.

mod args;
mod autobahn;
mod client;
mod decode;
mod dial;
mod echo;
mod exit;
mod fuzz;
mod interrupt;
mod judging;
mod list;
mod manual;
mod mutants;
mod outputs;
mod progress;
mod run;
mod serve;
mod session;
mod stored;
mod vectors;
mod wstest;

pub(crate) use args::{Cli, implied_run};
pub(crate) use exit::Exit;

use args::Command;
use wsspec_vectors::Corpus;

/// Carries out a command.
pub(crate) fn main(cli: Cli) -> Exit {
    let colour = cli.color;
    colour.apply();
    let done = match cli.command {
        Command::Run(args) => run::run(&args),
        Command::Client(args) => client::client(&args),
        Command::Dial(args) => dial::dial(&args),
        Command::Serve(args) => serve::serve(&args),
        Command::Fuzz(args) => fuzz::fuzz(&args),
        Command::Replay(args) => fuzz::replay(args),
        Command::Report(args) => stored::report(&args),
        Command::Merge(args) => stored::merge_reports(&args),
        Command::Diff(args) => stored::diff_reports(&args),
        Command::Baseline(args) => stored::baseline(&args),
        Command::List(args) => list::list(&args),
        Command::Show(args) => list::show(&args),
        Command::Echo(args) => echo::echo(&args),
        Command::Mutants(args) => mutants::mutants(&args),
        Command::Decode(args) => decode::decode(&args),
        Command::Vectors(args) => vectors::vectors(&args),
        Command::Completions { shell } => manual::completions(shell),
        Command::Man { dir } => manual::man(dir.as_deref()),
        Command::Wstest(args) => wstest::wstest(&args),
    };
    done.unwrap_or_else(|failure| {
        anstream::eprintln!("wsspec: {}", failure.message);
        failure.exit
    })
}

/// Why a command could not do its work.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) exit: Exit,
    pub(crate) message: String,
}

impl Failure {
    /// The user's mistake.
    pub(crate) fn usage(message: impl std::fmt::Display) -> Failure {
        Failure {
            exit: Exit::Usage,
            message: message.to_string(),
        }
    }
}

type Done = Result<Exit, Failure>;

/// The corpus asked for.
fn corpus(vectors: &args::Vectors) -> Result<Corpus, Failure> {
    let mut found = match &vectors.vectors {
        None => Corpus::embedded(),
        Some(path) if path.is_file() => Corpus::from_file(path),
        Some(dir) => Corpus::from_dir(dir),
    };
    for path in &vectors.also {
        found = found.and_then(|corpus| {
            corpus.with(if path.is_file() {
                Corpus::from_file(path)
            } else {
                Corpus::from_dir(path)
            }?)
        });
    }
    found.map_err(|errors| {
        let shown: Vec<String> = errors.iter().take(20).map(ToString::to_string).collect();
        let more = if errors.len() > 20 {
            format!("\n… and {} more", errors.len() - 20)
        } else {
            String::new()
        };
        Failure::usage(format!(
            "{} in the vectors:\n{}{more}",
            if errors.len() == 1 {
                "an error"
            } else {
                "errors"
            },
            shown.join("\n")
        ))
    })
}
