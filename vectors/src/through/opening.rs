//! How HTTP opens a WebSocket on either connection of a gateway.

use schemars::JsonSchema;
use serde::Deserialize;

use super::End;

/// How HTTP opens a WebSocket on one connection of a gateway.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub enum OpensBy {
    /// The upgrade of HTTP/1.1 (RFC 6455).
    Upgrade,
    /// An extended CONNECT of HTTP/2 or HTTP/3 (RFC 8441, RFC 9220).
    Connect,
}

/// How the connections of a gateway have to open for a case to apply; either way where nothing is said.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
pub struct Opens {
    /// from the client to the gateway
    pub client: Option<OpensBy>,
    /// from the gateway to the server
    pub server: Option<OpensBy>,
}

impl Opens {
    /// What has to be at an end; `None` for either.
    pub const fn at(self, end: End) -> Option<OpensBy> {
        match end {
            End::Client => self.client,
            End::Server => self.server,
        }
    }
}
