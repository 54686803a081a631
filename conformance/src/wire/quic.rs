//! QUIC: many streams of bytes in one connection (RFC 9000), for HTTP/3.
//!
//! A [`Dialer`] connects, a [`Listener`] accepts; either gives a [`Connection`], which moves bytes on
//! numbered streams and knows nothing of HTTP/3. Tasks read and write its streams. All that came
//! passes one bounded channel, so that a peer is read no faster than its bytes are taken, and a
//! [`Connection`] is over when all its tasks are.

mod channels;
mod closed;
mod connection;
mod host;
mod knock;
mod open;
mod stream;
pub(in crate::wire) mod world;

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use quinn::crypto::rustls::{QuicClientConfig, QuicServerConfig};
use quinn::{ClientConfig, Endpoint, EndpointConfig, ServerConfig, TransportConfig};
use rustls::AlertDescription;
use tokio::time::{sleep, timeout};

use crate::tls::TlsError;

pub use channels::Channels;
pub use closed::Closed;
pub use connection::{Arrival, Connection};
pub use host::Host;
pub use knock::answers;
pub use world::Begun;

/// The name of HTTP/3 in ALPN (RFC 9114 §3.1).
const ALPN: &[u8] = b"h3";

/// How long nothing may happen before the other side is asked for a sign of life: shorter than the time
/// after which any peer takes a silent connection for dead.
const KEEP_ALIVE: Duration = Duration::from_secs(2);

/// How long an attempt to connect goes unanswered before the port is checked for a listener.
const BEFORE_KNOCK: Duration = Duration::from_millis(300);

/// What we allow the peer of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bidirectional streams that it may have open at once.
    pub bidirectional: u32,
    /// Unidirectional streams that it may have open at once; HTTP/3 needs three.
    pub unidirectional: u32,
    /// Bytes on each stream that it may send before we read them.
    pub stream_window: u32,
    /// Bytes on all streams together that it may send before we read them.
    pub window: u32,
    /// How long a silent connection lives.
    pub idle: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            bidirectional: 1 << 10,
            unidirectional: 1 << 7,
            stream_window: 1 << 20,
            window: 1 << 23,
            idle: Duration::from_secs(120),
        }
    }
}

impl Limits {
    fn transport(self) -> Arc<TransportConfig> {
        let mut transport = TransportConfig::default();
        // More than QUIC can say is as good as never.
        let idle = self.idle.try_into().ok();
        transport
            .max_concurrent_bidi_streams(self.bidirectional.into())
            .max_concurrent_uni_streams(self.unidirectional.into())
            .stream_receive_window(self.stream_window.into())
            .receive_window(self.window.into())
            .max_idle_timeout(idle)
            .keep_alive_interval(Some(KEEP_ALIVE))
            // Conversations are short: what larger packets would save, looking for them costs.
            .mtu_discovery_config(None)
            .datagram_receive_buffer_size(None);
        Arc::new(transport)
    }
}

/// Connects to servers.
#[derive(Debug)]
pub struct Dialer {
    endpoint: Endpoint,
    config: ClientConfig,
}

impl Dialer {
    /// Takes a UDP port of the family of `target`. The protocols of `tls` are replaced by `h3`.
    ///
    /// # Errors
    /// Those of the system; `InvalidInput` if `tls` does not allow TLS 1.3.
    pub fn new(
        target: SocketAddr,
        mut tls: rustls::ClientConfig,
        limits: Limits,
    ) -> io::Result<Self> {
        tls.alpn_protocols = vec![ALPN.to_vec()];
        let crypto = QuicClientConfig::try_from(tls).map_err(unfit)?;
        let mut config = ClientConfig::new(Arc::new(crypto));
        config.transport_config(limits.transport());
        let endpoint = Endpoint::client(SocketAddr::new(from(target.ip()), 0))?;
        Ok(Dialer { endpoint, config })
    }

    /// Connects. `name` is the name that the certificate of the server has to have.
    ///
    /// # Errors
    /// Why there is no connection; `TimedOut` after `patience`.
    pub async fn connect(
        &self,
        target: SocketAddr,
        name: &str,
        patience: Duration,
    ) -> Result<Connection, DialError> {
        let connecting = self
            .endpoint
            .connect_with(self.config.clone(), target, name)?;
        tokio::select! {
            biased;
            connected = timeout(patience, connecting) => {
                let connected = connected.map_err(|_| Closed::TimedOut)?;
                Ok(Connection::new(connected.map_err(Closed::from)?))
            }
            () = refused(target) => Err(DialError::Refused),
        }
    }

    /// Waits until all connections are over and their peers were told, at most this time.
    pub async fn idle(&self, most: Duration) {
        // Peers that were not told find out by themselves.
        let _ = timeout(most, self.endpoint.wait_idle()).await;
    }
}

/// Waits for an ICMP error that no process listens on the port; QUIC itself ignores it.
async fn refused(target: SocketAddr) {
    sleep(BEFORE_KNOCK).await;
    knock::refusal(target).await;
}

/// Why there is no connection.
#[derive(Debug)]
pub enum DialError {
    /// It cannot be tried, for example since the name is none.
    Impossible(quinn::ConnectError),
    /// No process listens on the port.
    Refused,
    /// It was tried.
    Closed(Closed),
}

impl DialError {
    /// Whether our side of TLS refused the other.
    pub fn is_of_tls(&self) -> bool {
        matches!(self, DialError::Closed(closed) if closed.is_ours_of_tls())
    }
}

impl From<DialError> for io::Error {
    fn from(error: DialError) -> io::Error {
        let kind = match &error {
            DialError::Impossible(_) => io::ErrorKind::InvalidInput,
            DialError::Refused => io::ErrorKind::ConnectionRefused,
            DialError::Closed(Closed::TimedOut) => io::ErrorKind::TimedOut,
            DialError::Closed(_) => io::ErrorKind::ConnectionAborted,
        };
        io::Error::new(kind, error)
    }
}

impl From<quinn::ConnectError> for DialError {
    fn from(error: quinn::ConnectError) -> Self {
        DialError::Impossible(error)
    }
}

impl From<Closed> for DialError {
    fn from(closed: Closed) -> Self {
        DialError::Closed(closed)
    }
}

impl std::fmt::Display for DialError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            DialError::Impossible(error) => error.fmt(f),
            DialError::Refused | DialError::Closed(Closed::TimedOut) => {
                f.write_str("nothing answers QUIC there: is HTTP/3 on, and UDP let through?")
            }
            DialError::Closed(closed) if closed.is_about_alpn() => {
                f.write_str("the server speaks QUIC, but not HTTP/3 (ALPN h3)")
            }
            DialError::Closed(closed) if closed.wants_certificate() => {
                TlsError::Alert(AlertDescription::CertificateRequired).fmt(f)
            }
            DialError::Closed(closed) => write!(f, "the QUIC handshake failed: {closed}"),
        }
    }
}

impl std::error::Error for DialError {}

/// Accepts connections.
#[derive(Debug)]
pub struct Listener {
    endpoint: Endpoint,
}

impl Listener {
    /// Listens on a UDP port; 0 takes a free one. The protocols of `tls` are replaced by `h3`.
    ///
    /// # Errors
    /// Those of the system; `InvalidInput` if `tls` does not allow TLS 1.3.
    pub fn bind(
        address: SocketAddr,
        mut tls: rustls::ServerConfig,
        limits: Limits,
    ) -> io::Result<Self> {
        tls.alpn_protocols = vec![ALPN.to_vec()];
        let crypto = QuicServerConfig::try_from(tls).map_err(unfit)?;
        let mut config = ServerConfig::with_crypto(Arc::new(crypto));
        config.transport_config(limits.transport());
        let socket = std::net::UdpSocket::bind(address)?;
        let runtime = Arc::new(quinn::TokioRuntime);
        let endpoint = Endpoint::new(EndpointConfig::default(), Some(config), socket, runtime)?;
        Ok(Listener { endpoint })
    }

    /// The address it listens on.
    ///
    /// # Errors
    /// Those of the system.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.endpoint.local_addr()
    }

    /// Waits for the next attempt to connect. May be dropped at any time without loss. `None` after
    /// [`close`](Self::close).
    pub async fn accept(&self) -> Option<Attempt> {
        self.endpoint.accept().await.map(Attempt)
    }

    /// Closes all connections and accepts no more.
    pub fn close(&self) {
        let code = stream::number(wsspec_core::http3::ErrorCode::NO_ERROR);
        self.endpoint.close(code, &[]);
    }
}

/// An attempt of a client to connect.
#[derive(Debug)]
pub struct Attempt(quinn::Incoming);

impl Attempt {
    /// The address it comes from.
    pub fn peer(&self) -> SocketAddr {
        self.0.remote_address()
    }

    /// Finishes the handshake.
    ///
    /// # Errors
    /// Why there is no connection; `TimedOut` after `patience`.
    pub async fn connect(self, patience: Duration) -> Result<Connection, Closed> {
        let connection = timeout(patience, self.0)
            .await
            .map_err(|_| Closed::TimedOut)??;
        Ok(Connection::new(connection))
    }
}

/// The address from which one connects to `target`.
const fn from(target: IpAddr) -> IpAddr {
    match target {
        IpAddr::V4(address) if address.is_loopback() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(address) if address.is_loopback() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        IpAddr::V4(_) => IpAddr::V4(Ipv4Addr::UNSPECIFIED),
        IpAddr::V6(_) => IpAddr::V6(Ipv6Addr::UNSPECIFIED),
    }
}

fn unfit(error: quinn::crypto::rustls::NoInitialCipherSuite) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, error)
}

#[cfg(test)]
mod tests;
