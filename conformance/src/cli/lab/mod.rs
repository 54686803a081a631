//! `wsspec lab [NAME…]`: implementations that others wrote, installed, started and tested.

mod choose;
mod compare;
mod table;

use std::env;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use serde::Serialize;
use tokio::runtime::Runtime;
use wsspec::lab::{
    Entry, Event, Installer, Lab, Outcome, Package, Results, State, Task, builtin, carry_out,
    from_dir, latest, units, versions,
};
use wsspec::run::now;
use wsspec_reports::published::compare_versions;
use wsspec_vectors::Corpus;

use super::args::headings::{HOW, PRINTED, REPORTS};
use super::args::{seconds_within, size};
use super::exit::Exit;
use super::failure::{Done, Failure};
use super::interrupt::Interrupts;
use choose::{ChoiceArgs, Chosen};

/// The heading of options about installing.
const INSTALLING: &str = "Installing";

/// The heading of options that compare what is stored.
const COMPARING: &str = "Comparing stored results";

#[derive(Debug, Args)]
#[command(after_help = "\
Examples: wsspec lab --list
          wsspec lab ws websockets
          wsspec lab --servers --jobs 2 --json lab.json
          wsspec lab ws --versions 5
          wsspec lab ws@8.17.1 -- --filter deflate
          wsspec lab --agreement wsspec-lab
          wsspec lab --looks-like report.json

Each implementation is installed at its pinned version by the client of its registry (pip, npm, cargo; packages of \
Debian have to be there already, or --apt installs them), then started and tested by a process of its own. The results are \
in OUT/NAME/VERSION/report.json.gz; what is there already, from the same vectors and by the same command, is not tested again. \
A failure of one never stops the others.

Exit codes: 0 all were tested, whatever their verdicts; 1 a newer version (--versions, --latest) got worse, or one fell short of the \
baseline of its manifest; 2 bad usage; 3 some could not be installed or tested; 130 interrupted.")]
pub(crate) struct LabCommand {
    #[command(flatten)]
    choice: ChoiceArgs,
    /// List the implementations, and test nothing
    #[arg(long)]
    list: bool,
    /// The implementations of this folder, in place of the built-in ones: a folder each, with a wsspec.toml
    #[arg(long, value_name = "DIR")]
    manifests: Option<PathBuf>,
    /// Test the N newest versions, and say what changed from each to the next (PyPI and npm)
    #[arg(long, value_name = "N", conflicts_with = "latest", value_parser = clap::value_parser!(u16).range(1..=100))]
    versions: Option<u16>,
    /// Test the newest version beside the pinned one, and say what changed
    #[arg(long)]
    latest: bool,
    /// Where implementations are installed; by default, in the user's cache
    #[arg(long, value_name = "DIR", help_heading = INSTALLING)]
    cache: Option<PathBuf>,
    /// Most that the cache may take; what was not used for the longest time is removed first
    #[arg(long, value_name = "SIZE", default_value = "20g", value_parser = size, help_heading = INSTALLING)]
    max_disk: u64,
    /// Seconds that a step of an installation may take
    #[arg(long, value_name = "S", default_value_t = 900.0, value_parser = patience, help_heading = INSTALLING)]
    install_timeout: f64,
    /// The Python whose pip installs from PyPI
    #[arg(long, value_name = "PROGRAM", default_value = "python3", help_heading = INSTALLING)]
    python: String,
    /// Have apt-get install packages of Debian that are missing
    #[arg(long, help_heading = INSTALLING)]
    apt: bool,
    /// Implementations that are installed and tested at the same time
    #[arg(long, short, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=64), help_heading = HOW)]
    jobs: u16,
    /// Seconds that one run may take
    #[arg(long, value_name = "S", default_value_t = 900.0, value_parser = patience, help_heading = HOW)]
    run_timeout: f64,
    /// Test again what is in the results already
    #[arg(long, help_heading = HOW)]
    again: bool,
    /// The folder of results
    #[arg(long, value_name = "DIR", default_value = "wsspec-lab", help_heading = REPORTS)]
    out: PathBuf,
    /// Write what became of each as JSON (- is stdout)
    #[arg(long, value_name = "FILE", help_heading = REPORTS)]
    json: Option<PathBuf>,
    /// Print only what went wrong
    #[arg(long, short, help_heading = PRINTED)]
    quiet: bool,
    /// Say which implementations stand alone in a folder of results, and which cases most of the careful ones fail
    #[arg(long, value_name = "DIR", help_heading = COMPARING, conflicts_with_all = ["names", "list", "looks_like", "versions", "latest"])]
    agreement: Option<PathBuf>,
    /// Say which implementations of --out have the verdicts of this JSON report
    #[arg(long, value_name = "REPORT", help_heading = COMPARING, conflicts_with_all = ["names", "list", "versions", "latest"])]
    looks_like: Option<PathBuf>,
    /// Further options of every run, such as --filter
    #[arg(last = true, value_name = "OPTIONS")]
    options: Vec<String>,
}

/// Parses how long something may take: up to a day.
fn patience(text: &str) -> Result<f64, super::args::SecondsError> {
    seconds_within(text, 1.0..=86_400.0)
}

/// What became of a lab, as JSON.
#[derive(Debug, Serialize)]
struct LabReport<'a> {
    tool: &'static str,
    version: &'static str,
    started: String,
    duration_ms: u64,
    vectors_digest: &'a str,
    cache_bytes: u64,
    implementations: &'a [Outcome],
}

/// `wsspec lab [NAME…]`
pub(super) fn lab(command: &LabCommand) -> Done {
    if let Some(dir) = &command.agreement {
        return compare::agreement_in(dir, command.json.as_deref());
    }
    if let Some(report) = &command.looks_like {
        return compare::looks_like(report, &command.out, command.json.as_deref());
    }
    let entries = match &command.manifests {
        Some(dir) => from_dir(dir),
        None => builtin(),
    };
    let entries: Vec<Arc<Entry>> = entries
        .map_err(Failure::usage)?
        .into_iter()
        .map(Arc::new)
        .collect();
    let chosen = command.choice.choose(&entries)?;
    if command.list {
        table::list(&chosen);
        return Ok(Exit::Fine);
    }
    test(command, &chosen)
}

fn test(command: &LabCommand, chosen: &[Chosen]) -> Done {
    let lab = Arc::new(command.lab()?);
    let started = now();
    let began = std::time::Instant::now();
    let mut outcomes = Vec::new();
    let mut tasks = Vec::new();
    for chosen in chosen {
        match command.versions_of(chosen) {
            Ok(versions) => tasks.extend(versions.into_iter().map(|version| Task {
                entry: chosen.entry.clone(),
                version,
                units: chosen.units.clone(),
            })),
            Err(why) => {
                let failed = unlisted(chosen, &why);
                failed.iter().for_each(|outcome| table::done(outcome, true));
                outcomes.extend(failed);
            }
        }
    }
    let runtime = Runtime::new().map_err(Failure::internal)?;
    let complete = runtime.block_on(carry_out_all(command, &lab, tasks, &mut outcomes));
    outcomes.sort_by(|a, b| {
        a.id.cmp(&b.id)
            .then(compare_versions(&a.version, &b.version))
    });
    let report = LabReport {
        tool: "wsspec",
        version: env!("CARGO_PKG_VERSION"),
        started,
        duration_ms: began.elapsed().as_millis() as u64,
        vectors_digest: &lab.vectors_digest,
        cache_bytes: lab.installer.size(),
        implementations: &outcomes,
    };
    if let Some(path) = &command.json {
        super::out::json(path, &report)?;
    }
    if !command.quiet && command.json.as_deref() != Some(Path::new("-")) {
        table::summary(&outcomes, report.duration_ms, report.cache_bytes);
    }
    if !complete {
        return Ok(Exit::Interrupted);
    }
    let regressed = if command.versions.is_some() || command.latest {
        compare::between_versions(&outcomes, &lab.results)?
    } else {
        false
    };
    Ok(exit(&outcomes, regressed))
}

/// How a lab ends that came to its end.
fn exit(outcomes: &[Outcome], regressed: bool) -> Exit {
    if outcomes
        .iter()
        .any(|outcome| outcome.state.trouble().is_some())
    {
        Exit::Unreachable
    } else if regressed || outcomes.iter().any(|outcome| outcome.fell_short) {
        Exit::FellShort
    } else {
        Exit::Fine
    }
}

/// Carries out all tasks, or those until a signal comes. Returns whether it was all.
async fn carry_out_all(
    command: &LabCommand,
    lab: &Arc<Lab>,
    tasks: Vec<Task>,
    outcomes: &mut Vec<Outcome>,
) -> bool {
    let mut interrupts = Interrupts::listen();
    let mut work = carry_out(lab, tasks, command.jobs.into());
    let chatty = !command.quiet && std::io::stderr().is_terminal();
    loop {
        tokio::select! {
            event = work.next() => match event {
                Some(Event::Done(outcome)) => {
                    let wanted = !command.quiet || outcome.state.trouble().is_some();
                    table::done(&outcome, wanted);
                    outcomes.push(*outcome);
                }
                Some(event) => table::going_on(&event, chatty),
                None => return true,
            },
            () = interrupts.next() => {
                work.end().await;
                return false;
            }
        }
    }
}

/// The outcomes of an implementation whose versions are not known.
fn unlisted(chosen: &Chosen, why: &str) -> Vec<Outcome> {
    let manifest = &chosen.entry.manifest;
    let package = manifest.package.as_ref();
    let ways = units(&chosen.entry.name, manifest);
    ways.into_iter()
        .filter(|unit| chosen.units.contains(&unit.id))
        .map(|unit| Outcome {
            version: package.map_or("", |package| &package.version).to_owned(),
            role: unit.role,
            over: unit.transport,
            language: manifest.language.clone(),
            state: State::NotInstalled(why.to_owned()),
            installed_s: None,
            tested_s: None,
            summary: None,
            fell_short: false,
            id: unit.id,
        })
        .collect()
}

impl LabCommand {
    fn lab(&self) -> Result<Lab, Failure> {
        let cache = match &self.cache {
            Some(cache) => cache.clone(),
            None => default_cache()?,
        };
        let cache = std::path::absolute(&cache).map_err(|error| Failure::file(&cache, error))?;
        let limit = Duration::from_secs_f64(self.install_timeout);
        let mut installer = Installer::new(cache, limit, self.max_disk);
        installer.python.clone_from(&self.python);
        installer.apt = self.apt;
        Ok(Lab {
            installer,
            results: Results::new(self.out.clone()),
            wsspec: env::current_exe().map_err(Failure::internal)?,
            vectors_digest: Corpus::embedded().map_err(Failure::Vectors)?.digest,
            limit: Duration::from_secs_f64(self.run_timeout),
            options: self.options.clone(),
            again: self.again,
        })
    }

    /// The versions of an implementation to test, the oldest first.
    fn versions_of(&self, chosen: &Chosen) -> Result<Vec<String>, String> {
        let package = chosen.entry.manifest.package.as_ref();
        let package = package.ok_or("the manifest has no [package]")?;
        if let Some(version) = &chosen.version {
            return Ok(vec![version.clone()]);
        }
        let listed = match self.versions {
            Some(most) => versions(package, &self.python).map(|mut all| {
                all.truncate(most.into());
                all.reverse();
                all
            }),
            None if self.latest => {
                latest(package, &self.python).map(|new| beside_pinned(package, new))
            }
            None => Ok(vec![package.version.clone()]),
        };
        listed.map_err(|error| error.to_string())
    }
}

/// The pinned version and the newest one.
fn beside_pinned(package: &Package, newest: String) -> Vec<String> {
    let mut versions = vec![package.version.clone(), newest];
    versions.dedup();
    versions
}

/// Where implementations are installed unless the user says otherwise.
fn default_cache() -> Result<PathBuf, Failure> {
    let given = env::var_os("XDG_CACHE_HOME").filter(|dir| !dir.is_empty());
    let home = env::home_dir().map(|home| home.join(".cache"));
    let cache = given.map(PathBuf::from).or(home);
    let cache = cache.ok_or_else(|| Failure::usage("there is no home folder: give --cache DIR"))?;
    Ok(cache.join("wsspec").join("lab"))
}
