//! Every form in which a report can be written.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::Path;

use serde::Serialize;

use crate::{Report, badge, html, junit, markdown, sarif};

/// A form of the report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Format {
    /// All of it, for programs: `reports/schema.json`.
    Json,
    /// A page that needs nothing beside itself.
    Html,
    /// JUnit XML, which every CI reads.
    Junit,
    /// SARIF 2.1.0, for code scanning.
    Sarif,
    /// Markdown, for the summary of a job.
    Markdown,
    /// The endpoint of a shields.io badge.
    Badge,
}

impl Format {
    /// Writes `report` in this form.
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

    /// Writes `report` to `path` in one step, so that a reader, or a kill, never meets half of one; `-` is stdout.
    pub fn write_file(self, report: &Report, path: &Path) -> io::Result<()> {
        if path == Path::new("-") {
            return self.write(report, io::stdout().lock());
        }
        // What is no ordinary file (a pipe, a device) cannot be replaced.
        if fs::metadata(path).is_ok_and(|m| !m.is_file()) {
            return self.write(report, File::create(path)?);
        }
        let mut beside = path.as_os_str().to_owned();
        beside.push(".part");
        self.write(report, File::create(&beside)?)?;
        fs::rename(&beside, path)
    }
}

/// Written as it is made: a long report is never held in memory as text.
fn json(value: &impl Serialize, to: &mut impl Write) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *to, value)?;
    to.write_all(b"\n")
}
