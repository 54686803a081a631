//! Output at the end: the summary, the reports and the exit code.

use std::fmt::Write as _;
use std::time::Instant;

use wsspec::referee::{Party, Tally};
use wsspec::run;
use wsspec_core::Role;
use wsspec_core::dissect::printable;
use wsspec_reports::sink::{Sink as _, Sinks};
use wsspec_reports::{CaseResult, TargetReport, Verdict, counted};
use wsspec_vectors::Corpus;

use super::Told;
use crate::cli::exit::Exit;
use crate::cli::failure::{Done, Failure};
use crate::cli::out;
use crate::cli::outputs::Outputs;

/// Where the results go.
pub(in crate::cli) struct Verdicts<'a> {
    outputs: &'a Outputs,
    sinks: Sinks<'a>,
    corpus: Corpus,
    started: String,
    since: Instant,
    stdout_taken: bool,
}

impl<'a> Verdicts<'a> {
    /// Creates the files. `stdout_taken`: something other than a report goes to stdout.
    pub(super) fn new(outputs: &'a Outputs, stdout_taken: bool) -> Result<Verdicts<'a>, Failure> {
        let corpus = Corpus::embedded().map_err(Failure::Vectors)?;
        let started = run::now();
        let mut sinks = Sinks::default();
        outputs.create(&run::report_head(&corpus, &started, 0), false, &mut sinks)?;
        Ok(Verdicts {
            outputs,
            sinks,
            corpus,
            started,
            since: Instant::now(),
            stdout_taken,
        })
    }

    /// Prints the summary and writes the reports on both parties: clients, server.
    pub(in crate::cli) fn finish(
        mut self,
        told: &Told,
        tally: &Tally,
        parties: &[Party; 2],
    ) -> Done {
        told.finish(&tally.traffic)?;
        let [client, server] = parties;
        let targets = vec![
            tally.target(Role::Client, client),
            tally.target(Role::Server, server),
        ];
        let text = summary(tally, &targets);
        if self.stdout_taken || self.outputs.to_stdout() {
            anstream::eprint!("{text}");
        } else {
            out::text(format_args!("{text}"));
        }
        let report = run::report(
            &self.corpus,
            &self.started,
            self.since.elapsed(),
            0,
            true,
            targets,
        );
        for target in &report.targets {
            let written = self.sinks.target_done(&report, target);
            written.map_err(Failure::usage)?;
        }
        self.sinks.run_done(&report).map_err(Failure::usage)?;
        Ok(exit(tally))
    }
}

fn exit(tally: &Tally) -> Exit {
    if tally.broke(Verdict::Fail) {
        Exit::FellShort
    } else if tally.traffic.opened == 0 {
        anstream::eprintln!("wsspec: no WebSocket was opened, so nothing was judged");
        Exit::Usage
    } else {
        Exit::Fine
    }
}

fn summary(tally: &Tally, targets: &[TargetReport]) -> String {
    let traffic = &tally.traffic;
    let mut text = counted(traffic.connections as usize, "connection");
    for (count, noun) in [
        (traffic.opened, "WebSocket"),
        (traffic.refused, "refusal"),
        (traffic.plain, "other request"),
    ] {
        if count > 0 {
            let _ = write!(text, ", {}", counted(count as usize, noun));
        }
    }
    for (count, what) in [
        (traffic.unopened, "failed at the client"),
        (traffic.unreached, "could not reach the server"),
    ] {
        if count > 0 {
            let _ = write!(text, ", {count} {what}");
        }
    }
    text.push('\n');
    for (target, sent) in targets.iter().zip([&traffic.client, &traffic.server]) {
        let name = printable(target.name.as_bytes());
        let _ = writeln!(text, "{name}: {sent}");
        let mut worst: Vec<&CaseResult> = target.cases.iter().filter(|row| is_told(row)).collect();
        worst.sort_by_key(|row| std::cmp::Reverse(row.verdict));
        for row in worst {
            let _ = write!(text, "  {} {}: {}", row.verdict.name(), row.id, row.reason);
            if let Some(count) = row.count {
                let _ = write!(text, " [{}], {}", row.breaks(), counted(count, "time"));
            }
            text.push('\n');
        }
    }
    text
}

/// Whether a row says more than the numbers do.
fn is_told(row: &CaseResult) -> bool {
    !matches!(row.verdict, Verdict::Pass | Verdict::Informational)
}
