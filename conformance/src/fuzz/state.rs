//! The state of a fuzzing run, which lets a later run continue without repeating findings.

use std::collections::BTreeMap;
use std::path::Path;
use std::{fmt, fs, io};

use serde::{Deserialize, Serialize};

use super::cause::Signature;
use super::folder::Folder;
use super::options::Options;
use crate::run::Shard;

/// The version of the file that this program reads and writes. Version 2 stores reasons as keys;
/// files without a version stored them as sentences.
const VERSION: u32 = 2;

/// The state of a run, stored beside its findings.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct State {
    version: u32,
    /// The address of the target.
    pub(crate) target: String,
    /// The seed of the generator.
    pub(crate) seed: u64,
    /// The run that this is a part of, where it is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) part: Option<Part>,
    /// The number of the last conversation; the next one has the number after it.
    pub(crate) next: u64,
    /// What was found.
    #[serde(default)]
    pub(crate) known: Vec<Signature>,
    /// Suspected findings that did not reproduce, and how often. They may depend on timing.
    #[serde(default)]
    pub(crate) unconfirmed: BTreeMap<String, u64>,
}

/// A part of a run on several machines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Part {
    pub(crate) shard: Shard,
    /// The seed that all parts were given.
    pub(crate) of_seed: u64,
}

impl Part {
    /// Whether both are parts of the same run.
    pub(crate) fn same_run(&self, other: &Part) -> bool {
        (self.of_seed, self.shard.of()) == (other.of_seed, other.shard.of())
    }
}

/// The part of the file that every version has.
#[derive(Deserialize)]
struct Header {
    #[serde(default)]
    version: u32,
}

impl State {
    /// Creates the directory and reads its state. The state of another target is ignored; of a run
    /// with another seed, only what was found counts.
    ///
    /// # Errors
    /// The directory cannot be created, or its state cannot be read or has another version.
    pub(crate) fn read(folder: &Folder, target: &str, options: &Options) -> io::Result<State> {
        folder.create()?;
        let stored = State::stored(&folder.state())?.unwrap_or_default();
        let seed = options.own_seed();
        let part = options.shard.map(|shard| Part {
            shard,
            of_seed: options.seed,
        });
        let fresh = State {
            version: VERSION,
            target: target.to_owned(),
            seed,
            part,
            ..State::default()
        };
        Ok(if stored.target != target {
            fresh
        } else if stored.seed != seed {
            State {
                known: stored.known,
                unconfirmed: stored.unconfirmed,
                ..fresh
            }
        } else {
            State { part, ..stored }
        })
    }

    /// Reads a file, if it exists.
    ///
    /// # Errors
    /// It cannot be read, is no state, or has another version.
    pub(crate) fn stored(path: &Path) -> io::Result<Option<State>> {
        match fs::read_to_string(path) {
            Ok(text) => parse(&text)
                .map(Some)
                .map_err(|error| io::Error::other(format!("{}: {error}", path.display()))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Replaces the file in one step.
    ///
    /// # Errors
    /// The file cannot be written.
    pub(crate) fn write(&self, folder: &Folder) -> io::Result<()> {
        let path = folder.state();
        let part = path.with_extension("json.part");
        fs::write(&part, serde_json::to_string_pretty(self)?)?;
        fs::rename(part, path)
    }
}

/// Why a stored state cannot be used.
#[derive(Debug)]
enum ParseError {
    /// It is no state.
    Json(serde_json::Error),
    /// It has this version of the format.
    Version(u32),
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ParseError::Json(error) => error.fmt(f),
            ParseError::Version(version) => write!(
                f,
                "written by another version of wsspec (format {version}, expected {VERSION}); \
                 delete it, or choose another directory with --findings"
            ),
        }
    }
}

fn parse(text: &str) -> Result<State, ParseError> {
    let header: Header = serde_json::from_str(text).map_err(ParseError::Json)?;
    if header.version != VERSION {
        return Err(ParseError::Version(header.version));
    }
    serde_json::from_str(text).map_err(ParseError::Json)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_of_another_version_is_refused() {
        let old = r#"{"target": "ws://a/", "seed": 1, "next": 192, "known": [{"rule": ""}]}"#;
        let error = parse(old).unwrap_err();
        assert!(matches!(error, ParseError::Version(0)), "{error:?}");
        assert!(
            error
                .to_string()
                .ends_with("another directory with --findings"),
            "{error}"
        );
        assert!(matches!(parse("no state"), Err(ParseError::Json(_))));
        let state = r#"{"version": 2, "target": "ws://a/", "seed": 1, "next": 192}"#;
        assert_eq!(parse(state).unwrap().next, 192);
    }
}
