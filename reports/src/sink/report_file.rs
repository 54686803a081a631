//! A report in one of the formats, in a file or on stdout.

use std::fs::OpenOptions;
use std::io;
use std::path::{Path, PathBuf};

use super::json_file::JsonFile;
use super::{Finished, Needed, Sink, SinkError};
use crate::{Format, Report, TargetReport};

/// Writes the report in one format at the end of the run.
///
/// A JSON report in a file is also rewritten while results come, at most every 500 ms: whatever
/// ends the program, the file is a whole report of nearly all that was known. Its targets are on
/// disk from their end on; the other formats are made at the end, of the cases that [they need](Sink::needs_at_the_end).
pub struct ReportFile {
    format: Format,
    path: PathBuf,
    /// If the format is JSON.
    json: Option<JsonFile>,
}

impl ReportFile {
    /// Creates the file, so that one that cannot be written is known before the run; `-` is stdout.
    ///
    /// `head` describes the run that begins: its tool, version, digest, start and seed, and in
    /// `requirements` every one that a case may cite. Its targets are ignored.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn create(format: Format, path: &Path, head: &Report) -> Result<ReportFile, SinkError> {
        let mut file = ReportFile {
            format,
            path: path.to_owned(),
            json: None,
        };
        if path != Path::new("-") {
            let opened = OpenOptions::new().append(true).create(true).open(path);
            file.tell(opened.map(drop))?;
        }
        if format == Format::Json {
            let json = JsonFile::create(path, head);
            file.json = Some(json.map_err(|error| SinkError::new(path, error))?);
        }
        Ok(file)
    }

    /// Keeps the transcript of every case, of passes too, if this is a JSON report. They are
    /// written to disk as they come, beside the report, and put into it when the target is done; the
    /// run has to record them ([`Finished::whole`]).
    ///
    /// # Errors
    /// If the file beside it cannot be created.
    pub fn with_all_transcripts(mut self) -> Result<ReportFile, SinkError> {
        let kept = match &mut self.json {
            Some(json) => json.keep_all_transcripts(),
            None => Ok(()),
        };
        self.tell(kept)?;
        Ok(self)
    }

    fn tell(&self, outcome: io::Result<()>) -> Result<(), SinkError> {
        outcome.map_err(|error| SinkError::new(&self.path, error))
    }
}

impl Sink for ReportFile {
    fn started(&mut self, target: &TargetReport) -> Result<(), SinkError> {
        if let Some(json) = &mut self.json {
            json.started(target);
        }
        Ok(())
    }

    fn probed(&mut self, target: &TargetReport, _: usize) -> Result<(), SinkError> {
        if let Some(json) = &self.json {
            json.probed(target);
        }
        Ok(())
    }

    fn finished(&mut self, target: &TargetReport, case: Finished<'_>) -> Result<(), SinkError> {
        let taken = match &mut self.json {
            Some(json) => json.result(target, case),
            None => Ok(()),
        };
        self.tell(taken)
    }

    fn reported(&mut self, _: &Report, target: &TargetReport) -> Result<(), SinkError> {
        let written = match &self.json {
            Some(json) => json.reported(target),
            None => Ok(()),
        };
        self.tell(written)
    }

    fn target_done(&mut self, _: &Report, target: &TargetReport) -> Result<(), SinkError> {
        let kept = match &mut self.json {
            Some(json) => json.target_done(target),
            None => Ok(()),
        };
        self.tell(kept)
    }

    fn run_done(&mut self, run: &Report) -> Result<(), SinkError> {
        let written = match &mut self.json {
            Some(json) => json.run_done(run),
            None => self.format.write_file(run, &self.path),
        };
        self.tell(written)
    }

    fn needs_at_the_end(&self) -> Needed {
        match self.format {
            Format::Json | Format::Badge => Needed::None,
            Format::Markdown | Format::Sarif => Needed::Findings,
            Format::Html | Format::Junit => Needed::All,
        }
    }
}
