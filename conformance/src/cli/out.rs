//! What goes to stdout, which may be a full disk, or a pipe whose reader is gone. Neither ends a run:
//! the rest is not printed, and the command says so at its end.

use std::fmt;
use std::io::{self, Write as _};
use std::path::Path;
use std::sync::OnceLock;

use serde::Serialize;

use super::exit::Exit;
use super::failure::Failure;

/// The first error; nothing is printed after it.
static FAILED: OnceLock<io::Error> = OnceLock::new();

/// Prints a line to stdout.
macro_rules! out {
    () => { $crate::cli::out::text(format_args!("\n")) };
    ($($text:tt)*) => { $crate::cli::out::text(format_args!("{}\n", format_args!($($text)*))) };
}
pub(crate) use out;

/// Prints text to stdout.
pub(crate) fn text(text: fmt::Arguments<'_>) {
    if FAILED.get().is_none()
        && let Err(error) = anstream::stdout().write_fmt(text)
    {
        // Of several errors at once, any is the first.
        let _ = FAILED.set(error);
    }
}

/// Writes a value as JSON into a file; `-` is stdout.
///
/// # Errors
/// If the file cannot be written.
pub(super) fn json(path: &Path, value: &impl Serialize) -> Result<(), Failure> {
    let json = serde_json::to_string_pretty(value).map_err(Failure::internal)? + "\n";
    if path == Path::new("-") {
        text(format_args!("{json}"));
        return Ok(());
    }
    std::fs::write(path, json).map_err(|error| Failure::file(path, error))
}

/// How a command ended that ended so, now that everything is printed. A reader that has seen enough
/// is no failure.
///
/// # Errors
///
/// If stdout took no more.
pub(super) fn finish(exit: Exit) -> Result<Exit, Failure> {
    if FAILED.get().is_none()
        && let Err(error) = io::stdout().flush()
    {
        let _ = FAILED.set(error);
    }
    match FAILED.get() {
        Some(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure::usage(format!("cannot write to stdout: {error}")))
        }
        _ => Ok(exit),
    }
}
