//! What a target does with a message.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a target does with a message that conforms.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase", tag = "how", content = "n")]
pub enum Reaction {
    /// It sends the message back.
    Back,
    /// It sends it back more than once, or together with others: the number of messages in all.
    Among(u32),
    /// It answers with this many other messages.
    Others(u32),
    /// It says nothing, and goes on.
    Silent,
    /// It ends the connection with this code: 1005 for a Close without one, 1006 for an end without
    /// a Close (RFC 6455 §7.1.5).
    Closes(u16),
    /// It shows no sign of life any more.
    Stuck,
}

impl Reaction {
    /// Whether the message comes back, alone or among others.
    pub fn comes_back(self) -> bool {
        matches!(self, Reaction::Back | Reaction::Among(_))
    }

    /// The code with which the connection ends, if it does.
    pub fn closes(self) -> Option<u16> {
        match self {
            Reaction::Closes(code) => Some(code),
            _ => None,
        }
    }

    /// The number of other messages it answers with, if it does so.
    pub fn others(self) -> Option<u32> {
        match self {
            Reaction::Others(count) => Some(count),
            _ => None,
        }
    }

    /// Whether the connection can still be used.
    pub fn leaves_open(self) -> bool {
        !matches!(self, Reaction::Closes(_) | Reaction::Stuck)
    }
}
