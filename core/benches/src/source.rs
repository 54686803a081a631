//! The input of every contender: bytes in memory that arrive as from a socket.
//!
//! Each read copies at most a fixed number of bytes into the reader's own buffer. It is never
//! inlined, as a system call is not, so that no compiler merges reads or optimizes across them.
//! What is written is dropped.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

/// The reads of one pass over a stream.
pub struct Source<'a> {
    rest: &'a [u8],
    most: usize,
}

impl<'a> Source<'a> {
    /// Creates a source of `bytes`, at most `most` per read.
    pub fn new(bytes: &'a [u8], most: usize) -> Self {
        Source { rest: bytes, most }
    }

    /// Returns the bytes of the next read into a buffer with this much room; empty at the end of
    /// the stream.
    #[inline(never)]
    pub fn take(&mut self, room: usize) -> &'a [u8] {
        let (piece, rest) = self.rest.split_at(room.min(self.most).min(self.rest.len()));
        self.rest = rest;
        piece
    }

    /// Reads into `buffer`. Returns the number of bytes; 0 at the end of the stream.
    #[inline]
    pub fn fill(&mut self, buffer: &mut [u8]) -> usize {
        let piece = self.take(buffer.len());
        buffer[..piece.len()].copy_from_slice(piece);
        piece.len()
    }
}

impl io::Read for Source<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        Ok(self.fill(buffer))
    }
}

impl io::Write for Source<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl tokio::io::AsyncRead for Source<'_> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        buffer: &mut tokio::io::ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let piece = self.take(buffer.remaining());
        buffer.put_slice(piece);
        Poll::Ready(Ok(()))
    }
}

impl tokio::io::AsyncWrite for Source<'_> {
    fn poll_write(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

impl futures::AsyncRead for Source<'_> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        buffer: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        Poll::Ready(Ok(self.fill(buffer)))
    }
}

impl futures::AsyncWrite for Source<'_> {
    fn poll_write(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_close(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

/// Runs a future whose input is always available: no runtime, no thread, no waking.
pub fn block_on<T>(future: impl Future<Output = T>) -> T {
    let mut future = std::pin::pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    loop {
        if let Poll::Ready(value) = future.as_mut().poll(&mut context) {
            return value;
        }
    }
}
