//! The formats in which a report can be written.
//!
//! The next format is a module with one function from [`Report`] to text or JSON, a variant here,
//! and an option of the command line.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::Path;

use serde::Serialize;

use crate::{Report, badge, html, junit, markdown, sarif};

/// A format of the report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Format {
    /// Everything, for programs; its schema is `reports/schema.json`.
    Json,
    /// A page that loads no other file.
    Html,
    /// JUnit XML, which every CI system reads.
    Junit,
    /// SARIF 2.1.0, for code scanning.
    Sarif,
    /// Markdown, for the summary of a CI job.
    Markdown,
    /// The JSON of a shields.io endpoint badge.
    Badge,
}

impl Format {
    /// What the option that asks for it is called, without the dashes.
    pub const fn name(self) -> &'static str {
        match self {
            Format::Json => "json",
            Format::Html => "html",
            Format::Junit => "junit",
            Format::Sarif => "sarif",
            Format::Markdown => "markdown",
            Format::Badge => "badge",
        }
    }

    /// Writes `report` in this format.
    ///
    /// # Errors
    /// If `to` cannot be written.
    pub fn write(self, report: &Report, to: impl Write) -> io::Result<()> {
        let mut to = BufWriter::new(to);
        match self {
            Format::Json => json(report, &mut to)?,
            Format::Sarif => json(&sarif::sarif(report), &mut to)?,
            Format::Badge => json(&badge::badge(report), &mut to)?,
            Format::Html => html::write(report, &mut to)?,
            Format::Junit => to.write_all(junit::junit(report).as_bytes())?,
            Format::Markdown => to.write_all(markdown::markdown(report).as_bytes())?,
        }
        to.flush()
    }

    /// Writes `report` to the file `path`, or to stdout if that is `-`.
    ///
    /// An ordinary file is replaced in one step: neither a reader nor a kill ever leaves half a
    /// report.
    ///
    /// # Errors
    /// If the file, or `path` with `.part` at its end, cannot be written.
    pub fn write_file(self, report: &Report, path: &Path) -> io::Result<()> {
        Format::replace(path, |to| self.write(report, to))
    }

    /// Replaces the file at `path` by what `write` writes, all at once; `-` is stdout.
    pub(crate) fn replace(
        path: &Path,
        write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> io::Result<()> {
        if path == Path::new("-") {
            return write(&mut io::stdout().lock());
        }
        // A pipe or a device cannot be replaced.
        if fs::metadata(path).is_ok_and(|m| !m.is_file()) {
            return write(&mut File::create(path)?);
        }
        let mut beside = path.as_os_str().to_owned();
        beside.push(".part");
        let mut to = BufWriter::new(File::create(&beside)?);
        write(&mut to)?;
        to.flush()?;
        fs::rename(&beside, path)
    }
}

/// Writes JSON as it is made: the text of a long report is never in memory as a whole.
fn json(value: &impl Serialize, to: &mut impl Write) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *to, value)?;
    to.write_all(b"\n")
}
