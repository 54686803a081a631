//! `--autobahn DIR`: a run's results in the incumbent's form as well, as they come.

use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use wsspec::autobahn::{
    Pending,
    catalogue::{self, Entry},
};
use wsspec_core::Role;
use wsspec_reports::autobahn::Writer;
use wsspec_reports::sink::{Finished, Sink, SinkError};
use wsspec_reports::{Report, TargetReport};
use wsspec_vectors::Case;

use super::failure::Failure;

/// The folder, and what is on its way into it.
pub(super) struct Folder {
    dir: PathBuf,
    writer: Writer,
    entries: Vec<Entry>,
    /// By who is under test.
    pending: HashMap<String, Pending>,
    role: Role,
    trouble: Option<io::Error>,
}

impl Folder {
    /// Makes the folder.
    ///
    /// # Errors
    /// If it cannot be made, or none of the cases stands for one of the incumbent's.
    pub(super) fn new(dir: &Path, cases: &[Arc<Case>], role: Role) -> Result<Folder, Failure> {
        let mut entries = catalogue::entries(cases);
        if role == Role::Client {
            entries = catalogue::for_clients(entries);
        }
        entries.retain(|entry| !entry.cases.is_empty());
        if entries.is_empty() {
            return Err(Failure::usage(
                "--autobahn: none of the selected cases stands for one of Autobahn's; `wsspec list --autobahn` lists those that do",
            ));
        }
        let writer = Writer::new(dir).map_err(|e| Failure::file(dir, e))?;
        Ok(Folder {
            dir: dir.to_owned(),
            writer,
            entries,
            pending: HashMap::new(),
            role,
            trouble: None,
        })
    }
}

impl Folder {
    /// Writes the index, and returns the first error since the last time.
    fn write_index(&mut self) -> Result<(), SinkError> {
        let finished = self.writer.finish();
        self.trouble
            .take()
            .map_or(finished, Err)
            .map_err(|error| SinkError::new(&self.dir, error))
    }
}

impl Sink for Folder {
    fn finished(&mut self, target: &TargetReport, case: Finished<'_>) -> Result<(), SinkError> {
        // Autobahn calls a server what its answer says.
        let server = target.probe.server.as_deref();
        let agent = server
            .filter(|server| !server.is_empty())
            .unwrap_or(&target.name);
        let reports = self
            .pending
            .entry(agent.to_owned())
            .or_insert_with(|| Pending::new(self.entries.clone()))
            .take(case.whole);
        for report in reports {
            if let Err(error) = self.writer.write(agent, self.role == Role::Client, &report) {
                self.trouble.get_or_insert(error);
            }
        }
        Ok(())
    }

    fn reported(&mut self, _: &Report, _: &TargetReport) -> Result<(), SinkError> {
        self.write_index()
    }

    fn run_done(&mut self, _: &Report) -> Result<(), SinkError> {
        self.write_index()
    }
}
