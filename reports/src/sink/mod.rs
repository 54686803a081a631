//! One stream of events, many consumers: whatever listens to a run implements [`Sink`].
//!
//! There are two kinds of run. In one, the suite tests its targets one after the other:
//! [`started`](Sink::started), [`probed`](Sink::probed), [`finished`](Sink::finished) for each
//! case, [`target_done`](Sink::target_done), then the next target. In the other, clients come by
//! themselves: several targets are under way at once, none is probed, and each may ask for its
//! report before the run is over ([`reported`](Sink::reported)). Both end with
//! [`run_done`](Sink::run_done), also when they are interrupted.
//!
//! This module has the sinks that need nothing but the results: [`ReportFile`], [`JsonLines`] and, with the feature `pcap`, `Captures`.

mod archive;
#[cfg(feature = "pcap")]
mod captures;
mod error;
mod json_file;
mod json_lines;
mod live;
mod report_file;
mod scratch;
mod so_far;
mod spill;

#[cfg(feature = "pcap")]
pub use captures::Captures;
pub use error::SinkError;
pub use json_lines::JsonLines;
pub use report_file::ReportFile;

use crate::{CaseResult, Report, TargetReport, Verdict};

/// A case that has its final verdict.
#[derive(Debug, Clone, Copy)]
pub struct Finished<'a> {
    /// The id the case was run by: its own, or the number of the Autobahn case it stands for.
    pub run_as: &'a str,
    /// The result as the report keeps it: a pass has no transcript.
    pub kept: &'a CaseResult,
    /// The result with its transcript, of a pass as well if the run records those.
    pub whole: &'a CaseResult,
}

/// Cases of a target that is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Needed {
    /// None of them.
    None,
    /// All but plain passes.
    Findings,
    /// All of them.
    All,
}

impl Needed {
    /// The target with these cases.
    pub fn of(self, mut target: TargetReport) -> TargetReport {
        match self {
            Needed::None => target.cases = Vec::new(),
            Needed::Findings => {
                let is_plain =
                    |case: &CaseResult| case.verdict == Verdict::Pass && case.known.is_none();
                target.cases.retain(|case| !is_plain(case));
                target.cases.shrink_to_fit();
            }
            Needed::All => {}
        }
        target
    }
}

/// A consumer of the events of a run.
///
/// `target` says which target an event is about. Until [`target_done`](Sink::target_done) its
/// `cases` are empty: a sink that needs the results collects them. Targets are told apart by name
/// and URL.
///
/// An error does not stop the run, nor the other sinks (see [`Sinks`]).
#[allow(unused_variables)]
pub trait Sink {
    /// The first event of a target.
    ///
    /// # Errors
    /// If the output cannot be written.
    fn started(&mut self, target: &TargetReport) -> Result<(), SinkError> {
        Ok(())
    }

    /// The target was probed: `target.probe` holds what was found. `cases` is the number of cases
    /// to come.
    ///
    /// # Errors
    /// If the output cannot be written.
    fn probed(&mut self, target: &TargetReport, cases: usize) -> Result<(), SinkError> {
        Ok(())
    }

    /// A case has its final verdict. A client that runs a case once more replaces its result.
    ///
    /// # Errors
    /// If the output cannot be written.
    fn finished(&mut self, target: &TargetReport, case: Finished<'_>) -> Result<(), SinkError> {
        Ok(())
    }

    /// A client asked for its report and waits for it: all that is known has to be written when
    /// this returns.
    ///
    /// `target` is its report so far, passive rules included; `run` has the requirements they cite.
    /// More cases may follow.
    ///
    /// # Errors
    /// If the output cannot be written.
    fn reported(&mut self, run: &Report, target: &TargetReport) -> Result<(), SinkError> {
        Ok(())
    }

    /// The last event of a target: its whole report, passive rules and known failures included,
    /// which is not changed any more. `run` has the requirements that it cites, and the time that
    /// this target took.
    ///
    /// # Errors
    /// If the output cannot be written.
    fn target_done(&mut self, run: &Report, target: &TargetReport) -> Result<(), SinkError> {
        Ok(())
    }

    /// The last event of a run, after [`target_done`](Sink::target_done) for each of its targets.
    ///
    /// The targets in `run` have at least [the cases that the sink needs](Sink::needs_at_the_end).
    ///
    /// # Errors
    /// If the output cannot be written.
    fn run_done(&mut self, run: &Report) -> Result<(), SinkError> {
        Ok(())
    }

    /// The cases of every target that [`run_done`](Sink::run_done) needs. What no sink needs is not
    /// kept once its target is done.
    fn needs_at_the_end(&self) -> Needed {
        Needed::None
    }
}

impl<S: Sink + ?Sized> Sink for &mut S {
    fn started(&mut self, target: &TargetReport) -> Result<(), SinkError> {
        (**self).started(target)
    }

    fn probed(&mut self, target: &TargetReport, cases: usize) -> Result<(), SinkError> {
        (**self).probed(target, cases)
    }

    fn finished(&mut self, target: &TargetReport, case: Finished<'_>) -> Result<(), SinkError> {
        (**self).finished(target, case)
    }

    fn reported(&mut self, run: &Report, target: &TargetReport) -> Result<(), SinkError> {
        (**self).reported(run, target)
    }

    fn target_done(&mut self, run: &Report, target: &TargetReport) -> Result<(), SinkError> {
        (**self).target_done(run, target)
    }

    fn run_done(&mut self, run: &Report) -> Result<(), SinkError> {
        (**self).run_done(run)
    }

    fn needs_at_the_end(&self) -> Needed {
        (**self).needs_at_the_end()
    }
}

/// Sinks that all hear of every event, in their order.
///
/// An error of one sink keeps no event from the others; the first error of an event is returned.
#[derive(Default)]
pub struct Sinks<'a>(Vec<Box<dyn Sink + 'a>>);

impl<'a> Sinks<'a> {
    /// Adds a sink.
    pub fn push(&mut self, sink: impl Sink + 'a) {
        self.0.push(Box::new(sink));
    }

    fn each(
        &mut self,
        mut event: impl FnMut(&mut dyn Sink) -> Result<(), SinkError>,
    ) -> Result<(), SinkError> {
        let mut outcome = Ok(());
        for sink in &mut self.0 {
            outcome = outcome.and(event(sink.as_mut()));
        }
        outcome
    }
}

impl Sink for Sinks<'_> {
    fn started(&mut self, target: &TargetReport) -> Result<(), SinkError> {
        self.each(|sink| sink.started(target))
    }

    fn probed(&mut self, target: &TargetReport, cases: usize) -> Result<(), SinkError> {
        self.each(|sink| sink.probed(target, cases))
    }

    fn finished(&mut self, target: &TargetReport, case: Finished<'_>) -> Result<(), SinkError> {
        self.each(|sink| sink.finished(target, case))
    }

    fn reported(&mut self, run: &Report, target: &TargetReport) -> Result<(), SinkError> {
        self.each(|sink| sink.reported(run, target))
    }

    fn target_done(&mut self, run: &Report, target: &TargetReport) -> Result<(), SinkError> {
        self.each(|sink| sink.target_done(run, target))
    }

    fn run_done(&mut self, run: &Report) -> Result<(), SinkError> {
        self.each(|sink| sink.run_done(run))
    }

    fn needs_at_the_end(&self) -> Needed {
        let needed = self.0.iter().map(|sink| sink.needs_at_the_end());
        needed.max().unwrap_or(Needed::None)
    }
}
