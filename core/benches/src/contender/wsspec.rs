//! wsspec-core: the decoder alone, and the whole endpoint.

use wsspec_core::Role;
use wsspec_core::deflate::negotiation::Parameters;
use wsspec_core::endpoint::{ClientConfig, Endpoint, Event, ReadBuffer, ServerConfig};
use wsspec_core::frame::{self, Decoder};

use super::Contender;
use crate::seen::Seen;
use crate::source::Source;
use crate::workload::READ;

/// The frame decoder with a reused read buffer. Nothing is left in the buffer between reads: the
/// decoder keeps a divided header.
pub struct Decoding;

impl Contender for Decoding {
    const NAME: &'static str = "wsspec";
    const OURS: bool = true;
    const ASSEMBLES: bool = false;
    const NOTE: &'static str =
        "frame::Decoder; lends pieces of messages in the read buffer, assembles nothing";

    fn decode<S: Seen>(mut source: Source<'_>, reader: Role, seen: &mut S) -> Result<(), String> {
        let mut decoder = Decoder::new(reader);
        let mut buffer = vec![0; READ];
        while !seen.enough() {
            let length = source.fill(&mut buffer);
            if length == 0 {
                return Err("end of stream".to_owned());
            }
            let mut input = &mut buffer[..length];
            loop {
                match decoder.decode(&mut input) {
                    Ok(Some(frame::Event::Data(data))) => seen.data(data.payload, data.last),
                    Ok(Some(frame::Event::Ping(payload) | frame::Event::Pong(payload))) => {
                        seen.control(payload)
                    }
                    Ok(Some(event)) => return Err(format!("{event:?}")),
                    Ok(None) => break,
                    Err(fault) => return Err(format!("{fault:?}")),
                }
            }
        }
        Ok(())
    }
}

/// The endpoint, which assembles messages and answers pings, as most other libraries do.
pub struct WholeEndpoint;

impl Contender for WholeEndpoint {
    const NAME: &'static str = "wsspec endpoint";
    const OURS: bool = true;
    const NOTE: &'static str = "Endpoint::read_from; lends whole messages from its read buffer, assembles those that frames have divided, and answers pings";

    fn decode<S: Seen>(source: Source<'_>, reader: Role, seen: &mut S) -> Result<(), String> {
        let endpoint = match reader {
            Role::Server => Endpoint::server(ServerConfig::default()),
            Role::Client => {
                Endpoint::client(ClientConfig::new("example.org", "/", [7; 16]), || {
                    [1, 2, 3, 4]
                })
            }
        };
        read(endpoint.already_open(), source, seen)
    }
}

/// The endpoint with permessage-deflate.
pub struct Inflating;

impl Contender for Inflating {
    const NAME: &'static str = "wsspec endpoint";
    const OURS: bool = true;
    const NOTE: &'static str = "Endpoint::read_from with permessage-deflate; its inflater also measures how far back a message reaches";

    fn decode<S: Seen>(source: Source<'_>, _: Role, seen: &mut S) -> Result<(), String> {
        let endpoint = Endpoint::server(ServerConfig::default())
            .already_open()
            .agreeing(Parameters::default());
        read(endpoint, source, seen)
    }
}

fn read<S: Seen>(
    mut endpoint: Endpoint,
    mut source: Source<'_>,
    seen: &mut S,
) -> Result<(), String> {
    let mut buffer = ReadBuffer::new();
    let mut other = None;
    while !seen.enough() {
        let length = source.fill(buffer.space());
        if length == 0 {
            return Err("end of stream".to_owned());
        }
        buffer.filled(length);
        endpoint.read_from(&mut buffer, |event| match event {
            Event::Message(_, payload) => seen.data(&payload, true),
            Event::Ping(payload) | Event::Pong(payload) => seen.control(&payload),
            event => other = Some(format!("{event:?}")),
        });
        if let Some(other) = other {
            return Err(other);
        }
        drop(endpoint.take_output());
    }
    Ok(())
}
