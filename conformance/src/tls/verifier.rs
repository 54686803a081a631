//! What decides whether a server is trusted.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{
    CertificateError, DigitallySignedStruct, Error, OtherError, RootCertStore, SignatureScheme,
};
use webpki::EndEntityCert;

use super::error::IsSelfSigned;
use super::provider;

/// Verifies as rustls does, knows of certificates that are their own issuer, and remembers what it
/// last trusted, and why it last refused.
#[derive(Debug)]
pub(super) struct Verifier {
    trusted: Trusted,
    verified: Mutex<Option<Presented>>,
    refused: Mutex<Option<Error>>,
}

/// What a server presented, and for which name. A run has thousands of connections to one server:
/// the signatures of a chain are verified once, those of the handshakes each time.
#[derive(Debug, PartialEq, Eq)]
struct Presented {
    chain: Vec<CertificateDer<'static>>,
    name: ServerName<'static>,
}

impl Presented {
    fn new(own: &CertificateDer<'_>, above: &[CertificateDer<'_>], name: &ServerName<'_>) -> Self {
        let chain = std::iter::once(own).chain(above);
        Presented {
            chain: chain.map(|part| part.clone().into_owned()).collect(),
            name: name.to_owned(),
        }
    }
}

#[derive(Debug)]
enum Trusted {
    /// These authorities, and these certificates themselves: what is given with `--cacert`
    /// may be the server's own self-signed certificate, which webpki takes for no server's if it is
    /// marked as an authority.
    Roots(Arc<WebPkiServerVerifier>, Vec<CertificateDer<'static>>),
    /// Everybody.
    Everybody,
}

impl Verifier {
    pub(super) fn new(
        roots: Vec<CertificateDer<'static>>,
    ) -> Result<Verifier, rustls::server::VerifierBuilderError> {
        let mut store = RootCertStore::empty();
        store.add_parsable_certificates(roots.iter().cloned());
        let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(store), provider());
        Ok(Trusted::Roots(verifier.build()?, roots).into())
    }

    /// Takes any certificate.
    pub(super) fn insecure() -> Verifier {
        Trusted::Everybody.into()
    }

    /// Why the last certificate that was refused was, if one was.
    pub(super) fn refusal(&self) -> Option<Error> {
        locked(&self.refused).clone()
    }
}

fn locked<T>(memory: &Mutex<T>) -> MutexGuard<'_, T> {
    memory.lock().unwrap_or_else(PoisonError::into_inner)
}

impl From<Trusted> for Verifier {
    fn from(trusted: Trusted) -> Verifier {
        Verifier {
            trusted,
            verified: Mutex::default(),
            refused: Mutex::default(),
        }
    }
}

/// What rustls says of a certificate, and more of one that it does not trust: it may be a root itself,
/// or its own issuer.
fn explained(
    verified: Result<ServerCertVerified, Error>,
    own: &CertificateDer<'_>,
    name: &ServerName<'_>,
    roots: &[CertificateDer<'_>],
) -> Result<ServerCertVerified, Error> {
    let Err(Error::InvalidCertificate(
        CertificateError::UnknownIssuer | CertificateError::Other(_),
    )) = &verified
    else {
        return verified;
    };
    let Ok(parsed) = EndEntityCert::try_from(own) else {
        return verified;
    };
    if roots.iter().any(|root| root == own) {
        return match parsed.verify_is_valid_for_subject_name(name) {
            Ok(()) => Ok(ServerCertVerified::assertion()),
            Err(_) => Err(CertificateError::NotValidForName.into()),
        };
    }
    if parsed.issuer() == parsed.subject() {
        return Err(CertificateError::Other(OtherError(Arc::new(IsSelfSigned))).into());
    }
    verified
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        own: &CertificateDer<'_>,
        chain: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let Trusted::Roots(verifier, roots) = &self.trusted else {
            return Ok(ServerCertVerified::assertion());
        };
        let presented = Some(Presented::new(own, chain, name));
        if *locked(&self.verified) == presented {
            return Ok(ServerCertVerified::assertion());
        }
        let verified = verifier.verify_server_cert(own, chain, name, ocsp, now);
        let verified = explained(verified, own, name, roots);
        match &verified {
            Ok(_) => *locked(&self.verified) = presented,
            Err(error) => *locked(&self.refused) = Some(error.clone()),
        }
        verified
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = provider().signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signed, &algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = provider().signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signed, &algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        provider()
            .signature_verification_algorithms
            .supported_schemes()
    }
}
