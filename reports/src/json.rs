//! The JSON report, its schema, and the stream of JSON lines.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{CaseResult, Report};

/// The JSON Schema of a report, as in `reports/schema.json`.
pub fn schema() -> Value {
    let mut schema = schemars::schema_for!(Report).to_value();
    schema["title"] = "wsspec report".into();
    schema
}

/// A result as one line of a stream.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StreamLine {
    /// The URL of the target.
    pub target: String,
    /// The result.
    #[serde(flatten)]
    pub case: CaseResult,
}

/// A report as text, written as it is made: a long one is never held in memory.
fn write_to(to: impl Write, report: &Report) -> io::Result<()> {
    let mut to = BufWriter::new(to);
    serde_json::to_writer_pretty(&mut to, report)?;
    to.write_all(b"\n")?;
    to.flush()
}

/// Writes a report to `path` in one step, so that a reader, or a kill, never meets half of one; `-` is stdout.
pub fn write(path: &Path, report: &Report) -> io::Result<()> {
    if path == Path::new("-") {
        return write_to(io::stdout().lock(), report);
    }
    // What is no ordinary file (a pipe, a device) cannot be replaced.
    if fs::metadata(path).is_ok_and(|m| !m.is_file()) {
        return write_to(File::create(path)?, report);
    }
    let mut beside = path.as_os_str().to_owned();
    beside.push(".part");
    write_to(File::create(&beside)?, report)?;
    fs::rename(&beside, path)
}
