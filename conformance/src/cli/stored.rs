//! The commands on stored reports: `report`, `merge`, `diff`, `baseline`. None of them runs a test.

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use wsspec::run;
use wsspec_core::dissect::printable;
use wsspec_reports::baseline::Baseline;
use wsspec_reports::diff::{causes, diff, text};
use wsspec_reports::merge::merge;
use wsspec_reports::{Ending, Report, TargetReport};
use wsspec_vectors::Corpus;

use super::args::{FailArgs, end_of, read_baseline};
use super::exit::Exit;
use super::failure::{Done, Failure};
use super::fuzz::merge_findings;
use super::out::{self, out};
use super::outputs::Outputs;
use super::terminal::Detail;

#[derive(Debug, Args)]
#[command(after_help = "Example: wsspec report run.json --html run.html --junit run.xml")]
pub(crate) struct ReportArgs {
    /// The stored JSON report (- is stdin); several are merged
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Show every failure in full
    #[arg(long, short)]
    verbose: bool,
    #[command(flatten)]
    fail: FailArgs,
    #[command(flatten)]
    outputs: Outputs,
}

#[derive(Debug, Args)]
#[command(after_help = "\
The shards of a run give the report of the whole run; a missing shard is an error. Shards of a server with a --name are \
put together whatever their URLs. Reports of different vectors, versions or seeds are refused, as are two verdicts on \
the same case and two results of the same shard.

Examples: wsspec merge shard-*.json --json whole.json
          wsspec merge findings/ --findings merged/")]
pub(crate) struct MergeArgs {
    /// Stored JSON reports; with --findings, folders
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Merge the findings of `wsspec fuzz --shard`: one of each cause is copied into this folder
    #[arg(long, value_name = "DIR")]
    findings: Option<PathBuf>,
    /// Merge the shards at hand though some are missing; the result can be merged again
    #[arg(long)]
    partial: bool,
    #[command(flatten)]
    fail: FailArgs,
    #[command(flatten)]
    outputs: Outputs,
}

#[derive(Debug, Args)]
#[command(
    after_help = "The exit code is 1 if a verdict got worse or a new case fails, 3 or 130 if the new run did not come to its end."
)]
pub(crate) struct DiffArgs {
    /// The old report, as JSON
    old: PathBuf,
    /// The new report, as JSON
    new: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct BaselineArgs {
    #[command(subcommand)]
    command: BaselineCommand,
}

#[derive(Debug, Subcommand)]
enum BaselineCommand {
    /// Bring a baseline up to date with a stored report: add failures, remove entries that pass,
    /// keep reasons
    Update(UpdateArgs),
}

#[derive(Debug, Args)]
struct UpdateArgs {
    /// The stored JSON report
    report: PathBuf,
    /// The baseline; created if it does not exist
    #[arg(long, value_name = "FILE", default_value = "wsspec-baseline.json")]
    baseline: PathBuf,
    /// The reason of the entries that are added
    #[arg(long, default_value = "not looked into yet", value_parser = clap::builder::NonEmptyStringValueParser::new())]
    reason: String,
}

/// `wsspec report FILE…`
pub(super) fn report(args: &ReportArgs) -> Done {
    let report = whole(&args.files, &args.fail)?;
    args.outputs.write(&report)?;
    if args.outputs.is_empty() || args.verbose {
        let detail = Detail::new(false, args.verbose);
        for target in &report.targets {
            detail.print(&report, target, args.outputs.to_stdout());
        }
    }
    warn(&args.fail, &report);
    Ok(args.fail.report(&report))
}

/// Most missing shards that are named.
const MISSING: usize = 8;

/// `wsspec merge FILE…`
pub(super) fn merge_reports(args: &MergeArgs) -> Done {
    match (&args.findings, args.outputs.is_empty()) {
        (None, false) => {}
        (None, true) => {
            return Err(Failure::usage(
                "no output is given; add --json FILE, --html FILE …",
            ));
        }
        (Some(into), true) => return merge_findings(&args.files, into, args.partial),
        (Some(_), false) => {
            return Err(Failure::usage(
                "--findings merges findings, which have no report; give one or the other",
            ));
        }
    }
    let report = whole(&args.files, &args.fail)?;
    if !args.partial
        && let Some(lacking) = lacking(&report.targets)
    {
        return Err(Failure::usage(lacking));
    }
    args.outputs.write(&report)?;
    warn(&args.fail, &report);
    Ok(args.fail.report(&report))
}

/// Which shards are missing, and what to do about it.
fn lacking(targets: &[TargetReport]) -> Option<String> {
    let mut parts = targets.iter().filter_map(|t| Some((t, t.shards.as_ref()?)));
    let (target, shards) = parts.next()?;
    let missing: Vec<String> = shards.missing().take(MISSING).collect();
    let (name, missing) = (printable(target.name.as_bytes()), missing.join(", "));
    let elsewhere = match parts.next() {
        Some(_) => "; shards of one server that had another address each need the same --name",
        None => "",
    };
    Some(format!(
        "the report of {name} lacks these shards: {missing}; add them, or merge without them with --partial{elsewhere}"
    ))
}

/// `wsspec diff OLD NEW`
pub(super) fn diff_reports(args: &DiffArgs) -> Done {
    let (old, new) = (read(&args.old)?, read(&args.new)?);
    let changes = diff(&old, &new);
    out::text(format_args!("{}", text(&causes(&old, &new), &changes)));
    warn_of_incomplete_runs(&new);
    let regressed = changes
        .iter()
        .any(|change| change.direction().is_regression());
    let exit = if regressed {
        Exit::FellShort
    } else {
        Exit::Fine
    };
    Ok(exit.worse(end_of(&new)))
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
    let update = old
        .updated(&report, reason)
        .map_err(|e| Failure::file(path, e))?;
    fs::write(path, update.baseline.text()).map_err(|e| Failure::file(path, e))?;
    out!(
        "{}: {} known, {} added, {} removed",
        path.display(),
        update.baseline.known.len(),
        update.added,
        update.removed
    );
    warn_of_incomplete_runs(&report);
    Ok(end_of(&report))
}

/// The merged report of all files, with the known failures marked.
fn whole(files: &[PathBuf], fail: &FailArgs) -> Result<Report, Failure> {
    let mut report = merged(files)?;
    // Which ids there are is known only for the embedded vectors.
    fail.mark_known(&mut report, |report| {
        Corpus::embedded()
            .ok()
            .filter(|corpus| corpus.digest == report.vectors_digest)
            .map(|c| run::every_id(&c))
    })?;
    Ok(report)
}

/// The merged report of all files.
pub(super) fn merged(files: &[PathBuf]) -> Result<Report, Failure> {
    let reports = files
        .iter()
        .map(|path| read(path))
        .collect::<Result<Vec<_>, _>>()?;
    merge(reports).map_err(Failure::usage)
}

fn warn(fail: &FailArgs, report: &Report) {
    warn_of_incomplete_runs(report);
    for target in &report.targets {
        warn_of_too_little(fail, target);
    }
}

/// Warns about a run to its end in which too few cases were judged.
pub(super) fn warn_of_too_little(fail: &FailArgs, target: &TargetReport) {
    if target.ended == Ending::Complete
        && let Some(too_little) = fail.judged_too_little(target)
    {
        let name = printable(target.name.as_bytes());
        anstream::eprintln!("wsspec: {name}: {too_little}");
    }
}

/// Warns about runs that did not come to their end.
pub(super) fn warn_of_incomplete_runs(report: &Report) {
    for (name, trouble) in report.troubles() {
        anstream::eprintln!(
            "wsspec: {}: {}",
            printable(name.as_bytes()),
            printable(trouble.as_bytes())
        );
    }
}

pub(super) fn read(path: &Path) -> Result<Report, Failure> {
    let text = if path == Path::new("-") {
        let mut text = String::new();
        io::stdin().read_to_string(&mut text).map(|_| text)
    } else {
        fs::read_to_string(path)
    };
    serde_json::from_str(&text.map_err(|e| Failure::file(path, e))?)
        .map_err(|e| Failure::file(path, format!("not a report of wsspec: {e}")))
}
