//! The progress bar of a run, on a terminal.

use std::io::IsTerminal;

use indicatif::{ProgressBar, ProgressStyle};
use wsspec_reports::sink::{Finished, Sink, SinkError};
use wsspec_reports::{Report, TargetReport, Verdict};

/// Shows how far the run against a target is. Clients that come by themselves are not probed, and
/// get no bar.
pub(crate) struct Progress {
    /// The bar of a target that was probed.
    bar: Option<ProgressBar>,
    hidden: bool,
    /// Cases that were flaky, an error or a failure.
    failed: usize,
}

impl Progress {
    /// A bar on standard error, if that is a terminal and the user did not ask for quiet.
    pub(crate) fn new(quiet: bool) -> Progress {
        Progress {
            bar: None,
            hidden: quiet || !std::io::stderr().is_terminal(),
            failed: 0,
        }
    }

    fn clear(&mut self) {
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        }
    }
}

impl Sink for Progress {
    fn probed(&mut self, _: &TargetReport, cases: usize) -> Result<(), SinkError> {
        if !self.hidden {
            let style =
                ProgressStyle::with_template("{bar:32} {pos}/{len} {elapsed}, {eta} left {msg}")
                    .unwrap_or_else(|_| ProgressStyle::default_bar());
            self.bar = Some(ProgressBar::new(cases as u64).with_style(style));
            self.failed = 0;
        }
        Ok(())
    }

    fn finished(&mut self, _: &TargetReport, case: Finished<'_>) -> Result<(), SinkError> {
        if let Some(bar) = &self.bar {
            bar.inc(1);
            if case.kept.verdict >= Verdict::Flaky {
                self.failed += 1;
                bar.set_message(format!("{} not passed", self.failed));
            }
        }
        Ok(())
    }

    fn target_done(&mut self, _: &Report, _: &TargetReport) -> Result<(), SinkError> {
        self.clear();
        Ok(())
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.clear();
    }
}
