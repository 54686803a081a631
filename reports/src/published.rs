//! Results that are published: a folder for each implementation, and in it one for each version.
//!
//! ```text
//! IMPLEMENTATION/about.json             what it is                               About
//! IMPLEMENTATION/VERSION/run.json       when, with what and where it was tested  Run
//! IMPLEMENTATION/VERSION/report.json    the report of that run, with one target  Report
//! ```
//!
//! A report may be compressed: `report.json.gz`. Anyone may contribute such a folder, so that all of it
//! is read with bounds, and nothing of it is trusted.

use std::cmp::Ordering;
use std::fmt;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use flate2::read::GzDecoder;
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::{Report, TargetRole, Transport};

mod add;
mod check;

pub use add::{Added, add};
pub use check::{Checked, check};

/// Largest `about.json` or `run.json`, in bytes.
pub const LARGEST_NOTE: u64 = 256 << 10;

/// Largest report, in bytes, after decompression.
pub const LARGEST_REPORT: u64 = 128 << 20;

/// Most folders that are read of one folder.
pub const MOST_FOLDERS: usize = 1000;

/// What an implementation is: `about.json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct About {
    /// The name that its authors use.
    pub name: String,
    /// What it was tested as.
    pub role: TargetRole,
    /// The language that it is written in.
    pub language: String,
    /// Where it comes from.
    pub package: Package,
    /// The address of its site; `http` or `https`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub homepage: Option<String>,
    /// The address of its sources; `http` or `https`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repository: Option<String>,
    /// What it can be reached over.
    pub transports: Vec<Transport>,
    /// What a reader of its results should know.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notes: Option<String>,
    /// What it does not claim to support.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unsupported: Vec<Unsupported>,
    /// What people found when they read its causes against the clauses.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reading: Vec<Reading>,
}

/// A package, by its name in a registry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Package {
    /// The registry: `pypi`, `npm`, `crates.io`, `debian` …
    pub registry: String,
    /// The name of the package there.
    pub name: String,
}

/// A feature that an implementation does not claim to support.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Unsupported {
    /// The feature, such as `permessage-deflate`.
    pub feature: String,
    /// Why, or where its authors say so.
    pub why: String,
}

/// One cause, read against its clause by a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Reading {
    /// The key of the cause in the report, such as `accepts.mask-missing`, or its reason.
    pub cause: String,
    /// The requirement of the cause, where several have this key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requirement: Option<String>,
    /// Whether the text of the standard can be read in another way.
    pub arguable: bool,
    /// What was seen, in one line, with the bytes.
    pub seen: String,
    /// More about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// How a version was tested: `run.json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Run {
    /// The day of the run, such as `2026-12-01`.
    pub date: String,
    /// The tool and its version, such as `wsspec 0.1.0`.
    pub tool: String,
    /// The command that was run, a word for each argument.
    pub command: Vec<String>,
    /// The system it ran on, such as `linux-x86_64`.
    pub platform: String,
    /// Commands for a shell that do the same again: install, start, test.
    pub reproduce: Vec<String>,
}

/// An implementation and its versions.
#[derive(Debug, Clone, PartialEq)]
pub struct Implementation {
    /// The name of its folder.
    pub id: String,
    /// What it is.
    pub about: About,
    /// Its versions, the newest last.
    pub versions: Vec<Version>,
}

/// A version of an implementation. Its report is large, and read when it is needed.
#[derive(Debug, Clone, PartialEq)]
pub struct Version {
    /// The name of its folder.
    pub version: String,
    /// How it was tested.
    pub run: Run,
    report: PathBuf,
}

/// Something in a folder of results that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The file or folder.
    pub file: PathBuf,
    /// The field, such as `reading[2].seen`; empty if it is about the file.
    pub field: String,
    /// What is wrong, and what to do.
    pub message: String,
}

impl Problem {
    /// A problem of a file as a whole.
    pub fn of(file: &Path, message: impl fmt::Display) -> Problem {
        Problem::in_field(file, "", message)
    }

    /// A problem of a field.
    pub fn in_field(file: &Path, field: impl fmt::Display, message: impl fmt::Display) -> Problem {
        Problem {
            file: file.to_owned(),
            field: field.to_string(),
            message: message.to_string(),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.file.display())?;
        if !self.field.is_empty() {
            write!(f, "{}: ", self.field)?;
        }
        f.write_str(&self.message)
    }
}

impl std::error::Error for Problem {}

impl Version {
    /// The path of its report.
    pub fn report_path(&self) -> &Path {
        &self.report
    }

    /// Its report.
    ///
    /// # Errors
    ///
    /// If it cannot be read, is too large or is no report.
    pub fn report(&self) -> Result<Report, Problem> {
        read_json(&self.report, LARGEST_REPORT).map(|(report, _)| report)
    }

    /// Its report, and the fields in it that no report has.
    ///
    /// # Errors
    ///
    /// If it cannot be read, is too large or is no report.
    pub fn report_and_unknown_fields(&self) -> Result<(Report, Vec<String>), Problem> {
        read_json(&self.report, LARGEST_REPORT)
    }
}

/// Reads a folder of results, without the reports, in the order of the names.
///
/// # Errors
///
/// Everything that is wrong with it.
pub fn load(folder: &Path) -> Result<Vec<Implementation>, Vec<Problem>> {
    let mut problems = Vec::new();
    let mut implementations = Vec::new();
    for name in folders(folder, &mut problems) {
        implementations.extend(implementation(folder, name, &mut problems));
    }
    if problems.is_empty() {
        Ok(implementations)
    } else {
        Err(problems)
    }
}

fn implementation(
    folder: &Path,
    id: String,
    problems: &mut Vec<Problem>,
) -> Option<Implementation> {
    let folder = folder.join(&id);
    let about = kept(
        read_json(&folder.join("about.json"), LARGEST_NOTE),
        problems,
    );
    let mut versions: Vec<Version> = folders(&folder, problems)
        .into_iter()
        .filter_map(|name| kept(version(&folder, name), problems))
        .collect();
    versions.sort_by(|a, b| compare_versions(&a.version, &b.version));
    if versions.is_empty() && problems.is_empty() {
        let message = "no version; each is a folder with run.json and report.json";
        problems.push(Problem::of(&folder, message));
    }
    Some(Implementation {
        id,
        about: about?.0,
        versions,
    })
}

fn version(folder: &Path, version: String) -> Result<Version, Problem> {
    let folder = folder.join(&version);
    let run = read_json(&folder.join("run.json"), LARGEST_NOTE)?.0;
    let plain = folder.join("report.json");
    let packed = folder.join("report.json.gz");
    let report = match (plain.exists(), packed.exists()) {
        (true, false) => plain,
        (false, true) => packed,
        (true, true) => {
            return Err(Problem::of(
                &folder,
                "two reports; keep report.json.gz alone",
            ));
        }
        (false, false) => return Err(Problem::of(&folder, "no report.json or report.json.gz")),
    };
    Ok(Version {
        version,
        run,
        report,
    })
}

/// What a result has; a problem is noted.
fn kept<T>(result: Result<T, Problem>, problems: &mut Vec<Problem>) -> Option<T> {
    result.map_err(|problem| problems.push(problem)).ok()
}

/// The names of the folders in a folder, in order. Hidden ones are left out.
fn folders(folder: &Path, problems: &mut Vec<Problem>) -> Vec<String> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) => {
            problems.push(Problem::of(folder, error));
            return Vec::new();
        }
    };
    let mut names = Vec::new();
    for entry in entries.filter_map(Result::ok).filter(|e| e.path().is_dir()) {
        let name = entry.file_name();
        match name.to_str().filter(|name| is_a_name(name)) {
            Some(name) => names.push(name.to_owned()),
            None if name.as_encoded_bytes().starts_with(b".") => {}
            None => problems.push(Problem::of(
                &entry.path(),
                "the name of a folder is at most 64 letters, digits and . _ + ~ -, and begins with a letter or digit",
            )),
        }
    }
    names.sort();
    if names.len() > MOST_FOLDERS {
        let message = format!("{} folders; at most {MOST_FOLDERS} are read", names.len());
        problems.push(Problem::of(folder, message));
        names.truncate(MOST_FOLDERS);
    }
    names
}

/// Whether this can be a folder, an address and an attribute without being escaped.
fn is_a_name(name: &str) -> bool {
    name.len() <= 64
        && name
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "._+~-".contains(c))
        && name.starts_with(|c: char| c.is_ascii_alphanumeric())
}

/// Orders versions by their numbers, so that 1.10 comes after 1.9, and 2.0-rc1 before 2.0.
pub fn compare_versions(a: &str, b: &str) -> Ordering {
    natural(a).cmp(&natural(b))
}

/// A version as its numbers, each with the word behind it and whether the version is a release up to there.
fn natural(version: &str) -> Vec<(u64, bool, String)> {
    let mut parts = vec![(0, String::new())];
    let mut in_number = false;
    for c in version.chars() {
        if c.is_ascii_digit() && !in_number {
            parts.push((0_u64, String::new()));
        }
        in_number = c.is_ascii_digit();
        if let Some((number, word)) = parts.last_mut() {
            match c.to_digit(10) {
                Some(digit) => *number = number.saturating_mul(10).saturating_add(digit.into()),
                None => word.push(c),
            }
        }
    }
    let parts = parts.into_iter();
    parts
        .map(|(number, word)| (number, !is_of_prerelease(&word), word))
        .collect()
}

/// Whether a word in a version says that it is not released yet: `-rc.`, `b`, Debian's `~`.
fn is_of_prerelease(word: &str) -> bool {
    let letters = word.trim_matches(|c: char| !c.is_ascii_alphabetic());
    word.starts_with('~')
        || [
            "a", "alpha", "b", "beta", "c", "canary", "dev", "next", "pre", "preview", "rc",
        ]
        .contains(&letters)
}

/// Reads a file, compressed if its name ends with `.gz`, and names the fields that its type has not.
fn read_json<T: DeserializeOwned>(path: &Path, largest: u64) -> Result<(T, Vec<String>), Problem> {
    let bytes = read(path, largest).map_err(|error| Problem::of(path, error))?;
    let mut text = serde_json::Deserializer::from_slice(&bytes);
    let mut track = serde_path_to_error::Track::new();
    let traced = serde_path_to_error::Deserializer::new(&mut text, &mut track);
    let mut unknown = Vec::new();
    let read = serde_ignored::deserialize(traced, |field| unknown.push(field.to_string()));
    match read.and_then(|value| text.end().map(|()| value)) {
        Ok(value) => Ok((value, unknown)),
        Err(error) => {
            let field = track.path().to_string();
            let field = if field == "." { String::new() } else { field };
            Err(Problem::in_field(path, field, error))
        }
    }
}

fn read(path: &Path, largest: u64) -> io::Result<Vec<u8>> {
    let file = File::open(path)?;
    let bytes = if path.extension().is_some_and(|extension| extension == "gz") {
        at_most(GzDecoder::new(file), largest)
    } else {
        at_most(file, largest)
    }?;
    bytes.ok_or_else(|| io::Error::other(format!("larger than {} KiB", largest >> 10)))
}

/// All of it; `None` if there is more than the largest size.
fn at_most(from: impl Read, largest: u64) -> io::Result<Option<Vec<u8>>> {
    let mut bytes = Vec::new();
    from.take(largest + 1).read_to_end(&mut bytes)?;
    Ok((bytes.len() as u64 <= largest).then_some(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_ordered_by_their_numbers() {
        let in_order = [
            "1.9.2-rc.1",
            "1.9.2",
            "1.9.2+dfsg-1~deb12u1",
            "1.9.2+dfsg-1",
            "1.9.2.post1",
            "1.9.10",
            "1.10.0a2",
            "1.10.0b1",
            "1.10.0",
            "2",
            "12.0~rc1",
            "12.0",
        ];
        let mut versions = in_order;
        versions.reverse();
        versions.sort_by(|a, b| compare_versions(a, b));
        assert_eq!(versions, in_order);
    }

    #[test]
    fn a_name_needs_no_escaping() {
        for good in [
            "ws",
            "tokio-tungstenite",
            "1.9.2+dfsg~rc1",
            "a".repeat(64).as_str(),
        ] {
            assert!(is_a_name(good), "{good}");
        }
        for bad in [
            "",
            ".",
            "..",
            "-rf",
            "a/b",
            "a b",
            "<b>",
            "ü",
            "a".repeat(65).as_str(),
        ] {
            assert!(!is_a_name(bad), "{bad}");
        }
    }

    #[test]
    fn a_large_file_is_not_read_to_its_end() {
        assert_eq!(at_most(io::repeat(0), 9).unwrap(), None);
        assert_eq!(at_most(&[1, 2][..], 2).unwrap(), Some(vec![1, 2]));
    }
}
