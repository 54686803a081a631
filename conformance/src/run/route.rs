//! How connections to a server are made: over TCP, over TLS, or to a Unix socket.

use std::io;
use std::net::SocketAddr;
#[cfg(unix)]
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::timeout;
use wsspec_reports::Transport;

use crate::tls::{Connector, TlsError};
use crate::wire::link::Link;
use crate::wire::quic;
use crate::wire::tcp;

/// Longest wait for a connection, and again for its TLS handshake.
pub(super) const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);

/// The scheme of a URL of a Unix socket: `ws+unix:///PATH:/TARGET`.
#[cfg(unix)]
const UNIX_SCHEMES: [&str; 2] = ["ws+unix://", "ws+unix:"];

/// How connections to a server are made.
#[derive(Debug, Clone)]
pub(super) enum Route {
    /// Over TCP.
    Tcp,
    /// Over TLS, with the host of this name.
    Tls(Box<Connector>, String),
    /// Over QUIC, for HTTP/3.
    Quic(Arc<quic::Host>),
    /// To the Unix socket at this path; the request is for this resource.
    #[cfg(unix)]
    Unix(PathBuf, String),
}

impl Route {
    /// The route of a URL of a Unix socket; `None` for another URL. Its form is that of the npm
    /// package ws: the path of the socket, a colon, and the request target.
    #[cfg(unix)]
    pub(super) fn unix(url: &str) -> Option<Route> {
        let rest = UNIX_SCHEMES.iter().find_map(|s| url.strip_prefix(s))?;
        let (path, target) = rest.split_once(':').unwrap_or((rest, "/"));
        let target = if target.starts_with('/') {
            target.to_owned()
        } else {
            format!("/{target}")
        };
        Some(Route::Unix(path.into(), target))
    }

    /// Over QUIC, with the host of this name.
    pub(super) fn quic(connector: Connector, host: &str) -> Route {
        Route::Quic(Arc::new(quic::Host::new(connector, host)))
    }

    /// Whether it leads to an address of IP.
    pub(super) fn has_address(&self) -> bool {
        match self {
            Route::Tcp | Route::Tls(..) | Route::Quic(_) => true,
            #[cfg(unix)]
            Route::Unix(..) => false,
        }
    }

    /// Whether what travels is encrypted.
    pub(super) fn is_secure(&self) -> bool {
        matches!(self, Route::Tls(..) | Route::Quic(_))
    }

    /// What conversations run over.
    pub(super) fn over(&self) -> Transport {
        match self {
            Route::Tcp => Transport::Tcp,
            Route::Tls(..) => Transport::Tls,
            Route::Quic(_) => Transport::H3,
            #[cfg(unix)]
            Route::Unix(..) => Transport::Unix,
        }
    }

    /// The same, which offers these protocols by ALPN over TLS.
    pub(super) fn offering(&self, protocols: &[Vec<u8>]) -> Route {
        match self {
            Route::Tls(connector, host) => {
                Route::Tls(Box::new(connector.offering(protocols)), host.clone())
            }
            other => other.clone(),
        }
    }

    /// A connection. `address` is where it leads over IP.
    ///
    /// # Errors
    /// Those of the system, and of TLS, in words for the user.
    pub(super) async fn connect(
        &self,
        address: impl FnOnce() -> io::Result<SocketAddr>,
    ) -> io::Result<Link> {
        match self {
            Route::Tcp => Ok(tcp::connect(address()?, CONNECT_TIMEOUT).await?.into()),
            Route::Tls(connector, host) => {
                let stream = tcp::connect(address()?, CONNECT_TIMEOUT).await?;
                timeout(CONNECT_TIMEOUT, connector.connect(stream, host))
                    .await
                    .map_err(|_| io::Error::new(io::ErrorKind::TimedOut, TlsError::Silent))?
                    .map(Link::from)
                    .map_err(explained)
            }
            Route::Quic(host) => Ok(host.connect(address()?, CONNECT_TIMEOUT).await?.into()),
            #[cfg(unix)]
            Route::Unix(path, _) => {
                let connecting = tokio::net::UnixStream::connect(path);
                let stream = timeout(CONNECT_TIMEOUT, connecting).await??;
                Ok(Link::from(stream))
            }
        }
    }
}

/// The error with what TLS says of it.
fn explained(error: io::Error) -> io::Error {
    match TlsError::of(&error) {
        Some(tls) => io::Error::new(error.kind(), tls),
        None => error,
    }
}
