//! The beginning of what a target sent, kept in a reason: bounded, however much the target sends.

use std::fmt;

use wsspec_core::dissect::{hex, preview};
use wsspec_core::frame::{MessageKind, Opcode};

/// Bytes kept of a payload: one more than a preview looks at, so that it sees whether there is
/// more.
const KEPT: usize = 1025;

/// A payload, cut to its beginning.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PayloadSample {
    /// All of its bytes, kept or not.
    length: usize,
    beginning: Vec<u8>,
}

impl PayloadSample {
    pub(crate) fn of(bytes: &[u8]) -> PayloadSample {
        PayloadSample {
            length: bytes.len(),
            beginning: bytes[..bytes.len().min(KEPT)].to_vec(),
        }
    }
}

impl fmt::Display for PayloadSample {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.length == 0 {
            f.write_str("no payload")
        } else {
            f.write_str(&preview(Opcode::TEXT, &self.beginning))
        }
    }
}

/// A message, cut to the beginning of its payload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageSample {
    kind: MessageKind,
    payload: PayloadSample,
}

impl MessageSample {
    /// Text or binary.
    pub(crate) fn kind(&self) -> MessageKind {
        self.kind
    }

    /// Whether this is the other message with its end before its beginning.
    pub(crate) fn is_rotated(&self, other: &MessageSample) -> bool {
        let (ours, theirs) = (&self.payload.beginning, &other.payload.beginning);
        let whole = self.payload.length <= KEPT && self.payload.length == other.payload.length;
        whole
            && ours != theirs
            && (1..ours.len()).any(|at| [&ours[at..], &ours[..at]].concat() == *theirs)
    }

    pub(crate) fn of(kind: MessageKind, bytes: &[u8]) -> MessageSample {
        MessageSample {
            kind,
            payload: PayloadSample::of(bytes),
        }
    }
}

impl fmt::Display for MessageSample {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = self.kind.name();
        let bytes = &self.payload.beginning;
        let shown = match self.kind {
            MessageKind::Text => preview(Opcode::TEXT, bytes),
            MessageKind::Binary => hex(bytes, 16),
        };
        match self.payload.length {
            0 => write!(f, "an empty {kind} message"),
            1 => write!(f, "the {kind} message {shown} (1 byte)"),
            length => write!(f, "the {kind} message {shown} ({length} bytes)"),
        }
    }
}
