//! Connections whose beginning a case looks at: the ClientHello, and how the handshake failed.

use std::io;
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};
use wsspec_core::tls::{Alert, Reader, Tls};

use super::{Acceptor, Connector, TlsError};
use crate::binding::EndOfStream;
use crate::wire::Arrival;
use crate::wire::tcp::Begun;

/// Longest wait for a ClientHello, and again for the rest of the handshake.
const PATIENCE: Duration = Duration::from_secs(5);

/// Time between two looks at a ClientHello of which a part has come.
const LOOK_AGAIN: Duration = Duration::from_millis(1);

/// Most bytes of a ClientHello that are looked at.
const MOST: usize = 64 << 10;

impl Acceptor {
    /// The beginning of a connection of a client: what it sent of TLS, and the stream inside, or how
    /// that failed. A client that sends clear text has the connection as it is.
    ///
    /// # Errors
    /// If TLS failed in a way that is not the client's refusal.
    pub(crate) async fn begin(&self, stream: TcpStream) -> io::Result<Begun> {
        let first = timeout(PATIENCE, first_bytes(&stream)).await;
        let (hello, clear) = match first {
            Ok(first) => first?,
            // It may send its request later, or nothing.
            Err(_) => return Ok(Begun::from(stream)),
        };
        if clear {
            return Ok(Begun::from(stream));
        }
        let accepted = timeout(PATIENCE, self.accept(stream)).await;
        let mut begun = begun(accepted.unwrap_or(Err(io::ErrorKind::TimedOut.into())))?;
        for tls in hello.into_iter().rev() {
            begun.came.push_front(Arrival::Tls(1, tls));
        }
        Ok(begun)
    }
}

impl Connector {
    /// The beginning of a connection to a server that may refuse it.
    ///
    /// # Errors
    /// If TLS failed in a way that is not the server's refusal.
    pub(crate) async fn begin(&self, stream: TcpStream, host: &str) -> io::Result<Begun> {
        let connected = timeout(PATIENCE, self.connect(stream, host)).await;
        begun(connected.unwrap_or(Err(io::ErrorKind::TimedOut.into())))
    }
}

/// A stream, or what the other side did instead of going on.
fn begun(outcome: io::Result<crate::wire::stream::Stream>) -> io::Result<Begun> {
    let error = match outcome {
        Ok(stream) => return Ok(Begun::from(stream)),
        Err(error) => error,
    };
    let came = match (TlsError::of(&error), error.kind()) {
        (Some(TlsError::Alert(alert)), _) => vec![
            Arrival::Tls(1, Tls::Alert(Alert(alert.into()))),
            Arrival::End(1, EndOfStream::Finished),
        ],
        (Some(TlsError::Ended), _) => vec![Arrival::End(1, EndOfStream::Truncated)],
        (None, io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe) => {
            vec![Arrival::End(1, EndOfStream::Reset)]
        }
        _ => return Err(error),
    };
    Ok(Begun {
        stream: None,
        came: came.into(),
        written: 0,
    })
}

/// What a client sends first, left where it is: TLS, and whether it is clear text.
async fn first_bytes(stream: &TcpStream) -> io::Result<(Vec<Tls>, bool)> {
    let mut buffer = vec![0; MOST];
    let mut before = 0;
    loop {
        let size = stream.peek(&mut buffer).await?;
        let (found, clear) = Reader::new().take(&buffer[..size]);
        if !found.is_empty() || !clear.is_empty() || size == 0 || size == MOST {
            return Ok((found, !clear.is_empty()));
        }
        if size == before {
            sleep(LOOK_AGAIN).await;
        }
        before = size;
    }
}
