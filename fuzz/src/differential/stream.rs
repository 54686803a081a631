//! A connection in memory: what the other side sent, in chunks of any size, and what is written to
//! it.

use std::io::{self, ErrorKind};
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// At the end of its bytes there is nothing to read yet, as with a socket.
pub(super) struct Stream<'a> {
    rest: &'a [u8],
    /// Size of the largest chunk, in bytes.
    most: usize,
    written: &'a mut Vec<u8>,
}

impl<'a> Stream<'a> {
    pub(super) fn new(bytes: &'a [u8], most: usize, written: &'a mut Vec<u8>) -> Self {
        Stream {
            rest: bytes,
            most,
            written,
        }
    }

    /// Returns the next chunk of at most `room` bytes; `None` if there is nothing.
    fn take(&mut self, room: usize) -> Option<&'a [u8]> {
        let (piece, rest) = self.rest.split_at(room.min(self.most).min(self.rest.len()));
        self.rest = rest;
        (!piece.is_empty() || room == 0).then_some(piece)
    }
}

impl io::Read for Stream<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let piece = self.take(buffer.len()).ok_or(ErrorKind::WouldBlock)?;
        buffer[..piece.len()].copy_from_slice(piece);
        Ok(piece.len())
    }
}

impl io::Write for Stream<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.written.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl AsyncRead for Stream<'_> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let Some(piece) = self.take(buffer.remaining()) else {
            return Poll::Pending;
        };
        buffer.put_slice(piece);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Stream<'_> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Poll::Ready(io::Write::write(&mut *self, bytes))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

/// Runs a future to its end, or until it waits for more to read. Nothing else makes it wait.
pub(super) fn run<T>(future: impl Future<Output = T>) -> Option<T> {
    match std::pin::pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => Some(value),
        Poll::Pending => None,
    }
}
