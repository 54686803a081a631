//! The bytes of one side of a connection, cut into frames, whatever they mean.

use super::PREFACE;
use super::frame::{BadPadding, HEAD, Head, unpad};

/// A whole frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawFrame {
    /// Its head.
    pub head: Head,
    /// Its payload.
    pub payload: Vec<u8>,
    /// Where it begins in what the side sent.
    pub at: u64,
}

impl RawFrame {
    /// The payload of DATA, HEADERS or PUSH_PROMISE without its padding.
    ///
    /// # Errors
    /// If the padding does not fit.
    pub fn content(&self) -> Result<&[u8], BadPadding> {
        unpad(self.head, &self.payload).map(|(content, _)| content)
    }
}

/// Cuts what one side sends into frames. A frame is at most 2^24 - 1 bytes and its head long, and
/// that much is kept of one that is not complete.
#[derive(Debug)]
pub struct FrameReader {
    preface: &'static [u8],
    buffer: Vec<u8>,
    at: u64,
}

impl FrameReader {
    /// Reads what a `client` sends, which begins with its preface, or what a server sends. What begins
    /// otherwise is read as frames from its first byte on.
    pub fn new(client: bool) -> FrameReader {
        let preface: &[u8] = if client { PREFACE } else { &[] };
        FrameReader {
            preface,
            buffer: Vec::new(),
            at: preface.len() as u64,
        }
    }

    /// The offset of the next frame; below the size of the preface, while that is still to come.
    pub fn offset(&self) -> u64 {
        self.at - self.preface.len() as u64
    }

    /// The frames that are complete with these bytes.
    pub fn frames(&mut self, mut bytes: &[u8]) -> Vec<RawFrame> {
        let skipped = self.preface.len().min(bytes.len());
        if bytes[..skipped] == self.preface[..skipped] {
            self.preface = &self.preface[skipped..];
            bytes = &bytes[skipped..];
        } else if self.preface.len() == PREFACE.len() {
            self.preface = &[];
            self.at = 0;
        }
        self.buffer.extend_from_slice(bytes);
        let mut frames = Vec::new();
        let mut read = 0;
        while let Some(head) = self.buffer[read..].first_chunk::<HEAD>() {
            let head = Head::read(head);
            let end = read + HEAD + head.length as usize;
            let Some(payload) = self.buffer.get(read + HEAD..end) else {
                break;
            };
            frames.push(RawFrame {
                head,
                payload: payload.to_vec(),
                at: self.at + read as u64,
            });
            read = end;
        }
        self.buffer.drain(..read);
        self.at += read as u64;
        frames
    }
}
