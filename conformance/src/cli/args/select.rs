//! Which cases to run.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use wsspec::run::{CommandLine, Selection, Shard};
use wsspec_reports::Verdict;
use wsspec_vectors::{Profile, Requirements};

use super::super::failure::Failure;
use super::super::stored;
use super::headings::WHICH_CASES;
use super::vectors::VectorArgs;

/// Which cases to run.
#[derive(Debug, Args)]
#[command(next_help_heading = WHICH_CASES)]
pub(crate) struct SelectArgs {
    #[command(flatten)]
    pub(crate) vectors: VectorArgs,
    /// Run only cases whose id matches, or that are of this family; `autobahn:6.*` matches Autobahn
    /// ids (repeatable)
    #[arg(long, short, value_name = "GLOB")]
    filter: Vec<String>,
    /// Leave out cases whose id matches, or that are of this family (repeatable)
    #[arg(long, short = 'x', value_name = "GLOB")]
    exclude: Vec<String>,
    /// Run only cases that cite this requirement, or one of this section: RFC6455-5.1-2, RFC6455-5.1
    /// (repeatable)
    #[arg(long, value_name = "ID")]
    requirement: Vec<String>,
    /// Run only what went wrong in a stored JSON report: failed, flaky, not carried out, or left out
    /// for want of time
    #[arg(long, value_name = "REPORT")]
    rerun_failed: Option<PathBuf>,
    /// Which cases to choose from; `robust` ones try to break the target, so run them only against
    /// your own systems
    #[arg(long, value_enum, default_value_t)]
    pub(crate) profile: ProfileArg,
    /// Run only the I-th of N parts; N machines with one part each run every case once
    #[arg(long, value_name = "I/N", value_parser = str::parse::<Shard>)]
    shard: Option<Shard>,
    /// The same with I from 0 to N-1, as array jobs count: $(JOB_COMPLETION_INDEX)/8
    #[arg(long, value_name = "I/N", value_parser = Shard::from_zero, conflicts_with = "shard")]
    shard_from_zero: Option<Shard>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum ProfileArg {
    #[default]
    Default,
    Robust,
    All,
}

impl SelectArgs {
    /// The selection that was asked for; `requirements` may be cited.
    pub(crate) fn selection(&self, requirements: &Requirements) -> Result<Selection, Failure> {
        let selection = Selection::new(&self.filter, &self.exclude, self.profile.profiles())?;
        let mut selection = selection.citing(&self.requirement, requirements)?;
        if let Some(report) = &self.rerun_failed {
            selection = selection.among(went_wrong(report)?);
        }
        selection.shard = self.shard.or(self.shard_from_zero);
        Ok(selection)
    }
}

/// The ids of the cases to run again after what a stored report says. A rule on all bytes is judged in the
/// cases in which it was broken.
fn went_wrong(path: &Path) -> Result<BTreeSet<String>, Failure> {
    let report = stored::read(path)?;
    let rows = report.targets.into_iter().flat_map(|target| target.cases);
    let wrong = rows.filter(|row| row.verdict > Verdict::Skipped || row.had_no_turn());
    let ids: BTreeSet<String> = wrong
        .flat_map(|row| {
            if row.is_case() {
                vec![row.id]
            } else {
                row.seen_in_cases
            }
        })
        .collect();
    if ids.is_empty() {
        let nothing = "no case of it went wrong: there is nothing to run again";
        return Err(Failure::file(path, nothing));
    }
    Ok(ids)
}

impl ProfileArg {
    fn profiles(self) -> Vec<Profile> {
        match self {
            ProfileArg::Default => vec![Profile::Default],
            ProfileArg::Robust => vec![Profile::Robust],
            ProfileArg::All => vec![Profile::Default, Profile::Robust],
        }
    }

    /// Appends the arguments that say the same.
    pub(crate) fn print(self, line: &mut CommandLine) {
        match self {
            ProfileArg::Default => {}
            ProfileArg::Robust => {
                line.option("--profile", "robust");
            }
            ProfileArg::All => {
                line.option("--profile", "all");
            }
        }
    }
}
