//! Which verdicts make a command fail, which failures are known, and the exit code that follows.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use wsspec_reports::baseline::{Baseline, Scope};
use wsspec_reports::{CaseResult, Ending, Report, TargetReport, Verdict};

use super::super::exit::Exit;
use super::super::failure::Failure;
use super::headings::FAILING;
use super::share::{Share, TooLittle};

/// Which results make a command fail, of a run or of stored reports.
#[derive(Debug, Args)]
#[command(next_help_heading = FAILING)]
pub(crate) struct FailArgs {
    /// The mildest verdict that makes the exit code 1; with `never`, no verdict does
    #[arg(long, value_enum, default_value_t)]
    fail_on: FailOn,
    /// Known failures, each with its reason: they do not fail the run; one that passes does
    #[arg(long, value_name = "FILE")]
    baseline: Option<PathBuf>,
    /// The share of the cases that has to be judged, such as 50%: if less is, the exit code is 2, as
    /// it is if nothing is
    #[arg(long, value_name = "SHARE", default_value = "0%", value_parser = Share::read)]
    min_judged: Share,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
enum FailOn {
    #[default]
    Fail,
    Flaky,
    NonStrict,
    Never,
}

/// The known failures, and the file they are from.
pub(crate) struct Known {
    path: PathBuf,
    baseline: Baseline,
}

impl Known {
    /// Marks the known failures in a report.
    pub(crate) fn mark(&self, report: &mut TargetReport, scope: Scope<'_>) -> Result<(), Failure> {
        self.baseline
            .apply(report, scope)
            .map_err(|error| Failure::file(&self.path, error))
    }
}

impl FailArgs {
    /// Reads the file of known failures.
    pub(crate) fn known(&self) -> Result<Option<Known>, Failure> {
        let Some(path) = self.baseline.clone() else {
            return Ok(None);
        };
        Ok(Some(Known {
            baseline: read_baseline(&path)?,
            path,
        }))
    }

    /// Marks the known failures in a report. `every_id` returns all ids there are, if they are
    /// known.
    pub(crate) fn mark_known(
        &self,
        report: &mut Report,
        every_id: impl FnOnce(&Report) -> Option<BTreeSet<String>>,
    ) -> Result<(), Failure> {
        let Some(known) = self.known()? else {
            return Ok(());
        };
        let ids = every_id(report);
        report.targets.iter_mut().try_for_each(|target| {
            let scope = Scope {
                whole: target.shards.is_none(),
                every_id: ids.as_ref(),
            };
            known.mark(target, scope)
        })?;
        report.find_causes();
        Ok(())
    }

    /// The exit code for the results of one target.
    pub(crate) fn target(&self, report: &TargetReport) -> Exit {
        match &report.ended {
            Ending::Interrupted => Exit::Interrupted,
            Ending::Unreachable(_) | Ending::NoEndpoint(_) | Ending::Died(_) => Exit::Unreachable,
            Ending::Complete if self.falls_short(report) => Exit::FellShort,
            Ending::Complete if report.cases.iter().any(|c| c.verdict == Verdict::Error) => {
                Exit::Unreachable
            }
            // It is no endpoint for what was asked of it, say WebSockets over HTTP/2.
            Ending::Complete if report.probe.trouble.is_some() => Exit::Unreachable,
            Ending::Complete if self.judged_too_little(report).is_some() => Exit::Usage,
            Ending::Complete => Exit::Fine,
        }
    }

    /// What is wrong if too few of the cases were judged.
    pub(crate) fn judged_too_little(&self, report: &TargetReport) -> Option<TooLittle> {
        self.min_judged.missed_by(report)
    }

    /// Why the exit code is not 0, in one line; `None` where that was said before.
    pub(crate) fn why(&self, report: &TargetReport) -> Option<String> {
        match (self.target(report), &report.ended) {
            (Exit::FellShort, _) => Some(self.what_falls_short(report)),
            (Exit::Interrupted, _) => Some("interrupted; the results so far are written".into()),
            (Exit::Unreachable, Ending::Complete) => {
                let errors = count(report, |case| case.verdict == Verdict::Error);
                Some(match &report.probe.trouble {
                    Some(_) if errors.starts_with("0 ") => "no plain connection works".into(),
                    _ => format!("{errors} could not be carried out"),
                })
            }
            (Exit::Unreachable, Ending::Died(_)) => Some("the target died".into()),
            (Exit::Unreachable | Exit::Usage | Exit::Fine, _) => None,
        }
    }

    fn what_falls_short(&self, report: &TargetReport) -> String {
        let mut parts = Vec::new();
        for verdict in [Verdict::Fail, Verdict::Flaky, Verdict::NonStrict] {
            let asked = self.least().is_some_and(|least| verdict >= least);
            let found = count(report, |case| {
                case.verdict == verdict && case.falls_short(verdict)
            });
            if asked && !found.starts_with("0 ") {
                parts.push(format!("{found} {}", words(verdict)));
            }
        }
        match report.broken_baseline.len() {
            0 => {}
            1 => parts.push("1 entry of the baseline does not hold".into()),
            n => parts.push(format!("{n} entries of the baseline do not hold")),
        }
        parts.join(", ")
    }

    /// The mildest verdict that makes the command fail.
    fn least(&self) -> Option<Verdict> {
        match self.fail_on {
            FailOn::Fail => Some(Verdict::Fail),
            FailOn::Flaky => Some(Verdict::Flaky),
            FailOn::NonStrict => Some(Verdict::NonStrict),
            FailOn::Never => None,
        }
    }

    fn falls_short(&self, report: &TargetReport) -> bool {
        self.least().is_some_and(|least| {
            report.cases.iter().any(|c| c.falls_short(least)) || !report.broken_baseline.is_empty()
        })
    }

    /// The exit code for a stored report: that of the run that made it.
    pub(crate) fn report(&self, report: &Report) -> Exit {
        report
            .targets
            .iter()
            .map(|target| self.target(target))
            .fold(end_of(report), Exit::worse)
    }
}

/// The number of rows for which this holds, in words.
fn count(report: &TargetReport, is: impl Fn(&CaseResult) -> bool) -> String {
    match report.cases.iter().filter(|case| is(case)).count() {
        1 => "1 case".into(),
        n => format!("{n} cases"),
    }
}

/// What cases with this verdict do.
fn words(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Flaky => "flaky",
        Verdict::NonStrict => "non-strict",
        _ => "failed",
    }
}

/// The exit code for how the runs in a report ended, whatever their verdicts.
pub(crate) fn end_of(report: &Report) -> Exit {
    let ends = report.targets.iter().map(|target| match target.ended {
        Ending::Complete => Exit::Fine,
        Ending::Interrupted => Exit::Interrupted,
        Ending::Unreachable(_) | Ending::NoEndpoint(_) | Ending::Died(_) => Exit::Unreachable,
    });
    match ends.fold(Exit::Fine, Exit::worse) {
        // A report of version 0.1.0, or one without a target, says so as a whole.
        Exit::Fine if !report.complete => Exit::Interrupted,
        Exit::Fine if report.targets.is_empty() => Exit::Unreachable,
        exit => exit,
    }
}

/// Reads a file of known failures.
pub(crate) fn read_baseline(path: &Path) -> Result<Baseline, Failure> {
    let text = fs::read_to_string(path).map_err(|error| Failure::file(path, error))?;
    Baseline::parse(&text).map_err(|error| Failure::file(path, error))
}
