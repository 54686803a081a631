//! What keeps a sink from writing.

use std::error::Error;
use std::fmt;
use std::io;
use std::path::Path;

/// An output that cannot be written, and why.
#[derive(Debug)]
pub struct SinkError {
    place: String,
    source: io::Error,
}

impl SinkError {
    /// `source` happened while writing to `path`; `-` is stdout.
    pub fn new(path: &Path, source: io::Error) -> SinkError {
        let place = if path == Path::new("-") {
            "stdout".to_owned()
        } else {
            path.display().to_string()
        };
        SinkError { place, source }
    }
}

impl fmt::Display for SinkError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot write {}: {}", self.place, self.source)
    }
}

impl Error for SinkError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.source)
    }
}
