//! yawc, with the UTF-8 check, which is off by default.

use wsspec_core::Role;
use yawc::{OpCode, Options, Role as TheirRole, WebSocket};

use super::Contender;
use crate::seen::Seen;
use crate::source::{Source, block_on};
use crate::workload::READ;

/// `WebSocket::next_frame`.
pub struct Yawc;

impl Contender for Yawc {
    const NAME: &'static str = "yawc";
    const NOTE: &'static str =
        "WebSocket::next_frame, with_utf8, limits raised to 64 MiB; answers pings";

    fn decode<S: Seen>(source: Source<'_>, reader: Role, seen: &mut S) -> Result<(), String> {
        let role = match reader {
            Role::Server => TheirRole::Server,
            Role::Client => TheirRole::Client,
        };
        let socket = WebSocket::from_stream(source, role, options());
        read(socket.map_err(|error| error.to_string())?, seen)
    }
}

/// The same with permessage-deflate.
pub struct Inflating;

impl Contender for Inflating {
    const NAME: &'static str = "yawc";
    const NOTE: &'static str = "the same with compression, by flate2 with zlib-rs";

    fn decode<S: Seen>(source: Source<'_>, _: Role, seen: &mut S) -> Result<(), String> {
        let socket = WebSocket::from_stream_with_extensions(
            source,
            TheirRole::Server,
            Some("permessage-deflate"),
            options().with_balanced_compression(),
        );
        read(socket.map_err(|error| error.to_string())?, seen)
    }
}

fn options() -> Options {
    Options::default()
        .with_utf8()
        .with_limits(64 << 20, 64 << 20)
        .with_read_buffer_capacity(READ)
}

fn read<S: Seen>(mut socket: WebSocket<Source<'_>>, seen: &mut S) -> Result<(), String> {
    block_on(async {
        while !seen.enough() {
            let frame = socket
                .next_frame()
                .await
                .map_err(|error| error.to_string())?;
            match frame.opcode() {
                OpCode::Text | OpCode::Binary => seen.data(frame.payload(), true),
                OpCode::Ping | OpCode::Pong => seen.control(frame.payload()),
                other => return Err(format!("{other:?}")),
            }
        }
        Ok(())
    })
}
