//! How a single case is run; for servers and clients.

use std::fmt;
use std::time::Duration;

use clap::{Args, ValueEnum};
use wsspec::run::{CommandLine, Options};
use wsspec_reports::MessageBehaviour;

use super::LimitArgs;
use super::headings::HOW;

/// Seconds to wait where no evidence ends a wait, unless the user says otherwise.
const TIMEOUT: f64 = 6.0;

/// Retries of a failed case, unless the user says otherwise.
const RETRIES: u32 = 1;

/// Shortest and longest timeout, in seconds.
const SECONDS: std::ops::RangeInclusive<f64> = 0.05..=3600.0;

/// How a single case is run.
#[derive(Debug, Clone, PartialEq, Args)]
#[command(next_help_heading = HOW)]
pub(crate) struct CaseArgs {
    /// What the target does with messages
    #[arg(long, value_enum, default_value_t)]
    peer: PeerArg,
    /// Run a failed case again alone, up to N times; it is flaky if a retry does not fail (0: do
    /// not retry)
    #[arg(long, default_value_t = RETRIES, value_name = "N")]
    retries: u32,
    /// Seconds to wait where no evidence ends a wait
    #[arg(long, default_value_t = TIMEOUT, value_name = "S", value_parser = seconds)]
    pub(crate) timeout: f64,
    /// Fixes masking keys, payload cuts and handshake keys
    #[arg(long, default_value_t = 0, value_name = "N")]
    pub(crate) seed: u64,
    #[command(flatten)]
    pub(crate) limits: LimitArgs,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum PeerArg {
    /// Found out before the first case
    #[default]
    Auto,
    /// It sends every message back
    Echo,
    /// It answers no message
    Silent,
}

impl PeerArg {
    /// What is claimed of the target; `None` where the probe finds it out.
    pub(crate) fn behaviour(self) -> Option<MessageBehaviour> {
        match self {
            PeerArg::Auto => None,
            PeerArg::Echo => Some(MessageBehaviour::Echo),
            PeerArg::Silent => Some(MessageBehaviour::Silent),
        }
    }

    /// Appends the argument that says the same.
    pub(crate) fn print(self, line: &mut CommandLine) {
        let word = match self {
            PeerArg::Auto => return,
            PeerArg::Echo => "echo",
            PeerArg::Silent => "silent",
        };
        line.option("--peer", word);
    }
}

impl CaseArgs {
    /// The options of a run with these; the others have their defaults.
    pub(crate) fn options(&self) -> Options {
        Options {
            retries: self.retries,
            timeout: self.timeout(),
            seed: self.seed,
            peer: self.peer.behaviour(),
            limits: self.limits.limits(),
            ..Options::default()
        }
    }

    pub(crate) fn timeout(&self) -> Duration {
        Duration::from_secs_f64(self.timeout)
    }

    /// Appends the arguments that say the same.
    pub(crate) fn print(&self, line: &mut CommandLine) {
        let CaseArgs {
            peer,
            retries,
            timeout,
            seed,
            limits,
        } = self;
        peer.print(line);
        if *retries != RETRIES {
            line.option("--retries", retries);
        }
        if *timeout != TIMEOUT {
            line.option("--timeout", timeout);
        }
        if *seed != 0 {
            line.option("--seed", seed);
        }
        limits.print(line);
    }
}

/// Why a text is no number of seconds.
#[derive(Debug)]
pub(crate) enum SecondsError {
    NotANumber,
    /// The smallest and largest number.
    OutOfRange(f64, f64),
}

impl fmt::Display for SecondsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SecondsError::NotANumber => f.write_str("not a number"),
            SecondsError::OutOfRange(least, most) => write!(f, "not from {least} to {most}"),
        }
    }
}

impl std::error::Error for SecondsError {}

/// Parses a timeout.
pub(crate) fn seconds(text: &str) -> Result<f64, SecondsError> {
    seconds_within(text, SECONDS)
}

/// Parses a number of seconds within this range.
pub(crate) fn seconds_within(
    text: &str,
    range: std::ops::RangeInclusive<f64>,
) -> Result<f64, SecondsError> {
    let seconds: f64 = text.parse().map_err(|_| SecondsError::NotANumber)?;
    if range.contains(&seconds) {
        Ok(seconds)
    } else {
        Err(SecondsError::OutOfRange(*range.start(), *range.end()))
    }
}
