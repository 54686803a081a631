//! `wsspec site DIR`: static pages of results, cases, requirements, guide and commands.

mod content;
mod guide;
mod reference;

use std::path::{Path, PathBuf};

use clap::{Args, Command, Subcommand};
use wsspec_core::dissect::printable;
use wsspec_reports::published::{self, Checked, Implementation};
use wsspec_reports::{counted, site};

use super::args::VectorArgs;
use super::exit::Exit;
use super::failure::{Done, Failure};
use super::out::out;

/// Where the results of this repository are.
const RESULTS: &str = "reports/published";

/// Most problems and notes that are shown.
const SHOWN: usize = 40;

#[derive(Debug, Args)]
#[command(
    args_conflicts_with_subcommands = true,
    subcommand_negates_reqs = true,
    after_help = "\
Examples:
  wsspec site public                       cases, requirements, commands, and results if there are any here
  wsspec site public --results results     the results of a folder
  wsspec site check results                check what was contributed, before it is shown
  wsspec site add wsspec-lab               add what `wsspec lab` found to reports/published

A folder of results has IMPLEMENTATION/about.json, IMPLEMENTATION/VERSION/run.json and \
IMPLEMENTATION/VERSION/report.json, which may be report.json.gz. docs/site.md has their fields.

DIR has to be new, empty, or a site that was made before, which is replaced. The pages need no server."
)]
pub(crate) struct SiteCommand {
    #[command(subcommand)]
    action: Option<Action>,
    /// The folder for the pages
    #[arg(required = true, value_name = "DIR")]
    dir: Option<PathBuf>,
    /// The folder of results; by default reports/published, if it is there
    #[arg(long, value_name = "FOLDER")]
    results: Option<PathBuf>,
    /// The folder of the sources of wsspec, whose README and docs become the guide; by default this one, if it is that
    #[arg(long, value_name = "FOLDER")]
    guide: Option<PathBuf>,
    #[command(flatten)]
    vectors: VectorArgs,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Check a folder of results before it is shown
    ///
    /// It checks types, sizes, names, and that the texts are plain. It ends with 1 if anything has to be changed.
    Check(CheckArgs),
    /// Add results to a folder that is kept
    ///
    /// Of each report, the bytes of one case of each cause are kept, which are those that the site shows: 0.1 MiB in
    /// place of up to 20. A version that is there already is replaced; what people wrote about its causes stays.
    Add(AddArgs),
}

#[derive(Debug, Args)]
struct AddArgs {
    /// The folder of results, such as the OUT of `wsspec lab`
    #[arg(value_name = "FOLDER")]
    folder: PathBuf,
    /// The folder that is kept
    #[arg(long, value_name = "FOLDER", default_value = RESULTS)]
    to: PathBuf,
    #[command(flatten)]
    vectors: VectorArgs,
}

#[derive(Debug, Args)]
struct CheckArgs {
    /// The folder of results
    #[arg(value_name = "FOLDER", default_value = RESULTS)]
    folder: PathBuf,
    #[command(flatten)]
    vectors: VectorArgs,
}

/// `wsspec site`; `wsspec`: the arguments of the program, for the reference.
pub(super) fn site(args: &SiteCommand, wsspec: Command) -> Done {
    match (&args.action, &args.dir) {
        (Some(Action::Check(args)), _) => check(args),
        (Some(Action::Add(args)), _) => add(args),
        (None, Some(dir)) => make(args, dir, wsspec),
        (None, None) => Err(Failure::usage(
            "name a folder for the pages: wsspec site DIR",
        )),
    }
}

fn check(args: &CheckArgs) -> Done {
    let corpus = args.vectors.corpus()?;
    let checked = published::check(&args.folder, &corpus.digest);
    show(&checked);
    if !checked.problems.is_empty() {
        return Ok(Exit::FellShort);
    }
    out!(
        "{}: {} of {}, fine",
        args.folder.display(),
        counted(checked.reports, "report"),
        counted(checked.implementations, "implementation")
    );
    Ok(Exit::Fine)
}

fn show(checked: &Checked) {
    let problems = checked.problems.iter().map(|problem| ("error", problem));
    let notes = checked.notes.iter().map(|note| ("note", note));
    for (kind, problem) in problems.clone().chain(notes.clone()).take(SHOWN) {
        anstream::eprintln!("{kind}: {}", printable(problem.to_string().as_bytes()));
    }
    let more = problems.chain(notes).count().saturating_sub(SHOWN);
    if more > 0 {
        anstream::eprintln!("… and {more} more");
    }
}

fn make(args: &SiteCommand, dir: &Path, wsspec: Command) -> Done {
    let corpus = args.vectors.corpus()?;
    let implementations = match results(args) {
        Some(folder) => checked(&folder, &corpus.digest)?,
        None => Vec::new(),
    };
    let content = site::Site {
        guide: guide::files(args.guide.as_deref())?,
        commands: reference::commands(wsspec),
        implementations,
        ..content::of(&corpus)
    };
    let written = site::write(&content, dir).map_err(Failure::usage)?;
    out!(
        "{}: {}, {:.1} MiB; begin at {}",
        dir.display(),
        counted(written.files, "file"),
        mib(written.bytes),
        dir.join("index.html").display()
    );
    Ok(Exit::Fine)
}

/// Results that can be shown.
fn checked(folder: &Path, digest: &str) -> Result<Vec<Implementation>, Failure> {
    let checked = published::check(folder, digest);
    let fine = checked.problems.is_empty();
    let loaded = published::load(folder).ok().filter(|_| fine);
    loaded.ok_or_else(|| {
        show(&checked);
        Failure::file(folder, "these results cannot be shown; nothing was written")
    })
}

fn add(args: &AddArgs) -> Done {
    let corpus = args.vectors.corpus()?;
    let implementations = checked(&args.folder, &corpus.digest)?;
    let added = published::add(&implementations, &args.to).map_err(Failure::usage)?;
    out!(
        "{}: {} of {}, {:.1} MiB (before: {:.1} MiB)",
        args.to.display(),
        counted(added.reports, "report"),
        counted(added.implementations, "implementation"),
        mib(added.after),
        mib(added.before)
    );
    Ok(Exit::Fine)
}

fn mib(bytes: u64) -> f64 {
    bytes as f64 / f64::from(1 << 20)
}

/// The folder of results: the one that is named, or that of the repository.
fn results(args: &SiteCommand) -> Option<PathBuf> {
    let usual = Path::new(RESULTS).is_dir().then(|| PathBuf::from(RESULTS));
    args.results.clone().or(usual)
}
