//! The state of streams.

use std::collections::{BTreeMap, VecDeque};

use super::content::{Asked, Content};
use crate::http2::Field;

/// How far a direction of a stream is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Direction {
    /// It goes on.
    #[default]
    Open,
    /// END_STREAM.
    Ended,
    /// RST_STREAM.
    Reset,
}

/// How far the messages of the peer on a stream are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Message {
    /// No final head yet.
    #[default]
    Head,
    /// A head with :status 101 came: wrong, and meant to be final. Some send a final one all the same.
    Switched,
    /// The head came.
    Body,
}

/// What waits for its turn.
#[derive(Debug)]
pub(super) enum Waiting {
    Data {
        bytes: Vec<u8>,
        sent: usize,
        pad: Option<u8>,
    },
    Headers {
        fields: Vec<Field>,
        end: bool,
    },
    End,
}

/// One stream.
#[derive(Debug, Default)]
pub(super) struct Stream {
    /// The peer's direction.
    pub(super) peer: Direction,
    /// Our direction.
    pub(super) ours: Direction,
    pub(super) message: Message,
    /// What its request asks for.
    pub(super) asked: Asked,
    /// The content of the peer's message.
    pub(super) content: Content,
    /// The response to it is 2xx.
    pub(super) succeeded: bool,
    /// What changed our window beside INITIAL_WINDOW_SIZE.
    pub(super) send_credit: i64,
    /// What changed the peer's window beside INITIAL_WINDOW_SIZE.
    pub(super) receive_credit: i64,
    /// What is to be given back to the peer's window.
    pub(super) owed: u32,
    /// Nothing is given back.
    pub(super) held: bool,
    pub(super) queue: VecDeque<Waiting>,
}

impl Stream {
    pub(super) fn is_waiting(&self) -> bool {
        !self.queue.is_empty()
    }

    pub(super) fn is_closed(&self) -> bool {
        let is_reset = self.peer == Direction::Reset || self.ours == Direction::Reset;
        is_reset || (self.peer == Direction::Ended && self.ours == Direction::Ended)
    }

    /// Whether it counts among the streams that may be open at a time (RFC 9113 §5.1.2): one that is only
    /// promised does not.
    pub(super) fn is_active(&self) -> bool {
        !self.is_closed() && self.message != Message::Head
    }

    /// Whether our direction goes on.
    pub(super) fn sends(&self) -> bool {
        self.ours == Direction::Open
    }

    /// Whether the peer can use more of its window.
    pub(super) fn wants_credit(&self) -> bool {
        self.owed > 0 && !self.held && !self.is_closed() && self.peer == Direction::Open
    }
}

/// All streams of a connection that are not forgotten.
#[derive(Debug, Default)]
pub(super) struct Streams {
    known: BTreeMap<u32, Stream>,
    /// The highest stream that the peer opened.
    pub(super) highest_of_peer: u32,
    /// The highest stream that was forgotten. Nothing is known of it and those below it that are
    /// not in `known`.
    forgotten: u32,
}

impl Streams {
    pub(super) fn get(&self, id: u32) -> Option<&Stream> {
        self.known.get(&id)
    }

    pub(super) fn get_mut(&mut self, id: u32) -> Option<&mut Stream> {
        self.known.get_mut(&id)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (u32, &Stream)> {
        self.known.iter().map(|(id, stream)| (*id, stream))
    }

    /// Whether the stream may have been open once, though nothing is known of it.
    pub(super) const fn may_be_forgotten(&self, id: u32) -> bool {
        id <= self.forgotten
    }

    /// The stream, which begins if it is not known.
    pub(super) fn open(&mut self, id: u32) -> &mut Stream {
        self.known.entry(id).or_default()
    }

    /// Keeps no more than `most` streams: forgets one that is closed, the lowest first, but not the
    /// one that is `needed`. Whether it could.
    pub(super) fn keep(&mut self, most: usize, needed: u32) -> bool {
        if self.known.len() <= most {
            return true;
        }
        let closed = self
            .known
            .iter()
            .find(|(id, stream)| stream.is_closed() && **id != needed);
        let Some(id) = closed.map(|(id, _)| *id) else {
            return false;
        };
        self.known.remove(&id);
        self.forgotten = self.forgotten.max(id);
        true
    }
}
