//! What a target is reached over.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a target is reached over.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Transport {
    /// TCP without TLS, HTTP/1.1.
    #[default]
    Tcp,
    /// TLS over TCP, HTTP/1.1 (RFC 6455 §10.6).
    Tls,
    /// A Unix socket, HTTP/1.1.
    Unix,
    /// A stream of HTTP/2 (RFC 8441).
    H2,
    /// A stream of HTTP/3 (RFC 9220).
    H3,
}

impl Transport {
    /// Every transport.
    pub const ALL: [Transport; 5] = [
        Transport::Tcp,
        Transport::Tls,
        Transport::Unix,
        Transport::H2,
        Transport::H3,
    ];

    /// The name, as users write it.
    pub const fn name(self) -> &'static str {
        match self {
            Transport::Tcp => "tcp",
            Transport::Tls => "tls",
            Transport::Unix => "unix",
            Transport::H2 => "h2",
            Transport::H3 => "h3",
        }
    }

    /// Whether a WebSocket is one of many streams on a connection.
    pub const fn has_streams(self) -> bool {
        matches!(self, Transport::H2 | Transport::H3)
    }

    #[allow(clippy::trivially_copy_pass_by_ref)] // as serde calls it
    pub(crate) fn is_tcp(&self) -> bool {
        *self == Transport::Tcp
    }
}

impl fmt::Display for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A word that is no transport.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownTransport(String);

impl fmt::Display for UnknownTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no transport is called {}", self.0)
    }
}

impl std::error::Error for UnknownTransport {}

impl FromStr for Transport {
    type Err = UnknownTransport;

    fn from_str(name: &str) -> Result<Transport, UnknownTransport> {
        let mut all = Transport::ALL.into_iter();
        all.find(|transport| transport.name() == name)
            .ok_or_else(|| UnknownTransport(name.to_owned()))
    }
}
