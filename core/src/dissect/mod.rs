//! Any byte stream of a connection as an annotated tree, for people to read.
//!
//! Nothing stops the dissector: broken rules are marked, and reading goes on where the next frame
//! begins by the length of the last one. What only follows from an earlier fault is not marked. The nodes of each level are adjacent and lie within the
//! node above them.
//!
//! ```
//! use wsspec_core::Role;
//! use wsspec_core::dissect::Dissector;
//!
//! let frame = [0x81, 0x05, b'H', b'e', b'l', b'l', b'o'];
//! let nodes = Dissector::new(Role::Server).connection(&frame);
//! assert_eq!(nodes[0].meaning, "text \"Hello\" (5 bytes)");
//! let parts: Vec<&str> = nodes[0].parts.iter().map(|part| part.meaning.as_str()).collect();
//! assert_eq!(parts, ["FIN, text", "not masked, length 5", "\"Hello\""]);
//! ```

mod doubt;
mod frame;
mod head;
mod inflated;
mod text;

use std::slice;

use crate::Role;
use crate::deflate::message::Context;
use crate::deflate::negotiation::Parameters;
use crate::violation::{Fault, Violation};

use head::Head;

pub use head::{agreed, head_length};
pub use text::{hex, hex_digits, preview, printable};

/// The kind of a [`Node`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum NodeKind {
    /// The head of a request or response.
    Head,
    /// A line of it.
    Line,
    /// The body after the head of a refusal, or an HTTP message where a frame has to begin.
    Body,
    /// A frame.
    Frame,
    /// A field of a frame's header.
    Field,
    /// A frame's payload.
    Payload,
    /// A DEFLATE block that begins in a payload.
    Block,
    /// The code or reason of a Close frame.
    Close,
}

/// A piece of the stream, with its parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// Its kind.
    pub kind: NodeKind,
    /// Offset of its first byte in the stream.
    pub offset: u64,
    /// Number of bytes present.
    pub length: usize,
    /// Its meaning, in one line without control characters.
    pub meaning: String,
    /// The rules it breaks. Those of its parts are not repeated.
    pub faults: Vec<Fault>,
    /// Its parts.
    pub parts: Vec<Node>,
}

impl Node {
    fn new(kind: NodeKind, offset: u64, length: usize, meaning: String) -> Node {
        Node {
            kind,
            offset,
            length,
            meaning,
            faults: Vec::new(),
            parts: Vec::new(),
        }
    }

    /// Returns the nodes that are lines of their own in a flat listing: the lines of a head, or the
    /// node itself.
    pub fn lines(&self) -> &[Node] {
        if self.kind == NodeKind::Head {
            &self.parts
        } else {
            slice::from_ref(self)
        }
    }
}

/// Takes apart what one side sent.
#[derive(Debug, Clone, Copy)]
pub struct Dissector {
    sender: Role,
    compression: Option<Context>,
    max_frames: usize,
}

impl Dissector {
    /// Creates a dissector of what `sender` sent.
    pub fn new(sender: Role) -> Dissector {
        Dissector {
            sender,
            compression: None,
            max_frames: usize::MAX,
        }
    }

    /// Sets how the sender agreed to compress. Without it, a [`connection`](Self::connection) that
    /// begins with a 101 response goes by that, and one that begins with a request by its offer.
    #[must_use]
    pub fn compression(mut self, context: Option<Context>) -> Dissector {
        self.compression = context;
        self
    }

    /// Sets how many frames are taken apart at most. A frame of two bytes takes half a kilobyte as a
    /// node, so that bounds memory; what follows is one node without meaning. The default is no
    /// bound.
    #[must_use]
    pub fn max_frames(mut self, frames: usize) -> Dissector {
        self.max_frames = frames;
        self
    }

    /// Sets the parameters that the sender agreed to, according to its role.
    #[must_use]
    pub fn agreeing(self, agreed: Option<Parameters>) -> Dissector {
        self.compression(agreed.map(|parameters| parameters.context(self.sender)))
    }

    /// Takes a stream apart that begins with the opening head or with the first frame.
    pub fn connection(&self, stream: &[u8]) -> Vec<Node> {
        let (front, rest) = stream.split_at(head_length(stream));
        let offset = front.len() as u64;
        let head = Head::read(front, self.sender);
        let refuses = self.sender == Role::Server && !rest.is_empty() && !head.is_upgrade();
        // An error page need not be a conforming answer to an opening request.
        let Some(node) = head.node(!refuses) else {
            return self.frames(rest, 0);
        };
        let mut nodes = vec![node];
        if refuses {
            let meaning = format!("(body) {}", text::quoted(rest, "").trim());
            nodes.push(Node::new(NodeKind::Body, offset, rest.len(), meaning));
        } else {
            let compression = self.compression.or_else(|| head.compression());
            nodes.extend(self.compression(compression).frames(rest, offset));
        }
        nodes
    }

    /// Takes frames apart. The first begins at `offset` of the stream.
    pub fn frames(&self, stream: &[u8], offset: u64) -> Vec<Node> {
        frame::nodes(self, stream, offset)
    }
}

/// Returns the violations among `faults`, each once, in order.
pub fn distinct(faults: &[Fault]) -> Vec<Violation> {
    let mut seen = Vec::new();
    for fault in faults {
        if !seen.contains(&fault.violation) {
            seen.push(fault.violation);
        }
    }
    seen
}
