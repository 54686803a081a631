//! HAR: the messages of WebSocket connections, as browsers record them. They are messages, not
//! frames, so nothing can be said of frames.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use wsspec_core::Role;
use wsspec_core::frame::Opcode;

use super::outcome::{Broken, Content, Conversation, Found, Message, Note, Problem, Reading};

#[derive(Deserialize)]
struct File {
    log: Log,
}

#[derive(Deserialize)]
struct Log {
    entries: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    request: Request,
    #[serde(rename = "_webSocketMessages", default)]
    messages: Vec<Item>,
}

#[derive(Deserialize)]
struct Request {
    url: String,
}

#[derive(Deserialize)]
struct Item {
    #[serde(rename = "type")]
    direction: String,
    opcode: i64,
    data: String,
}

/// Reads the connections that have messages.
pub(super) fn read(text: &str) -> Reading {
    if !text.trim_start().starts_with('{') || !text.contains("\"log\"") {
        return Ok(Vec::new());
    }
    let broken = |problem| Err(Broken::new(1, problem));
    let Ok(file) = serde_json::from_str::<File>(text.trim()) else {
        return broken(Problem::NoMessages);
    };
    let mut unread = 0;
    let mut conversations = Vec::new();
    for entry in file.log.entries {
        let items = entry.messages.iter();
        let read: Vec<Option<Message>> = items.map(message).collect();
        unread += read.iter().filter(|message| message.is_none()).count();
        let messages: Vec<Message> = read.into_iter().flatten().collect();
        if !messages.is_empty() {
            conversations.push(Conversation {
                url: entry.request.url,
                messages,
            });
        }
    }
    if conversations.is_empty() {
        return broken(Problem::NoMessages);
    }
    Ok(vec![
        Found::content(Content::Messages(conversations))
            .note((unread > 0).then_some(Note::OtherEntries(unread))),
    ])
}

/// Text is there as it is, anything else in base64.
fn message(item: &Item) -> Option<Message> {
    let sender = match item.direction.as_str() {
        "send" => Role::Client,
        "receive" => Role::Server,
        _ => return None,
    };
    let bits = u8::try_from(item.opcode).ok().filter(|bits| *bits < 16)?;
    let opcode = Opcode::from_bits(bits);
    let payload = if opcode == Opcode::TEXT {
        item.data.clone().into_bytes()
    } else {
        STANDARD.decode(&item.data).ok()?
    };
    Some(Message {
        sender,
        opcode,
        payload,
    })
}
