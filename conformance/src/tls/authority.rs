//! An authority that lives as long as the process, and what it issues.

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, date_time_ymd,
};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use wsspec_vectors::Certificate;

use super::client::{Authorities, Trust};

/// Names of every right certificate. The domain `test` is reserved (RFC 6761 §6.2).
const NAMES: [&str; 5] = [
    "localhost",
    "127.0.0.1",
    "::1",
    "wsspec.test",
    "*.wsspec.test",
];

/// The name of the certificate for another host.
const ANOTHER: &str = "another-host.example";

/// A validity period: first days of years. All are below 2050, where the encoding of times changes
/// (RFC 5280 §4.1.2.5).
type Period = [i32; 2];
const VALID: Period = [2020, 2049];
const PAST: Period = [2020, 2021];
const FUTURE: Period = [2048, 2049];

/// A root, an intermediate authority below it, and a root that no client trusts.
#[derive(Debug)]
pub struct Authority {
    names: Vec<String>,
    root: rcgen::Certificate,
    intermediate: CertificateDer<'static>,
    issuer: Issuer<'static, KeyPair>,
    stranger: Issuer<'static, KeyPair>,
}

/// What a server presents: certificates, its own first, and the key of that.
pub(super) type Chain = (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>);

impl Authority {
    /// An authority whose certificates are for loopback, for `*.wsspec.test`, and for these host
    /// names and addresses.
    ///
    /// # Errors
    /// If one of `names` can be no name in a certificate.
    pub fn new(names: &[String]) -> Result<Authority, rcgen::Error> {
        let params = authority("wsspec test authority", BasicConstraints::Unconstrained);
        let key = KeyPair::generate()?;
        let root = params.self_signed(&key)?;
        let above = Issuer::new(params, key);
        let params = authority(
            "wsspec intermediate authority",
            BasicConstraints::Constrained(0),
        );
        let key = KeyPair::generate()?;
        let authority = Authority {
            names: NAMES
                .map(str::to_owned)
                .into_iter()
                .chain(names.iter().cloned())
                .collect(),
            root,
            intermediate: params.signed_by(&key, &above)?.der().clone(),
            issuer: Issuer::new(params, key),
            stranger: Issuer::new(
                self::authority(
                    "an authority that no client trusts",
                    BasicConstraints::Unconstrained,
                ),
                KeyPair::generate()?,
            ),
        };
        authority.issue(Certificate::Valid)?;
        Ok(authority)
    }

    /// The certificate of the root, for a client that is to trust it.
    pub fn pem(&self) -> String {
        self.root.pem()
    }

    /// What a client of ours has to trust.
    pub fn trust(&self) -> Trust {
        Trust {
            authorities: Authorities::This(self.root.der().clone()),
            ..Trust::default()
        }
    }

    /// A fresh certificate that is right, or wrong in this way.
    ///
    /// # Errors
    /// If a name of the authority can be no name in a certificate.
    pub(super) fn issue(&self, kind: Certificate) -> Result<Chain, rcgen::Error> {
        let names = match kind {
            Certificate::WrongName => vec![ANOTHER.to_owned()],
            _ => self.names.clone(),
        };
        let [from, to] = match kind {
            Certificate::Expired => PAST,
            Certificate::NotYetValid => FUTURE,
            _ => VALID,
        };
        let mut params = CertificateParams::new(names)?;
        params.not_before = date_time_ymd(from, 1, 1);
        params.not_after = date_time_ymd(to, 1, 1);
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.use_authority_key_identifier_extension = true;
        params
            .distinguished_name
            .push(DnType::CommonName, "wsspec test server");
        let key = KeyPair::generate()?;
        let own = match kind {
            Certificate::SelfSigned => params.self_signed(&key)?,
            Certificate::UnknownAuthority => params.signed_by(&key, &self.stranger)?,
            _ => params.signed_by(&key, &self.issuer)?,
        };
        let mut chain = vec![own.der().clone()];
        if sends_intermediate(kind) {
            chain.push(self.intermediate.clone());
        }
        let key = PrivatePkcs8KeyDer::from(key.serialize_der());
        Ok((chain, PrivateKeyDer::Pkcs8(key)))
    }
}

/// Whether the intermediate authority issued it and is presented with it.
fn sends_intermediate(kind: Certificate) -> bool {
    !matches!(
        kind,
        Certificate::SelfSigned | Certificate::UnknownAuthority | Certificate::IncompleteChain
    )
}

/// The certificate of an authority of this name. What it has is what the strict checks of Python
/// 3.13 and OpenSSL ask for (RFC 5280 §4.2.1).
fn authority(name: &str, constraints: BasicConstraints) -> CertificateParams {
    let mut params = CertificateParams::default();
    let [from, to] = VALID;
    params.not_before = date_time_ymd(from, 1, 1);
    params.not_after = date_time_ymd(to, 1, 1);
    params.is_ca = IsCa::Ca(constraints);
    params.key_usages = vec![
        KeyUsagePurpose::DigitalSignature,
        KeyUsagePurpose::KeyCertSign,
        KeyUsagePurpose::CrlSign,
    ];
    params.use_authority_key_identifier_extension = true;
    params.distinguished_name.push(DnType::CommonName, name);
    params
}
