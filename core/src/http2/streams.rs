//! The streams of a connection, and their windows (RFC 9113 §5.1, §5.2).

use std::collections::{BTreeMap, VecDeque};

use super::settings::DEFAULT_WINDOW;

/// Streams that are remembered. Of those that are closed, the oldest are forgotten first.
const MOST_STREAMS: usize = 4096;

/// What waits for a window.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Queued {
    /// One DATA frame, if the windows allow it.
    Data { bytes: Vec<u8>, pad: Option<u8> },
    /// END_STREAM.
    Finish,
}

/// One stream.
#[derive(Debug)]
pub(super) struct Stream {
    /// Bytes that we may send.
    pub(super) may_send: i64,
    /// Bytes that the other side may send.
    pub(super) may_receive: i64,
    /// Bytes that came and were not credited.
    pub(super) owed: u32,
    /// Nothing is credited.
    pub(super) held: bool,
    pub(super) queue: VecDeque<Queued>,
    /// The final head of the other side has come.
    pub(super) headed: bool,
    /// The other side has ended its direction.
    pub(super) ended: bool,
    /// The other side has reset it.
    pub(super) reset: bool,
    /// We have reset it.
    pub(super) reset_by_us: bool,
    /// We have ended our direction.
    pub(super) finished: bool,
}

impl Stream {
    fn new(may_send: i64, may_receive: i64) -> Stream {
        Stream {
            may_send,
            may_receive,
            owed: 0,
            held: false,
            queue: VecDeque::new(),
            headed: false,
            ended: false,
            reset: false,
            reset_by_us: false,
            finished: false,
        }
    }

    fn is_closed(&self) -> bool {
        self.reset || self.reset_by_us || self.ended && self.finished
    }
}

/// All streams, by their number.
#[derive(Debug)]
pub(super) struct Streams {
    all: BTreeMap<u32, Stream>,
    /// What a new stream may send, and receive.
    pub(super) initial_send: i64,
    pub(super) initial_receive: i64,
}

impl Streams {
    pub(super) fn new() -> Streams {
        Streams {
            all: BTreeMap::new(),
            initial_send: DEFAULT_WINDOW,
            initial_receive: DEFAULT_WINDOW,
        }
    }

    pub(super) fn get(&mut self, id: u32) -> Option<&mut Stream> {
        self.all.get_mut(&id)
    }

    /// The stream, which begins if it has not.
    pub(super) fn open(&mut self, id: u32) -> &mut Stream {
        if self.all.len() >= MOST_STREAMS && !self.all.contains_key(&id) {
            let closed = self.all.iter().find(|(_, stream)| stream.is_closed());
            let oldest = closed.or_else(|| self.all.iter().next()).map(|(id, _)| *id);
            if let Some(oldest) = oldest {
                self.all.remove(&oldest);
            }
        }
        let (send, receive) = (self.initial_send, self.initial_receive);
        self.all
            .entry(id)
            .or_insert_with(|| Stream::new(send, receive))
    }

    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = (u32, &mut Stream)> {
        self.all.iter_mut().map(|(id, stream)| (*id, stream))
    }
}
