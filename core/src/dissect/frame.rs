//! Frames, field by field, and the content of compressed messages.

use std::fmt::Write as _;
use std::iter;

use super::doubt::drop_consequences;
use super::inflated::Blocks;
use super::text::{close_code, hex, preview, quoted};
use super::{Dissector, Node, NodeKind};
use crate::Role;
use crate::close::split_body;
use crate::frame::{Data, FrameHeader, LengthForm, MessageKind, Opcode};
use crate::message::Incoming;
use crate::observe::{Observation, ObservationKind, Observer};
use crate::violation::{Fault, Violation, ViolationSet};

/// Compressed messages are inflated up to this size in bytes; more would add nothing to a line.
const LARGEST: u64 = 1 << 24;

/// A frame that announces more bytes than this does not mean it: a terabyte.
const ABSURD: u64 = 1 << 40;

/// What an HTTP message begins with. A frame that begins so has RSV1 set and is a fragmented Close.
const HTTP: &[u8] = b"HTTP/1.";

/// A frame, as observed.
struct Observed {
    start: u64,
    header: FrameHeader,
    /// Part of a compressed message.
    compressed: bool,
    /// The compressed message that it ends, inflated, as text of one line.
    inflated: Option<String>,
}

/// Takes frames apart. The first begins at `offset` of the stream.
pub(super) fn nodes(dissector: &Dissector, stream: &[u8], offset: u64) -> Vec<Node> {
    // The observer unmasks the payloads in it.
    let mut copy = stream.to_vec();
    let (frames, faults) = observe(dissector, &mut copy, offset);
    let mut blocks = Blocks::default();
    let mut nodes = Vec::new();
    let mut at = 0;
    let mut faults = faults.into_iter().peekable();
    for frame in &frames {
        if dissector.sender == Role::Server && stream[at..].starts_with(HTTP) {
            nodes.push(http(&stream[at..], offset + at as u64));
            at = stream.len();
            break;
        }
        let (mut node, end) = frame_node(frame, &copy[at..], &mut blocks);
        at += node.length;
        if at as u64 + offset < end {
            let size = end - frame.start;
            let hint = if size > ABSURD {
                ", which no message has"
            } else {
                ""
            };
            let _ = write!(
                node.meaning,
                " (cut: {} of {size} bytes{hint})",
                node.length
            );
        }
        nodes.push(node);
    }
    let rest = &stream[at..];
    if !rest.is_empty() {
        let meaning = if frames.len() == dissector.max_frames {
            format!("({} more bytes, not taken apart)", rest.len())
        } else {
            format!("(part of a header) {}", hex(rest, 14))
        };
        nodes.push(Node::new(
            NodeKind::Frame,
            offset + at as u64,
            rest.len(),
            meaning,
        ));
    }
    for node in &mut nodes {
        let end = node.offset + node.length as u64;
        let mut own = iter::from_fn(|| faults.next_if(|f| f.offset < end));
        if node.kind == NodeKind::Body {
            // As a frame it breaks more rules, but it is none.
            node.faults.extend(own.next());
            break;
        }
        node.faults.extend(own);
    }
    let headers: Vec<FrameHeader> = frames.iter().map(|frame| frame.header).collect();
    drop_consequences(&mut nodes, &headers);
    nodes
}

/// The node of an HTTP message where a frame has to begin, such as the answer of another handler of
/// the same server.
fn http(rest: &[u8], offset: u64) -> Node {
    let line = rest.split(|b| *b == b'\n').next().unwrap_or_default();
    let meaning = format!(
        "(HTTP where a frame has to begin) {}",
        quoted(line.trim_ascii_end(), "")
    );
    Node::new(NodeKind::Body, offset, rest.len(), meaning)
}

/// The frames in `stream`, whose payloads are unmasked in place, and everything wrong with them in
/// order.
fn observe(dissector: &Dissector, stream: &mut [u8], offset: u64) -> (Vec<Observed>, Vec<Fault>) {
    let Dissector {
        sender,
        compression,
        max_frames,
    } = *dissector;
    let mut observer = Observer::new(sender)
        .already_open()
        .starting_at(offset)
        .tolerating(ViolationSet::ALL)
        .max_message(LARGEST)
        .compression(compression);
    let (mut frames, mut faults) = (Vec::<Observed>::new(), Vec::new());
    let mut compressed = false;
    let mut input = stream;
    while let Some(Observation { start, kind, .. }) = observer.next(&mut input) {
        match kind {
            // It would be one more; the faults of its header came before it.
            ObservationKind::Frame(_) if frames.len() == max_frames => {
                faults.retain(|fault: &Fault| fault.offset < start);
                break;
            }
            ObservationKind::Frame(header) => {
                let begins = matches!(header.opcode, Opcode::TEXT | Opcode::BINARY);
                if begins {
                    compressed = compression.is_some() && header.rsv & 4 != 0;
                }
                frames.push(Observed {
                    start,
                    header,
                    compressed: compressed && (begins || header.opcode == Opcode::CONTINUATION),
                    inflated: None,
                });
            }
            ObservationKind::Incoming(Incoming::Message(kind, payload)) => {
                let last = frames.last_mut().filter(|frame| frame.compressed);
                if let Some(frame) = last {
                    frame.inflated = Some(preview(kind.opcode(), &payload));
                }
            }
            // The size limit is our own.
            ObservationKind::Fault(fault) if fault.violation != Violation::MessageTooBig => {
                faults.push(fault);
            }
            _ => {}
        }
    }
    (frames, faults)
}

/// The node of a frame, of which `rest` holds the header, the unmasked payload and what follows;
/// and the offset at which the whole frame ends, or would end.
fn frame_node(frame: &Observed, rest: &[u8], blocks: &mut Blocks) -> (Node, u64) {
    let Observed {
        start,
        ref header,
        compressed,
        ..
    } = *frame;
    let (opcode, size) = (header.opcode, header.size());
    let whole = (header.length & (u64::MAX >> 1)).saturating_add(size as u64);
    let length = whole.min(rest.len() as u64) as usize;
    let payload = &rest[size..length];
    let own = if compressed {
        hex(payload, 32)
    } else {
        preview(opcode, payload)
    };
    let shown = frame.inflated.as_ref().unwrap_or(&own);
    let details = details(header, compressed).join(", ");
    let mut node = Node::new(
        NodeKind::Frame,
        start,
        length,
        format!("{opcode} {shown} ({details})"),
    );
    node.parts = fields(header, start);
    if !payload.is_empty() {
        let at = start + size as u64;
        let mut part = Node::new(NodeKind::Payload, at, payload.len(), own);
        if compressed {
            let data = Data {
                kind: MessageKind::Binary,
                payload,
                first: opcode != Opcode::CONTINUATION,
                last: header.fin && payload.len() as u64 == header.length,
                compressed,
                offset: at,
            };
            part.parts = blocks.take(&data, LARGEST as usize);
        } else if opcode == Opcode::CLOSE {
            part.parts = close(payload, at);
        }
        node.parts.push(part);
    }
    (node, start.saturating_add(whole))
}

/// Returns what is out of the ordinary, and the length.
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
    details.extend(header.mask.map(masked));
    details
}

/// What is said of a masking key. One of zeros is no random one, as §5.3 wants it, but it may be by
/// chance, so it is no fault.
fn masked(key: [u8; 4]) -> String {
    let hint = if key == [0; 4] {
        ", which changes nothing"
    } else {
        ""
    };
    format!("masked {}{hint}", hex(&key, 4))
}

fn reserved(header: &FrameHeader) -> impl Iterator<Item = u8> {
    let rsv = header.rsv;
    (1..=3).filter(move |n| rsv << (n - 1) & 4 != 0)
}

/// Returns the parts of the header.
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
        Node::new(
            NodeKind::Field,
            offset,
            1,
            bits.collect::<Vec<_>>().join(", "),
        ),
        Node::new(
            NodeKind::Field,
            offset + 1,
            length,
            format!("{masked}, length {}{form}", header.length),
        ),
    ];
    if let Some(key) = header.mask {
        let meaning = format!("masking key {}", hex(&key, 4));
        fields.push(Node::new(
            NodeKind::Field,
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
    let mut parts = vec![Node::new(NodeKind::Close, offset, 2, close_code(code))];
    if !reason.is_empty() {
        parts.push(Node::new(
            NodeKind::Close,
            offset + 2,
            reason.len(),
            quoted(reason, ""),
        ));
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deflate::message::Context;

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

    #[test]
    fn frames_beyond_the_bound_are_one_node() {
        let stream = b"\x81\x01a\x01\x01b\x81\x01c\x83\x00";
        let nodes = Dissector::new(Role::Server).max_frames(2).frames(stream, 0);
        let places: Vec<(u64, usize)> = nodes
            .iter()
            .map(|node| (node.offset, node.length))
            .collect();
        assert_eq!(places, [(0, 3), (3, 3), (6, 5)]);
        assert!(nodes.iter().all(|node| node.faults.is_empty()), "{nodes:?}");
    }

    #[test]
    fn http_among_frames_is_called_http() {
        let stream = b"\x81\x02HiHTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n";
        let nodes = Dissector::new(Role::Server).frames(stream, 0);
        let kinds: Vec<NodeKind> = nodes.iter().map(|node| node.kind).collect();
        assert_eq!(kinds, [NodeKind::Frame, NodeKind::Body]);
        assert_eq!((nodes[1].offset, nodes[1].length), (4, stream.len() - 4));
        assert_eq!(nodes[1].faults, [Violation::RsvSet.at(4)]);
        let text = [b"\x81\x0f", &b"HTTP/1.1 200 OK"[..]].concat();
        assert_eq!(Dissector::new(Role::Server).frames(&text, 0).len(), 1);
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
