//! Where connections are awaited: over TCP, over TLS, over QUIC, or on a Unix socket.

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

use super::link::Link;
use super::quic::{self, Attempt, Limits};
use crate::tls::Acceptor;

/// Longest wait for the handshake of TLS or QUIC.
pub(crate) const HANDSHAKE: Duration = Duration::from_secs(10);

/// A socket that listens.
#[derive(Debug)]
pub enum Listener {
    /// For TCP.
    Tcp(TcpListener),
    /// For TLS over TCP.
    Tls(TcpListener, Acceptor),
    /// For QUIC.
    Quic(quic::Listener),
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

/// A connection that was accepted, before the handshake of TLS or QUIC: that takes the time of its other
/// side, which no other connection is to wait for.
#[derive(Debug)]
pub enum Incoming {
    /// One without a handshake.
    Open(Link),
    /// One over TLS.
    Tls(TcpStream, Acceptor),
    /// One over QUIC.
    Quic(Box<Attempt>),
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

    /// Listens for QUIC at this address, as `acceptor` says of TLS.
    ///
    /// # Errors
    /// Those of the system.
    pub fn quic(address: SocketAddr, acceptor: &Acceptor) -> io::Result<Listener> {
        let listener = quic::Listener::bind(address, acceptor.config(), Limits::default())?;
        Ok(Listener::Quic(listener))
    }

    /// The address of TCP or UDP.
    ///
    /// # Errors
    /// If the system does not tell, and for a Unix socket.
    pub fn address(&self) -> io::Result<SocketAddr> {
        match self {
            Listener::Tcp(listener) | Listener::Tls(listener, _) => listener.local_addr(),
            Listener::Quic(listener) => listener.local_addr(),
            #[cfg(unix)]
            Listener::Unix(_) => Err(io::ErrorKind::Unsupported.into()),
        }
    }

    /// What it listens for.
    pub fn transport(&self) -> Transport {
        match self {
            Listener::Tcp(_) => Transport::Tcp,
            Listener::Tls(..) => Transport::Tls,
            Listener::Quic(_) => Transport::H3,
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
            Listener::Tls(..) | Listener::Quic(_) => format!("wss://{}/", self.address()?),
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
            Listener::Quic(listener) => {
                let attempt = listener.accept().await;
                Incoming::Quic(attempt.ok_or(io::ErrorKind::NotConnected)?.into())
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
    /// The connection, after its handshake.
    ///
    /// # Errors
    /// If the handshake fails, or takes too long.
    pub async fn open(self) -> io::Result<Link> {
        match self {
            Incoming::Open(link) => Ok(link),
            Incoming::Tls(stream, acceptor) => {
                let accepted = timeout(HANDSHAKE, acceptor.accept(stream)).await?;
                accepted.map(Link::from)
            }
            Incoming::Quic(attempt) => {
                let connected = attempt.connect(HANDSHAKE).await;
                connected.map(Link::from).map_err(io::Error::other)
            }
        }
    }
}
