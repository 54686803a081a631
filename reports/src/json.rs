//! The schema of the JSON report, and the lines of a JSON stream.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{CaseResult, Report};

/// The JSON Schema of a report; `reports/schema.json` is a copy of it.
pub fn schema() -> Value {
    let mut schema = schemars::schema_for!(Report).to_value();
    schema["title"] = "wsspec report".into();
    schema
}

/// One line of a JSON stream: a result.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StreamLine {
    /// The URL of the target.
    pub target: String,
    /// The result.
    #[serde(flatten)]
    pub case: CaseResult,
}
