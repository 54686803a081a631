//! What is known of a target before the first case.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What the suite found out about a target before the first case.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Probe {
    /// What the target does with messages.
    pub peer: MessageBehaviour,
    /// Whether the target answers pings. If it does not, an echoed message takes the place of a
    /// pong as a sign of life.
    pub pongs: bool,
    /// Number of messages the target sends unasked when a connection opens.
    pub greeting: u32,
    /// The shortest round trip, in microseconds.
    pub round_trip_us: u64,
    /// The Server field of the opening response.
    pub server: Option<String>,
    /// The answer to an offer of permessage-deflate; absent if the target declines.
    pub extensions: Option<String>,
    /// Whether the target answers a plain opening request with 101.
    pub opens: bool,
    /// Why no plain connection works; absent if one does.
    pub trouble: Option<String>,
}

/// What a target does with messages.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum MessageBehaviour {
    /// It sends every message back.
    #[default]
    Echo,
    /// It sends nothing.
    Silent,
    /// It answers with other messages, or sends some unasked.
    Talks,
}
