//! Frames, field by field, and what compressed messages inflate to.

use std::fmt::Write as _;

use super::inflated::Blocks;
use super::text::{close_code, hex, preview, quoted};
use super::{Kind, Node};
use crate::Role;
use crate::close::split_body;
use crate::deflate::message::Context;
use crate::frame::{Data, FrameHeader, LengthForm, MessageKind, Opcode, apply_mask};
use crate::message::{Incoming, MessageReader};
use crate::violation::{Violation, ViolationSet};

/// Compressed messages are inflated up to this size: what follows adds nothing to a line.
const LARGEST: u64 = 1 << 24;

/// Takes frames apart that `sender` sent; the first begins at `offset` of the stream.
pub(super) fn nodes(
    mut stream: &[u8],
    mut offset: u64,
    sender: Role,
    compression: Option<Context>,
) -> Vec<Node> {
    let mut reader = MessageReader::new(sender.peer())
        .tolerating(ViolationSet::ALL)
        .max_message(LARGEST)
        .starting_at(offset)
        .compression(compression);
    let mut message = Compressed::default();
    let mut nodes = Vec::new();
    while !stream.is_empty() {
        let header = FrameHeader::parse(stream);
        let whole = header.map_or(u64::MAX, |h| {
            (h.length & (u64::MAX >> 1)).saturating_add(h.size() as u64)
        });
        let length = whole.min(stream.len() as u64) as usize;
        let (bytes, rest) = stream.split_at(length);
        let mut copy = bytes.to_vec();
        let mut input = copy.as_mut_slice();
        let mut inflated = None;
        while let Ok(Some(incoming)) = reader.read(&mut input) {
            if let Incoming::Message(kind, payload) = incoming {
                inflated = Some((kind, payload));
            }
        }
        let mut node = match header {
            Some(header) => frame(
                &header,
                bytes,
                offset,
                compression.is_some(),
                &mut message,
                inflated,
            ),
            None => Node::new(
                Kind::Frame,
                offset,
                length,
                format!("(part of a header) {}", hex(bytes, 14)),
            ),
        };
        if header.is_some() && (length as u64) < whole {
            let _ = write!(node.meaning, " (cut: {length} of {whole} bytes)");
        }
        // How much a reader takes is its own affair.
        node.faults = reader
            .noted()
            .into_iter()
            .filter(|f| f.violation != Violation::MessageTooBig)
            .collect();
        nodes.push(node);
        offset += length as u64;
        stream = rest;
    }
    nodes
}

/// The compressed message that is under way.
#[derive(Default)]
struct Compressed {
    under_way: bool,
    blocks: Blocks,
}

fn frame(
    header: &FrameHeader,
    bytes: &[u8],
    offset: u64,
    compression: bool,
    message: &mut Compressed,
    inflated: Option<(MessageKind, Vec<u8>)>,
) -> Node {
    let (opcode, size) = (header.opcode, header.size());
    let mut payload = bytes[size..].to_vec();
    if let Some(key) = header.mask {
        apply_mask(&mut payload, key, 0);
    }
    let begins = opcode == Opcode::TEXT || opcode == Opcode::BINARY;
    if begins {
        message.under_way = compression && header.rsv & 4 != 0;
    }
    let compressed = message.under_way && (begins || opcode == Opcode::CONTINUATION);
    let shown = match inflated.filter(|_| compressed) {
        Some((MessageKind::Text, whole)) => preview(Opcode::TEXT, &whole),
        Some((MessageKind::Binary, whole)) => preview(Opcode::BINARY, &whole),
        None if compressed => hex(&payload, 32),
        None => preview(opcode, &payload),
    };
    let mut node = Node::new(Kind::Frame, offset, bytes.len(), String::new());
    node.meaning = format!(
        "{opcode} {shown} ({})",
        details(header, compressed).join(", ")
    );
    node.parts = fields(header, offset);
    if !payload.is_empty() {
        let at = offset + size as u64;
        let meaning = if compressed {
            hex(&payload, 32)
        } else {
            preview(opcode, &payload)
        };
        let mut part = Node::new(Kind::Payload, at, payload.len(), meaning);
        if compressed {
            let kind = MessageKind::Binary;
            let last = header.fin && payload.len() as u64 == header.length;
            let data = Data {
                kind,
                payload: &payload,
                first: begins,
                last,
                compressed,
                offset: at,
            };
            part.parts = message.blocks.take(&data, LARGEST as usize);
        } else if opcode == Opcode::CLOSE {
            part.parts = close(&payload, at);
        }
        node.parts.push(part);
    }
    node
}

/// What is out of the ordinary, and the length.
fn details(header: &FrameHeader, compressed: bool) -> Vec<String> {
    let mut details = Vec::new();
    if !header.fin {
        details.push("FIN=0".to_owned());
    }
    let begins = compressed && header.opcode != Opcode::CONTINUATION;
    details.extend(
        reserved(header)
            .filter(|n| *n != 1 || !begins)
            .map(|n| format!("RSV{n}")),
    );
    if compressed {
        details.push("compressed".to_owned());
    }
    if header.form != LengthForm::shortest(header.length) {
        details.push(format!("length in {} bits", header.form.extra() * 8));
    }
    details.push(match header.length {
        1 => "1 byte".to_owned(),
        n if n > u64::MAX >> 1 => format!("{n:#x} bytes"),
        n => format!("{n} bytes"),
    });
    details.extend(header.mask.map(|key| format!("masked {}", hex(&key, 4))));
    details
}

fn reserved(header: &FrameHeader) -> impl Iterator<Item = u8> {
    let rsv = header.rsv;
    (1..=3).filter(move |n| rsv << (n - 1) & 4 != 0)
}

/// The header.
fn fields(header: &FrameHeader, offset: u64) -> Vec<Node> {
    let fin = if header.fin { "FIN" } else { "FIN=0" }.to_owned();
    let bits = [fin]
        .into_iter()
        .chain(reserved(header).map(|n| format!("RSV{n}")))
        .chain([header.opcode.to_string()]);
    let masked = if header.mask.is_some() {
        "masked"
    } else {
        "not masked"
    };
    let form = match header.form {
        LengthForm::Bits7 => String::new(),
        form => format!(" in {} bits", form.extra() * 8),
    };
    let length = 1 + header.form.extra();
    let mut fields = vec![
        Node::new(Kind::Field, offset, 1, bits.collect::<Vec<_>>().join(", ")),
        Node::new(
            Kind::Field,
            offset + 1,
            length,
            format!("{masked}, length {}{form}", header.length),
        ),
    ];
    if let Some(key) = header.mask {
        let meaning = format!("masking key {}", hex(&key, 4));
        fields.push(Node::new(
            Kind::Field,
            offset + 1 + length as u64,
            4,
            meaning,
        ));
    }
    fields
}

fn close(body: &[u8], offset: u64) -> Vec<Node> {
    let Some((code, reason)) = split_body(body) else {
        return Vec::new();
    };
    let mut parts = vec![Node::new(Kind::Close, offset, 2, close_code(code))];
    if !reason.is_empty() {
        parts.push(Node::new(
            Kind::Close,
            offset + 2,
            reason.len(),
            quoted(reason, ""),
        ));
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::super::Dissector;
    use super::*;

    #[test]
    fn says_what_a_frame_is_and_what_is_wrong_with_it() {
        let stream = [
            0x81, 0x05, b'H', b'e', b'l', b'l', b'o', 0xc9, 0x80, 1, 2, 3, 4, 0x88, 0x02, 0x03,
        ];
        let nodes = Dissector::new(Role::Client).frames(&stream, 10);
        assert_eq!(nodes[0].meaning, "text \"Hello\" (5 bytes)");
        assert_eq!(nodes[0].faults, [Violation::MaskMissing.at(11)]);
        assert_eq!(
            nodes[1].meaning,
            "ping \"\" (RSV1, 0 bytes, masked 01 02 03 04)"
        );
        assert_eq!(nodes[1].faults, [Violation::RsvSet.at(17)]);
        assert_eq!(nodes[2].meaning, "close 03 (2 bytes) (cut: 3 of 4 bytes)");
    }

    /// The examples of RFC 7692 §7.2.3.1 and §7.2.3.5: in two fragments, then two blocks in one.
    #[test]
    fn says_what_a_compressed_message_inflates_to() {
        let stream =
            b"\x41\x03\xf2\x48\xcd\x80\x04\xc9\xc9\x07\x00\xc1\x0d\xf2\x48\x05\x00\x00\x00\xff\xff\xca\xc9\xc9\x07\x00";
        let nodes = Dissector::new(Role::Server)
            .compression(Some(Context::default()))
            .frames(stream, 0);
        let meanings: Vec<&str> = nodes.iter().map(|n| n.meaning.as_str()).collect();
        assert_eq!(
            meanings,
            [
                "text f2 48 cd (FIN=0, compressed, 3 bytes)",
                "continuation \"Hello\" (compressed, 4 bytes)",
                "text \"Hello\" (compressed, 13 bytes)"
            ]
        );
        let blocks = |n: usize| {
            nodes[n]
                .parts
                .last()
                .unwrap()
                .parts
                .iter()
                .map(|b| (b.offset, b.length))
                .collect::<Vec<_>>()
        };
        assert_eq!((blocks(0), blocks(1)), (vec![(2, 3)], vec![(10, 1)]));
        assert_eq!(blocks(2), [(13, 3), (16, 5), (21, 4), (25, 1)]);
        assert!(nodes.iter().all(|n| n.faults.is_empty()));
    }
}
