//! `wsspec [run] [URL…]`: tests servers.

use clap::Args;
use tokio::runtime::Runtime;
use wsspec::run::Subject;
use wsspec_core::Role;
use wsspec_reports::Transport;

use super::args::headings::HOW;
use super::args::{FieldArgs, KeepArgs, RunArgs, SelectArgs};
use super::failure::{Done, Failure};
use super::rerun::{RunSpec, Tested};
use super::session::{Job, Session};
use super::target;

#[derive(Debug, Args)]
pub(crate) struct RunCommand {
    /// Servers to test; without any, the embedded reference server
    #[arg(value_name = "URL")]
    pub(super) urls: Vec<String>,
    #[command(flatten)]
    pub(super) select: SelectArgs,
    #[command(flatten)]
    pub(super) fields: FieldArgs,
    #[command(flatten)]
    pub(super) keep: KeepArgs,
    /// Largest number of cases that run at the same time
    #[arg(long, short, default_value_t = 24, help_heading = HOW, value_parser = clap::value_parser!(u16).range(1..=1024))]
    jobs: u16,
    #[command(flatten)]
    pub(super) run: RunArgs,
}

impl RunCommand {
    /// What makes a case against the server at `url` the same again.
    pub(super) fn spec(&self, url: Option<String>) -> RunSpec {
        RunSpec {
            tested: Tested::Server {
                url,
                fields: self.fields.clone(),
                keep: self.keep.lasting(),
            },
            vectors: self.select.vectors.clone(),
            profile: self.select.profile,
            case: self.run.case.clone(),
        }
    }
}

/// `wsspec [run] [URL…]`
pub(super) fn run(command: &RunCommand) -> Done {
    test(command, |url| command.spec(url))
}

/// Tests the servers of a command, with the specification that `spec` makes for each.
pub(super) fn test(command: &RunCommand, spec: impl Fn(Option<String>) -> RunSpec) -> Done {
    let corpus = command.select.vectors.corpus()?;
    let runtime = Runtime::new().map_err(Failure::internal)?;
    if !command.keep.is_empty() && command.urls.len() != 1 {
        return Err(Failure::usage(
            "--restart and --pid are about one server: give its URL",
        ));
    }
    runtime.block_on(async {
        let mut jobs = Vec::new();
        for url in &command.urls {
            jobs.push(Job {
                subject: Subject::Server(command.keep.keep(command.fields.target(url)?)),
                rerun: spec(Some(url.clone())).to_string(),
            });
        }
        if jobs.is_empty() {
            jobs.push(Job {
                subject: Subject::Server(target::embedded(&command.fields).await?),
                rerun: spec(None).to_string(),
            });
        }
        let over = one_transport(&jobs)?;
        Session::new(&command.run, &command.select, &corpus, (Role::Server, over))?
            .test(jobs, command.jobs.into())
            .await
    })
}

/// What all servers of a run are reached over: the cases are selected once.
fn one_transport(jobs: &[Job]) -> Result<Transport, Failure> {
    let mut all = jobs.iter().map(|job| job.subject.transport());
    let first = all.next().unwrap_or_default();
    match all.find(|over| *over != first) {
        Some(other) => Err(Failure::usage(format!(
            "one run reaches all its servers over the same transport, not over {first} and {other}"
        ))),
        None => Ok(first),
    }
}
