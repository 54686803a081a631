//! The last 32 KiB of output, and output that was not handed out yet.
//!
//! The buffer is a little more than twice that size. Output is appended; when the buffer is full,
//! the last 32 KiB move to its front. There is always room to write past the end, so that short
//! copies can be made in pieces of 16 bytes.

/// Largest distance of a copy, in bytes.
pub(super) const WINDOW: usize = 1 << 15;

/// Longest copy, in bytes.
pub(super) const MAX_COPY: usize = 258;

const PIECE: usize = 16;

/// Room after the end for a whole copy in pieces and a few literals, in bytes.
const SLACK: usize = MAX_COPY + 2 * PIECE;

/// Number of bytes at which the buffer counts as full.
const FULL: usize = 2 * WINDOW;

/// With less room than this, in bytes, [`Window::flush`] moves the window.
pub(super) const LOW: usize = MAX_COPY + 8;

#[derive(Debug, Clone)]
pub(super) struct Window {
    buffer: Box<[u8]>,
    end: usize,
    /// Output before this position was handed out.
    given: usize,
    /// Where the message begins, if that is still in reach.
    message: usize,
}

impl Window {
    pub(super) fn new() -> Window {
        Window {
            buffer: Box::default(),
            end: 0,
            given: 0,
            message: 0,
        }
    }

    /// Takes the memory that is needed to write: an inflater that is never used takes none.
    pub(super) fn prepare(&mut self) {
        if self.buffer.is_empty() {
            self.buffer = vec![0; FULL + SLACK].into_boxed_slice();
        }
    }

    /// Forgets everything. The output must have been handed out.
    pub(super) fn clear(&mut self) {
        (self.end, self.given, self.message) = (0, 0, 0);
    }

    /// Begins another message.
    pub(super) fn begin_message(&mut self) {
        self.message = self.end;
    }

    /// Returns the number of bytes of the message in reach.
    pub(super) fn message(&self) -> usize {
        self.end - self.message
    }

    /// Returns the end of the output in the buffer.
    pub(super) fn end(&self) -> usize {
        self.end
    }

    /// Returns the number of bytes in reach.
    pub(super) fn reach(&self) -> usize {
        self.end.min(WINDOW)
    }

    /// Returns the number of bytes that can be written before [`flush`](Self::flush) must be
    /// called.
    pub(super) fn room(&self) -> usize {
        FULL - self.end
    }

    /// Hands out what was written, and makes room if there is none.
    pub(super) fn flush(&mut self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.buffer[self.given..self.end]);
        if self.room() < LOW {
            self.buffer.copy_within(self.end - WINDOW..self.end, 0);
            self.message = self.message.saturating_sub(self.end - WINDOW);
            self.end = WINDOW;
        }
        self.given = self.end;
    }

    #[inline]
    pub(super) fn push(&mut self, byte: u8) {
        self.buffer[self.end] = byte;
        self.end += 1;
    }

    /// Writes at most [`room`](Self::room) bytes.
    pub(super) fn extend(&mut self, bytes: &[u8]) {
        self.buffer[self.end..self.end + bytes.len()].copy_from_slice(bytes);
        self.end += bytes.len();
    }

    /// Copies at most [`room`](Self::room) and [`MAX_COPY`] bytes from `distance` back, which must
    /// be in reach.
    #[inline]
    pub(super) fn copy(&mut self, distance: usize, length: usize) {
        let from = self.end - distance;
        let stop = self.end + length;
        if distance >= PIECE {
            let mut at = 0;
            while at < length {
                let mut piece = [0; PIECE];
                piece.copy_from_slice(&self.buffer[from + at..from + at + PIECE]);
                self.buffer[self.end + at..self.end + at + PIECE].copy_from_slice(&piece);
                at += PIECE;
            }
        } else if distance == 1 {
            let byte = self.buffer[from];
            self.buffer[self.end..stop].fill(byte);
        } else {
            // What was copied can be copied again: each round is twice as long.
            let mut done = 0;
            while done < length {
                let size = (distance + done).min(length - done);
                self.buffer.copy_within(from..from + size, self.end + done);
                done += size;
            }
        }
        self.end = stop;
    }
}
