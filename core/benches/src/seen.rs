//! What a contender must hand out of every message, and what is done with it.

use std::hint::black_box;

/// Takes what a contender decodes. A pass ends when it has enough.
pub trait Seen {
    /// Takes a piece of a message, unmasked; the whole message if the library assembles messages.
    fn data(&mut self, payload: &[u8], last: bool);

    /// Takes the payload of a control frame, if the library hands it out.
    fn control(&mut self, payload: &[u8]) {
        black_box((payload.as_ptr(), payload.len()));
    }

    /// Whether the pass has ended.
    fn enough(&self) -> bool;
}

/// For measuring: makes the compiler treat the payload as used, and counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Count {
    /// Messages still to come.
    pub missing: u64,
    /// Payload bytes of messages so far.
    pub bytes: u64,
}

impl Seen for Count {
    #[inline]
    fn data(&mut self, payload: &[u8], last: bool) {
        black_box((payload.as_ptr(), payload.len()));
        self.bytes += payload.len() as u64;
        self.missing -= u64::from(last);
    }

    #[inline]
    fn enough(&self) -> bool {
        self.missing == 0
    }
}

/// For checking: a hash of every byte and of where messages end (FNV-1a).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Digest {
    /// Messages still to come.
    pub missing: u64,
    /// The hash so far.
    pub hash: u64,
}

impl Digest {
    /// Ends after `messages` messages.
    pub fn new(messages: u64) -> Self {
        Digest {
            missing: messages,
            hash: 0xcbf2_9ce4_8422_2325,
        }
    }

    fn step(&mut self, value: u64) {
        self.hash = (self.hash ^ value).wrapping_mul(0x100_0000_01b3);
    }
}

impl Seen for Digest {
    fn data(&mut self, payload: &[u8], last: bool) {
        for byte in payload {
            self.step(u64::from(*byte));
        }
        if last {
            self.step(256);
            self.missing = self.missing.wrapping_sub(1);
        }
    }

    fn enough(&self) -> bool {
        self.missing == 0
    }
}

/// Waits for one particular message, whatever comes before it.
#[derive(Debug, Default)]
pub struct Await {
    message: Vec<u8>,
    arrived: bool,
}

/// The message that [`Await`] waits for.
pub const AWAITED: &[u8] = b"the message after the broken rule";

impl Seen for Await {
    fn data(&mut self, payload: &[u8], last: bool) {
        self.message.extend_from_slice(payload);
        if last {
            self.arrived |= self.message.ends_with(AWAITED);
            self.message.clear();
        }
    }

    fn enough(&self) -> bool {
        self.arrived
    }
}
