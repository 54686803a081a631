//! Records that TLS 1.3 protects (RFC 8446 §5.2), opened. Ring does the cryptography.

use ring::aead::{self, Aad, LessSafeKey, Nonce, UnboundKey};
use ring::hkdf::{self, KeyType, Prk};
use wsspec_core::tls::RECORD_HEAD;

/// A cipher suite of TLS 1.3.
#[derive(Debug, Clone, Copy)]
pub(super) struct Suite {
    cipher: &'static aead::Algorithm,
    hash: hkdf::Algorithm,
}

impl Suite {
    /// The suite of a number (RFC 8446 §B.4).
    pub(super) fn of(number: u16) -> Option<Suite> {
        let (cipher, hash) = match number {
            0x1301 => (&aead::AES_128_GCM, hkdf::HKDF_SHA256),
            0x1302 => (&aead::AES_256_GCM, hkdf::HKDF_SHA384),
            0x1303 => (&aead::CHACHA20_POLY1305, hkdf::HKDF_SHA256),
            _ => return None,
        };
        Some(Suite { cipher, hash })
    }
}

/// Opens the records of one side.
#[derive(Debug)]
pub(super) struct Opener {
    suite: Suite,
    secret: Vec<u8>,
    key: LessSafeKey,
    iv: [u8; aead::NONCE_LEN],
    sequence: u64,
}

/// The number of bytes that HKDF is to make.
#[derive(Debug, Clone, Copy)]
struct Length(usize);

impl KeyType for Length {
    fn len(&self) -> usize {
        self.0
    }
}

impl Opener {
    /// Opens what is under this traffic secret; `None` if it is none of the suite.
    pub(super) fn new(suite: Suite, secret: Vec<u8>) -> Option<Opener> {
        let length = suite.hash.hmac_algorithm().digest_algorithm().output_len();
        if secret.len() != length {
            return None;
        }
        let key = expand(suite, &secret, "key", suite.cipher.key_len())?;
        let iv = expand(suite, &secret, "iv", aead::NONCE_LEN)?;
        Some(Opener {
            suite,
            key: LessSafeKey::new(UnboundKey::new(suite.cipher, &key).ok()?),
            iv: iv.try_into().ok()?,
            secret,
            sequence: 0,
        })
    }

    /// Opens a record: its type and content. `None` if it is not under this key.
    pub(super) fn open(&mut self, record: &[u8]) -> Option<(u8, Vec<u8>)> {
        let (header, protected) = record.split_at(RECORD_HEAD);
        let mut nonce = self.iv;
        for (byte, number) in nonce[4..].iter_mut().zip(self.sequence.to_be_bytes()) {
            *byte ^= number;
        }
        let mut content = protected.to_vec();
        let nonce = Nonce::assume_unique_for_key(nonce);
        let opened = self
            .key
            .open_in_place(nonce, Aad::from(header), &mut content);
        let length = opened.ok()?.len();
        self.sequence += 1;
        // Zeros follow the type.
        let end = content[..length].iter().rposition(|byte| *byte != 0)?;
        let kind = content[end];
        content.truncate(end);
        Some((kind, content))
    }

    /// Goes on with the next secret (RFC 8446 §7.2).
    pub(super) fn update(&self) -> Option<Opener> {
        let next = expand(self.suite, &self.secret, "traffic upd", self.secret.len())?;
        Opener::new(self.suite, next)
    }
}

/// HKDF-Expand-Label without a context (RFC 8446 §7.1).
fn expand(suite: Suite, secret: &[u8], label: &str, length: usize) -> Option<Vec<u8>> {
    let name = format!("tls13 {label}");
    let info = [
        &u16::try_from(length).ok()?.to_be_bytes()[..],
        &[u8::try_from(name.len()).ok()?],
        name.as_bytes(),
        &[0],
    ];
    let mut made = vec![0; length];
    let prk = Prk::new_less_safe(suite.hash, secret);
    let expanded = prk.expand(&info, Length(length)).ok()?;
    expanded.fill(&mut made).ok()?;
    Some(made)
}
