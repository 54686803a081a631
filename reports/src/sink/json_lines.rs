//! A result a line, as it comes.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::{Finished, Sink, SinkError};
use crate::json::StreamLine;
use crate::{CaseResult, Report, TargetReport};

/// Writes each result as one line of JSON ([`StreamLine`]), and the passive rules of a target at
/// its end.
///
/// A line is one write, so that a kill never leaves half of one.
pub struct JsonLines {
    path: PathBuf,
    /// `None` once the reader of a pipe is gone.
    to: Option<Box<dyn Write + Send>>,
    /// Passes have their transcripts as well.
    all_transcripts: bool,
}

impl JsonLines {
    /// Creates the file; `-` is stdout.
    ///
    /// # Errors
    /// If the file cannot be created.
    pub fn create(path: &Path) -> Result<JsonLines, SinkError> {
        let to: Box<dyn Write + Send> = if path == Path::new("-") {
            Box::new(io::stdout())
        } else {
            Box::new(File::create(path).map_err(|error| SinkError::new(path, error))?)
        };
        Ok(JsonLines::new(path, to))
    }

    /// Writes to `to`; errors name `path`.
    pub fn new(path: &Path, to: Box<dyn Write + Send>) -> JsonLines {
        JsonLines {
            path: path.to_owned(),
            to: Some(to),
            all_transcripts: false,
        }
    }

    /// Writes the transcript of every case, of passes too; the run has to record them
    /// ([`Finished::whole`]).
    #[must_use]
    pub fn with_all_transcripts(mut self) -> JsonLines {
        self.all_transcripts = true;
        self
    }

    fn line(&mut self, target: &TargetReport, case: &CaseResult) -> Result<(), SinkError> {
        let Some(to) = &mut self.to else {
            return Ok(());
        };
        let line = StreamLine {
            target: target.url.clone(),
            case: case.clone(),
        };
        let written = serde_json::to_vec(&line)
            .map_err(io::Error::from)
            .and_then(|mut line| {
                line.push(b'\n');
                to.write_all(&line)?;
                to.flush()
            });
        match written {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                self.to = None;
                Ok(())
            }
            written => written.map_err(|error| SinkError::new(&self.path, error)),
        }
    }
}

impl Sink for JsonLines {
    fn finished(&mut self, target: &TargetReport, case: Finished<'_>) -> Result<(), SinkError> {
        let case = if self.all_transcripts {
            case.whole
        } else {
            case.kept
        };
        self.line(target, case)
    }

    fn target_done(&mut self, _: &Report, target: &TargetReport) -> Result<(), SinkError> {
        target
            .cases
            .iter()
            .filter(|case| case.is_passive())
            .try_for_each(|case| self.line(target, case))
    }
}
