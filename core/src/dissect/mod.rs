//! Any byte stream of a connection as an annotated tree, for people.
//!
//! Nothing stops the dissector: what breaks a rule is marked and reading goes on where the bytes still say
//! where the next frame begins. The nodes of the tree at each level lie end to end, within the node above them.
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

/// What a node of the tree is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum NodeKind {
    /// The head of a request or response.
    Head,
    /// A line of it.
    Line,
    /// What stands behind the head of a refusal.
    Body,
    /// A frame.
    Frame,
    /// A field of a frame's header.
    Field,
    /// A frame's payload.
    Payload,
    /// A block of DEFLATE that begins in it.
    Block,
    /// The code or reason of a Close frame.
    Close,
}

/// A piece of the stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// What it is.
    pub kind: NodeKind,
    /// Offset of its first byte in the stream.
    pub offset: u64,
    /// Bytes of it that are there.
    pub length: usize,
    /// What it says, in one line without control characters.
    pub meaning: String,
    /// The rules it breaks; those of its parts are not repeated there.
    pub faults: Vec<Fault>,
    /// What it is made of.
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

    /// What fills a line each in a flat listing: the lines of a head, or the node itself.
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
}

impl Dissector {
    /// A dissector of what `sender` sent.
    pub fn new(sender: Role) -> Dissector {
        Dissector {
            sender,
            compression: None,
        }
    }

    /// The sender agreed to compress its messages like this. Without it, a [`connection`](Self::connection) that
    /// begins with a 101 goes by that, and one that begins with a request by what it offers.
    #[must_use]
    pub fn compression(mut self, context: Option<Context>) -> Dissector {
        self.compression = context;
        self
    }

    /// The sender agreed to these terms, as its role wants them.
    #[must_use]
    pub fn agreeing(self, agreed: Option<Parameters>) -> Dissector {
        self.compression(agreed.map(|parameters| parameters.context(self.sender)))
    }

    /// Takes a stream apart from the beginning of the connection, or from the first frame.
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

    /// Takes frames apart, of which the first begins at `offset` of the stream.
    pub fn frames(&self, stream: &[u8], offset: u64) -> Vec<Node> {
        frame::nodes(stream, offset, self.sender, self.compression)
    }
}

/// Violations among `faults`, each once, in order.
pub fn distinct(faults: &[Fault]) -> Vec<Violation> {
    let mut seen = Vec::new();
    for fault in faults {
        if !seen.contains(&fault.violation) {
            seen.push(fault.violation);
        }
    }
    seen
}
