//! tokio-websockets: a stream of messages.

use futures::StreamExt;
use tokio_websockets::{ClientBuilder, Message, ServerBuilder};
use wsspec_core::Role;

use super::Contender;
use crate::seen::Seen;
use crate::source::{Source, block_on};

/// `WebSocketStream::next`.
pub struct TokioWebsockets;

impl Contender for TokioWebsockets {
    const NAME: &'static str = "tokio-websockets";
    const NOTE: &'static str = "WebSocketStream; its read buffer begins with 8 KiB; answers pings";

    fn decode<S: Seen>(source: Source<'_>, reader: Role, seen: &mut S) -> Result<(), String> {
        let mut socket = match reader {
            Role::Server => ServerBuilder::new().serve(source),
            Role::Client => ClientBuilder::new().take_over(source),
        };
        block_on(async {
            while !seen.enough() {
                let message: Message = socket
                    .next()
                    .await
                    .ok_or("end of stream")?
                    .map_err(|error| error.to_string())?;
                if message.is_text() || message.is_binary() {
                    seen.data(message.as_payload(), true);
                } else if message.is_ping() || message.is_pong() {
                    seen.control(message.as_payload());
                } else {
                    return Err(format!("{message:?}"));
                }
            }
            Ok(())
        })
    }
}
