//! Our side of TLS as a client.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::ClientConfig;
use rustls::client::Resumption;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use wsspec_vectors::Tls;

use super::error::TlsError;
use super::provider;
use super::verifier::Verifier;
use crate::wire::stream::Stream;

/// Whom we trust, and who we are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Trust {
    /// Whose certificates are taken.
    pub authorities: Authorities,
    /// Files (PEM) of our certificate with its chain, and of its key.
    pub identity: Option<(PathBuf, PathBuf)>,
    /// The name to ask for.
    pub sni: ServerNameSent,
}

/// Whose certificates are taken.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Authorities {
    /// Those the system trusts.
    #[default]
    System,
    /// Those in this file (PEM), or the very certificates in it.
    File(PathBuf),
    /// This one.
    This(CertificateDer<'static>),
    /// Anybody's.
    Anyone,
}

/// The server name in a ClientHello (RFC 6066 §3), which the certificate has to be for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum ServerNameSent {
    /// The host of the URL; an address is not sent.
    #[default]
    Host,
    /// This one.
    Name(String),
    /// None is sent; the certificate has to be for the host.
    None,
}

/// Why what the user said of TLS cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum TrustError {
    /// A file cannot be read as PEM.
    File(PathBuf, String),
    /// A file has no certificate in it.
    NoCertificate(PathBuf),
    /// The system has no list of authorities.
    NoAuthorities,
    /// Certificate and key do not fit, or cannot be used.
    Identity(PathBuf, String),
    /// This is no host name.
    Name(String),
    /// rustls does not take it.
    Config(String),
}

impl fmt::Display for TrustError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TrustError::File(path, why) | TrustError::Identity(path, why) => {
                write!(f, "{}: {why}", path.display())
            }
            TrustError::NoCertificate(path) => write!(
                f,
                "{}: no certificate in it; it has to be PEM (BEGIN CERTIFICATE)",
                path.display()
            ),
            TrustError::NoAuthorities => f.write_str(
                "this system has no list of trusted authorities: give one with --cacert FILE",
            ),
            TrustError::Name(name) => write!(f, "--sni {name}: no host name"),
            TrustError::Config(why) => f.write_str(why),
        }
    }
}

impl std::error::Error for TrustError {}

/// Makes TLS of connections to servers.
#[derive(Clone)]
pub struct Connector {
    tls: TlsConnector,
    verifier: Arc<Verifier>,
    name: Option<ServerName<'static>>,
}

impl fmt::Debug for Connector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connector")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

impl Connector {
    /// Trusts whom `trust` says, and offers these protocols by ALPN. Each connection is a full
    /// handshake: none resumes another.
    ///
    /// # Errors
    /// If a file cannot be used, or the system has no authorities.
    pub fn new(trust: &Trust, protocols: &[&[u8]]) -> Result<Connector, TrustError> {
        let verifier = Arc::new(match &trust.authorities {
            Authorities::System => verifier(authorities()?)?,
            Authorities::File(path) => verifier(certificates(path)?)?,
            Authorities::This(root) => verifier(vec![root.clone()])?,
            Authorities::Anyone => Verifier::insecure(),
        });
        let builder = ClientConfig::builder_with_provider(provider())
            .with_safe_default_protocol_versions()
            .map_err(|error| TrustError::Config(error.to_string()))?
            .dangerous()
            .with_custom_certificate_verifier(Arc::clone(&verifier) as _);
        let mut config = match &trust.identity {
            None => builder.with_no_client_auth(),
            Some((certificate, key)) => builder
                .with_client_auth_cert(certificates(certificate)?, private_key(key)?)
                .map_err(|error| TrustError::Identity(certificate.clone(), error.to_string()))?,
        };
        config.resumption = Resumption::disabled();
        config.key_log = Arc::new(rustls::KeyLogFile::new());
        config.alpn_protocols = protocols.iter().map(|name| name.to_vec()).collect();
        config.enable_sni = trust.sni != ServerNameSent::None;
        let name = match &trust.sni {
            ServerNameSent::Name(name) => Some(
                ServerName::try_from(name.clone()).map_err(|_| TrustError::Name(name.clone()))?,
            ),
            ServerNameSent::Host | ServerNameSent::None => None,
        };
        Ok(Connector {
            tls: TlsConnector::from(Arc::new(config)),
            verifier,
            name,
        })
    }

    /// What TLS inside QUIC goes by.
    pub(crate) fn config(&self) -> ClientConfig {
        ClientConfig::clone(self.tls.config())
    }

    #[cfg(test)]
    pub(super) fn verifier(&self) -> &Verifier {
        &self.verifier
    }

    /// Why the last certificate that was refused was, if one was.
    pub(crate) fn refusal(&self) -> Option<TlsError> {
        self.verifier
            .refusal()
            .map(|error| TlsError::of_tls(&error))
    }

    /// The same, which asks as a case wants it, and takes whatever certificate it gets.
    ///
    /// # Errors
    /// If it asks for what is no host name.
    pub(crate) fn asking(&self, tls: &Tls) -> Result<Connector, TrustError> {
        let mut config = ClientConfig::clone(self.tls.config());
        let anyone = Arc::new(Verifier::insecure());
        let dangerous = &mut config.dangerous();
        dangerous.set_certificate_verifier(Arc::clone(&anyone) as _);
        if let Some(offered) = &tls.alpn {
            config.alpn_protocols = offered.iter().map(|name| name.clone().into()).collect();
        }
        if let Some(sni) = &tls.sni {
            config.enable_sni = sni.is_some();
        }
        let name = match tls.sni.clone().flatten() {
            None => self.name.clone(),
            Some(name) => {
                Some(ServerName::try_from(name.clone()).map_err(|_| TrustError::Name(name))?)
            }
        };
        Ok(Connector {
            tls: TlsConnector::from(Arc::new(config)),
            verifier: anyone,
            name,
        })
    }

    /// The same, which offers these protocols by ALPN.
    pub(crate) fn offering(&self, protocols: &[Vec<u8>]) -> Connector {
        let mut config = ClientConfig::clone(self.tls.config());
        config.alpn_protocols = protocols.to_vec();
        Connector {
            tls: TlsConnector::from(Arc::new(config)),
            ..self.clone()
        }
    }

    /// The name that the certificate of `host` has to be for: a name, or an address with or without
    /// brackets.
    ///
    /// # Errors
    /// If it can be none.
    pub(crate) fn name(&self, host: &str) -> io::Result<ServerName<'static>> {
        match &self.name {
            Some(name) => Ok(name.clone()),
            None => ServerName::try_from(host.trim_matches(['[', ']']).to_owned())
                .map_err(|error| io::Error::new(io::ErrorKind::InvalidInput, error)),
        }
    }

    /// The handshake with `host`: a name, or an address with or without brackets.
    ///
    /// # Errors
    /// If it fails; [`TlsError::of`](super::TlsError::of) says why.
    pub async fn connect(&self, stream: TcpStream, host: &str) -> io::Result<Stream> {
        let stream = self.tls.connect(self.name(host)?, stream).await?;
        Ok(tokio_rustls::TlsStream::from(stream).into())
    }
}

fn verifier(roots: Vec<CertificateDer<'static>>) -> Result<Verifier, TrustError> {
    Verifier::new(roots).map_err(|error| TrustError::Config(error.to_string()))
}

/// Those of the system.
fn authorities() -> Result<Vec<CertificateDer<'static>>, TrustError> {
    let found = rustls_native_certs::load_native_certs().certs;
    if found.is_empty() {
        return Err(TrustError::NoAuthorities);
    }
    Ok(found)
}

pub(super) fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, TrustError> {
    let found: Vec<_> = CertificateDer::pem_file_iter(path)
        .and_then(Iterator::collect)
        .map_err(|error| TrustError::File(path.to_owned(), error.to_string()))?;
    if found.is_empty() {
        return Err(TrustError::NoCertificate(path.to_owned()));
    }
    Ok(found)
}

pub(super) fn private_key(path: &Path) -> Result<PrivateKeyDer<'static>, TrustError> {
    PrivateKeyDer::from_pem_file(path)
        .map_err(|error| TrustError::File(path.to_owned(), error.to_string()))
}
