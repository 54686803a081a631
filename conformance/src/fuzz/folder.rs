//! The folder of a fuzzing run: its state and its findings. The shards of a run may share one.

use std::path::{Path, PathBuf};
use std::{fs, io};

use crate::run::Shard;

/// Bounds the findings in a folder.
const MAX_FINDINGS: usize = 100_000;

/// Where a run, or one shard of it, keeps what it writes.
#[derive(Debug, Clone)]
pub(crate) struct Folder {
    dir: PathBuf,
    /// The number of the shard in names: `-2`, or nothing.
    mark: String,
}

impl Folder {
    pub(crate) fn new(dir: &Path, shard: Option<Shard>) -> Folder {
        Folder {
            dir: dir.to_owned(),
            mark: shard.map_or_else(String::new, |shard| format!("-{}", shard.index())),
        }
    }

    pub(crate) fn create(&self) -> io::Result<()> {
        fs::create_dir_all(&self.dir)
    }

    /// The file of the state.
    pub(crate) fn state(&self) -> PathBuf {
        self.dir.join(format!("state{}.json", self.mark))
    }

    /// The family of the next finding: it has the lowest number that none has.
    pub(crate) fn next_family(&self) -> String {
        let number =
            (1..=MAX_FINDINGS).find(|number| !self.finding(&self.family(*number)).exists());
        self.family(number.unwrap_or(MAX_FINDINGS))
    }

    fn family(&self, number: usize) -> String {
        format!("{}{number:03}", self.prefix())
    }

    /// What the families of its findings begin with.
    pub(crate) fn prefix(&self) -> String {
        format!("finding{}-", self.mark)
    }

    /// The file of a finding, which is named after its family.
    pub(crate) fn finding(&self, family: &str) -> PathBuf {
        self.dir.join(format!("{family}.json"))
    }
}
