//! `wsspec replay`: runs what `wsspec fuzz` found.

use std::path::PathBuf;

use clap::Args;

use super::args::ProfileArg;
use super::failure::Done;
use super::rerun::{RunSpec, Tested};
use super::run;
use super::run::RunCommand;

#[derive(Debug, Args)]
#[command(
    after_help = "Example: wsspec replay findings/finding-001.json ws://127.0.0.1:9001/ -v\n\n\
A client replays it with wsspec client --vectors FINDING -- CMD."
)]
pub(crate) struct ReplayCommand {
    /// The vector
    file: PathBuf,
    #[command(flatten)]
    run: RunCommand,
}

impl ReplayCommand {
    /// What makes a case of the finding against the server at `url` the same again.
    pub(super) fn spec(&self, url: Option<String>) -> RunSpec {
        RunSpec {
            tested: Tested::Replay {
                file: self.file.clone(),
                url,
                fields: self.run.fields.clone(),
            },
            ..self.run.spec(None)
        }
    }
}

/// `wsspec replay FILE URL…`
pub(super) fn replay(mut command: ReplayCommand) -> Done {
    command.run.select.vectors.vectors = Some(command.file.clone());
    command.run.select.profile = ProfileArg::All;
    let targets = command.run.targets.all()?;
    for listed in &targets {
        listed.target(&command.run.fields)?.may_break()?;
    }
    run::test(&command.run, &targets, |url| command.spec(url))
}
