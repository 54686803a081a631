//! The two sides of a connection.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A side of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Who {
    /// The suite.
    Suite,
    /// The target.
    Target,
}

/// The role of the target.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs)]
pub enum TargetRole {
    #[default]
    Server,
    Client,
}

impl TargetRole {
    /// The side of the connection that is the server.
    pub const fn server(self) -> Who {
        match self {
            TargetRole::Server => Who::Target,
            TargetRole::Client => Who::Suite,
        }
    }
}
