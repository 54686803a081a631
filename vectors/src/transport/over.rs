//! What a conversation runs over.

use schemars::JsonSchema;
use serde::Deserialize;

/// What a conversation runs over.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub enum Over {
    /// TCP without TLS.
    #[default]
    Tcp,
    /// TLS over TCP (RFC 6455 §4.1, §10.6).
    Tls,
    /// A stream of HTTP/2 (RFC 8441).
    H2,
    /// A stream of HTTP/3 (RFC 9220).
    H3,
}

impl Over {
    /// The name, as it is written in a vector.
    pub const fn name(self) -> &'static str {
        match self {
            Over::Tcp => "tcp",
            Over::Tls => "tls",
            Over::H2 => "h2",
            Over::H3 => "h3",
        }
    }

    /// Whether a WebSocket is one of many streams on a connection.
    pub const fn has_streams(self) -> bool {
        matches!(self, Over::H2 | Over::H3)
    }
}
