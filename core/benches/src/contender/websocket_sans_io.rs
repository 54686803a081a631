//! websocket-sans-io: a push parser of frames that unmasks in the caller's buffer.

use websocket_sans_io::{WebsocketFrameDecoder, WebsocketFrameEvent};
use wsspec_core::Role;

use super::Contender;
use crate::seen::Seen;
use crate::source::Source;
use crate::workload::READ;

/// `WebsocketFrameDecoder::add_data`.
pub struct WebsocketSansIo;

impl Contender for WebsocketSansIo {
    const NAME: &'static str = "websocket-sans-io";
    const ASSEMBLES: bool = false;
    const NOTE: &'static str =
        "WebsocketFrameDecoder and FrameInfo::is_reasonable; lends pieces, assembles nothing";

    fn decode<S: Seen>(mut source: Source<'_>, _: Role, seen: &mut S) -> Result<(), String> {
        let mut decoder = WebsocketFrameDecoder::new();
        let mut buffer = vec![0; READ];
        while !seen.enough() {
            let length = source.fill(&mut buffer);
            if length == 0 {
                return Err("end of stream".to_owned());
            }
            let mut input = &mut buffer[..length];
            loop {
                let added = decoder.add_data(input).map_err(|error| error.to_string())?;
                let (used, rest) = input.split_at_mut(added.consumed_bytes);
                input = rest;
                match added.event {
                    Some(WebsocketFrameEvent::PayloadChunk { original_opcode })
                        if original_opcode.is_data() =>
                    {
                        seen.data(used, false);
                    }
                    Some(WebsocketFrameEvent::PayloadChunk { .. }) => seen.control(used),
                    Some(WebsocketFrameEvent::Start { frame_info, .. })
                        if !frame_info.is_reasonable() =>
                    {
                        return Err(format!("{frame_info:?}"));
                    }
                    Some(WebsocketFrameEvent::End { frame_info, .. })
                        if frame_info.opcode.is_data() && frame_info.fin =>
                    {
                        seen.data(&[], true);
                    }
                    None if input.is_empty() => break,
                    _ => {}
                }
            }
        }
        Ok(())
    }
}
