//! fastwebsockets, with the collector that joins fragments and checks their order.

use fastwebsockets::{FragmentCollector, OpCode, Role as TheirRole, WebSocket};
use wsspec_core::Role;

use super::Contender;
use crate::seen::Seen;
use crate::source::{Source, block_on};

/// `FragmentCollector::read_frame`.
pub struct Fastwebsockets;

impl Contender for Fastwebsockets {
    const NAME: &'static str = "fastwebsockets";
    const NOTE: &'static str =
        "FragmentCollector::read_frame, auto_pong off; its read buffer begins with 8 KiB";

    fn decode<S: Seen>(source: Source<'_>, reader: Role, seen: &mut S) -> Result<(), String> {
        let role = match reader {
            Role::Server => TheirRole::Server,
            Role::Client => TheirRole::Client,
        };
        let mut socket = WebSocket::after_handshake(source, role);
        socket.set_auto_pong(false);
        let mut socket = FragmentCollector::new(socket);
        block_on(async {
            while !seen.enough() {
                let frame = socket
                    .read_frame()
                    .await
                    .map_err(|error| error.to_string())?;
                match frame.opcode {
                    OpCode::Text | OpCode::Binary => seen.data(&frame.payload, true),
                    OpCode::Ping | OpCode::Pong => seen.control(&frame.payload),
                    other => return Err(format!("{other:?}")),
                }
            }
            Ok(())
        })
    }
}
