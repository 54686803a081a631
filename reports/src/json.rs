//! The JSON report, its schema, and the stream of JSON lines.

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
