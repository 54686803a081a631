//! Where connections are awaited: over TCP, over TLS, or on a Unix socket.

use std::io;
use std::net::SocketAddr;
#[cfg(unix)]
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::net::TcpStream;
#[cfg(unix)]
use tokio::net::UnixListener;
use tokio::time::timeout;
use wsspec_reports::Transport;

use super::stream::Stream;
use crate::tls::Acceptor;

/// Longest wait for the TLS handshake of a connection.
const HANDSHAKE: Duration = Duration::from_secs(10);

/// A socket that listens.
#[derive(Debug)]
pub enum Listener {
    /// For TCP.
    Tcp(TcpListener),
    /// For TLS over TCP.
    Tls(TcpListener, Acceptor),
    /// For a Unix socket; its file is removed at the end.
    #[cfg(unix)]
    Unix(UnixSocket),
}

/// A Unix socket that listens, and its file.
#[cfg(unix)]
#[derive(Debug)]
pub struct UnixSocket {
    listener: UnixListener,
    path: PathBuf,
}

#[cfg(unix)]
impl Drop for UnixSocket {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.path);
    }
}

/// A connection that was accepted, before the handshake of TLS: that takes the time of its other
/// side, which no other connection is to wait for.
#[derive(Debug)]
pub enum Incoming {
    /// One without a handshake.
    Open(Stream),
    /// One over TLS.
    Tls(TcpStream, Acceptor),
}

impl From<TcpListener> for Listener {
    fn from(listener: TcpListener) -> Listener {
        Listener::Tcp(listener)
    }
}

impl Listener {
    /// Listens on a Unix socket at this path.
    ///
    /// # Errors
    /// Those of the system: also if there is a file already.
    #[cfg(unix)]
    pub fn unix(path: &Path) -> io::Result<Listener> {
        Ok(Listener::Unix(UnixSocket {
            listener: UnixListener::bind(path)?,
            path: path.to_owned(),
        }))
    }

    /// The address of TCP.
    ///
    /// # Errors
    /// If the system does not tell, and for a Unix socket.
    pub fn address(&self) -> io::Result<SocketAddr> {
        match self {
            Listener::Tcp(listener) | Listener::Tls(listener, _) => listener.local_addr(),
            #[cfg(unix)]
            Listener::Unix(_) => Err(io::ErrorKind::Unsupported.into()),
        }
    }

    /// What it listens for.
    pub fn transport(&self) -> Transport {
        match self {
            Listener::Tcp(_) => Transport::Tcp,
            Listener::Tls(..) => Transport::Tls,
            #[cfg(unix)]
            Listener::Unix(_) => Transport::Unix,
        }
    }

    /// The URL that leads to the root of a server here.
    ///
    /// # Errors
    /// If the system does not tell.
    pub fn url(&self) -> io::Result<String> {
        Ok(match self {
            Listener::Tcp(_) => format!("ws://{}/", self.address()?),
            Listener::Tls(..) => format!("wss://{}/", self.address()?),
            #[cfg(unix)]
            Listener::Unix(socket) => format!("ws+unix://{}:/", socket.path.display()),
        })
    }

    /// The next connection.
    ///
    /// # Errors
    /// Those of the system: too many open files, or the connection was gone before it was accepted.
    pub async fn accept(&self) -> io::Result<Incoming> {
        Ok(match self {
            Listener::Tcp(listener) => Incoming::Open(accepted(listener).await?.into()),
            Listener::Tls(listener, acceptor) => {
                Incoming::Tls(accepted(listener).await?, acceptor.clone())
            }
            #[cfg(unix)]
            Listener::Unix(socket) => Incoming::Open(socket.listener.accept().await?.0.into()),
        })
    }
}

async fn accepted(listener: &TcpListener) -> io::Result<TcpStream> {
    let (stream, _) = listener.accept().await?;
    let _ = stream.set_nodelay(true);
    Ok(stream)
}

impl Incoming {
    /// The stream, after its handshake.
    ///
    /// # Errors
    /// If the handshake fails, or takes too long.
    pub async fn open(self) -> io::Result<Stream> {
        match self {
            Incoming::Open(stream) => Ok(stream),
            Incoming::Tls(stream, acceptor) => timeout(HANDSHAKE, acceptor.accept(stream)).await?,
        }
    }
}
