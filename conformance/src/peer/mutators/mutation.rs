//! What a mutator is made of: the kinds of mutation, and what an edit of a frame works on.

use wsspec_core::frame::{FrameHeader, LengthForm, apply_mask};

/// One change to the bytes between the endpoint and the wire.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Mutation {
    /// Changes the head that the endpoint reads.
    HeadIn(fn(&str) -> String),
    /// Changes the head that the endpoint sends.
    HeadOut(fn(&str) -> String),
    /// Changes the frames that the endpoint reads.
    FramesIn(FrameEdit),
    /// Changes the frames that the endpoint sends.
    FramesOut(FrameEdit),
    /// Drops bytes that arrive after the head in the same read.
    LosesGlued,
    /// Changes the first bytes that the endpoint reads.
    BytesIn(fn(&str) -> String),
    /// Drops a head that does not arrive in one read.
    OneRead,
    /// As a client, takes any head for the answer it wants. If the function returns true for that
    /// head, the client reads nothing after it.
    AnswerUnread(fn(&str) -> bool),
    /// Changes the header of a frame that the endpoint reads, as soon as the header is complete.
    HeaderIn(fn(&mut FrameHeader)),
    /// Unmasks each read as if the payload of a frame began with it.
    PhaseLost,
    /// Keeps TCP open after the closing handshake.
    StaysOpen,
    /// Answers a Close with the same body, whatever it is.
    EchoesClose,
}

/// Returns the frames that take the place of one frame: none, one or several.
pub(crate) type FrameEdit = fn(Frame, &mut FrameHistory) -> Vec<Frame>;

/// A frame with its payload unmasked.
#[derive(Debug, Clone)]
pub(crate) struct Frame {
    /// The header as it was, or is to be, written. Its length may differ from the payload's.
    pub(crate) header: FrameHeader,
    /// The payload, unmasked.
    pub(crate) payload: Vec<u8>,
}

/// What an edit knows about the frames before this one, in one direction of a connection.
#[derive(Debug, Default)]
pub(crate) struct FrameHistory {
    /// Frames before this one.
    pub(crate) frames: usize,
    /// Fragments of the message before this one.
    pub(crate) fragments: usize,
    /// Payload bytes of the message before this frame.
    pub(crate) bytes: usize,
    /// Messages before this frame.
    pub(crate) messages: usize,
    /// The message that this frame is part of, or comes inside of, is compressed.
    pub(crate) compressed: bool,
    /// That message is text.
    pub(crate) text: bool,
    /// Frames held back to be sent later.
    pub(crate) held: Vec<Frame>,
    /// Whether TCP is to end now.
    pub(crate) crash: bool,
}

impl Frame {
    /// The frame with another payload and the length to match.
    #[must_use]
    pub(crate) fn with_payload(mut self, payload: Vec<u8>) -> Frame {
        self.header.length = payload.len() as u64;
        self.header.form = LengthForm::shortest(self.header.length);
        self.payload = payload;
        self
    }

    /// Whether it is part of a message.
    pub(crate) fn is_data(&self) -> bool {
        !self.header.opcode.is_control()
    }

    /// Appends the frame, masked if its header says so.
    pub(crate) fn write(self, out: &mut Vec<u8>) {
        self.header.write(out);
        let start = out.len();
        out.extend_from_slice(&self.payload);
        if let Some(key) = self.header.mask {
            apply_mask(&mut out[start..], key, 0);
        }
    }
}
