//! A run against one target, with its events passed on to a sink.

use std::future::Future;
use std::sync::Arc;

use wsspec::run::{self, Options, RunEvent, Subject};
use wsspec_reports::TargetReport;
use wsspec_reports::sink::{Finished, Sink, SinkError};
use wsspec_vectors::Case;

/// Runs the cases until all have a verdict or `stop` resolves. Returns the first error of the sink
/// too: none stops the run. The last event, [`Sink::target_done`], is left to the caller.
pub(super) async fn run(
    cases: &[Arc<Case>],
    subject: &Subject,
    options: &Options,
    stop: impl Future<Output = ()>,
    sink: &mut impl Sink,
) -> (TargetReport, Result<(), SinkError>) {
    let mut target = run::nothing_yet(subject, options);
    let mut outcome = sink.started(&target);
    let report = run::run(cases, subject, options, stop, |event| {
        let passed_on = match event {
            RunEvent::Probed(probe, cases) => {
                target.probe = probe.clone();
                sink.probed(&target, cases)
            }
            RunEvent::Finished { result, whole } => {
                let case = Finished {
                    run_as: &result.id,
                    kept: result,
                    whole,
                };
                sink.finished(&target, case)
            }
        };
        if outcome.is_ok() {
            outcome = passed_on;
        }
    })
    .await;
    (report, outcome)
}
