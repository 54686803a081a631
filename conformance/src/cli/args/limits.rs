//! Limits that the user claims for the target.

use std::fmt;
use std::ops::RangeInclusive;

use clap::Args;
use wsspec::run::CommandLine;
use wsspec_reports::Limits;

use super::case::{SecondsError, seconds_within};
use super::headings::LIMITS;

/// Limits that the user claims for the target: exceeding one is a failure.
#[derive(Debug, Clone, Default, PartialEq, Args)]
#[command(next_help_heading = LIMITS)]
pub(crate) struct LimitArgs {
    /// Maximum size of a message: 65536, 64k, 1m
    #[arg(id = "max-message", long = "max-message", value_name = "SIZE", value_parser = size)]
    message: Option<u64>,
    /// Maximum number of fragments of a message
    #[arg(id = "max-fragments", long = "max-fragments", value_name = "N")]
    fragments: Option<u64>,
    /// Maximum size of a request head
    #[arg(id = "max-head", long = "max-head", value_name = "SIZE", value_parser = size)]
    head: Option<u64>,
    /// Maximum growth of the memory of its processes in one case; measured with `wsspec server` and
    /// --pid
    #[arg(id = "max-memory", long = "max-memory", value_name = "SIZE", value_parser = size)]
    memory: Option<u64>,
    /// Maximum number of connections that the target serves at the same time; the suite's own are
    /// bounded by --max-connections
    #[arg(id = "connection-limit", long = "connection-limit", value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1024))]
    connections: Option<u32>,
    /// Seconds after which an opening handshake that is not finished ends
    #[arg(long, value_name = "S", value_parser = seconds)]
    handshake_timeout: Option<f64>,
    /// Seconds after which a connection ends on which nothing is sent
    #[arg(long, value_name = "S", value_parser = seconds)]
    idle_timeout: Option<f64>,
    /// Seconds after which a connection ends on which its ping is not answered
    #[arg(long, value_name = "S", value_parser = seconds)]
    ping_timeout: Option<f64>,
}

impl LimitArgs {
    /// What they say.
    pub(crate) fn limits(&self) -> Limits {
        Limits {
            message: self.message,
            fragments: self.fragments,
            head: self.head,
            memory: self.memory,
            connections: self.connections,
            handshake_timeout_ms: self.handshake_timeout.map(milliseconds),
            idle_timeout_ms: self.idle_timeout.map(milliseconds),
            ping_timeout_ms: self.ping_timeout.map(milliseconds),
        }
    }

    /// Appends the arguments that say the same.
    pub(crate) fn print(&self, line: &mut CommandLine) {
        let LimitArgs {
            message,
            fragments,
            head,
            memory,
            connections,
            handshake_timeout,
            idle_timeout,
            ping_timeout,
        } = self;
        for (name, limit) in [
            ("--max-message", message),
            ("--max-fragments", fragments),
            ("--max-head", head),
            ("--max-memory", memory),
        ] {
            if let Some(limit) = limit {
                line.option(name, limit);
            }
        }
        if let Some(connections) = connections {
            line.option("--connection-limit", connections);
        }
        for (name, limit) in [
            ("--handshake-timeout", handshake_timeout),
            ("--idle-timeout", idle_timeout),
            ("--ping-timeout", ping_timeout),
        ] {
            if let Some(limit) = limit {
                line.option(name, limit);
            }
        }
    }
}

/// Shortest and longest time-out that can be claimed, in seconds: it is waited for.
const SECONDS: RangeInclusive<f64> = 0.001..=600.0;

/// Parses a time-out.
fn seconds(text: &str) -> Result<f64, SecondsError> {
    seconds_within(text, SECONDS)
}

fn milliseconds(seconds: f64) -> u64 {
    (seconds * 1e3).round() as u64
}

/// Why a text is no size.
#[derive(Debug)]
pub(crate) struct NoSize;

impl fmt::Display for NoSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a size is a number of bytes, or of KiB, MiB or GiB: 65536, 64k, 1m, 2g")
    }
}

impl std::error::Error for NoSize {}

/// Parses a size.
pub(crate) fn size(text: &str) -> Result<u64, NoSize> {
    let units = [("k", 10), ("m", 20), ("g", 30)];
    let lower = text.to_ascii_lowercase();
    let (digits, shift) = units
        .iter()
        .find_map(|(unit, shift)| Some((lower.strip_suffix(unit)?, *shift)))
        .unwrap_or((&lower, 0));
    let number: u64 = digits.parse().map_err(|_| NoSize)?;
    number.checked_mul(1 << shift).ok_or(NoSize)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_has_a_unit_or_none() {
        for (text, bytes) in [
            ("0", 0),
            ("65536", 65536),
            ("64k", 65536),
            ("64K", 65536),
            ("1m", 1 << 20),
            ("2g", 2 << 30),
        ] {
            assert_eq!(size(text).unwrap(), bytes, "{text}");
        }
        for text in ["", "k", "1kb", "-1", "1.5m", "99999999999g"] {
            assert!(size(text).is_err(), "{text}");
        }
    }
}
