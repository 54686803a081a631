//! What is done with reports that are stored: `report`, `merge`, `diff`, `baseline`. None of them runs a test.

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use wsspec::run;
use wsspec_core::dissect::printable;
use wsspec_reports::baseline::Baseline;
use wsspec_reports::diff::{diff, text};
use wsspec_reports::merge::merge;
use wsspec_reports::{Report, terminal};
use wsspec_vectors::Corpus;

use super::judging::{Judging, end_of, worse};
use super::outputs::Outputs;
use super::session::terminal_width;
use super::{Done, Exit, Failure};

#[derive(Debug, Args)]
#[command(after_help = "Example: wsspec report run.json --html run.html --junit run.xml")]
pub(crate) struct ReportArgs {
    /// The stored JSON report (- is stdin); several are merged
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Say every failure in full
    #[arg(long, short)]
    verbose: bool,
    #[command(flatten)]
    judging: Judging,
    #[command(flatten)]
    outputs: Outputs,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Shards of a run give the report of the whole run; one that is missing is an error. Reports of different vectors, versions
or seeds are refused, and so is a case that has two verdicts. Example: wsspec merge shard-*.json --json whole.json")]
pub(crate) struct MergeArgs {
    /// Stored JSON reports
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Some shards may be missing: what there is is put together, and may be merged again
    #[arg(long)]
    partial: bool,
    #[command(flatten)]
    judging: Judging,
    #[command(flatten)]
    outputs: Outputs,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Exit code 1 where a verdict got worse, or a new case is not right; 3 or 130 where the run of now did not come to its end."
)]
pub(crate) struct DiffArgs {
    /// The stored JSON report of before
    old: PathBuf,
    /// The stored JSON report of now
    new: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct BaselineArgs {
    #[command(subcommand)]
    command: BaselineCommand,
}

#[derive(Debug, Subcommand)]
enum BaselineCommand {
    /// Bring a baseline up to a stored report: reasons are kept, what passes goes, what fails comes in
    Update(UpdateArgs),
}

#[derive(Debug, Args)]
struct UpdateArgs {
    /// The stored JSON report
    report: PathBuf,
    /// The baseline; made where there is none
    #[arg(long, value_name = "FILE", default_value = "wsspec-baseline.json")]
    baseline: PathBuf,
    /// The reason of what comes in
    #[arg(long, default_value = "not looked into yet", value_parser = clap::builder::NonEmptyStringValueParser::new())]
    reason: String,
}

/// `wsspec report FILE…`
pub(super) fn report(args: &ReportArgs) -> Done {
    let report = whole(&args.files, &args.judging)?;
    args.outputs.write(&report)?;
    if args.outputs.is_empty() || args.verbose {
        for target in &report.targets {
            let width = terminal_width();
            let details = if args.verbose {
                usize::MAX
            } else {
                terminal::DETAILS
            };
            let options = terminal::Options {
                color: true,
                width,
                details,
                verbose: args.verbose,
            };
            let shown = terminal::render(&report, target, &options);
            if args.outputs.to_stdout() {
                anstream::eprint!("{shown}")
            } else {
                anstream::print!("{shown}")
            }
        }
    }
    tell_of_ends(&report);
    Ok(args.judging.report(&report))
}

/// Shards that are missed by name.
const MISSING: usize = 8;

/// `wsspec merge FILE…`
pub(super) fn merge_reports(args: &MergeArgs) -> Done {
    if args.outputs.is_empty() {
        return Err(Failure::usage(
            "say where the merged report goes: --json FILE, --html FILE, …",
        ));
    }
    let report = whole(&args.files, &args.judging)?;
    for target in report.targets.iter().filter(|_| !args.partial) {
        if let Some(shards) = &target.shards {
            let missing: Vec<String> = shards.missing().take(MISSING).collect();
            let (name, missing) = (printable(target.name.as_bytes()), missing.join(", "));
            let instead = "--partial merges what there is";
            return Err(Failure::usage(format!(
                "of {name} the report of shard {missing} is missing; {instead}"
            )));
        }
    }
    args.outputs.write(&report)?;
    tell_of_ends(&report);
    Ok(args.judging.report(&report))
}

/// `wsspec diff OLD NEW`
pub(super) fn diff_reports(args: &DiffArgs) -> Done {
    let new = read(&args.new)?;
    let changes = diff(&read(&args.old)?, &new);
    anstream::print!("{}", text(&changes));
    tell_of_ends(&new);
    let regressed = changes
        .iter()
        .any(|change| change.direction().is_regression());
    Ok(worse(
        if regressed {
            Exit::FellShort
        } else {
            Exit::Fine
        },
        end_of(&new),
    ))
}

/// `wsspec baseline …`
pub(super) fn baseline(args: &BaselineArgs) -> Done {
    let BaselineCommand::Update(UpdateArgs {
        report,
        baseline: path,
        reason,
    }) = &args.command;
    let report = read(report)?;
    let old = if path.exists() {
        read_baseline(path)?
    } else {
        Baseline::default()
    };
    let update = old.updated(&report, reason).map_err(|e| at(path, e))?;
    fs::write(path, update.baseline.text()).map_err(|e| at(path, e))?;
    anstream::println!(
        "{}: {} known, {} added, {} removed",
        path.display(),
        update.baseline.known.len(),
        update.added,
        update.removed
    );
    tell_of_ends(&report);
    Ok(end_of(&report))
}

/// The report of all files, held against the baseline.
fn whole(files: &[PathBuf], judging: &Judging) -> Result<Report, Failure> {
    let reports = files
        .iter()
        .map(|path| read(path))
        .collect::<Result<Vec<_>, _>>()?;
    let mut report = merge(reports).map_err(Failure::usage)?;
    // Of vectors that are not ours, nobody knows here what there is.
    judging.excuse(&mut report, |report| {
        Corpus::embedded()
            .ok()
            .filter(|corpus| corpus.digest == report.vectors_digest)
            .map(|c| run::every_id(&c))
    })?;
    Ok(report)
}

/// Says which runs did not come to their end.
fn tell_of_ends(report: &Report) {
    for (name, trouble) in report.troubles() {
        anstream::eprintln!(
            "wsspec: {}: {}",
            printable(name.as_bytes()),
            printable(trouble.as_bytes())
        );
    }
}

fn read(path: &Path) -> Result<Report, Failure> {
    let text = if path == Path::new("-") {
        let mut text = String::new();
        io::stdin().read_to_string(&mut text).map(|_| text)
    } else {
        fs::read_to_string(path)
    };
    serde_json::from_str(&text.map_err(|e| at(path, e))?)
        .map_err(|e| at(path, format!("no report of wsspec: {e}")))
}

/// Reads a file of known failures.
pub(super) fn read_baseline(path: &Path) -> Result<Baseline, Failure> {
    let text = fs::read_to_string(path).map_err(|e| at(path, e))?;
    Baseline::parse(&text).map_err(|e| at(path, e))
}

pub(super) fn at(path: &Path, error: impl std::fmt::Display) -> Failure {
    Failure::usage(format!("{}: {error}", path.display()))
}
