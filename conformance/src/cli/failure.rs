//! Why a command could not do its work, by whose fault that is.

use std::fmt;
use std::path::Path;

use wsspec::run::{ClientError, NotOwn, SelectionError, TargetError};
use wsspec_core::dissect::printable;
use wsspec_reports::counted;
use wsspec_vectors::VectorErrors;

use super::exit::Exit;

/// Largest number of errors in the vectors that are shown.
const VECTOR_ERRORS: usize = 20;

/// How a command ended, or why it could not do its work.
pub(crate) type Done = Result<Exit, Failure>;

/// Why a command could not do its work.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The user's fault: bad arguments, or a file that cannot be used.
    Usage(String),
    /// The fault of the author of vectors.
    Vectors(VectorErrors),
    /// The target's fault: it cannot be reached.
    Unreachable(String),
    /// The reference client refuses what it was told to dial.
    Refused(String),
    /// Our fault, or that of the operating system.
    Internal(String),
}

impl Failure {
    /// The user's fault.
    pub(crate) fn usage(message: impl fmt::Display) -> Failure {
        Failure::Usage(message.to_string())
    }

    /// A file that cannot be read, written or understood.
    pub(crate) fn file(path: &Path, error: impl fmt::Display) -> Failure {
        Failure::Usage(format!("{}: {error}", path.display()))
    }

    /// The same; a fault of the user with the place in a file where it is.
    pub(crate) fn at(self, place: &str) -> Failure {
        match self {
            Failure::Usage(message) => Failure::Usage(format!("{place}: {message}")),
            other => other,
        }
    }

    /// Our fault, or that of the operating system.
    pub(crate) fn internal(message: impl fmt::Display) -> Failure {
        Failure::Internal(message.to_string())
    }

    /// The exit code. An internal error has that of bad usage: there is no code for it, and it must
    /// not be that of a verdict.
    pub(crate) fn exit(&self) -> Exit {
        match self {
            Failure::Usage(_) | Failure::Vectors(_) | Failure::Internal(_) => Exit::Usage,
            Failure::Unreachable(_) => Exit::Unreachable,
            Failure::Refused(_) => Exit::FellShort,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Failure::Usage(message) | Failure::Unreachable(message) | Failure::Refused(message) => {
                f.write_str(message)
            }
            Failure::Internal(message) => write!(f, "internal error: {message}"),
            Failure::Vectors(errors) => {
                write!(f, "{} in the vectors:", counted(errors.len(), "error"))?;
                for error in errors.iter().take(VECTOR_ERRORS) {
                    write!(f, "\n{error}")?;
                }
                let more = errors.len().saturating_sub(VECTOR_ERRORS);
                if more > 0 {
                    write!(f, "\n… and {more} more")?;
                }
                match errors.iter().find(|error| error.field.is_some()) {
                    Some(error) => write!(
                        f,
                        "\n`wsspec vectors check {}` shows them with their lines",
                        printable(error.file.as_bytes())
                    ),
                    None => Ok(()),
                }
            }
        }
    }
}

impl std::error::Error for Failure {}

impl From<TargetError> for Failure {
    fn from(error: TargetError) -> Self {
        Failure::usage(error)
    }
}

impl From<ClientError> for Failure {
    fn from(error: ClientError) -> Self {
        Failure::usage(error)
    }
}

impl From<NotOwn> for Failure {
    fn from(error: NotOwn) -> Self {
        Failure::usage(error)
    }
}

impl From<SelectionError> for Failure {
    fn from(error: SelectionError) -> Self {
        Failure::usage(error)
    }
}
