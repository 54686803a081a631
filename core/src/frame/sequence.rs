//! The order of frames on a connection (RFC 6455 §5.4 and §5.5.1), as a table.
//!
//! There are three states and six kinds of frame. Nothing in the table depends on the role.

use crate::frame::Opcode;
use crate::violation::Violation;

/// The state of the frame sequence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Sequence {
    /// Between messages.
    Idle,
    /// After the first fragment of a message and before its final one.
    InMessage,
    /// After a Close frame.
    Closed,
}

/// What a frame means to the sequence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FrameKind {
    /// Text or binary with FIN: a whole message.
    Whole,
    /// Text or binary without FIN: the first fragment of a message.
    First,
    /// Continuation without FIN.
    Middle,
    /// Continuation with FIN: the final fragment of a message.
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

    /// Returns the kind of a frame. A reserved opcode counts as data or control by its high bit.
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

    /// Returns the state after a frame, and the rule that the frame breaks in this state.
    ///
    /// After a broken rule, the state is that of a reader that goes on regardless: an orphan
    /// continuation counts as a message of its own, and an interleaved message replaces the
    /// unfinished one.
    pub const fn next(self, frame: FrameKind) -> (Sequence, Option<Violation>) {
        match (self, frame) {
            // Only data is forbidden after a Close frame.
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
