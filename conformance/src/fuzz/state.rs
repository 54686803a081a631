//! What is needed to go on later, and to say nothing twice.

use std::collections::BTreeMap;
use std::path::Path;
use std::{fs, io};

use serde::{Deserialize, Serialize};

use super::cause::Kind;

/// The name of the file.
const FILE: &str = "state.json";

/// Findings in a folder, at most.
const MOST: usize = 100_000;

/// The state of a hunt, beside its findings.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct State {
    /// Who is tested.
    target: String,
    seed: u64,
    /// The number of the next conversation.
    pub(crate) next: u64,
    /// What was found already.
    #[serde(default)]
    pub(crate) known: Vec<Kind>,
    /// What looked wrong and did not show again, and how often: what depends on timing may be among it.
    #[serde(default)]
    pub(crate) unconfirmed: BTreeMap<String, u64>,
}

impl State {
    /// Makes the folder, and reads what is there. Of another target nothing counts; with another seed what was found.
    pub(crate) fn read(dir: &Path, target: &str, seed: u64) -> io::Result<State> {
        fs::create_dir_all(dir)?;
        let found = match fs::read_to_string(dir.join(FILE)) {
            Ok(text) => {
                serde_json::from_str(&text).map_err(|e| io::Error::other(format!("{FILE}: {e}")))?
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => State::default(),
            Err(error) => return Err(error),
        };
        let fresh = State {
            target: target.to_owned(),
            seed,
            ..State::default()
        };
        Ok(match found {
            found if found.target != target => fresh,
            found if found.seed != seed => State {
                known: found.known,
                unconfirmed: found.unconfirmed,
                ..fresh
            },
            found => found,
        })
    }

    /// Writes it in one step.
    pub(crate) fn write(&self, dir: &Path) -> io::Result<()> {
        let part = dir.join("state.json.part");
        fs::write(&part, serde_json::to_string_pretty(self)?)?;
        fs::rename(part, dir.join(FILE))
    }

    /// The number of the first finding that is not there.
    pub(crate) fn next_file(dir: &Path) -> usize {
        (1..=MOST)
            .find(|number| !dir.join(format!("finding-{number:03}.json")).exists())
            .unwrap_or(MOST)
    }
}
