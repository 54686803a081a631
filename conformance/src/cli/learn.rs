//! `wsspec learn URL`: the state machine of a server.

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use tokio::runtime::Runtime;
use wsspec::learn::{
    self as learner, DifferenceReport, JudgementReport, Limits, Options, Outcome, Report,
    Unanswered, shown,
};
use wsspec_core::dissect::printable;
use wsspec_reports::counted;

use super::args::headings::{HOW, PRINTED, REPORTS};
use super::args::{FieldArgs, PeerArg, SecondsError, seconds, seconds_within};
use super::exit::Exit;
use super::failure::{Done, Failure};
use super::interrupt::Interrupts;
use super::out::{self, out};

#[derive(Debug, Args)]
#[command(after_help = "\
Examples: wsspec learn ws://127.0.0.1:9001/
          wsspec learn ws://127.0.0.1:9001/ --svg machine.svg --vectors edges

Each question is a connection of its own that sends some of the inputs (`--html` and `--json` list them). A \
difference from the reference endpoint is a breach only where the judge finds that it breaks a requirement; any \
other is the server's choice. The server has to be reached over HTTP/1.1. Exit codes: 0 no edge breaks a requirement, 1 one \
does, 2 bad usage, or no machine was found within the limits, 3 the server could not be reached.")]
pub(crate) struct LearnCommand {
    /// The server
    #[arg(value_name = "URL")]
    url: String,
    #[command(flatten)]
    fields: FieldArgs,
    /// What the server does with messages
    #[arg(long, value_enum, default_value_t, help_heading = HOW)]
    peer: PeerArg,
    /// Largest number of connections at the same time
    #[arg(long, short, default_value_t = 16, value_name = "N", help_heading = HOW, value_parser = clap::value_parser!(u16).range(1..=256))]
    jobs: u16,
    /// Stop when there are more states than this
    #[arg(long, default_value_t = 30, value_name = "N", help_heading = HOW, value_parser = clap::value_parser!(u16).range(1..=1000))]
    max_states: u16,
    /// Stop after this many connections
    #[arg(long, default_value_t = 20_000, value_name = "N", help_heading = HOW, value_parser = clap::value_parser!(u32).range(1..=10_000_000))]
    max_queries: u32,
    /// Stop to ask after this many seconds, and to judge differences after as many more
    #[arg(long, default_value_t = 120.0, value_name = "S", help_heading = HOW, value_parser = duration)]
    time: f64,
    /// Edges that the tests of a machine go beyond each state, one after the other
    #[arg(long, default_value_t = 2, value_name = "N", help_heading = HOW, value_parser = clap::value_parser!(u8).range(1..=3))]
    depth: u8,
    /// Random walks that the machine has to stand in the end
    #[arg(long, default_value_t = 200, value_name = "N", help_heading = HOW, value_parser = clap::value_parser!(u32).range(0..=1_000_000))]
    walks: u32,
    /// Seed of the random walks
    #[arg(long, default_value_t = 1, value_name = "N", help_heading = HOW)]
    seed: u64,
    /// Longest wait while a difference is judged, in seconds
    #[arg(long, default_value_t = 6.0, value_name = "S", help_heading = HOW, value_parser = seconds)]
    timeout: f64,
    /// Write a vector for each edge that differs
    #[arg(long, value_name = "DIR", help_heading = REPORTS)]
    vectors: Option<PathBuf>,
    /// Write the result as JSON
    #[arg(long, value_name = "FILE", help_heading = REPORTS)]
    json: Option<PathBuf>,
    /// Write the machine as a drawing
    #[arg(long, value_name = "FILE", help_heading = REPORTS)]
    svg: Option<PathBuf>,
    /// Write the machine in the language of Graphviz
    #[arg(long, value_name = "FILE", help_heading = REPORTS)]
    dot: Option<PathBuf>,
    /// Write a page with the drawing and the differences
    #[arg(long, value_name = "FILE", help_heading = REPORTS)]
    html: Option<PathBuf>,
    /// Print only the edges that break a requirement
    #[arg(long, short, help_heading = PRINTED)]
    quiet: bool,
}

/// Parses the time to learn: up to a day.
fn duration(text: &str) -> Result<f64, SecondsError> {
    seconds_within(text, 1.0..=86_400.0)
}

impl LearnCommand {
    fn options(&self) -> Options {
        Options {
            limits: Limits {
                states: self.max_states.into(),
                queries: self.max_queries as usize,
                time: Duration::from_secs_f64(self.time),
                depth: self.depth.into(),
                walks: self.walks as usize,
                seed: self.seed,
            },
            jobs: self.jobs.into(),
            peer: self.peer.behaviour(),
            timeout: Duration::from_secs_f64(self.timeout),
        }
    }

    fn write(&self, report: &Report, outcome: &Outcome) -> Result<(), Failure> {
        let json = serde_json::to_string_pretty(report).map_err(Failure::internal)? + "\n";
        let files = [
            (&self.json, json),
            (&self.svg, learner::svg(report)),
            (&self.dot, learner::dot(report)),
            (&self.html, learner::page(report)),
        ];
        for (path, text) in files {
            if let Some(path) = path {
                write(path, &text)?;
            }
        }
        if let Some(dir) = &self.vectors {
            let written = learner::write_vectors(dir, &outcome.differences)
                .map_err(|error| Failure::file(dir, error))?;
            if !self.quiet {
                let number = counted(written.len(), "vector");
                anstream::eprintln!("{number} written to {}", dir.display());
            }
        }
        Ok(())
    }
}

/// `wsspec learn URL`
pub(super) fn learn(command: &LearnCommand) -> Done {
    let target = command.fields.target(&command.url)?;
    target.may_break()?;
    if target.transport().has_streams() {
        return Err(Failure::usage(
            "learn speaks to servers over HTTP/1.1: leave --transport h2 and h3 out",
        ));
    }
    let url = target.shown();
    let options = command.options();
    let runtime = Runtime::new().map_err(Failure::internal)?;
    let outcome = runtime.block_on(async {
        let mut interrupts = Interrupts::listen();
        tokio::select! {
            outcome = learner::learn(target, &options) => Some(outcome),
            () = interrupts.next() => None,
        }
    });
    let outcome = match outcome {
        None => return Ok(Exit::Interrupted),
        Some(Err(Unanswered::Unreachable(why))) => {
            return Err(Failure::Unreachable(format!("{url}: {why}")));
        }
        Some(Ok(outcome)) => outcome,
    };
    let report = Report::new(&url, &options, &outcome);
    command.write(&report, &outcome)?;
    if command.json.as_deref() != Some(Path::new("-")) {
        print(&report, command.quiet);
    }
    Ok(if report.judged(JudgementReport::Breach).next().is_some() {
        Exit::FellShort
    } else if report.complete {
        Exit::Fine
    } else {
        Exit::Usage
    })
}

fn write(path: &Path, text: &str) -> Result<(), Failure> {
    if path == Path::new("-") {
        out::text(format_args!("{text}"));
        return Ok(());
    }
    std::fs::write(path, text).map_err(|error| Failure::file(path, error))
}

fn print(report: &Report, quiet: bool) {
    if !quiet {
        out!(
            "{}: {}",
            printable(report.url.as_bytes()),
            learner::summary(report)
        );
        print_states(report);
    }
    for judgement in [
        JudgementReport::Breach,
        JudgementReport::NonStrict,
        JudgementReport::Free,
        JudgementReport::Unjudged,
    ] {
        if quiet && judgement != JudgementReport::Breach {
            continue;
        }
        for alike in learner::alike(report, judgement) {
            print_differences(&alike);
        }
    }
    if report.complete && report.differences.is_empty() && !quiet {
        out!("The machine is that of the reference endpoint.");
    }
}

fn print_states(report: &Report) {
    for (number, state) in report.states.iter().enumerate() {
        out!();
        out!("s{number}: {}", shown(&state.access));
        for row in learner::rows(report, number) {
            out!("  {row}");
        }
    }
    out!();
}

/// Prints differences of a state with the same outputs.
fn print_differences(alike: &[&DifferenceReport]) {
    let Some(first) = alike.first() else {
        return;
    };
    let mark = match first.judgement {
        JudgementReport::Breach => "FAIL".to_owned(),
        other => other.to_string(),
    };
    let inputs: Vec<&str> = alike.iter().map(|difference| difference.input).collect();
    out!(
        "{mark} s{} after {}, {}: {}; the reference endpoint: {}",
        first.from,
        shown(&first.access),
        inputs.join(", "),
        first.seen,
        first.reference
    );
    if let (Some(requirement), Some(reason)) = (&first.requirement, &first.reason) {
        out!("     {requirement}: {}", printable(reason.as_bytes()));
        out!("     bytes: {}", first.bytes.join(" "));
    }
}
