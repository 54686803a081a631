//! A report in one of the formats, in a file or on stdout.

use std::fs::OpenOptions;
use std::path::{Path, PathBuf};

use super::live::Live;
use super::spill::Spill;
use super::{Finished, Sink, SinkError};
use crate::{Format, Report, TargetReport};

/// Writes the report in one format at the end of the run.
///
/// A JSON report in a file is also rewritten while results come, at most every 500 ms: whatever
/// ends the program, the file is a whole report of nearly all that was known.
pub struct ReportFile {
    format: Format,
    path: PathBuf,
    live: Option<Live>,
    /// The transcripts of all cases, where the report keeps them.
    spill: Option<Spill>,
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
            live: None,
            spill: None,
        };
        if path == Path::new("-") {
            return Ok(file);
        }
        let opened = OpenOptions::new().append(true).create(true).open(path);
        opened.map_err(|error| SinkError::new(path, error))?;
        if format == Format::Json {
            let live = Live::new(path, head.clone());
            file.live = Some(live.map_err(|error| SinkError::new(path, error))?);
        }
        Ok(file)
    }

    /// Keeps the transcript of every case, of passes too, if this is a JSON report. They are
    /// written to disk as they come, beside the report, and put into it at the end; the run has to
    /// record them ([`Finished::whole`]).
    ///
    /// # Errors
    /// If the file beside it cannot be created.
    pub fn with_all_transcripts(mut self) -> Result<ReportFile, SinkError> {
        if self.format == Format::Json {
            let spill = Spill::create(&self.path);
            self.spill = Some(spill.map_err(|error| SinkError::new(&self.path, error))?);
        }
        Ok(self)
    }
}

impl Sink for ReportFile {
    fn started(&mut self, target: &TargetReport) -> Result<(), SinkError> {
        if let Some(live) = &mut self.live {
            live.started(target);
        }
        Ok(())
    }

    fn probed(&mut self, target: &TargetReport, _: usize) -> Result<(), SinkError> {
        if let Some(live) = &self.live {
            live.probed(target);
        }
        Ok(())
    }

    fn finished(&mut self, target: &TargetReport, case: Finished<'_>) -> Result<(), SinkError> {
        if let Some(live) = &self.live {
            live.result(target, case.kept);
        }
        match &mut self.spill {
            Some(spill) => spill
                .put(target, case.whole)
                .map_err(|error| SinkError::new(&self.path, error)),
            None => Ok(()),
        }
    }

    fn reported(&mut self, _: &Report, target: &TargetReport) -> Result<(), SinkError> {
        let Some(live) = &self.live else {
            return Ok(());
        };
        live.replaced(target);
        live.write()
            .map_err(|error| SinkError::new(&self.path, error))
    }

    fn target_done(&mut self, _: &Report, target: &TargetReport) -> Result<(), SinkError> {
        if let Some(live) = &self.live {
            live.replaced(target);
        }
        Ok(())
    }

    fn run_done(&mut self, run: &Report) -> Result<(), SinkError> {
        if let Some(live) = &mut self.live {
            live.stop();
        }
        let written = match &mut self.spill {
            Some(spill) => Format::replace(&self.path, |to| spill.write(run, to)),
            None => self.format.write_file(run, &self.path),
        };
        written.map_err(|error| SinkError::new(&self.path, error))
    }
}
