//! Frames, as a case describes them.

mod read;

pub(crate) use read::CloseSource;

use schemars::JsonSchema;
use serde::Deserialize;
use wsspec_core::frame::{LengthForm, Opcode};

use crate::Payload;

/// One frame, or one message in fragments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    /// What it contains.
    pub content: Content,
    /// The FIN bit.
    pub fin: bool,
    /// The reserved bits: RSV1 is 4, RSV2 is 2, RSV3 is 1.
    pub rsv: u8,
    /// Whether it is masked as the sender's role demands.
    pub mask: Mask,
    /// The masking key, where the frame is masked; random by default.
    pub key: Option<[u8; 4]>,
    /// A declared payload length that differs from the true one.
    pub length: Option<u64>,
    /// A length form that is not the shortest.
    pub form: Option<LengthForm>,
    /// Send only this many bytes of the encoded frame.
    pub cut: Option<usize>,
    /// Sizes of the fragments.
    pub fragments: Option<Fragments>,
    /// A control frame to send after each fragment but the last.
    pub between: Option<Box<Frame>>,
    /// Whether to compress it and set RSV1, where permessage-deflate was agreed on.
    pub deflate: bool,
}

/// What a frame contains.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// A payload under an opcode.
    Payload(Opcode, Payload),
    /// The body of a Close frame.
    Close(CloseBody),
    /// Bytes to send as they are, without a frame.
    Raw(Payload),
}

/// The body of a Close frame (RFC 6455 §5.5.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CloseBody {
    /// No body.
    Empty,
    /// A code and an optional reason.
    Code(u16, Option<Payload>),
    /// Any bytes.
    Body(Payload),
}

/// Whether a frame is masked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub enum Mask {
    /// As the sender's role demands: clients mask, servers do not (RFC 6455 §5.1).
    #[default]
    Right,
    /// The opposite.
    Wrong,
}

/// How a message is fragmented.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fragments {
    /// Fragments of this many bytes each.
    Each(usize),
    /// Fragments of exactly these sizes, and a last one with the rest.
    Sizes(Vec<usize>),
}

impl CloseBody {
    /// The bytes of the body.
    pub fn bytes(&self) -> Vec<u8> {
        match self {
            CloseBody::Empty => Vec::new(),
            CloseBody::Code(code, reason) => {
                let mut body = code.to_be_bytes().to_vec();
                body.extend(reason.as_ref().map(Payload::bytes).unwrap_or_default());
                body
            }
            CloseBody::Body(payload) => payload.bytes(),
        }
    }
}
