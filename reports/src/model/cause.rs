//! What broke.

use std::ops::Not;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use wsspec_core::Impact;

use super::Verdict;

/// Something that broke, and the rows that show it: one fault of a target has many consequences.
///
/// Two reports are about the same cause if [`Cause::identity`] is the same in both.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Cause {
    /// The id of the requirement that was broken; empty if its rows cite none.
    pub requirement: String,
    /// Where that requirement stands, such as `RFC 6455 §5.1`; absent if the report lacks its text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clause: Option<String>,
    /// What its rows have in common, such as `accepts.mask-missing`: stable words without bytes or
    /// numbers; in reports of version 0.1.0, which have none, the reason.
    pub key: String,
    /// The verdict of its rows: fail, non-strict or flaky.
    pub verdict: Verdict,
    /// How much it matters, judged by the cases that are about what broke.
    pub impact: Impact,
    /// The reason of its smallest case.
    pub reason: String,
    /// The id of its smallest case: the one in which the fewest bytes were sent.
    pub case: String,
    /// The ids of its rows, in order.
    pub cases: Vec<String>,
    /// Number of its rows.
    pub rows: usize,
    /// Number of cases that cannot be judged because they rest on one of its rows.
    pub rests: usize,
    /// Whether the baseline expects every one of its rows.
    #[serde(default, skip_serializing_if = "Not::not")]
    pub known: bool,
}

impl Cause {
    /// What makes two causes the same: the verdict, the requirement and the key.
    pub fn identity(&self) -> (Verdict, &str, &str) {
        (self.verdict, &self.requirement, &self.key)
    }
}
