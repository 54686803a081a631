//! The two sides of a connection.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use wsspec_core::Role;

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
    /// It stands between a client and a server, both of the suite: conversation 1 is that of the
    /// client, conversation 2 that of the server.
    Gateway,
}

impl TargetRole {
    /// Its name, as reports have it.
    pub const fn name(self) -> &'static str {
        match self {
            TargetRole::Server => "server",
            TargetRole::Client => "client",
            TargetRole::Gateway => "gateway",
        }
    }

    /// The side that is the server in a conversation.
    pub const fn server(self, on: u32) -> Who {
        match self {
            TargetRole::Server => Who::Target,
            TargetRole::Gateway if on < 2 => Who::Target,
            TargetRole::Client | TargetRole::Gateway => Who::Suite,
        }
    }

    /// The role of the target in its first conversation.
    pub const fn role(self) -> Role {
        match self {
            TargetRole::Server | TargetRole::Gateway => Role::Server,
            TargetRole::Client => Role::Client,
        }
    }
}
