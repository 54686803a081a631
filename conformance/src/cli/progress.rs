//! What is seen while a run goes on: a bar on a terminal, nothing elsewhere.

use std::io::IsTerminal;

use indicatif::{ProgressBar, ProgressStyle};
use wsspec_reports::Verdict;

/// The progress of a run.
pub(crate) struct Progress {
    bar: ProgressBar,
    fails: usize,
}

impl Progress {
    pub(crate) fn new(quiet: bool) -> Progress {
        let bar = if quiet || !std::io::stderr().is_terminal() {
            ProgressBar::hidden()
        } else {
            ProgressBar::new(0)
        };
        let style =
            ProgressStyle::with_template("{bar:32} {pos}/{len} {elapsed}, {eta} left {msg}")
                .unwrap_or_else(|_| ProgressStyle::default_bar());
        bar.set_style(style);
        Progress { bar, fails: 0 }
    }

    pub(crate) fn start(&mut self, total: usize) {
        self.bar.set_length(total as u64);
        self.bar.set_position(0);
    }

    pub(crate) fn finished(&mut self, verdict: Verdict) {
        self.bar.inc(1);
        if verdict >= Verdict::Flaky {
            self.fails += 1;
            self.bar.set_message(format!("{} not passed", self.fails));
        }
    }

    pub(crate) fn end(&self) {
        self.bar.finish_and_clear();
    }
}
