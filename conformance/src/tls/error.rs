//! Why TLS with a server failed, and what the user can do.

use std::error::Error;
use std::fmt;
use std::io;

use rustls::CertificateError;

/// Why there is no TLS with a server.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum TlsError {
    /// The certificate is signed with its own key, and not trusted.
    SelfSigned,
    /// No trusted authority issued the certificate, or an intermediate one is missing.
    UnknownAuthority,
    /// The certificate has expired.
    Expired,
    /// The certificate is not valid yet.
    NotYetValid,
    /// The certificate is for other names: these.
    WrongName(Vec<String>),
    /// The certificate is wrong in another way.
    Certificate(CertificateError),
    /// The server answers, but not with TLS.
    NotTls,
    /// The server ended the connection during the handshake.
    Ended,
    /// The server does not answer.
    Silent,
    /// The server refused, with this alert.
    Alert(rustls::AlertDescription),
    /// Another error of TLS.
    Protocol(rustls::Error),
}

impl fmt::Display for TlsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const TRUST: &str = "trust it with --cacert FILE, or skip the check with --insecure";
        const SKIP: &str = "skip the check with --insecure";
        match self {
            TlsError::SelfSigned => write!(f, "the certificate is self-signed: {TRUST}"),
            TlsError::UnknownAuthority => write!(
                f,
                "no trusted authority issued the certificate, or an intermediate one is missing: \
                 name the authority with --cacert FILE, or {SKIP}"
            ),
            TlsError::Expired => write!(f, "the certificate has expired: renew it, or {SKIP}"),
            TlsError::NotYetValid => write!(
                f,
                "the certificate is not valid yet: check the clock, or {SKIP}"
            ),
            TlsError::WrongName(names) if names.is_empty() => write!(
                f,
                "the certificate is for another host: name it with --sni NAME, or {SKIP}"
            ),
            TlsError::WrongName(names) => write!(
                f,
                "the certificate is for {}: name the host with --sni NAME, or {SKIP}",
                names.join(", ")
            ),
            TlsError::Certificate(error) => {
                write!(f, "the certificate is invalid ({error}); {SKIP}")
            }
            TlsError::NotTls => f.write_str("the server does not speak TLS there: try ws://"),
            TlsError::Ended => {
                f.write_str("the server ended the connection during the TLS handshake")
            }
            TlsError::Silent => f.write_str("no answer to the TLS handshake"),
            TlsError::Alert(rustls::AlertDescription::CertificateRequired) => f.write_str(
                "the server asks for a client certificate: give one with --cert FILE and --key FILE",
            ),
            TlsError::Alert(alert) => {
                write!(f, "the server refused the TLS handshake ({alert:?})")
            }
            TlsError::Protocol(error) => write!(f, "the TLS handshake failed: {error}"),
        }
    }
}

impl Error for TlsError {}

/// The certificate is signed with its own key: rustls knows only that its issuer is unknown.
#[derive(Debug, Clone, Copy)]
pub(super) struct IsSelfSigned;

impl fmt::Display for IsSelfSigned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("self-signed certificate")
    }
}

impl Error for IsSelfSigned {}

/// A name as people write it: rustls gives `DnsName("localhost")`.
fn plain(name: &str) -> String {
    let inner = name.split_once('(').map_or(name, |(_, inner)| inner);
    inner.trim_end_matches(')').trim_matches('"').to_owned()
}

impl TlsError {
    /// The error of TLS in one of reading or writing; `None` if it is of the system.
    pub fn of(error: &io::Error) -> Option<TlsError> {
        if error.kind() == io::ErrorKind::UnexpectedEof {
            return Some(TlsError::Ended);
        }
        let error = error.get_ref()?.downcast_ref::<rustls::Error>()?;
        Some(TlsError::of_tls(error))
    }

    /// That of rustls.
    pub(super) fn of_tls(error: &rustls::Error) -> TlsError {
        match error {
            rustls::Error::InvalidCertificate(error) => TlsError::of_certificate(error),
            rustls::Error::InvalidMessage(_) => TlsError::NotTls,
            rustls::Error::AlertReceived(alert) => TlsError::Alert(*alert),
            other => TlsError::Protocol(other.clone()),
        }
    }

    fn of_certificate(error: &CertificateError) -> TlsError {
        match error {
            CertificateError::UnknownIssuer => TlsError::UnknownAuthority,
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
                TlsError::Expired
            }
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
                TlsError::NotYetValid
            }
            CertificateError::NotValidForName => TlsError::WrongName(Vec::new()),
            CertificateError::NotValidForNameContext { presented, .. } => {
                TlsError::WrongName(presented.iter().map(|name| plain(name)).collect())
            }
            CertificateError::Other(other) if other.0.is::<IsSelfSigned>() => TlsError::SelfSigned,
            other => TlsError::Certificate(other.clone()),
        }
    }
}
