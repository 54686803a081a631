//! Frames (RFC 9113 §4.1, §6).

/// Number of bytes of a frame head.
pub const HEAD_SIZE: usize = 9;

/// What a client begins with (RFC 9113 §3.4).
pub const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// The largest payload of a frame that an endpoint takes unless it says otherwise.
pub const DEFAULT_MAX_FRAME: usize = 16_384;

/// Kinds of frames (RFC 9113 §6).
pub mod kind {
    #![allow(missing_docs)]

    pub const DATA: u8 = 0x0;
    pub const HEADERS: u8 = 0x1;
    pub const PRIORITY: u8 = 0x2;
    pub const RST_STREAM: u8 = 0x3;
    pub const SETTINGS: u8 = 0x4;
    pub const PUSH_PROMISE: u8 = 0x5;
    pub const PING: u8 = 0x6;
    pub const GOAWAY: u8 = 0x7;
    pub const WINDOW_UPDATE: u8 = 0x8;
    pub const CONTINUATION: u8 = 0x9;
}

/// Flags of frames (RFC 9113 §6).
pub mod flag {
    #![allow(missing_docs)]

    pub const ACK: u8 = 0x1;
    pub const END_STREAM: u8 = 0x1;
    pub const END_HEADERS: u8 = 0x4;
    pub const PADDED: u8 = 0x8;
    pub const PRIORITY: u8 = 0x20;
}

/// The head of a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FrameHead {
    /// Bytes of the payload, below 2^24.
    pub length: u32,
    /// See [`kind`].
    pub kind: u8,
    /// See [`flag`].
    pub flags: u8,
    /// The stream, below 2^31; 0 is the connection.
    pub stream: u32,
}

impl FrameHead {
    /// Reads a head. The reserved bit is ignored, as RFC 9113 §4.1 demands.
    pub fn parse(bytes: [u8; HEAD_SIZE]) -> FrameHead {
        let [l0, l1, l2, kind, flags, s0, s1, s2, s3] = bytes;
        FrameHead {
            length: u32::from_be_bytes([0, l0, l1, l2]),
            kind,
            flags,
            stream: u32::from_be_bytes([s0, s1, s2, s3]) & 0x7fff_ffff,
        }
    }

    /// Whether this flag is set.
    pub fn has(&self, flag: u8) -> bool {
        self.flags & flag != 0
    }

    /// The name of the kind, for people.
    pub fn name(&self) -> &'static str {
        match self.kind {
            kind::DATA => "DATA",
            kind::HEADERS => "HEADERS",
            kind::PRIORITY => "PRIORITY",
            kind::RST_STREAM => "RST_STREAM",
            kind::SETTINGS => "SETTINGS",
            kind::PUSH_PROMISE => "PUSH_PROMISE",
            kind::PING => "PING",
            kind::GOAWAY => "GOAWAY",
            kind::WINDOW_UPDATE => "WINDOW_UPDATE",
            kind::CONTINUATION => "CONTINUATION",
            _ => "frame of an unknown type",
        }
    }
}

/// Appends a frame; nothing of it is checked.
pub fn write(kind: u8, flags: u8, stream: u32, payload: &[u8], out: &mut Vec<u8>) {
    let length = (payload.len() as u32).to_be_bytes();
    out.extend_from_slice(&length[1..]);
    out.extend_from_slice(&[kind, flags]);
    out.extend_from_slice(&stream.to_be_bytes());
    out.extend_from_slice(payload);
}

/// A whole frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawFrame {
    /// Its head.
    pub head: FrameHead,
    /// Its payload.
    pub payload: Vec<u8>,
    /// Where in the stream of bytes it begins.
    pub at: u64,
}

impl RawFrame {
    /// The payload of DATA, HEADERS or PUSH_PROMISE without its padding. `None` if there is more
    /// padding than frame.
    pub fn content(&self) -> Option<&[u8]> {
        if !self.head.has(flag::PADDED) {
            return Some(&self.payload);
        }
        let (pad, rest) = self.payload.split_first()?;
        let size = rest.len().checked_sub(usize::from(*pad))?;
        Some(&rest[..size])
    }
}

/// Cuts a stream of bytes into frames.
#[derive(Debug)]
pub struct FrameReader {
    buffer: Vec<u8>,
    at: u64,
    /// The largest payload that is read.
    max_frame: usize,
}

impl FrameReader {
    /// A reader of frames whose payload has at most `max_frame` bytes, that begin `at` this offset.
    pub fn new(max_frame: usize, at: u64) -> FrameReader {
        FrameReader {
            buffer: Vec::new(),
            at,
            max_frame,
        }
    }

    /// Adds bytes.
    pub fn push(&mut self, bytes: &[u8]) {
        self.buffer.extend_from_slice(bytes);
    }

    /// The offset of the next frame.
    pub fn at(&self) -> u64 {
        self.at
    }

    /// The next frame; `None` if it is not complete.
    ///
    /// # Errors
    /// With the head of a frame that is too large: nothing can be read from there on.
    pub fn next(&mut self) -> Result<Option<RawFrame>, FrameHead> {
        let Some(head) = self.buffer.first_chunk::<HEAD_SIZE>() else {
            return Ok(None);
        };
        let head = FrameHead::parse(*head);
        if head.length as usize > self.max_frame {
            return Err(head);
        }
        let end = HEAD_SIZE + head.length as usize;
        if self.buffer.len() < end {
            return Ok(None);
        }
        let frame = RawFrame {
            head,
            payload: self.buffer[HEAD_SIZE..end].to_vec(),
            at: self.at,
        };
        self.buffer.drain(..end);
        self.at += end as u64;
        Ok(Some(frame))
    }
}
