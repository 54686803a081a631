//! A folder with a capture of each conversation that the report keeps.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::{Finished, Sink, SinkError};
use crate::pcap::pcap;
use crate::{CaseResult, Report, TargetReport};

/// Writes `CASE.pcap` for each case whose conversation is known. Each target after the first has a folder of its own
/// in it, called by its number from 2.
///
/// Conversations over HTTP/3 are left out (see [`pcap`]).
pub struct Captures {
    folder: PathBuf,
    /// The targets so far, by name and URL.
    targets: Vec<(String, String)>,
    written: HashSet<PathBuf>,
    all: bool,
}

impl Captures {
    /// Creates the folder. With `all` passes are captured too, if the run records them ([`Finished::whole`]).
    ///
    /// # Errors
    /// If the folder cannot be created.
    pub fn create(folder: &Path, all: bool) -> Result<Captures, SinkError> {
        let captures = Captures {
            folder: folder.to_owned(),
            targets: Vec::new(),
            written: HashSet::new(),
            all,
        };
        create_dir(folder)?;
        Ok(captures)
    }

    /// Writes what a stored report has.
    ///
    /// # Errors
    /// If a file cannot be written.
    pub fn of(report: &Report, folder: &Path) -> Result<(), SinkError> {
        let mut captures = Captures::create(folder, false)?;
        for target in &report.targets {
            for case in &target.cases {
                captures.write(target, case)?;
            }
        }
        Ok(())
    }

    fn write(&mut self, target: &TargetReport, case: &CaseResult) -> Result<(), SinkError> {
        let path = self.folder_of(target).join(file_name(&case.id));
        match case.transcript.as_deref().and_then(pcap) {
            Some(capture) => {
                create_dir(path.parent().unwrap_or(&self.folder))?;
                fs::write(&path, capture).map_err(|error| SinkError::new(&path, error))?;
                self.written.insert(path);
            }
            // A client that runs a case once more replaces its result.
            None if self.written.remove(&path) => {
                fs::remove_file(&path).map_err(|error| SinkError::new(&path, error))?;
            }
            None => {}
        }
        Ok(())
    }

    fn folder_of(&mut self, target: &TargetReport) -> PathBuf {
        let mut known = self.targets.iter();
        let known = known.position(|(name, url)| *name == target.name && *url == target.url);
        let n = known.unwrap_or_else(|| {
            self.targets.push((target.name.clone(), target.url.clone()));
            self.targets.len() - 1
        });
        if n == 0 {
            self.folder.clone()
        } else {
            self.folder.join((n + 1).to_string())
        }
    }
}

/// The id comes from a stored report as well, and must not lead out of the folder.
fn file_name(id: &str) -> String {
    let mut name = id.replace(|c| !is_harmless(c), "_");
    name.push_str(".pcap");
    name
}

fn is_harmless(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_')
}

fn create_dir(folder: &Path) -> Result<(), SinkError> {
    fs::create_dir_all(folder).map_err(|error| SinkError::new(folder, error))
}

impl Sink for Captures {
    fn finished(&mut self, target: &TargetReport, case: Finished<'_>) -> Result<(), SinkError> {
        self.write(target, if self.all { case.whole } else { case.kept })
    }

    /// Passive rules are known only now.
    fn target_done(&mut self, _: &Report, target: &TargetReport) -> Result<(), SinkError> {
        let mut passive = target.cases.iter().filter(|case| case.is_passive());
        passive.try_for_each(|case| self.write(target, case))
    }
}
