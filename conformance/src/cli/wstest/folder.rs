//! The folder with Autobahn's reports.

use std::path::{Path, PathBuf};

use wsspec_reports::autobahn::{Behavior, BehaviorClose, CaseReport, Writer};
use wsspec_reports::sink::SinkError;

use super::super::failure::Failure;

/// The folder that reports are written to, and what they come to.
pub(super) struct Folder {
    dir: PathBuf,
    writer: Writer,
    /// Print each result.
    debug: bool,
    /// The reports are on clients.
    clients: bool,
    /// The number of cases that failed.
    pub(super) failed: usize,
}

impl Folder {
    /// Creates the folder. `clients` says whether the reports are on clients or servers; with
    /// `debug`, each result is printed.
    pub(super) fn create(dir: &Path, clients: bool, debug: bool) -> Result<Folder, Failure> {
        Ok(Folder {
            dir: dir.to_owned(),
            writer: Writer::new(dir).map_err(|error| Failure::file(dir, error))?,
            debug,
            clients,
            failed: 0,
        })
    }

    /// Writes the report on one case.
    pub(super) fn write(&mut self, agent: &str, report: &CaseReport) -> Result<(), SinkError> {
        self.failed += usize::from(failed(report));
        if self.debug {
            anstream::eprintln!(
                "{agent}: {:<8} {} / {}  {}",
                report.id,
                report.behavior.name(),
                report.behavior_close.name(),
                report.result
            );
        }
        self.writer
            .write(agent, self.clients, report)
            .map_err(|error| SinkError::new(&self.dir, error))
    }

    /// Writes the index.
    pub(super) fn write_index(&mut self) -> Result<(), SinkError> {
        self.writer
            .finish()
            .map_err(|error| SinkError::new(&self.dir, error))
    }

    /// The page that leads to all reports.
    pub(super) fn index(&self) -> PathBuf {
        self.dir.join("index.html")
    }
}

/// Whether a case failed, for `--strict-exit`.
fn failed(report: &CaseReport) -> bool {
    report.behavior == Behavior::Failed
        || report.behavior != Behavior::Unimplemented
            && report.behavior_close == BehaviorClose::Failed
}
