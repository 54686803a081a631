//! A read buffer of its own, in which a message lies in one piece.

use std::borrow::Cow;

use super::{Endpoint, Event};

/// Room for one read, in bytes: as much as is worth a call of the system.
const READ: usize = 64 << 10;

/// The smallest room that is worth it, in bytes. A frame that is larger is read up to its end and no
/// further, so that nothing has to be moved after it.
const LEAST: usize = 16 << 10;

/// What was read from the peer and is not used yet.
///
/// [`Endpoint::read_from`] leaves a data frame here until all of it has come, so that a large
/// message is neither copied nor assembled. The buffer takes 64 KiB, or as much as the largest frame
/// so far; it grows with what has come, not with what a header announces.
///
/// ```
/// # use std::io::Read;
/// # use wsspec_core::endpoint::{Endpoint, Event, ReadBuffer, ServerConfig};
/// # let mut server = Endpoint::server(ServerConfig::default()).already_open();
/// # let mut stream = &b"\x81\x82\0\0\0\0Hi\x88\x80\0\0\0\0"[..];
/// # let mut seen = Vec::new();
/// let mut buffer = ReadBuffer::new();
/// loop {
///     let read = stream.read(buffer.space())?;
///     if read == 0 {
///         break;
///     }
///     buffer.filled(read);
///     server.read_from(&mut buffer, |event| match event {
///         Event::Message(_, payload) => seen.extend_from_slice(&payload),
///         Event::Broken(fault, _) => eprintln!("{fault}"),
///         _ => {}
///     });
/// }
/// # assert_eq!(seen, b"Hi");
/// # std::io::Result::Ok(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct ReadBuffer {
    bytes: Vec<u8>,
    /// Where the unread bytes begin and end.
    start: usize,
    end: usize,
    /// Unread bytes before which there is nothing to read; 0 if it is not known.
    wanted: usize,
}

impl ReadBuffer {
    /// An empty buffer, which takes no memory yet.
    pub fn new() -> ReadBuffer {
        ReadBuffer::default()
    }

    /// Room to read into, never empty. Call [`filled`](Self::filled) after it.
    #[inline]
    pub fn space(&mut self) -> &mut [u8] {
        let has_room = match self.large_end() {
            Some(end) => self.bytes.len() >= end || self.start == 0 && self.end < self.bytes.len(),
            None => self.bytes.len() - self.end >= LEAST,
        };
        if !has_room {
            self.make_room();
        }
        let until = self.large_end().unwrap_or(usize::MAX).min(self.bytes.len());
        &mut self.bytes[self.end..until]
    }

    /// Where a large frame will end that has begun.
    #[inline]
    fn large_end(&self) -> Option<usize> {
        let end = self.start.saturating_add(self.wanted);
        (self.wanted > LEAST && end > self.end).then_some(end)
    }

    /// Takes the first `read` bytes of [`space`](Self::space) as read from the peer.
    ///
    /// # Panics
    /// If it has not as many.
    #[inline]
    pub fn filled(&mut self, read: usize) {
        self.end += read;
        assert!(self.end <= self.bytes.len(), "more than there is room for");
    }

    /// What is left unread: nothing, or the part of a frame that has come. Where the peer ends here,
    /// [`Endpoint::receive`] finds out what is wrong with it.
    pub fn unread(&mut self) -> &mut [u8] {
        &mut self.bytes[self.start..self.end]
    }

    /// Moves what is unread to the front, and grows if there is too little room behind it.
    #[cold]
    fn make_room(&mut self) {
        self.bytes.copy_within(self.start..self.end, 0);
        self.end -= self.start;
        self.start = 0;
        let needed = match self.large_end() {
            Some(end) => end.min(2 * self.end),
            None => self.end + LEAST,
        };
        if self.bytes.len() < needed {
            self.bytes.resize(needed.max(READ), 0);
        }
    }
}

impl Endpoint {
    /// Reads what is in `buffer`, and hands each event to `on`. It finds the same as
    /// [`read`](Self::read), but finds what is wrong with the text of a frame only once the frame is
    /// whole.
    #[inline]
    pub fn read_from(&mut self, buffer: &mut ReadBuffer, mut on: impl FnMut(Event<Cow<'_, [u8]>>)) {
        let unread = buffer.end - buffer.start;
        if unread < buffer.wanted {
            return;
        }
        let mut input = &mut buffer.bytes[buffer.start..buffer.end];
        self.reader.set_waiting(true);
        while let Some(event) = self.read(&mut input) {
            on(event);
        }
        let (left, wanted) = (input.len(), self.reader.wanted());
        self.reader.set_waiting(false);
        if wanted == 0 {
            // All was used, or the connection has ended.
            (buffer.start, buffer.end) = (0, 0);
        } else {
            buffer.start = buffer.end - left;
        }
        buffer.wanted = usize::try_from(wanted).unwrap_or(usize::MAX);
    }
}
