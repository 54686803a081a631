//! Merges what the shards of a fuzzing run found: of the findings with the same cause, one is kept.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::{fmt, fs, io};

use serde_json::Value;
use wsspec_reports::Shards;

use super::cause::Signature;
use super::conversation::read_cases;
use super::finding::Finding;
use super::folder::Folder;
use super::state::{Part, State};
use crate::run::Shard;

/// The findings of the shards of a run.
#[derive(Debug)]
pub struct Findings {
    shards: Shards,
    found: usize,
    /// One of each cause.
    kept: Vec<Finding>,
}

/// A finding of a shard.
struct Found {
    /// The address of the target.
    target: String,
    /// `None` if the target stopped serving or grew: nothing tells two such findings apart.
    cause: Option<Signature>,
    finding: Finding,
}

/// Why findings cannot be merged.
#[derive(Debug)]
pub enum MergeError {
    /// No shard has written into this folder.
    NoShard(PathBuf),
    /// This state is of a run that is no shard.
    Whole(PathBuf),
    /// This state is of a run with another seed, or with another number of shards.
    OtherRun(PathBuf),
    /// This state is of a shard that another folder has as well.
    Twice(PathBuf, Shard),
    /// The folder for the result has this finding, which is no part of it.
    Other(PathBuf),
    /// A file or folder cannot be read or written.
    File(PathBuf, io::Error),
}

impl fmt::Display for MergeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            MergeError::NoShard(dir) => write!(
                f,
                "{}: no shard of a run has written findings here; give the folder of `wsspec fuzz --shard`",
                dir.display()
            ),
            MergeError::Whole(path) => write!(
                f,
                "{}: this run is no shard of another; merge only what `wsspec fuzz --shard` has written",
                path.display()
            ),
            MergeError::OtherRun(path) => write!(
                f,
                "{}: this shard had another --seed or another number of shards; merge the shards of one run",
                path.display()
            ),
            MergeError::Twice(path, shard) => write!(
                f,
                "{}: shard {shard} is here and in another folder; leave out one of them",
                path.display()
            ),
            MergeError::Other(path) => write!(
                f,
                "{}: this finding is no part of the result; choose an empty folder with --findings",
                path.display()
            ),
            MergeError::File(path, error) => write!(f, "{}: {error}", path.display()),
        }
    }
}

impl std::error::Error for MergeError {}

impl Findings {
    /// Reads the findings of all shards in these folders.
    ///
    /// As within one run, a finding is left out if another has the same cause, or enough others are alike; of those, the
    /// ones with the plainest conversation are kept. Findings of different targets are different.
    ///
    /// # Errors
    /// If a folder has no shard, or the shards are not those of one run, each once.
    pub fn read(dirs: &[PathBuf]) -> Result<Findings, MergeError> {
        let mut parts: BTreeMap<u64, Part> = BTreeMap::new();
        let mut all = Vec::new();
        for dir in dirs {
            let states = json_files(dir, "state")?;
            if states.is_empty() {
                return Err(MergeError::NoShard(dir.clone()));
            }
            for path in states {
                let state = State::stored(&path).map_err(|error| file(&path, error))?;
                let state = state.unwrap_or_default();
                let Some(part) = state.part else {
                    return Err(MergeError::Whole(path));
                };
                if parts.values().any(|other| !other.same_run(&part)) {
                    return Err(MergeError::OtherRun(path));
                }
                if parts.insert(part.shard.index(), part).is_some() {
                    return Err(MergeError::Twice(path, part.shard));
                }
                all.extend(findings(dir, part.shard, &state)?);
            }
        }
        let of = parts.values().next().map_or(0, |part| part.shard.of());
        Ok(Findings {
            shards: Shards {
                of,
                parts: parts.into_keys().collect(),
            },
            found: all.len(),
            kept: one_of_each(all),
        })
    }

    /// The shards whose findings these are.
    pub fn shards(&self) -> &Shards {
        &self.shards
    }

    /// The number of findings of all shards.
    pub fn found(&self) -> usize {
        self.found
    }

    /// One finding of each cause, where its shard wrote it.
    pub fn kept(&self) -> &[Finding] {
        &self.kept
    }

    /// Copies one finding of each cause into a folder, under the names that they have. Where it has them already, nothing
    /// changes.
    ///
    /// # Errors
    /// If the folder has other findings, or cannot be written.
    pub fn write(&self, into: &Path) -> Result<(), MergeError> {
        fs::create_dir_all(into).map_err(|error| file(into, error))?;
        let mut copies = BTreeMap::new();
        for Finding { file: from, .. } in &self.kept {
            let bytes = fs::read(from).map_err(|error| file(from, error))?;
            copies.extend(from.file_name().map(|name| (into.join(name), bytes)));
        }
        for path in json_files(into, "finding-")? {
            let there = fs::read(&path).map_err(|error| file(&path, error))?;
            if copies.get(&path) != Some(&there) {
                return Err(MergeError::Other(path));
            }
        }
        copies
            .iter()
            .try_for_each(|(path, bytes)| fs::write(path, bytes).map_err(|error| file(path, error)))
    }
}

/// The findings that one run would have kept, by the names of their files.
fn one_of_each(mut all: Vec<Found>) -> Vec<Finding> {
    all.sort_by_key(|found| {
        (
            found.cause.as_ref().map(Signature::size),
            name(&found.finding),
        )
    });
    let mut known: BTreeMap<String, Vec<Signature>> = BTreeMap::new();
    let mut kept = Vec::new();
    for Found {
        target,
        cause,
        finding,
    } in all
    {
        if let Some(cause) = cause {
            let known = known.entry(target).or_default();
            if cause.is_known(known) {
                continue;
            }
            known.push(cause);
        }
        kept.push(finding);
    }
    kept.sort_by_key(name);
    kept
}

fn name(finding: &Finding) -> Option<OsString> {
    finding.file.file_name().map(OsStr::to_owned)
}

/// The findings of a shard in a folder.
fn findings(dir: &Path, shard: Shard, state: &State) -> Result<Vec<Found>, MergeError> {
    let paths = json_files(dir, &Folder::new(dir, Some(shard)).prefix())?;
    paths
        .into_iter()
        .map(|path| {
            let family = path.file_stem().unwrap_or_default().to_string_lossy();
            let known = state.known.iter();
            let mut shown = known.filter(|cause| cause.is_shown_by(&family));
            Ok(Found {
                target: state.target.clone(),
                cause: shown.next_back().cloned(),
                finding: read(&path, &family).map_err(|error| file(&path, error))?,
            })
        })
        .collect()
}

/// Reads a finding.
fn read(path: &Path, family: &str) -> io::Result<Finding> {
    let json: Value = serde_json::from_str(&fs::read_to_string(path)?)?;
    let cases = read_cases(&json, family).unwrap_or_default();
    let case = cases
        .first()
        .ok_or_else(|| io::Error::other("this is no finding of `wsspec fuzz`"))?;
    let case_json = &json["cases"][0];
    Ok(Finding {
        file: path.to_owned(),
        reason: case_json["notes"].as_str().unwrap_or_default().to_owned(),
        requirement: case.requirements.join(", "),
        steps: case_json["steps"].as_array().map_or(0, Vec::len),
    })
}

/// The JSON files in a folder whose names begin so.
fn json_files(dir: &Path, prefix: &str) -> Result<BTreeSet<PathBuf>, MergeError> {
    let entries = fs::read_dir(dir).map_err(|error| file(dir, error))?;
    let mut found = BTreeSet::new();
    for entry in entries {
        let name = entry.map_err(|error| file(dir, error))?.file_name();
        let text = name.to_string_lossy();
        if text.starts_with(prefix) && text.ends_with(".json") {
            found.insert(dir.join(&name));
        }
    }
    Ok(found)
}

fn file(path: &Path, error: io::Error) -> MergeError {
    MergeError::File(path.to_owned(), error)
}

#[cfg(test)]
mod tests {
    use super::super::cause::{BrokenRule, FindingCause};
    use super::*;

    fn found(target: &str, file: &str, features: Option<&[&'static str]>) -> Found {
        let cause = FindingCause {
            rule: BrokenRule::ByTarget,
            reaction: "rsv-set".into(),
        };
        let legal = FindingCause {
            rule: BrokenRule::None,
            ..cause.clone()
        };
        let cause = features.map(|features| match features {
            [] => Signature::new(&cause, BTreeSet::new()),
            features => Signature::new(&legal, features.iter().copied().collect()),
        });
        Found {
            target: target.into(),
            cause,
            finding: Finding {
                file: file.into(),
                reason: String::new(),
                requirement: String::new(),
                steps: 1,
            },
        }
    }

    #[test]
    fn one_of_each_cause_is_kept_of_each_target() {
        let kept = one_of_each(vec![
            found("a", "2", Some(&["data", "long"])),
            found("a", "1", Some(&["data"])),
            found("a", "3", Some(&["data", "long"])),
            found("a", "4", Some(&[])),
            found("b", "5", Some(&[])),
            found("a", "6", Some(&[])),
            found("a", "7", None),
            found("a", "8", None),
        ]);
        let files: Vec<&Path> = kept.iter().map(|finding| finding.file.as_path()).collect();
        let wanted = ["1", "2", "4", "5", "7", "8"].map(Path::new);
        assert_eq!(files, wanted);
    }
}
