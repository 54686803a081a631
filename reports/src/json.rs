//! The JSON report, its schema, and the stream of JSON lines.

use std::fs;
use std::io::{self, Write};
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

/// A report as text.
pub fn to_string(report: &Report) -> String {
    let mut text = serde_json::to_string_pretty(report).unwrap_or_default();
    text.push('\n');
    text
}

/// Writes a report to `path` in one step, so that a reader, or a kill, never meets half of one; `-` is stdout.
pub fn write(path: &Path, report: &Report) -> io::Result<()> {
    let text = to_string(report);
    if path == Path::new("-") {
        return io::stdout().lock().write_all(text.as_bytes());
    }
    // What is no ordinary file (a pipe, a device) cannot be replaced.
    if fs::metadata(path).is_ok_and(|m| !m.is_file()) {
        return fs::write(path, text);
    }
    let mut beside = path.as_os_str().to_owned();
    beside.push(".part");
    fs::write(&beside, text)?;
    fs::rename(&beside, path)
}
