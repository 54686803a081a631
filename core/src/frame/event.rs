//! The events of the frame decoder.

use crate::frame::{FrameHeader, Opcode};

/// The kind of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MessageKind {
    /// UTF-8 text.
    Text,
    /// Any bytes.
    Binary,
}

impl MessageKind {
    /// `text` or `binary`.
    pub const fn name(self) -> &'static str {
        match self {
            MessageKind::Text => "text",
            MessageKind::Binary => "binary",
        }
    }

    /// Returns the opcode of the first frame of such a message.
    pub const fn opcode(self) -> Opcode {
        match self {
            MessageKind::Text => Opcode::TEXT,
            MessageKind::Binary => Opcode::BINARY,
        }
    }
}

/// What the decoder has found.
#[derive(Debug, PartialEq, Eq)]
pub enum Event<'a> {
    /// The header of a frame; its payload follows. Only if the decoder [announces
    /// frames](crate::frame::Decoder::announcing_frames).
    Frame(FrameHeader),
    /// A piece of a message.
    Data(Data<'a>),
    /// A whole ping, with its application data.
    Ping(&'a [u8]),
    /// A whole pong, with its application data.
    Pong(&'a [u8]),
    /// A whole Close frame, with its body; see [`split_body`](crate::close::split_body).
    Close(&'a [u8]),
    /// A frame with a reserved opcode, if
    /// [`OpcodeReserved`](crate::violation::Violation::OpcodeReserved) is tolerated.
    Reserved(Opcode, &'a [u8]),
}

impl<'a> Event<'a> {
    /// Puts `held` in the place of the empty payload of a control frame.
    #[inline]
    pub(crate) fn or_held(self, held: &'a [u8]) -> Event<'a> {
        match self {
            Event::Ping([]) => Event::Ping(held),
            Event::Pong([]) => Event::Pong(held),
            Event::Close([]) => Event::Close(held),
            Event::Reserved(opcode, []) => Event::Reserved(opcode, held),
            other => other,
        }
    }
}

/// A piece of a message: the part of one frame that the input held.
#[derive(Debug, PartialEq, Eq)]
pub struct Data<'a> {
    /// The kind of the message.
    pub kind: MessageKind,
    /// The unmasked payload. Text may end inside a character.
    pub payload: &'a [u8],
    /// Whether the message begins with this piece.
    pub first: bool,
    /// Whether the message ends with this piece.
    pub last: bool,
    /// Whether the message is compressed (RFC 7692 §6). Its text is then not checked.
    pub compressed: bool,
    /// Offset of the first byte of the piece in the stream.
    pub offset: u64,
}
