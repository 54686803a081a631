//! What the application reads in a message, and makes of it.

use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;

/// The value of a JSON text, whatever the kind of the message.
fn parsed(message: &Message) -> Option<Value> {
    serde_json::from_str(message.to_text().ok()?).ok()
}

pub fn is_json(message: &Message) -> bool {
    parsed(message).is_some()
}

pub fn is_login(message: &Message) -> bool {
    parsed(message).is_some_and(|value| value.get("login").is_some())
}

pub fn from_json(value: &Value) -> Message {
    Message::text(value.to_string())
}

/// A JSON message about this one.
pub fn about(message: &Message) -> Message {
    let kind = if message.is_text() { "text" } else { "binary" };
    from_json(&json!({"kind": kind, "bytes": message.len()}))
}

/// A text in capitals; a binary message with all bits inverted.
pub fn upper(message: Message) -> Message {
    match message {
        Message::Text(text) => Message::text(text.to_uppercase()),
        other => {
            let inverted: Vec<u8> = other.into_data().iter().map(|byte| !byte).collect();
            Message::binary(inverted)
        }
    }
}
