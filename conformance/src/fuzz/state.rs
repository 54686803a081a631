//! The state of a fuzzing run, which lets a later run continue without repeating findings.

use std::collections::BTreeMap;
use std::path::Path;
use std::{fmt, fs, io};

use serde::{Deserialize, Serialize};

use super::cause::Signature;

/// The name of the file.
const FILE: &str = "state.json";

/// The version of the file that this program reads and writes. Version 2 stores reasons as keys;
/// files without a version stored them as sentences.
const VERSION: u32 = 2;

/// Bounds the findings in a directory.
const MAX_FINDINGS: usize = 100_000;

/// The state of a run, stored beside its findings.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct State {
    version: u32,
    /// The address of the target.
    target: String,
    seed: u64,
    /// The number of the last conversation; the next one has the number after it.
    pub(crate) next: u64,
    /// What was found.
    #[serde(default)]
    pub(crate) known: Vec<Signature>,
    /// Suspected findings that did not reproduce, and how often. They may depend on timing.
    #[serde(default)]
    pub(crate) unconfirmed: BTreeMap<String, u64>,
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
    pub(crate) fn read(dir: &Path, target: &str, seed: u64) -> io::Result<State> {
        fs::create_dir_all(dir)?;
        let path = dir.join(FILE);
        let stored = match fs::read_to_string(&path) {
            Ok(text) => parse(&text)
                .map_err(|error| io::Error::other(format!("{}: {error}", path.display())))?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => State::default(),
            Err(error) => return Err(error),
        };
        let fresh = State {
            version: VERSION,
            target: target.to_owned(),
            seed,
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
            stored
        })
    }

    /// Replaces the file in one step.
    ///
    /// # Errors
    /// The file cannot be written.
    pub(crate) fn write(&self, dir: &Path) -> io::Result<()> {
        let part = dir.join("state.json.part");
        fs::write(&part, serde_json::to_string_pretty(self)?)?;
        fs::rename(part, dir.join(FILE))
    }

    /// The lowest number that no finding in `dir` has.
    pub(crate) fn next_file(dir: &Path) -> usize {
        (1..=MAX_FINDINGS)
            .find(|number| !dir.join(format!("finding-{number:03}.json")).exists())
            .unwrap_or(MAX_FINDINGS)
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
