//! The report for people, on the terminal.

use std::collections::BTreeSet;
use std::io::{self, IsTerminal};

use super::out;
use wsspec_reports::sink::{Sink, SinkError};
use wsspec_reports::{Ending, Report, TargetReport, terminal};

/// Columns where neither COLUMNS nor the terminal tells.
const WIDTH: usize = 110;

/// Fewest and most columns that are used.
const WIDTHS: [usize; 2] = [60, 160];

/// How much is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Detail {
    /// The summary line.
    Quiet,
    /// The first failures in full.
    Usual,
    /// Every failure in full, and every milder verdict.
    Verbose,
}

impl Detail {
    /// What these flags of the user ask for.
    pub(super) fn new(quiet: bool, verbose: bool) -> Detail {
        match (quiet, verbose) {
            (true, _) => Detail::Quiet,
            (false, true) => Detail::Verbose,
            (false, false) => Detail::Usual,
        }
    }

    /// Prints the report on a target. It goes to standard error if standard output is taken.
    pub(super) fn print(self, run: &Report, target: &TargetReport, stdout_taken: bool) {
        let verbose = self == Detail::Verbose;
        let on_terminal = if stdout_taken {
            io::stderr().is_terminal()
        } else {
            io::stdout().is_terminal()
        };
        let options = terminal::Options {
            color: true,
            width: width(),
            whole_last_line: !on_terminal,
            details: if verbose {
                usize::MAX
            } else {
                terminal::DETAILS
            },
            verbose,
        };
        let text = if self == Detail::Quiet {
            terminal::one_line(run, target, &options)
        } else {
            terminal::render(run, target, &options)
        };
        if stdout_taken {
            anstream::eprint!("{text}");
        } else {
            out::text(format_args!("{text}"));
        }
    }
}

/// Prints the report on each target when its run is over, or when the client asks for it.
pub(super) struct Terminal {
    detail: Detail,
    stdout_taken: bool,
    /// Clients whose reports were printed when they asked for them.
    printed: BTreeSet<String>,
}

impl Terminal {
    pub(super) fn new(detail: Detail, stdout_taken: bool) -> Terminal {
        Terminal {
            detail,
            stdout_taken,
            printed: BTreeSet::new(),
        }
    }
}

impl Sink for Terminal {
    fn reported(&mut self, run: &Report, target: &TargetReport) -> Result<(), SinkError> {
        self.detail.print(run, target, self.stdout_taken);
        self.printed.insert(target.name.clone());
        Ok(())
    }

    fn target_done(&mut self, run: &Report, target: &TargetReport) -> Result<(), SinkError> {
        match &target.ended {
            Ending::Unreachable(reason) => anstream::eprintln!("wsspec: {reason}"),
            _ if self.printed.contains(&target.name) => {}
            _ => self.detail.print(run, target, self.stdout_taken),
        }
        Ok(())
    }
}

/// Columns to use.
pub(super) fn width() -> usize {
    let asked = std::env::var("COLUMNS").ok().and_then(|c| c.parse().ok());
    asked
        .or_else(|| terminal_size::terminal_size().map(|(w, _)| w.0.into()))
        .unwrap_or(WIDTH)
        .clamp(WIDTHS[0], WIDTHS[1])
}
