//! A run.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::TargetReport;

/// One run of the suite against one or more targets.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Report {
    /// The name of the tool, `wsspec`.
    pub tool: String,
    /// The version of the tool.
    pub version: String,
    /// SHA-1 of the vectors, in hex.
    pub vectors_digest: String,
    /// When the run began, as RFC 3339.
    pub started: String,
    /// Duration of the run, in milliseconds.
    pub duration_ms: u64,
    /// The seed of all randomness in the run.
    pub seed: u64,
    /// False if the run was interrupted; the report then has the results up to that point.
    pub complete: bool,
    /// The targets, in the order in which they were tested.
    pub targets: Vec<TargetReport>,
    /// The requirements that the cases cite, by id.
    pub requirements: BTreeMap<String, Clause>,
}

/// A requirement, as a report quotes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Clause {
    /// Where it stands, such as `RFC 6455 §5.1`.
    pub clause: String,
    /// How strict it is: `MUST`, `SHOULD NOT` …
    pub level: String,
    /// The requirement itself.
    pub text: String,
    /// The party it binds: `server`, `client`, `both` …
    pub party: String,
}

impl Report {
    /// The run alone.
    pub(crate) fn without_targets(&self) -> Report {
        Report {
            tool: self.tool.clone(),
            version: self.version.clone(),
            vectors_digest: self.vectors_digest.clone(),
            started: self.started.clone(),
            duration_ms: self.duration_ms,
            seed: self.seed,
            complete: self.complete,
            targets: Vec::new(),
            requirements: self.requirements.clone(),
        }
    }

    /// The runs that did not come to their end: the name of the target and the cause, a sentence
    /// without a full stop.
    ///
    /// Empty if every result that was asked for is in the report. A trouble of the run as a whole
    /// has the name of the tool.
    pub fn troubles(&self) -> Vec<(&str, String)> {
        let mut troubles = Vec::new();
        for target in &self.targets {
            if let Some(trouble) = target.ended.trouble() {
                troubles.push((target.name.as_str(), trouble));
            }
        }
        if troubles.is_empty() && !self.complete {
            troubles.push((&self.tool, "the run was interrupted".into()));
        } else if self.targets.is_empty() {
            troubles.push((&self.tool, "nothing was tested".into()));
        }
        troubles
    }
}
