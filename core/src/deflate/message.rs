//! Messages of permessage-deflate (RFC 7692 §7.2).
//!
//! A sender ends each message with a sync flush and leaves out the `00 00 FF FF` at the end of it; the receiver
//! puts that back. Between messages both either keep their windows (context takeover) or forget them; an
//! [`Inflator`] keeps its own and says whether a message made use of it.
//!
//! [`Inflator`] is the receiver: pieces of frames in, pieces of the message out, and at the end of the message a
//! [`Summary`] for those who judge. [`Deflator`] is the sender, for every window size.

use std::error::Error;
use std::fmt;

use super::emit::{Emitter, Matcher, TAIL};
use super::fault::{InflateError, Reaches};
use super::inflate::{Inflate, Status};

/// Tokens are made into blocks of so many bytes of message.
const BLOCK: usize = 1 << 16;

/// Why a message cannot be inflated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MessageError {
    /// It is no DEFLATE. Bits count from the beginning of the message; those from the end of the payload on are in
    /// the `00 00 FF FF` that the receiver put back.
    Inflate(InflateError),
    /// It is larger than the limit.
    TooBig {
        /// Offset, in the message, of the bit behind those which say that there is a byte more.
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

/// What one side agreed to keep to when it compresses (RFC 7692 §7.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Context {
    /// Whether a message may refer to those before it.
    pub takeover: bool,
    /// Its window is 2^`window_bits` bytes: 8 to 15.
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

/// What there is to know about an inflated message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Summary {
    /// Bytes of the message.
    pub inflated: u64,
    /// Bytes of its payload, without the `00 00 FF FF`.
    pub payload: u64,
    /// How far back it reached.
    pub reaches: Reaches,
    /// Offset of the first block with BFINAL (RFC 7692 §7.2.3.4).
    pub final_block: Option<u64>,
    /// Whether with the `00 00 FF FF` the message ends where a block ends. If it does not, the sender did not end
    /// it with a flush: it is no whole message.
    pub complete: bool,
}

/// Inflates the messages of one direction of a connection.
///
/// It keeps the largest window in any case: that a message reaches farther than was agreed is noted in
/// [`Reaches`], and does not keep it from being read.
#[derive(Debug, Clone)]
pub struct Inflator {
    inflate: Inflate,
    limit: u64,
    inflated: u64,
    payload: u64,
    failed: Option<MessageError>,
}

impl Inflator {
    /// An inflator for a peer that agreed to a window of 2^`window_bits` bytes, which takes messages of at most
    /// `limit` bytes.
    pub fn new(window_bits: u8, limit: u64) -> Inflator {
        Inflator {
            inflate: Inflate::new().judge_window(window_bits),
            limit,
            inflated: 0,
            payload: 0,
            failed: None,
        }
    }

    /// Reads on at the front of `input`, shortens it by what was used and appends at most `piece` bytes to `out`.
    ///
    /// `false` says that all input was used and nothing is left to hand out; `true`, that `piece` bytes were
    /// written and there are more. An error is final until [`next_message`](Self::next_message); what came before
    /// it is in `out`.
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

    /// Inflates a whole piece of payload; writes no more than the limit of the message allows.
    pub fn push(&mut self, mut input: &[u8], out: &mut Vec<u8>) -> Result<(), MessageError> {
        while self.read(&mut input, out, usize::MAX)? {}
        Ok(())
    }

    /// Ends the message, when all of its payload was read, and begins the next.
    pub fn finish(&mut self, out: &mut Vec<u8>) -> Result<Summary, MessageError> {
        // What a `read` left behind for want of room comes first.
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

    /// Takes messages of at most `limit` bytes, inflated, from now on.
    pub fn set_limit(&mut self, limit: u64) {
        self.limit = limit;
    }

    /// Begins the next message, whatever became of this one.
    pub fn next_message(&mut self) {
        self.inflate.next_message();
        (self.inflated, self.payload, self.failed) = (0, 0, None);
    }

    /// Bytes of the message so far.
    pub fn inflated(&self) -> u64 {
        self.inflated
    }

    /// Bytes of its payload so far.
    pub fn payload(&self) -> u64 {
        self.payload
    }

    /// How far back the message has reached so far.
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
    /// A deflator that keeps to what was agreed.
    ///
    /// # Panics
    /// If `window_bits` is not from 8 to 15.
    pub fn new(context: Context) -> Deflator {
        Deflator {
            matcher: Matcher::new(context.window_bits),
            takeover: context.takeover,
        }
    }

    /// The payload of a message, without the `00 00 FF FF`; that of an empty one is `00` (RFC 7692 §7.2.3.6).
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
