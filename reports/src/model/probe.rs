//! What is known of a target before the first case.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Answer, Reaction};

/// What the suite found out about a target before the first case.
///
/// What was not asked, and what a report of an older version does not have, is absent.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Probe {
    /// What the target does with messages.
    pub peer: MessageBehaviour,
    /// The user says what the target does with messages (`--peer`); it was not found out.
    #[serde(default, skip_serializing_if = "is_false")]
    pub claimed: bool,
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
    /// What answers a plain opening, where that is no WebSocket server: then nothing can be judged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<Answer>,
    /// What the target does with each kind of message.
    #[serde(default, skip_serializing_if = "Echoes::is_unknown")]
    pub echoes: Echoes,
    /// What it does with the message that the user says it answers (`--message`): `back` if the
    /// answer is the one that the user gave.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub liked: Option<Reaction>,
    /// The longest time that the answer to a small message took, in microseconds, where answers come
    /// much later than a pong each time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answers_after_us: Option<u64>,
    /// Messages that come unasked on a silent connection, beyond the greeting.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pushes: Option<Rhythm>,
    /// Whether messages of one connection are sent to others.
    #[serde(default, skip_serializing_if = "is_false")]
    pub broadcasts: bool,
    /// Pings that come on a silent connection.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pings: Option<Rhythm>,
    /// How a connection ends on which nothing is sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lifetime: Option<Lifetime>,
    /// Most connections that it serves at the same time, where more were tried.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_connections: Option<u32>,
    /// Most new connections a second that it accepts, where more were tried.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_rate: Option<u32>,
    /// The largest of the messages tried that it accepts, in bytes, where it refuses a larger one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_message: Option<u64>,
    /// The largest of the request fields tried that it accepts, in bytes, where it refuses a larger
    /// one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_field: Option<u64>,
}

impl Probe {
    /// Whether anything was asked of the target: nothing is where others talk to it.
    pub fn was_asked(&self) -> bool {
        *self != Probe::default()
    }
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

/// What a target does with each kind of message; absent where it was not asked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub struct Echoes {
    /// A short text message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<Reaction>,
    /// A short binary message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub binary: Option<Reaction>,
    /// An empty message of a kind that comes back, text if both do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub empty: Option<Reaction>,
    /// A message of 64 KiB of a kind that comes back, text if both do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub big: Option<Reaction>,
}

/// How often the target does something unasked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub struct Rhythm {
    /// How often it did so on one connection.
    pub count: u32,
    /// The time from one to the next, or to the first if there was only one, in milliseconds.
    pub every_ms: u64,
}

/// How a connection ends on which nothing is sent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub struct Lifetime {
    /// The time from the opening to the end, in milliseconds.
    pub after_ms: u64,
    /// The code of its Close; 1005 for a Close without one, 1006 for an end without a Close
    /// (RFC 6455 §7.1.5).
    pub code: u16,
}

impl Probe {
    /// The code with which it closes on a message that it does not know, if it does so: 1005 for a
    /// Close without a code, 1006 for an end without a Close (RFC 6455 §7.1.5).
    pub fn closes_unknown(&self) -> Option<u16> {
        [self.echoes.text, self.echoes.binary]
            .into_iter()
            .flatten()
            .find_map(Reaction::closes)
    }

    /// With how many other messages it answers one that it does not send back, if it does so.
    pub fn answers_with_others(&self) -> Option<u32> {
        [self.echoes.text, self.echoes.binary]
            .into_iter()
            .flatten()
            .find_map(Reaction::others)
    }
}

impl Echoes {
    /// Whether no message was sent to find out.
    pub fn is_unknown(&self) -> bool {
        *self == Echoes::default()
    }
}

#[allow(clippy::trivially_copy_pass_by_ref)] // as serde calls it
pub(super) fn is_false(value: &bool) -> bool {
    !*value
}
