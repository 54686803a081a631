//! websocket-codec: a tokio-util codec, called directly on its buffer, without the asynchronous
//! layer.

use bytes::BytesMut;
use tokio_util::codec::Decoder;
use websocket_codec::{MessageCodec, Opcode};
use wsspec_core::Role;

use super::Contender;
use crate::seen::Seen;
use crate::source::Source;
use crate::workload::READ;

/// `MessageCodec::decode`.
pub struct WebsocketCodec;

impl Contender for WebsocketCodec {
    const NAME: &'static str = "websocket-codec";
    const NOTE: &'static str =
        "MessageCodec over a BytesMut, no asynchronous layer; assembles messages";

    fn decode<S: Seen>(mut source: Source<'_>, reader: Role, seen: &mut S) -> Result<(), String> {
        let mut codec = match reader {
            Role::Server => MessageCodec::server(),
            Role::Client => MessageCodec::client(),
        };
        let mut buffer = BytesMut::with_capacity(READ);
        while !seen.enough() {
            buffer.reserve(1);
            let piece = source.take(buffer.capacity() - buffer.len());
            if piece.is_empty() {
                return Err("end of stream".to_owned());
            }
            buffer.extend_from_slice(piece);
            while let Some(message) = codec
                .decode(&mut buffer)
                .map_err(|error| error.to_string())?
            {
                match message.opcode() {
                    Opcode::Text | Opcode::Binary => seen.data(message.data(), true),
                    Opcode::Ping | Opcode::Pong => seen.control(message.data()),
                    Opcode::Close => return Err("close".to_owned()),
                }
            }
        }
        Ok(())
    }
}
