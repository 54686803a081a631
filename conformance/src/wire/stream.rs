//! A byte stream to the other side: plain TCP, TLS over TCP, or a Unix socket.
//!
//! Reading, writing and ending are those of tokio's `AsyncRead` and `AsyncWrite`; what differs
//! between the kinds is here. To end the direction of a TLS stream sends close_notify first.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use socket2::SockRef;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio::net::TcpStream;
#[cfg(unix)]
use tokio::net::UnixStream;
use tokio_rustls::TlsStream;

/// A connected byte stream.
#[derive(Debug)]
pub enum Stream {
    /// TCP.
    Tcp(TcpStream),
    /// TLS over TCP, after its handshake.
    Tls(Box<TlsStream<TcpStream>>),
    /// A Unix socket.
    #[cfg(unix)]
    Unix(UnixStream),
}

impl From<TcpStream> for Stream {
    fn from(stream: TcpStream) -> Stream {
        Stream::Tcp(stream)
    }
}

impl From<TlsStream<TcpStream>> for Stream {
    fn from(stream: TlsStream<TcpStream>) -> Stream {
        Stream::Tls(Box::new(stream))
    }
}

#[cfg(unix)]
impl From<UnixStream> for Stream {
    fn from(stream: UnixStream) -> Stream {
        Stream::Unix(stream)
    }
}

/// What a stream is made of, whose polled functions are called alike.
trait Both: AsyncRead + AsyncWrite + Unpin {}

impl<T: AsyncRead + AsyncWrite + Unpin> Both for T {}

impl Stream {
    /// The protocol that ALPN chose; `None` if none was, and without TLS.
    pub fn protocol(&self) -> Option<&[u8]> {
        match self {
            Stream::Tls(stream) => stream.get_ref().1.alpn_protocol(),
            _ => None,
        }
    }

    /// The TCP connection below, if there is one.
    pub fn tcp(&self) -> Option<&TcpStream> {
        match self {
            Stream::Tcp(stream) => Some(stream),
            Stream::Tls(stream) => Some(stream.get_ref().0),
            #[cfg(unix)]
            Stream::Unix(_) => None,
        }
    }

    /// The end of the stream below TLS says nothing of who ended it: it may be a truncation.
    pub(crate) fn is_truncation(&self, error: &io::Error) -> bool {
        matches!(self, Stream::Tls(_)) && error.kind() == io::ErrorKind::UnexpectedEof
    }

    /// Writes all of this, up to the socket.
    ///
    /// # Errors
    /// Those of the system.
    pub async fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.write_all(bytes).await?;
        self.flush().await
    }

    /// Waits until there is something to read, or an end.
    pub(crate) async fn readable(&self) -> io::Result<()> {
        match self {
            Stream::Tcp(stream) => stream.readable().await,
            Stream::Tls(stream) => stream.get_ref().0.readable().await,
            #[cfg(unix)]
            Stream::Unix(stream) => stream.readable().await,
        }
    }

    /// Ends our direction below TLS, without close_notify. Without TLS, as any end.
    ///
    /// # Errors
    /// Those of the system.
    pub fn truncate(&self) -> io::Result<()> {
        self.socket().shutdown(std::net::Shutdown::Write)
    }

    /// Makes the end of this stream a reset: a TCP socket that is closed without lingering resets
    /// its connection. The other end of a Unix socket sees a reset only if it left bytes unread.
    pub(crate) fn reset_at_end(&self) {
        if self.tcp().is_some() {
            let _ = self.socket().set_linger(Some(Duration::ZERO));
        }
    }

    fn socket(&self) -> SockRef<'_> {
        match self {
            Stream::Tcp(stream) => SockRef::from(stream),
            Stream::Tls(stream) => SockRef::from(stream.get_ref().0),
            #[cfg(unix)]
            Stream::Unix(stream) => SockRef::from(stream),
        }
    }

    fn inner(self: Pin<&mut Self>) -> Pin<&mut dyn Both> {
        match self.get_mut() {
            Stream::Tcp(stream) => Pin::new(stream),
            Stream::Tls(stream) => Pin::new(stream.as_mut()),
            #[cfg(unix)]
            Stream::Unix(stream) => Pin::new(stream),
        }
    }
}

impl AsyncRead for Stream {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.inner().poll_read(cx, buffer)
    }
}

impl AsyncWrite for Stream {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.inner().poll_write(cx, bytes)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.inner().poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.inner().poll_shutdown(cx)
    }
}
