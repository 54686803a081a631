//! What the application of a target wants to hear, as the user says.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What the application of a target wants to hear, as the user says; empty for an application that
/// takes anything.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Application {
    /// A text message that it answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// Its answer; absent for the message itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply: Option<Reply>,
    /// What every connection begins with, such as a login: steps of the vector language, as a JSON
    /// array.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prelude: Option<String>,
}

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Reply {
    /// Any message.
    Any,
    /// This text.
    Text(String),
}

impl Application {
    /// Whether the user says nothing about it.
    pub fn takes_anything(&self) -> bool {
        *self == Application::default()
    }

    /// Whether a message that `came` answers one that was `sent`.
    pub fn is_answer(&self, came: &[u8], sent: &[u8]) -> bool {
        match &self.reply {
            None => came == sent,
            Some(Reply::Any) => true,
            Some(Reply::Text(text)) => came == text.as_bytes(),
        }
    }
}
