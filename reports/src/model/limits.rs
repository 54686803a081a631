//! Limits claimed for the target.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Limits claimed for the target; exceeding one is a failure.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Limits {
    /// Most bytes of a message.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<u64>,
    /// Most fragments of a message.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fragments: Option<u64>,
    /// Most bytes of a request head.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub head: Option<u64>,
    /// Most bytes by which the memory of its processes grows in a case.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub memory: Option<u64>,
}

impl Limits {
    /// Whether nothing is said.
    pub fn are_unknown(&self) -> bool {
        *self == Limits::default()
    }
}
