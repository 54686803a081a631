//! The targets of a run that are done, as they stand in its JSON report: on disk, so that a run of
//! hundreds of targets takes no more memory than a run of one.

use std::io::{self, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::scratch::Scratch;
use crate::{Report, TargetReport};

/// What begins each line of a target in the report.
const INDENT: &[u8] = b"    ";

/// Where the targets stand in a report that is written without them. Quotes within strings are
/// escaped, so this text is nowhere else.
const NO_TARGETS: &str = "\"targets\": []";

/// The text of the targets in a file.
pub(super) struct Archive {
    file: Scratch,
    end: Place,
}

/// A place between two targets.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Place {
    /// Number of targets before it.
    pub(super) targets: usize,
    offset: u64,
}

impl Archive {
    /// Creates the file beside `report`.
    pub(super) fn create(report: &Path) -> io::Result<Archive> {
        Ok(Archive {
            file: Scratch::beside(report, "targets")?,
            end: Place::default(),
        })
    }

    /// The end, after all targets so far.
    pub(super) fn end(&self) -> Place {
        self.end
    }

    /// Appends the target that `write` writes as JSON.
    pub(super) fn put(
        &mut self,
        write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> io::Result<()> {
        self.file.seek(SeekFrom::Start(self.end.offset))?;
        let mut to = BufWriter::new(&*self.file);
        element(self.end.targets, &mut to, write)?;
        to.flush()?;
        drop(to);
        self.end = Place {
            targets: self.end.targets + 1,
            offset: self.file.stream_position()?,
        };
        Ok(())
    }

    /// Writes a report as JSON: the targets in here up to `end`, then its own.
    pub(super) fn write(
        &mut self,
        end: Place,
        report: &Report,
        to: &mut dyn Write,
    ) -> io::Result<()> {
        let frame = serde_json::to_string_pretty(&report.without_targets())?;
        let (before, after) = frame.split_once(NO_TARGETS).unwrap_or((&frame, ""));
        to.write_all(before.as_bytes())?;
        to.write_all(b"\"targets\": [")?;
        self.file.seek(SeekFrom::Start(0))?;
        io::copy(&mut (&*self.file).take(end.offset), to)?;
        for (number, target) in (end.targets..).zip(&report.targets) {
            element(number, to, |to| pretty(target, to))?;
        }
        if end.targets + report.targets.len() > 0 {
            to.write_all(b"\n  ")?;
        }
        to.write_all(b"]")?;
        to.write_all(after.as_bytes())?;
        to.write_all(b"\n")
    }
}

/// The archive, whatever became of another thread that had it.
pub(super) fn locked(archive: &Mutex<Archive>) -> MutexGuard<'_, Archive> {
    archive.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Writes a target as JSON.
pub(super) fn pretty(target: &TargetReport, to: &mut dyn Write) -> io::Result<()> {
    serde_json::to_writer_pretty(to, target).map_err(io::Error::from)
}

/// Writes an element of the list of targets, the one with this number from 0.
fn element(
    number: usize,
    to: &mut dyn Write,
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> io::Result<()> {
    to.write_all(if number == 0 { b"\n" } else { b",\n" })?;
    to.write_all(INDENT)?;
    write(&mut Indented(to))
}

/// Passes JSON on with its lines indented. A string in it has no line end of its own.
struct Indented<'a>(&'a mut dyn Write);

impl Write for Indented<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        for line in bytes.split_inclusive(|byte| *byte == b'\n') {
            self.0.write_all(line)?;
            if line.ends_with(b"\n") {
                self.0.write_all(INDENT)?;
            }
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}
