//! How the cases are run and reported; for servers and clients.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::super::outputs::Outputs;
use super::case::CaseArgs;
use super::fail::FailArgs;
use super::headings::{PRINTED, REPORTS};

/// How the cases are run and reported.
#[derive(Debug, Args)]
pub(crate) struct RunArgs {
    #[command(flatten)]
    pub(crate) case: CaseArgs,
    #[command(flatten)]
    pub(crate) fail: FailArgs,
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
    /// Whether the conversations of passes are kept too.
    pub(crate) fn all_transcripts(&self) -> bool {
        self.transcripts == TranscriptsArg::All
    }
}
