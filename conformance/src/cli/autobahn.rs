//! `--autobahn DIR`: the results of a run in Autobahn's format, as they come.

use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use wsspec::autobahn::{
    Aggregator,
    catalogue::{self, AutobahnCase},
};
use wsspec_core::Role;
use wsspec_reports::autobahn::Writer;
use wsspec_reports::sink::{Finished, Sink, SinkError};
use wsspec_reports::{Report, TargetReport};
use wsspec_vectors::Case;

use super::failure::Failure;

/// Writes results into the folder, once all results for an Autobahn case have come.
pub(super) struct Folder {
    dir: PathBuf,
    writer: Writer,
    cases: Vec<AutobahnCase>,
    /// The results that wait, by agent.
    aggregators: HashMap<String, Aggregator>,
    role: Role,
    /// The first error since the index was written.
    error: Option<io::Error>,
}

impl Folder {
    /// Makes the folder.
    ///
    /// # Errors
    /// If it cannot be written, or none of the cases stands for an Autobahn case.
    pub(super) fn new(dir: &Path, cases: &[Arc<Case>], role: Role) -> Result<Folder, Failure> {
        let mut all = catalogue::all(cases);
        if role == Role::Client {
            all = catalogue::for_clients(all);
        }
        all.retain(|autobahn| !autobahn.cases.is_empty());
        if all.is_empty() {
            return Err(Failure::usage(
                "--autobahn: none of the selected cases stands for an Autobahn case; `wsspec list --autobahn` lists those that do",
            ));
        }
        let writer = Writer::new(dir).map_err(|e| Failure::file(dir, e))?;
        Ok(Folder {
            dir: dir.to_owned(),
            writer,
            cases: all,
            aggregators: HashMap::new(),
            role,
            error: None,
        })
    }
}

impl Folder {
    /// Writes the index, and returns the first error since the last time.
    fn write_index(&mut self) -> Result<(), SinkError> {
        let finished = self.writer.finish();
        self.error
            .take()
            .map_or(finished, Err)
            .map_err(|error| SinkError::new(&self.dir, error))
    }
}

impl Sink for Folder {
    fn finished(&mut self, target: &TargetReport, case: Finished<'_>) -> Result<(), SinkError> {
        // Autobahn knows a server by its Server field.
        let server = target.probe.server.as_deref();
        let agent = server
            .filter(|server| !server.is_empty())
            .unwrap_or(&target.name);
        let reports = self
            .aggregators
            .entry(agent.to_owned())
            .or_insert_with(|| Aggregator::new(self.cases.clone()))
            .add(case.whole);
        for report in reports {
            if let Err(error) = self.writer.write(agent, self.role == Role::Client, &report) {
                self.error.get_or_insert(error);
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
