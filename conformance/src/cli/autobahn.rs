//! `--autobahn DIR`: a run's results in the incumbent's form as well, as they come.

use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use wsspec::autobahn::{
    Aggregator,
    catalogue::{self, AutobahnCase},
};
use wsspec_core::Role;
use wsspec_reports::CaseResult;
use wsspec_reports::autobahn::Writer;
use wsspec_vectors::Case;

use super::{Failure, stored};

/// The folder, and what is on its way into it.
pub(super) struct Folder {
    dir: PathBuf,
    writer: Writer,
    entries: Vec<AutobahnCase>,
    /// By who is under test.
    pending: HashMap<String, Aggregator>,
    role: Role,
    trouble: Option<io::Error>,
}

impl Folder {
    /// Makes the folder.
    ///
    /// # Errors
    /// If it cannot be made, or none of the cases stands for one of the incumbent's.
    pub(super) fn new(dir: &Path, cases: &[Arc<Case>], role: Role) -> Result<Folder, Failure> {
        let mut entries = catalogue::all(cases);
        if role == Role::Client {
            entries = catalogue::for_clients(entries);
        }
        entries.retain(|entry| !entry.cases.is_empty());
        if entries.is_empty() {
            return Err(Failure::usage(
                "--autobahn: none of the selected cases stands for one of Autobahn's; `wsspec list --autobahn` lists those that do",
            ));
        }
        let writer = Writer::new(dir).map_err(|e| stored::at(dir, e))?;
        Ok(Folder {
            dir: dir.to_owned(),
            writer,
            entries,
            pending: HashMap::new(),
            role,
            trouble: None,
        })
    }

    /// A result has come.
    pub(super) fn came(&mut self, agent: &str, result: &CaseResult) {
        let new = || Aggregator::new(self.entries.clone());
        for report in self
            .pending
            .entry(agent.to_owned())
            .or_insert_with(new)
            .add(result)
        {
            if let Err(error) = self.writer.write(agent, self.role == Role::Client, &report) {
                self.trouble.get_or_insert(error);
            }
        }
    }

    /// Writes the index of all that has come.
    pub(super) fn finish(&mut self) -> Result<(), Failure> {
        let finished = self.writer.finish();
        self.trouble
            .take()
            .map_or(finished, Err)
            .map_err(|e| stored::at(&self.dir, e))
    }
}
