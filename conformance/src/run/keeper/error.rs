//! Why a server cannot be started.

use std::fmt;
use std::io;
use std::process::ExitStatus;
use std::time::Duration;

/// Why a server does not run.
#[derive(Debug)]
#[non_exhaustive]
pub enum StartError {
    /// The command is empty.
    NoCommand,
    /// There is nothing that could start it.
    NoMeans,
    /// The program cannot be started.
    CannotStart {
        /// The program.
        program: String,
        /// Why not.
        error: io::Error,
    },
    /// No port is free.
    NoPort(io::Error),
    /// It ended before it listened.
    Ended {
        /// How.
        status: ExitStatus,
        /// The last lines of its standard error.
        stderr: Vec<String>,
    },
    /// It does not listen.
    NotListening {
        /// Where it should.
        address: String,
        /// How long was waited.
        patience: Duration,
        /// The last lines of its standard error.
        stderr: Vec<String>,
    },
    /// The command that starts it again failed.
    RestartFailed {
        /// How it ended; `None` if it did not in time.
        status: Option<ExitStatus>,
        /// The last lines of its standard error.
        stderr: Vec<String>,
    },
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let stderr = match self {
            StartError::NoCommand => {
                return f.write_str("no command: wsspec server -- CMD {port}");
            }
            StartError::NoMeans => return f.write_str("nothing is there to start it again"),
            StartError::CannotStart { program, error } => {
                return write!(f, "cannot start {program}: {error}");
            }
            StartError::NoPort(error) => return write!(f, "no port is free: {error}"),
            StartError::Ended { status, stderr } => {
                write!(f, "the server ended before it listened: {status}")?;
                stderr
            }
            StartError::NotListening {
                address,
                patience,
                stderr,
            } => {
                write!(
                    f,
                    "the server does not listen on {address} within {} s; {{port}} in its command, \
                     or the environment variable PORT, tells it where to",
                    patience.as_secs_f64()
                )?;
                stderr
            }
            StartError::RestartFailed { status, stderr } => {
                match status {
                    Some(status) => write!(f, "the restart command failed: {status}")?,
                    None => f.write_str("the restart command does not end")?,
                }
                stderr
            }
        };
        for line in stderr {
            write!(f, "\n  | {line}")?;
        }
        Ok(())
    }
}

impl std::error::Error for StartError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            StartError::CannotStart { error, .. } | StartError::NoPort(error) => Some(error),
            _ => None,
        }
    }
}
