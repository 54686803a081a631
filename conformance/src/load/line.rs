//! The bytes of one WebSocket: a connection, or a stream of one.

use std::fmt;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::binding::carrier::Came;
use crate::binding::{Breach, EndOfStream};
use crate::wire::shared::{self, Event, Said};
use crate::wire::stream::Stream;

/// What one WebSocket travels on.
pub(super) enum Line {
    Connection(Stream),
    /// A stream, what came on it and was not read, and how much of that was.
    Stream(shared::Stream, Vec<u8>, usize),
}

/// The server broke a rule of HTTP/2 or HTTP/3.
#[derive(Debug)]
pub(super) struct BrokeCarrier(pub(super) Breach);

impl fmt::Display for BrokeCarrier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.rule.meaning())
    }
}

impl std::error::Error for BrokeCarrier {}

impl Line {
    pub(super) fn of(stream: shared::Stream) -> Line {
        Line::Stream(stream, Vec::new(), 0)
    }
}

impl AsyncRead for Line {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let (stream, came, read) = match self.get_mut() {
            Line::Connection(stream) => return Pin::new(stream).poll_read(cx, buffer),
            Line::Stream(stream, came, read) => (stream, came, read),
        };
        while *read == came.len() {
            match ready!(stream.poll_next(cx)) {
                Some(Event::Came(Came::Data(bytes))) => (*came, *read) = (bytes, 0),
                // Trailers mean nothing to a WebSocket, and a server that reads no more may still send.
                Some(Event::Came(Came::Fields(..) | Came::Stopped(_))) => {}
                Some(Event::Came(Came::End(EndOfStream::Finished))) => return Poll::Ready(Ok(())),
                Some(Event::Broke(breach)) => {
                    return Poll::Ready(Err(io::Error::other(BrokeCarrier(breach))));
                }
                Some(Event::Came(Came::End(_))) | None => {
                    return Poll::Ready(Err(io::ErrorKind::ConnectionReset.into()));
                }
            }
        }
        let size = buffer.remaining().min(came.len() - *read);
        buffer.put_slice(&came[*read..*read + size]);
        *read += size;
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Line {
    /// On a stream, what was not sent yet is bounded by the messages that may wait for their echo.
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Line::Connection(stream) => Pin::new(stream).poll_write(cx, bytes),
            Line::Stream(stream, ..) => {
                stream.say(Said::Data(bytes.to_vec()));
                Poll::Ready(Ok(bytes.len()))
            }
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Line::Connection(stream) => Pin::new(stream).poll_flush(cx),
            Line::Stream(..) => Poll::Ready(Ok(())),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Line::Connection(stream) => Pin::new(stream).poll_shutdown(cx),
            Line::Stream(stream, ..) => {
                stream.say(Said::Finish);
                Poll::Ready(Ok(()))
            }
        }
    }
}
