//! How much a target may send before its bytes are no longer read.

/// Bytes a target may send in messages and control frames beyond what it was sent.
pub(crate) const EXCESS_BYTES: u64 = 2 << 20;

/// Messages, control frames, faults and interim responses it may send beyond two for each frame it
/// was sent.
pub(crate) const EXCESS_FRAMES: u64 = 4096;

/// Bytes of frames for each byte it was sent: an echo in tiny fragments is mostly headers.
const FRAMING_FACTOR: u64 = 16;

/// How a target exceeds its limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Flood {
    /// More than this many bytes in messages, pings and pongs, or in one of them, or many times
    /// that in their frames.
    Bytes(u64),
    /// More than this many messages, pings, pongs, broken rules or interim responses.
    Frames(u64),
}

/// What a target has sent, and may send.
#[derive(Debug)]
pub(crate) struct Limits {
    max_bytes: u64,
    max_frames: u64,
    /// Bytes of messages and control frames kept.
    bytes: u64,
    /// Messages, control frames and interim responses.
    frames: u64,
    /// Bytes of frames, kept or not.
    framed: u64,
    /// The limit it exceeded.
    pub(crate) flood: Option<Flood>,
}

impl Limits {
    /// For a target that owes at most `weight` bytes.
    pub(crate) fn new(weight: u64) -> Limits {
        Limits {
            max_bytes: EXCESS_BYTES + weight,
            max_frames: EXCESS_FRAMES,
            bytes: 0,
            frames: 0,
            framed: 0,
            flood: None,
        }
    }

    pub(crate) fn max_bytes(&self) -> u64 {
        self.max_bytes
    }

    /// The target was sent this much. Returns whether it may send larger messages than before.
    pub(crate) fn owes(&mut self, frames: u64, bytes: u64) -> bool {
        self.max_frames = EXCESS_FRAMES + 2 * frames;
        let grows = self.max_bytes < EXCESS_BYTES + bytes;
        if grows {
            self.max_bytes = EXCESS_BYTES + bytes;
        }
        grows
    }

    pub(crate) fn interim(&mut self) {
        self.frames += 1;
        if self.frames > EXCESS_FRAMES {
            self.flood = Some(Flood::Frames(EXCESS_FRAMES));
        }
    }

    pub(crate) fn framed(&mut self, bytes: usize) {
        self.framed += bytes as u64;
    }

    pub(crate) fn kept(&mut self, bytes: usize) {
        self.bytes += bytes as u64;
        self.frames += 1;
    }

    pub(crate) fn message_too_big(&mut self) {
        self.flood = Some(Flood::Bytes(self.max_bytes));
    }

    /// Compares what came, and how many rules were broken, with the limits.
    pub(crate) fn check(&mut self, faults: usize) {
        let framing = EXCESS_BYTES + (self.max_bytes - EXCESS_BYTES) * FRAMING_FACTOR;
        if self.bytes > self.max_bytes || self.framed > framing {
            self.flood = Some(Flood::Bytes(self.max_bytes));
        } else if self.frames + faults as u64 > self.max_frames {
            self.flood = Some(Flood::Frames(self.max_frames));
        }
    }
}
