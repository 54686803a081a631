//! tungstenite: a blocking socket of its own around the stream.

use tungstenite::protocol::{Role as TheirRole, WebSocketConfig};
use tungstenite::{Message, WebSocket};
use wsspec_core::Role;

use super::Contender;
use crate::seen::Seen;
use crate::source::Source;
use crate::workload::READ;

/// `WebSocket::read`.
pub struct Tungstenite;

impl Contender for Tungstenite {
    const NAME: &'static str = "tungstenite";
    const NOTE: &'static str =
        "WebSocket::read, read_buffer_size 64 KiB; assembles messages and answers pings";

    fn decode<S: Seen>(source: Source<'_>, reader: Role, seen: &mut S) -> Result<(), String> {
        let role = match reader {
            Role::Server => TheirRole::Server,
            Role::Client => TheirRole::Client,
        };
        let config = WebSocketConfig::default().read_buffer_size(READ);
        let mut socket = WebSocket::from_raw_socket(source, role, Some(config));
        while !seen.enough() {
            match socket.read().map_err(|error| error.to_string())? {
                Message::Text(text) => seen.data(text.as_bytes(), true),
                Message::Binary(payload) => seen.data(&payload, true),
                Message::Ping(payload) | Message::Pong(payload) => seen.control(&payload),
                other => return Err(format!("{other:?}")),
            }
        }
        Ok(())
    }
}
