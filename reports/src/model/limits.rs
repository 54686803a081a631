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
    /// Most connections that are served at the same time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connections: Option<u32>,
    /// Milliseconds after which an opening handshake that is not finished ends.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub handshake_timeout_ms: Option<u64>,
    /// Milliseconds after which a connection ends on which nothing is sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub idle_timeout_ms: Option<u64>,
    /// Milliseconds from a ping of the target to the end, where it is not answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ping_timeout_ms: Option<u64>,
}

impl Limits {
    /// Whether nothing is said.
    pub fn are_unknown(&self) -> bool {
        *self == Limits::default()
    }
}
