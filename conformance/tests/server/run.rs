//! Running the program against the planted killers.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

use super::shared::scratch;

pub(crate) const WSSPEC: &str = env!("CARGO_BIN_EXE_wsspec");

/// The program with the planted killers.
pub(crate) fn killers() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/server/killers.py")
}

/// What a run gave.
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    /// The report on the target.
    pub(crate) target: Value,
    pub(crate) output: String,
}

impl Ran {
    /// The rows, by id.
    fn rows(&self) -> BTreeMap<&str, &Value> {
        let rows = self.target["cases"].as_array().into_iter().flatten();
        rows.map(|row| (row["id"].as_str().unwrap(), row)).collect()
    }

    /// The row with this id.
    pub(crate) fn row(&self, id: &str) -> &Value {
        self.rows()
            .get(id)
            .unwrap_or_else(|| panic!("{id}: {}", self.output))
    }

    /// Ids and keys of the reasons of the rows that did not get a verdict of their own.
    pub(crate) fn troubled(&self) -> BTreeMap<&str, &str> {
        let rows = self.rows().into_iter();
        rows.filter(|(_, row)| {
            !["pass", "skipped", "informational", "non-strict"]
                .contains(&row["verdict"].as_str().unwrap())
        })
        .map(|(id, row)| (id, row["reason_key"].as_str().unwrap_or_default()))
        .collect()
    }

    /// How the run ended.
    pub(crate) fn ended(&self) -> &str {
        self.target["ended"]["how"].as_str().unwrap_or_default()
    }
}

/// Runs a command of the program with a report in the folder `name`.
pub(crate) fn wsspec(name: &str, command: &[&str], after: &[&str]) -> Ran {
    let report = scratch(name).join("report.json");
    let Output {
        status,
        stdout,
        stderr,
    } = Command::new(WSSPEC)
        .args(command)
        .args(["--json", report.to_str().unwrap()])
        .args(after)
        .env("NO_COLOR", "1")
        .output()
        .unwrap();
    let output = String::from_utf8_lossy(&[stdout, stderr].concat()).into_owned();
    let json: Value = fs::read_to_string(report)
        .ok()
        .and_then(|text| serde_json::from_str(&text).ok())
        .unwrap_or_default();
    Ran {
        code: status.code(),
        target: json["targets"][0].clone(),
        output,
    }
}

/// Tests the planted killer `kind` with cases of these patterns; the report is in the folder
/// `name`.
pub(crate) fn kill(name: &str, kind: &str, patterns: &[&str], options: &[&str]) -> Ran {
    let filters = patterns.iter().flat_map(|pattern| ["--filter", pattern]);
    let command: Vec<&str> = ["server"]
        .into_iter()
        .chain(filters)
        .chain(options.iter().copied())
        .collect();
    let program = killers();
    let server = ["--", "python3", program.to_str().unwrap(), kind, "{port}"];
    wsspec(name, &command, &server)
}
