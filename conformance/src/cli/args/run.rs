//! How the cases are run and reported; for servers and clients.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::super::outputs::Outputs;
use super::case::CaseArgs;
use super::fail::FailArgs;
use super::headings::{HOW, PRINTED, REPORTS};

/// How the cases are run and reported.
#[derive(Debug, Args)]
pub(crate) struct RunArgs {
    #[command(flatten)]
    pub(crate) case: CaseArgs,
    #[command(flatten)]
    pub(crate) fail: FailArgs,
    /// End the run after N cases that fail for certain
    #[arg(
        long,
        value_name = "N",
        value_parser = clap::value_parser!(u32).range(1..),
        help_heading = HOW
    )]
    max_fail: Option<u32>,
    /// The same as --max-fail 1
    #[arg(long, conflicts_with = "max_fail", help_heading = HOW)]
    fail_fast: bool,
    /// Print only the summary line
    #[arg(long, short, conflicts_with = "verbose", help_heading = PRINTED)]
    pub(crate) quiet: bool,
    /// Print every failure in full, with its wire log, and every milder verdict
    #[arg(long, short, help_heading = PRINTED)]
    pub(crate) verbose: bool,
    /// Which conversations the JSON reports keep; they are written to disk as they come
    #[arg(
        long,
        value_enum,
        default_value_t,
        value_name = "WHICH",
        help_heading = REPORTS
    )]
    pub(crate) transcripts: TranscriptsArg,
    /// Append each result as a line of JSON when the case ends
    #[arg(long, value_name = "FILE", help_heading = REPORTS)]
    pub(crate) jsonl: Option<PathBuf>,
    /// Write Autobahn's reports into this folder: index.json, and a JSON file and a page for each
    /// case
    #[arg(long, value_name = "DIR", help_heading = REPORTS)]
    pub(crate) autobahn: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) outputs: Outputs,
}

/// Which conversations the JSON reports keep.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum TranscriptsArg {
    /// Those of every case that did not pass
    #[default]
    Failures,
    /// Those of all cases, so that `wsspec judge` can judge each again
    All,
}

impl RunArgs {
    /// The number of failures that end the run.
    pub(crate) fn max_fail(&self) -> Option<usize> {
        let most = if self.fail_fast {
            Some(1)
        } else {
            self.max_fail
        };
        most.map(|most| most as usize)
    }

    /// Whether a report is asked for.
    pub(crate) fn writes(&self) -> bool {
        self.jsonl.is_some() || self.autobahn.is_some() || !self.outputs.is_empty()
    }

    /// Whether the conversations of passes are kept too.
    pub(crate) fn all_transcripts(&self) -> bool {
        self.transcripts == TranscriptsArg::All
    }
}
