//! Roles by name, as vectors write them.

use schemars::JsonSchema;
use serde::Deserialize;
use wsspec_core::Role;

/// The role of a target or a reader.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub(crate) enum RoleName {
    Server,
    Client,
}

impl RoleName {
    pub(crate) fn role(self) -> Role {
        match self {
            RoleName::Server => Role::Server,
            RoleName::Client => Role::Client,
        }
    }
}
