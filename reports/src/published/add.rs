//! Takes results into a folder that is kept: with the bytes that the site shows, and no others.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::Path;

use flate2::{Compression, GzBuilder};
use serde::Serialize;

use super::{About, Implementation, LARGEST_NOTE, Problem, Reading, Version, read_json};
use crate::Report;

/// What was added.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Added {
    /// Number of implementations.
    pub implementations: usize,
    /// Number of reports.
    pub reports: usize,
    /// Bytes of the reports before, as they were stored.
    pub before: u64,
    /// Bytes of the reports now.
    pub after: u64,
}

/// Adds results to a folder, which is made if it is not there. A version that is there already is
/// replaced; what people wrote about its causes stays.
///
/// # Errors
///
/// If a report cannot be read, or something in the folder cannot be read or written.
pub fn add(implementations: &[Implementation], to: &Path) -> Result<Added, Problem> {
    let mut added = Added::default();
    for one in implementations {
        let folder = to.join(&one.id);
        make(&folder)?;
        let about = folder.join("about.json");
        let there = about.exists().then(|| read_json(&about, LARGEST_NOTE));
        let there: Option<About> = there.transpose()?.map(|(about, _)| about);
        let reading = there.map(|about| about.reading).unwrap_or_default();
        write_json(&about, &with_readings(one, reading))?;
        for version in &one.versions {
            add_version(version, &folder.join(&version.version), &mut added)?;
            added.reports += 1;
        }
        added.implementations += 1;
    }
    Ok(added)
}

/// The same with readings from before; of two about one cause, that from before.
fn with_readings(one: &Implementation, mut reading: Vec<Reading>) -> About {
    let known: BTreeSet<_> = reading.iter().map(cause_of).collect();
    let new = one.about.reading.iter();
    let new = new.filter(|reading| !known.contains(&cause_of(reading)));
    reading.extend(new.cloned());
    About {
        reading,
        ..one.about.clone()
    }
}

/// What tells the cause of a reading from others.
fn cause_of(reading: &Reading) -> (String, Option<String>) {
    (reading.cause.clone(), reading.requirement.clone())
}

fn add_version(version: &Version, folder: &Path, added: &mut Added) -> Result<(), Problem> {
    make(folder)?;
    write_json(&folder.join("run.json"), &version.run)?;
    let mut report = version.report()?;
    keep_what_is_shown(&mut report);
    added.before += size(version.report_path())?;
    let path = folder.join("report.json.gz");
    written(&path, |file| {
        // Without a time, so that the same report has the same bytes.
        let mut packed = GzBuilder::new().write(BufWriter::new(file), Compression::best());
        serde_json::to_writer(&mut packed, &report)?;
        packed.finish()?.flush()
    })?;
    added.after += size(&path)?;
    let plain = folder.join("report.json");
    if plain.exists() {
        fs::remove_file(&plain).map_err(|error| Problem::of(&plain, error))?;
    }
    Ok(())
}

/// Leaves the bytes of one case of each cause: those that a page shows. What a program said on its standard
/// error may name folders of the machine: they go.
fn keep_what_is_shown(report: &mut Report) {
    report.find_causes();
    for target in &mut report.targets {
        let shown: BTreeSet<&str> = target.causes.iter().map(|cause| &*cause.case).collect();
        for case in &mut target.cases {
            case.transcript_alone = None;
            for line in &mut case.stderr {
                *line = without_folders(line);
            }
            if !shown.contains(&*case.id) {
                case.transcript = None;
            }
        }
    }
}

/// A line in which absolute paths are their last names.
fn without_folders(line: &str) -> String {
    let mut kept = String::with_capacity(line.len());
    let mut rest = line;
    while let Some(at) = rest.find('/') {
        let (before, path) = rest.split_at(at);
        let end = path.find(|c: char| !is_of_path(c)).unwrap_or(path.len());
        let (path, after) = path.split_at(end);
        // A slash inside of a word: of a date, of a URL, of a relative path.
        let inside = before.ends_with(|c: char| is_of_path(c) || c == ':');
        let last = path.rsplit('/').next().filter(|_| !inside).unwrap_or(path);
        kept.push_str(before);
        kept.push_str(last);
        rest = after;
    }
    kept + rest
}

fn is_of_path(c: char) -> bool {
    c.is_alphanumeric() || "/._-+@~".contains(c)
}

fn make(folder: &Path) -> Result<(), Problem> {
    fs::create_dir_all(folder).map_err(|error| Problem::of(folder, error))
}

fn size(path: &Path) -> Result<u64, Problem> {
    let about = fs::metadata(path).map_err(|error| Problem::of(path, error))?;
    Ok(about.len())
}

fn write_json(path: &Path, value: &impl Serialize) -> Result<(), Problem> {
    written(path, |mut file| {
        serde_json::to_writer_pretty(&mut file, value)?;
        file.write_all(b"\n")
    })
}

/// Writes a file whole: one that is there is replaced at the end.
fn written(path: &Path, write: impl FnOnce(File) -> io::Result<()>) -> Result<(), Problem> {
    let partial = path.with_extension("partial");
    let done = File::create(&partial)
        .and_then(write)
        .and_then(|()| fs::rename(&partial, path));
    done.map_err(|error| Problem::of(path, error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_an_absolute_path_the_name_is_left() {
        for (line, left) in [
            (
                "File \"/home/me/venv/lib/x.py\", line 3",
                "File \"x.py\", line 3",
            ),
            ("at f (/home/me/a-b/c.js:2:9)", "at f (c.js:2:9)"),
            (
                "on ws://localhost:1/a at 1/2/2026, a/b",
                "on ws://localhost:1/a at 1/2/2026, a/b",
            ),
            ("/", ""),
        ] {
            assert_eq!(without_folders(line), left);
        }
    }
}
