//! What results come to: which verdicts make a run fail, what is known to, and the exit code.

use std::collections::BTreeSet;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use wsspec_reports::baseline::{Baseline, Scope};
use wsspec_reports::{Ending, Report, TargetReport, Verdict};

use super::{Exit, Failure, stored};

/// What is let pass, of a run as of stored reports.
#[derive(Debug, Args)]
pub(crate) struct Judging {
    /// The mildest verdict that makes the exit code 1; `never` where that is for others to judge
    #[arg(long, value_enum, default_value_t = FailOn::Fail)]
    fail_on: FailOn,
    /// Failures that are known, each with its reason: they do not fail the run, one that passes does
    #[arg(long, value_name = "FILE")]
    baseline: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum FailOn {
    Fail,
    NonStrict,
    Never,
}

/// What may fail.
pub(super) struct Known {
    path: PathBuf,
    baseline: Baseline,
}

impl Known {
    /// Takes it into account.
    pub(super) fn excuse(
        &self,
        report: &mut TargetReport,
        scope: Scope<'_>,
    ) -> Result<(), Failure> {
        self.baseline
            .apply(report, scope)
            .map_err(|e| stored::at(&self.path, e))
    }
}

impl Judging {
    /// Reads the file of known failures.
    pub(super) fn known(&self) -> Result<Option<Known>, Failure> {
        let Some(path) = self.baseline.clone() else {
            return Ok(None);
        };
        Ok(Some(Known {
            baseline: stored::read_baseline(&path)?,
            path,
        }))
    }

    /// Takes the baseline into account; `every_id` is asked for what there is, where that is known.
    pub(super) fn excuse(
        &self,
        report: &mut Report,
        every_id: impl FnOnce(&Report) -> Option<BTreeSet<String>>,
    ) -> Result<(), Failure> {
        let Some(known) = self.known()? else {
            return Ok(());
        };
        let ids = every_id(report);
        report.targets.iter_mut().try_for_each(|target| {
            known.excuse(
                target,
                Scope {
                    whole: target.shards.is_none(),
                    every_id: ids.as_ref(),
                },
            )
        })
    }

    /// What the results of a target come to.
    pub(super) fn target(&self, report: &TargetReport) -> Exit {
        match &report.ended {
            Ending::Interrupted => Exit::Interrupted,
            Ending::Unreachable(_) | Ending::Died(_) => Exit::Unreachable,
            Ending::Complete if self.falls_short(report) => Exit::FellShort,
            Ending::Complete if report.cases.iter().any(|c| c.verdict == Verdict::Error) => {
                Exit::Unreachable
            }
            Ending::Complete => Exit::Fine,
        }
    }

    fn falls_short(&self, report: &TargetReport) -> bool {
        let least = match self.fail_on {
            FailOn::Fail => Verdict::Flaky,
            FailOn::NonStrict => Verdict::NonStrict,
            FailOn::Never => return false,
        };
        report.cases.iter().any(|c| c.falls_short(least)) || !report.broken_baseline.is_empty()
    }

    /// What a stored report comes to, as the run did that made it.
    pub(super) fn report(&self, report: &Report) -> Exit {
        report
            .targets
            .iter()
            .map(|target| self.target(target))
            .fold(end_of(report), worse)
    }
}

/// What the ends of the runs in a report come to, whatever was found.
pub(super) fn end_of(report: &Report) -> Exit {
    let ends = report.targets.iter().map(|target| match target.ended {
        Ending::Complete => Exit::Fine,
        Ending::Interrupted => Exit::Interrupted,
        Ending::Unreachable(_) | Ending::Died(_) => Exit::Unreachable,
    });
    match ends.fold(Exit::Fine, worse) {
        // A report of before, or of no target at all, says it as a whole.
        Exit::Fine if !report.complete => Exit::Interrupted,
        Exit::Fine if report.targets.is_empty() => Exit::Unreachable,
        exit => exit,
    }
}

/// The exit code of two targets together.
pub(super) fn worse(a: Exit, b: Exit) -> Exit {
    let rank = |e| match e {
        Exit::Fine => 0,
        Exit::FellShort => 1,
        Exit::Unreachable => 2,
        Exit::Usage | Exit::Interrupted => 3,
    };
    if rank(b) > rank(a) { b } else { a }
}
