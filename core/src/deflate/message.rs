//! Messages of permessage-deflate (RFC 7692 §7.2).
//!
//! A sender ends each message with a sync flush and leaves out the `00 00 FF FF` at its end; the
//! receiver puts that back. Between messages both either keep their windows (context takeover) or
//! forget them.
//!
//! [`Inflator`] is the receiver: pieces of frames in, pieces of the message out, and a [`Summary`]
//! at the end of the message. It keeps its window in any case and reports whether a message made
//! use of it. [`Deflator`] is the sender, for every window size.

use std::error::Error;
use std::fmt;

use super::emit::{Emitter, Matcher, TAIL};
use super::fault::{InflateError, Reaches};
use super::inflate::{Inflate, Status};

/// Number of message bytes per block.
const BLOCK: usize = 1 << 16;

/// Why a message cannot be inflated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MessageError {
    /// It is not DEFLATE. Bits count from the beginning of the message; those after the end of the
    /// payload are in the `00 00 FF FF` that the receiver put back.
    Inflate(InflateError),
    /// It is larger than the limit.
    TooBig {
        /// Offset in the message after the bits that prove that there is a byte more.
        until: u64,
    },
}

impl fmt::Display for MessageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            MessageError::Inflate(error) => error.fmt(f),
            MessageError::TooBig { until } => {
                write!(f, "message larger than the limit (before bit {until})")
            }
        }
    }
}

impl Error for MessageError {}

/// What one side agreed to when it compresses (RFC 7692 §7.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Context {
    /// Whether a message may refer to earlier ones.
    pub takeover: bool,
    /// The window has 2^`window_bits` bytes; 8 to 15.
    pub window_bits: u8,
}

impl Default for Context {
    fn default() -> Self {
        Context {
            takeover: true,
            window_bits: 15,
        }
    }
}

/// The facts about an inflated message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Summary {
    /// Size of the message in bytes.
    pub inflated: u64,
    /// Size of its payload in bytes, without the `00 00 FF FF`.
    pub payload: u64,
    /// How far back it reached.
    pub reaches: Reaches,
    /// Offset of the first block with BFINAL (RFC 7692 §7.2.3.4).
    pub final_block: Option<u64>,
    /// Whether the message ends with the end of a block, once the `00 00 FF FF` is put back. If
    /// not, the sender did not end it with a flush, and it is incomplete.
    pub complete: bool,
}

/// Inflates the messages of one direction of a connection.
///
/// It always keeps the largest window. A message that reaches further back than was agreed is
/// recorded in [`Reaches`], and is read all the same.
#[derive(Debug, Clone)]
pub struct Inflator {
    inflate: Inflate,
    limit: u64,
    inflated: u64,
    payload: u64,
    failed: Option<MessageError>,
}

impl Inflator {
    /// Creates an inflator for a peer that agreed to a window of 2^`window_bits` bytes. It takes
    /// messages of at most `limit` bytes.
    pub fn new(window_bits: u8, limit: u64) -> Inflator {
        Inflator {
            inflate: Inflate::new().judge_window(window_bits),
            limit,
            inflated: 0,
            payload: 0,
            failed: None,
        }
    }

    /// Reads from the front of `input`, shortens it by what was used, and appends at most `piece`
    /// bytes to `out`.
    ///
    /// Returns `false` if all input was used and nothing is left to hand out; `true` if `piece`
    /// bytes were written and there are more.
    ///
    /// # Errors
    ///
    /// Why the message cannot be inflated. It is final until [`next_message`](Self::next_message);
    /// what came before it is in `out`.
    pub fn read(
        &mut self,
        input: &mut &[u8],
        out: &mut Vec<u8>,
        piece: usize,
    ) -> Result<bool, MessageError> {
        let before = input.len();
        let more = self.run(input, out, piece);
        self.payload += (before - input.len()) as u64;
        more
    }

    /// Inflates a whole piece of payload. Writes at most the limit of the message.
    ///
    /// # Errors
    ///
    /// Why the message cannot be inflated, as for [`read`](Self::read).
    pub fn push(&mut self, mut input: &[u8], out: &mut Vec<u8>) -> Result<(), MessageError> {
        while self.read(&mut input, out, usize::MAX)? {}
        Ok(())
    }

    /// Ends the message once all of its payload was read, and begins the next.
    ///
    /// # Errors
    ///
    /// Why the message cannot be inflated, as for [`read`](Self::read).
    pub fn finish(&mut self, out: &mut Vec<u8>) -> Result<Summary, MessageError> {
        // What a `read` left for want of room comes first.
        self.push(&[], out)?;
        let mut tail = &TAIL[..];
        while self.run(&mut tail, out, usize::MAX)? {}
        let summary = Summary {
            inflated: self.inflated,
            payload: self.payload,
            reaches: *self.inflate.reaches(),
            final_block: self.inflate.final_block(),
            complete: self.inflate.is_aligned(),
        };
        self.next_message();
        Ok(summary)
    }

    /// Limits messages to `limit` bytes, inflated, from now on.
    pub fn set_limit(&mut self, limit: u64) {
        self.limit = limit;
    }

    /// Begins the next message, whatever happened to this one.
    pub fn next_message(&mut self) {
        self.inflate.next_message();
        (self.inflated, self.payload, self.failed) = (0, 0, None);
    }

    /// Returns the number of bytes of the message inflated so far.
    pub fn inflated(&self) -> u64 {
        self.inflated
    }

    /// Returns the number of bytes of its payload read so far.
    pub fn payload(&self) -> u64 {
        self.payload
    }

    /// Returns how far back the message has reached so far.
    pub fn reaches(&self) -> &Reaches {
        self.inflate.reaches()
    }

    fn run(
        &mut self,
        input: &mut &[u8],
        out: &mut Vec<u8>,
        piece: usize,
    ) -> Result<bool, MessageError> {
        if let Some(error) = self.failed {
            return Err(error);
        }
        let room = usize::try_from(self.limit.saturating_sub(self.inflated)).unwrap_or(usize::MAX);
        let mut left = piece.min(room);
        loop {
            let before = out.len();
            let status = self.inflate.inflate(input, out, left);
            let written = out.len() - before;
            left -= written;
            self.inflated += written as u64;
            let error = match status {
                Ok(Status::NeedInput) => return Ok(false),
                Ok(Status::Final) => continue,
                Ok(Status::LimitReached) if self.inflated < self.limit => return Ok(true),
                Ok(Status::LimitReached) => MessageError::TooBig {
                    until: self.inflate.proof_of_more(),
                },
                Err(error) => MessageError::Inflate(error),
            };
            self.failed = Some(error);
            return Err(error);
        }
    }
}

/// Deflates the messages of one direction of a connection.
#[derive(Debug, Clone)]
pub struct Deflator {
    matcher: Matcher,
    takeover: bool,
}

impl Deflator {
    /// Creates a deflator that keeps to `context`.
    ///
    /// # Panics
    ///
    /// If `window_bits` is not from 8 to 15.
    pub fn new(context: Context) -> Deflator {
        Deflator {
            matcher: Matcher::new(context.window_bits),
            takeover: context.takeover,
        }
    }

    /// Returns the payload of a message, without the `00 00 FF FF`. That of an empty message is
    /// `00` (RFC 7692 §7.2.3.6).
    pub fn message(&mut self, message: &[u8]) -> Vec<u8> {
        let mut emitter = Emitter::new();
        for bytes in message.chunks(BLOCK) {
            let tokens = self.matcher.tokens(bytes);
            emitter.best(&tokens, bytes);
        }
        if !self.takeover {
            self.matcher.reset();
        }
        emitter.flush();
        emitter.finish_message()
    }
}
