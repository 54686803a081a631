//! What goes wrong with a client under test, by whose fault it is.

use std::fmt;
use std::io;
use std::process::ExitStatus;
use std::time::Duration;

use super::proxy::NoTunnel;
use crate::run::process::LastLine;

/// Why a client cannot be started. The user has to give another command.
#[derive(Debug)]
#[non_exhaustive]
pub enum ClientError {
    /// The command is empty.
    NoCommand,
    /// The program cannot be started.
    CannotStart {
        /// The program.
        program: String,
        /// Why not.
        error: io::Error,
    },
}

impl fmt::Display for ClientError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ClientError::NoCommand => f.write_str("no command: wsspec client -- CMD {url}"),
            ClientError::CannotStart { program, error } => {
                write!(f, "cannot start {program}: {error}")
            }
        }
    }
}

impl std::error::Error for ClientError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            ClientError::NoCommand => None,
            ClientError::CannotStart { error, .. } => Some(error),
        }
    }
}

/// Why there is no connection for a case.
#[derive(Debug)]
pub(in crate::run) enum ConnectError {
    /// The client did not connect to a URL that it may refuse.
    Refused,
    /// The client should have connected: nothing can be said about the case.
    Absent(Absence),
    /// The client crashed over the URL.
    Crashed(Crash),
    /// The client came over HTTP/1.1 where HTTP/2 was to be had.
    OverHttp1,
}

impl From<Absence> for ConnectError {
    fn from(absence: Absence) -> Self {
        ConnectError::Absent(absence)
    }
}

/// Why a client that should connect did not.
#[derive(Debug)]
pub(in crate::run) enum Absence {
    /// The command could not be started.
    NotStarted(ClientError),
    /// We could not listen for it.
    Listen(io::Error),
    /// We could not accept its connection.
    Accept(io::Error),
    /// It kept running for this time without connecting.
    Late(Duration, LastLine),
    /// It ended without connecting.
    Ended(ExitStatus, LastLine),
    /// It does not read URLs from its standard input.
    ReadsNoUrl(LastLine),
    /// It asked its proxy for no tunnel.
    NoTunnel(NoTunnel),
}

impl fmt::Display for Absence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Absence::NotStarted(error) => error.fmt(f),
            Absence::Listen(error) => write!(f, "cannot listen: {error}"),
            Absence::Accept(error) => write!(f, "cannot accept: {error}"),
            Absence::Late(patience, line) => write!(
                f,
                "the client did not connect within {} s{line}",
                patience.as_secs()
            ),
            Absence::Ended(status, line) => {
                write!(f, "the client ended without connecting: {status}{line}")
            }
            Absence::NoTunnel(why) => why.fmt(f),
            Absence::ReadsNoUrl(line) => {
                write!(f, "the client reads no URL from its standard input{line}")
            }
        }
    }
}

impl std::error::Error for Absence {}

impl From<ClientError> for Absence {
    fn from(error: ClientError) -> Self {
        Absence::NotStarted(error)
    }
}

/// A client that was ended by a signal.
#[derive(Debug)]
pub(in crate::run) struct Crash {
    status: ExitStatus,
    line: LastLine,
}

impl Crash {
    /// Whether a client with this exit status crashed.
    #[cfg(unix)]
    pub(super) fn happened(status: ExitStatus) -> bool {
        use std::os::unix::process::ExitStatusExt;
        status.signal().is_some()
    }

    /// Whether a client with this exit status crashed. Elsewhere than on Unix this cannot be known.
    #[cfg(not(unix))]
    pub(super) fn happened(_: ExitStatus) -> bool {
        false
    }

    pub(super) fn new(status: ExitStatus, line: LastLine) -> Crash {
        Crash { status, line }
    }
}

impl fmt::Display for Crash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the client crashed: {}{}", self.status, self.line)
    }
}
