//! Where the input of `decode` comes from.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, IsTerminal, Read as _};
use std::path::{Path, PathBuf};

use wsspec::decode::{Content, MAX_INPUT, Read, Unreadable};

use super::super::failure::Failure;

/// An input, and where it comes from.
pub(super) struct Input {
    pub(super) bytes: Vec<u8>,
    file: Option<PathBuf>,
}

/// Reads the arguments, the file that they name, or standard input.
pub(super) fn read(arguments: &[OsString], file: Option<&Path>) -> Result<Input, Failure> {
    let file = file.or_else(|| named(arguments));
    if let Some(path) = file {
        let bytes = File::open(path).and_then(limited);
        return Ok(Input {
            bytes: bytes.map_err(|error| Failure::file(path, error))?,
            file: Some(path.to_owned()),
        });
    }
    let bytes = if arguments.is_empty() || arguments == ["-"] {
        let stdin = io::stdin();
        if stdin.is_terminal() {
            anstream::eprintln!("note: reading from the terminal; end with Ctrl-D");
        }
        limited(stdin.lock()).map_err(Failure::usage)?
    } else {
        let arguments: Vec<&[u8]> = arguments.iter().map(|a| a.as_encoded_bytes()).collect();
        arguments.join(&b' ')
    };
    Ok(Input { bytes, file: None })
}

/// The file that the only argument names.
fn named(arguments: &[OsString]) -> Option<&Path> {
    let [argument] = arguments else {
        return None;
    };
    let path = Path::new(argument);
    // A pasted text can be longer than any name may be; then there is no such file.
    path.try_exists().is_ok_and(|exists| exists).then_some(path)
}

/// Reads one byte more than is accepted at most, to tell that there are more.
fn limited(from: impl io::Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    from.take(MAX_INPUT as u64 + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

impl Input {
    /// Why the input cannot be read. What looks like the name of a file probably is one.
    pub(super) fn failure(&self, error: &Unreadable) -> Failure {
        if let Some(path) = &self.file {
            return Failure::file(path, error);
        }
        let text = String::from_utf8_lossy(&self.bytes);
        let like_a_name = !text.contains(char::is_whitespace) && text.contains(['.', '/', '\\']);
        match error {
            Unreadable::NoNotation if like_a_name => Failure::usage(format!(
                "there is no file {text:?}; if it is meant as bytes, {error}"
            )),
            _ => Failure::usage(error),
        }
    }

    /// Says what the input was taken for.
    pub(super) fn print_source(&self, read: &Read) {
        let from = self.file.as_ref();
        let from = from
            .map(|path| format!("{}: ", path.display()))
            .unwrap_or_default();
        let size = read.size();
        let unit = match (&read.content, size) {
            (Content::Streams(_), 1) => "byte",
            (Content::Streams(_), _) => "bytes",
            (Content::Messages(_), 1) => "message",
            (Content::Messages(_), _) => "messages",
        };
        anstream::eprintln!("note: {from}read as {}, {size} {unit}", read.name());
    }
}
