//! Our side of TLS as a server.

use std::io;
use std::path::Path;
use std::sync::Arc;

use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::NoServerSessionStorage;
use tokio::net::TcpStream;
use tokio_rustls::server::StartHandshake;
use tokio_rustls::{LazyConfigAcceptor, TlsAcceptor};
use wsspec_vectors::Certificate;

use super::authority::Authority;
use super::client::{TrustError, certificates, private_key};
use super::provider;
use crate::wire::stream::Stream;

/// Makes TLS of connections to us.
#[derive(Clone)]
pub struct Acceptor(TlsAcceptor);

impl Acceptor {
    /// Presents a certificate of this kind, and chooses among these protocols by ALPN. Each
    /// connection is a full handshake, and no early data is taken.
    ///
    /// # Errors
    /// If the certificate cannot be issued.
    pub fn new(
        authority: &Authority,
        certificate: Certificate,
        protocols: &[&[u8]],
    ) -> io::Result<Acceptor> {
        let (chain, key) = authority.issue(certificate).map_err(io::Error::other)?;
        Acceptor::of(chain, key, protocols).map_err(io::Error::other)
    }

    /// Presents the certificate in this file (PEM, with its chain), whose key is in the other.
    ///
    /// # Errors
    /// If a file cannot be read, or the two do not fit.
    pub fn presenting(
        certificate: &Path,
        key: &Path,
        protocols: &[&[u8]],
    ) -> Result<Acceptor, TrustError> {
        Acceptor::of(certificates(certificate)?, private_key(key)?, protocols)
            .map_err(|error| TrustError::Identity(certificate.to_owned(), error.to_string()))
    }

    fn of(
        chain: Vec<CertificateDer<'static>>,
        key: PrivateKeyDer<'static>,
        protocols: &[&[u8]],
    ) -> Result<Acceptor, rustls::Error> {
        let mut config = rustls::ServerConfig::builder_with_provider(provider())
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(chain, key)?;
        config.session_storage = Arc::new(NoServerSessionStorage {});
        config.send_tls13_tickets = 0;
        config.key_log = Arc::new(rustls::KeyLogFile::new());
        config.alpn_protocols = protocols.iter().map(|name| name.to_vec()).collect();
        Ok(Acceptor(TlsAcceptor::from(Arc::new(config))))
    }

    /// What TLS inside QUIC goes by.
    pub(crate) fn config(&self) -> rustls::ServerConfig {
        rustls::ServerConfig::clone(self.0.config())
    }

    /// The handshake of a connection.
    ///
    /// # Errors
    /// If it fails; the alert that says why is sent then, or has come.
    pub async fn accept(&self, stream: TcpStream) -> io::Result<Stream> {
        let stream = self.0.accept(stream).await?;
        Ok(tokio_rustls::TlsStream::from(stream).into())
    }
}

/// A handshake of which the client's first message has come.
pub(crate) struct Hello {
    start: StartHandshake<TcpStream>,
    config: Arc<rustls::ServerConfig>,
}

impl Acceptor {
    /// Waits for the first message of a handshake.
    ///
    /// # Errors
    /// If it is none.
    pub(crate) async fn hello(&self, stream: TcpStream) -> io::Result<Hello> {
        let start = LazyConfigAcceptor::new(rustls::server::Acceptor::default(), stream).await?;
        Ok(Hello {
            start,
            config: Arc::clone(self.0.config()),
        })
    }
}

impl Hello {
    /// The protocols that the client offers by ALPN, the dearest first.
    pub(crate) fn offered(&self) -> Vec<Vec<u8>> {
        let hello = self.start.client_hello();
        let offered = hello.alpn().into_iter().flatten();
        offered.map(<[u8]>::to_vec).collect()
    }

    /// Goes on with the handshake, and chooses this protocol.
    ///
    /// # Errors
    /// If it fails.
    pub(crate) async fn answer(self, protocol: Option<Vec<u8>>) -> io::Result<Stream> {
        let mut config = rustls::ServerConfig::clone(&self.config);
        config.alpn_protocols = protocol.into_iter().collect();
        let stream = self.start.into_stream(Arc::new(config)).await?;
        Ok(tokio_rustls::TlsStream::from(stream).into())
    }
}

impl std::fmt::Debug for Acceptor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Acceptor")
    }
}
