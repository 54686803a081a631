//! `wsspec [run] [URL…]`: tests servers.

use clap::Args;
use tokio::runtime::Runtime;
use wsspec::run::Subject;
use wsspec_core::Role;
use wsspec_reports::Transport;

use super::args::headings::HOW;
use super::args::{FieldArgs, KeepArgs, RunArgs, SelectArgs};
use super::failure::{Done, Failure};
use super::project::ProjectArgs;
use super::rerun::{RunSpec, Tested};
use super::session::{Job, Session};
use super::target;
use super::targets::{Listed, TargetArgs};

#[derive(Debug, Args)]
pub(crate) struct RunCommand {
    #[command(flatten)]
    pub(super) targets: TargetArgs,
    #[command(flatten)]
    project: ProjectArgs,
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
    let targets = command.targets.all()?;
    if targets.is_empty()
        && let Some(project) = command.project.find()?
    {
        return project.test(command.run.writes());
    }
    test(command, &targets, |url| command.spec(url))
}

/// Tests these servers as a command says, with the specification that `spec` makes for each.
pub(super) fn test(
    command: &RunCommand,
    targets: &[Listed],
    spec: impl Fn(Option<String>) -> RunSpec,
) -> Done {
    let corpus = command.select.vectors.corpus()?;
    let runtime = Runtime::new().map_err(Failure::internal)?;
    if !command.keep.is_empty() && targets.len() != 1 {
        return Err(Failure::usage(
            "--restart and --pid are about one server: give its URL",
        ));
    }
    runtime.block_on(async {
        let mut jobs = Vec::new();
        for listed in targets {
            let target = listed.target(&command.fields)?;
            jobs.push(Job {
                subject: Subject::Server(command.keep.keep(target)),
                rerun: spec(Some(listed.url.clone())).to_string(),
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
