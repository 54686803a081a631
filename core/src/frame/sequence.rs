//! The order of frames on a connection (RFC 6455 §5.4, §5.5.1), as a table.
//!
//! Three states and five kinds of frame; nothing in it depends on the role.

use crate::frame::Opcode;
use crate::violation::Violation;

/// Where the sequence of frames stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Sequence {
    /// Between messages.
    Idle,
    /// After a first fragment, before the final one.
    InMessage,
    /// After a Close frame.
    Closed,
}

/// What a frame means to the sequence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FrameKind {
    /// Text or binary with FIN: a whole message.
    Whole,
    /// Text or binary without FIN: begins a message.
    First,
    /// Continuation without FIN.
    Middle,
    /// Continuation with FIN: ends a message.
    Last,
    /// Ping or pong.
    Control,
    /// Close.
    Close,
}

use FrameKind::{Close, Control, First, Last, Middle, Whole};
use Sequence::{Closed, Idle, InMessage};
use Violation::{ContinuationOrphan, DataAfterClose, MessageInterleaved};

impl FrameKind {
    /// Every kind.
    pub const ALL: [FrameKind; 6] = [Whole, First, Middle, Last, Control, Close];

    /// The kind of a frame. A reserved opcode counts as data or control by its high bit.
    pub const fn of(opcode: Opcode, fin: bool) -> FrameKind {
        match (opcode, fin) {
            (Opcode::CLOSE, _) => Close,
            (Opcode::CONTINUATION, true) => Last,
            (Opcode::CONTINUATION, false) => Middle,
            (o, _) if o.is_control() => Control,
            (_, true) => Whole,
            (_, false) => First,
        }
    }
}

impl Sequence {
    /// Every state.
    pub const ALL: [Sequence; 3] = [Idle, InMessage, Closed];

    /// The state after a frame, and the rule the frame breaks by coming now.
    ///
    /// The state after a broken rule is that of a reader who goes on regardless: an orphan continuation
    /// counts as a message of its own, an interleaved message replaces the unfinished one.
    pub const fn next(self, frame: FrameKind) -> (Sequence, Option<Violation>) {
        match (self, frame) {
            // Only data is forbidden behind a Close.
            (Closed, Control | Close) => (Closed, None),
            (Closed, _) => (Closed, Some(DataAfterClose)),
            (Idle | InMessage, Close) => (Closed, None),
            (state, Control) => (state, None),
            (Idle, Whole) => (Idle, None),
            (Idle, First) => (InMessage, None),
            (Idle, Middle) => (InMessage, Some(ContinuationOrphan)),
            (Idle, Last) => (Idle, Some(ContinuationOrphan)),
            (InMessage, Whole) => (Idle, Some(MessageInterleaved)),
            (InMessage, First) => (InMessage, Some(MessageInterleaved)),
            (InMessage, Middle) => (InMessage, None),
            (InMessage, Last) => (Idle, None),
        }
    }
}
