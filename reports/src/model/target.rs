//! The results of one target.

use std::collections::BTreeSet;
use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{CaseResult, Cause, Probe, Summary, TargetRole, Timeline, Transport};

/// The results of one target.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TargetReport {
    /// The name shown to people.
    pub name: String,
    /// The URL of a server; the command, or the name, of a client.
    pub url: String,
    /// The command that runs one case once more, with `{case}` in place of its id.
    #[serde(default)]
    pub again: String,
    /// Whether the target is a server or a client.
    #[serde(default)]
    pub role: TargetRole,
    /// What the target was reached over.
    #[serde(default, skip_serializing_if = "Transport::is_tcp")]
    pub over: Transport,
    /// What the probe found before the first case.
    pub probe: Probe,
    /// How the run against this target ended.
    #[serde(default)]
    pub ended: Ending,
    /// The shards whose cases are in this report; absent if it has the cases of the whole run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shards: Option<Shards>,
    /// What its processes took over the run, where they are watched.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub usage: Option<Timeline>,
    /// Number of cases with each verdict.
    pub summary: Summary,
    /// What broke, worst first; absent in reports of version 0.1.0, and if nothing did.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub causes: Vec<Cause>,
    /// Promises of the baseline that do not hold, one sentence each; any of them makes a run fail.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub broken_baseline: Vec<String>,
    /// The result of every case and of every passive rule, by id.
    pub cases: Vec<CaseResult>,
}

impl TargetReport {
    /// The command that runs `case` once more, with all details shown. For a passive rule, it runs
    /// the first case in which the rule was broken.
    pub fn rerun(&self, case: &CaseResult) -> String {
        self.again
            .replace("{case}", case.seen_in_cases.first().unwrap_or(&case.id))
    }

    /// What is known of the target without its cases.
    #[must_use]
    pub fn without_cases(&self) -> TargetReport {
        TargetReport {
            name: self.name.clone(),
            url: self.url.clone(),
            again: self.again.clone(),
            role: self.role,
            over: self.over,
            probe: self.probe.clone(),
            ended: self.ended.clone(),
            shards: self.shards.clone(),
            usage: self.usage.clone(),
            summary: self.summary,
            causes: self.causes.clone(),
            broken_baseline: self.broken_baseline.clone(),
            cases: Vec::new(),
        }
    }

    /// The number of cases with each verdict: of those that were selected, without the rows of passive
    /// rules and traits.
    pub fn selected(&self) -> Summary {
        Summary::of(self.cases.iter().filter(|row| row.is_case()))
    }
}

/// Some of the parts into which `--shard` divided a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Shards {
    /// Number of parts of the whole run.
    pub of: u64,
    /// The parts at hand, counted from 1.
    pub parts: BTreeSet<u64>,
}

impl Shards {
    /// The parts that are not at hand, written `3/8`.
    pub fn missing(&self) -> impl Iterator<Item = String> {
        (1..=self.of)
            .filter(|part| !self.parts.contains(part))
            .map(|part| format!("{part}/{}", self.of))
    }
}

impl fmt::Display for Shards {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts: Vec<String> = self
            .parts
            .iter()
            .map(|part| format!("{part}/{}", self.of))
            .collect();
        write!(f, "{}", parts.join(", "))
    }
}

/// How the run against a target ended.
#[derive(
    Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase", tag = "how", content = "reason")]
pub enum Ending {
    /// Every case has a verdict.
    #[default]
    Complete,
    /// It was interrupted; the report has the results up to that point.
    Interrupted,
    /// The target could not be reached.
    Unreachable(String),
    /// The server that answers is no WebSocket server, so nothing can be judged.
    #[serde(rename = "no-endpoint")]
    NoEndpoint(String),
    /// The target stopped serving during the run.
    Died(String),
}

impl Ending {
    /// Why results are missing, as a sentence without a full stop; `None` if none are.
    pub fn trouble(&self) -> Option<String> {
        match self {
            Ending::Complete => None,
            Ending::Interrupted => Some("the run was interrupted".into()),
            Ending::Unreachable(reason) => {
                Some(format!("the target could not be reached: {reason}"))
            }
            Ending::NoEndpoint(reason) => Some(format!("nothing can be judged: {reason}")),
            Ending::Died(reason) => Some(format!("the target died: {reason}")),
        }
    }
}
