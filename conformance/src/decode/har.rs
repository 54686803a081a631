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
    #[serde(default)]
    response: Option<Response>,
    #[serde(rename = "_webSocketMessages", default)]
    messages: Vec<Item>,
}

#[derive(Deserialize)]
struct Request {
    url: String,
    #[serde(default)]
    method: String,
    #[serde(default)]
    headers: Vec<Header>,
}

#[derive(Deserialize)]
struct Response {
    #[serde(default)]
    status: i64,
    #[serde(default)]
    headers: Vec<Header>,
}

#[derive(Deserialize)]
struct Header {
    name: String,
    value: String,
}

#[derive(Deserialize)]
struct Item {
    #[serde(rename = "type")]
    direction: String,
    opcode: i64,
    data: String,
}

/// A WebSocket connection that a browser recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recording {
    /// The heads of request and answer, as those of HTTP/1.1; `None` if the file does not have all that an
    /// opening handshake needs, or it went over another version of HTTP.
    pub heads: Option<[Vec<u8>; 2]>,
    /// The messages of both sides, in order.
    pub messages: Vec<Message>,
}

/// Fields without which an opening handshake is not whole. A program that records may leave some out.
const OF_REQUEST: [&str; 5] = [
    "host",
    "upgrade",
    "connection",
    "sec-websocket-key",
    "sec-websocket-version",
];
const OF_ANSWER: [&str; 3] = ["upgrade", "connection", "sec-websocket-accept"];

/// Whether a file that begins with this text is a HAR file.
pub fn is_har(beginning: &str) -> bool {
    let object = beginning.trim_start_matches('\u{feff}').trim_start();
    let first = object.strip_prefix('{').map(str::trim_start);
    first.is_some_and(|key| key.starts_with("\"log\""))
}

/// Returns the WebSockets in a HAR file.
///
/// # Errors
/// If it is none, or cut.
pub fn recordings(text: &str) -> Result<Vec<Recording>, serde_json::Error> {
    let text = text.trim_start_matches('\u{feff}').trim();
    let file = serde_json::from_str::<File>(text)?;
    let recorded = file.log.entries.into_iter().filter_map(|entry| {
        let heads = entry.heads();
        let messages: Vec<Message> = entry.messages.iter().filter_map(message).collect();
        let is_websocket = heads.is_some() || !messages.is_empty();
        is_websocket.then_some(Recording { heads, messages })
    });
    Ok(recorded.collect())
}

impl Entry {
    fn heads(&self) -> Option<[Vec<u8>; 2]> {
        let response = self
            .response
            .as_ref()
            .filter(|answer| answer.status == 101)?;
        let is_whole =
            has_all(&self.request.headers, &OF_REQUEST) && has_all(&response.headers, &OF_ANSWER);
        let url = url::Url::parse(&self.request.url)
            .ok()
            .filter(|_| is_whole)?;
        let target = &url[url::Position::BeforePath..url::Position::AfterQuery];
        let request = format!("{} {target} HTTP/1.1", self.request.method);
        Some([
            head(&request, &self.request.headers),
            head("HTTP/1.1 101 Switching Protocols", &response.headers),
        ])
    }
}

fn has_all(headers: &[Header], names: &[&str]) -> bool {
    let is_http1 = !headers.iter().any(|header| header.name.starts_with(':'));
    is_http1 && names.iter().all(|name| has(headers, name))
}

fn has(headers: &[Header], name: &str) -> bool {
    headers
        .iter()
        .any(|header| header.name.eq_ignore_ascii_case(name))
}

/// A head with this first line. What stands in several lines are fields of one name.
fn head(first: &str, headers: &[Header]) -> Vec<u8> {
    let mut head = format!("{first}\r\n");
    for Header { name, value } in headers {
        for value in value.lines() {
            head.extend([name.as_str(), ": ", value, "\r\n"]);
        }
    }
    head.push_str("\r\n");
    head.into_bytes()
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
