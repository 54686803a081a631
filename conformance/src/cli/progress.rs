//! The progress bar of a run, on a terminal: how far it is, and what it waits for.

use std::collections::BTreeSet;
use std::fmt;
use std::io::IsTerminal;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use indicatif::style::ProgressTracker;
use indicatif::{ProgressBar, ProgressState, ProgressStyle};
use wsspec_reports::sink::{Finished, Sink, SinkError};
use wsspec_reports::{Report, TargetReport, Verdict, counted};

/// Time between two drawings where nothing happens.
const TICK: Duration = Duration::from_millis(250);

/// Time without a result after which the bar says what it waits for.
const QUIET: Duration = Duration::from_secs(1);

/// Largest number of cases that are slow rather than many.
const FEW: usize = 24;

/// Shows how far the run against a target is. Clients that come by themselves are not probed, and
/// get no bar.
pub(crate) struct Progress {
    /// The bar of a target that is probed or tested.
    bar: Option<ProgressBar>,
    hidden: bool,
    /// Whether the bar counts cases.
    counts: bool,
    /// The ids of all cases.
    ids: BTreeSet<String>,
    /// The ids of those that have no verdict yet.
    open: Arc<Mutex<BTreeSet<String>>>,
    /// Cases that were flaky, an error or a failure.
    failed: usize,
}

impl Progress {
    /// A bar on standard error for the cases with these ids, if that is a terminal and the user did not ask for
    /// quiet.
    pub(crate) fn new(quiet: bool, ids: BTreeSet<String>) -> Progress {
        Progress {
            bar: None,
            hidden: quiet || !std::io::stderr().is_terminal(),
            counts: false,
            ids,
            open: Arc::default(),
            failed: 0,
        }
    }

    fn clear(&mut self) {
        self.counts = false;
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        }
    }

    fn show(&mut self, bar: ProgressBar, template: &str, waiting: Waiting) {
        let style = ProgressStyle::with_template(template)
            .unwrap_or_else(|_| ProgressStyle::default_bar())
            .with_key("waiting", waiting);
        let bar = bar.with_style(style);
        bar.enable_steady_tick(TICK);
        self.bar = Some(bar);
    }
}

impl Sink for Progress {
    fn started(&mut self, target: &TargetReport) -> Result<(), SinkError> {
        self.clear();
        if !self.hidden {
            let waiting = Waiting::default();
            self.show(ProgressBar::new_spinner(), "{spinner} {wide_msg}", waiting);
            if let Some(bar) = &self.bar {
                bar.set_message(format!("waiting for the first answers of {}", target.name));
            }
        }
        Ok(())
    }

    fn probed(&mut self, _: &TargetReport, cases: usize) -> Result<(), SinkError> {
        self.clear();
        if !self.hidden {
            lock(&self.open).clone_from(&self.ids);
            let waiting = Waiting {
                open: Arc::clone(&self.open),
                ..Waiting::default()
            };
            let template = "{bar:16} {pos}/{len} {elapsed} {msg}{waiting}";
            self.show(ProgressBar::new(cases as u64), template, waiting);
            self.counts = true;
            self.failed = 0;
        }
        Ok(())
    }

    fn finished(&mut self, _: &TargetReport, case: Finished<'_>) -> Result<(), SinkError> {
        if !self.counts {
            // A client that came by itself.
            self.clear();
        }
        lock(&self.open).remove(&case.kept.id);
        if let Some(bar) = &self.bar {
            bar.inc(1);
            if case.kept.verdict >= Verdict::Flaky {
                self.failed += 1;
                bar.set_message(format!("{} not passed ", self.failed));
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

fn lock(open: &Mutex<BTreeSet<String>>) -> std::sync::MutexGuard<'_, BTreeSet<String>> {
    open.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What the run waits for: the cases without a verdict, once none has come for a while.
#[derive(Debug, Clone, Default)]
struct Waiting {
    open: Arc<Mutex<BTreeSet<String>>>,
    /// The number of verdicts, and since when it is that.
    since: Option<(u64, Instant)>,
    quiet: bool,
}

impl Waiting {
    fn look(&mut self, verdicts: u64, now: Instant) {
        match self.since {
            Some((before, since)) if before == verdicts => {
                self.quiet = now.saturating_duration_since(since) >= QUIET;
            }
            _ => {
                self.since = Some((verdicts, now));
                self.quiet = false;
            }
        }
    }
}

impl fmt::Display for Waiting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let open = lock(&self.open);
        let Some(first) = open.first().filter(|_| self.quiet) else {
            return Ok(());
        };
        match open.len() {
            1 => write!(f, "waiting for {first}"),
            n if n <= FEW => write!(f, "waiting for {}", counted(n, "slow case")),
            n => write!(f, "waiting for slow cases; {n} to go"),
        }
    }
}

impl ProgressTracker for Waiting {
    fn clone_box(&self) -> Box<dyn ProgressTracker> {
        Box::new(self.clone())
    }

    fn tick(&mut self, state: &ProgressState, now: Instant) {
        self.look(state.pos(), now);
    }

    fn reset(&mut self, _: &ProgressState, _: Instant) {
        self.since = None;
        self.quiet = false;
    }

    fn write(&self, _: &ProgressState, out: &mut dyn fmt::Write) {
        let _ = out.write_fmt(format_args!("{self}"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is said of these open cases a second after the last verdict.
    fn said(open: usize) -> String {
        let ids: BTreeSet<String> = (0..open).map(|n| format!("frame.mask.{n}")).collect();
        let mut waiting = Waiting {
            open: Arc::new(Mutex::new(ids)),
            ..Waiting::default()
        };
        let now = Instant::now();
        waiting.look(7, now);
        waiting.look(7, now + QUIET);
        waiting.to_string()
    }

    #[test]
    fn it_says_what_it_waits_for() {
        assert_eq!(said(0), "");
        assert_eq!(said(1), "waiting for frame.mask.0");
        assert_eq!(said(3), "waiting for 3 slow cases");
        assert_eq!(said(100), "waiting for slow cases; 100 to go");
    }

    #[test]
    fn a_verdict_ends_the_wait() {
        let mut waiting = Waiting {
            open: Arc::new(Mutex::new(["a".to_owned()].into())),
            ..Waiting::default()
        };
        let now = Instant::now();
        waiting.look(0, now);
        waiting.look(0, now + QUIET);
        assert!(waiting.quiet);
        waiting.look(1, now + QUIET);
        assert!(!waiting.quiet);
    }
}
