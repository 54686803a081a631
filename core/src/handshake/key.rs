//! Sec-WebSocket-Key and Sec-WebSocket-Accept (RFC 6455 §4.1, §4.2.2).

use base64::Engine as _;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, STANDARD};
use sha1::{Digest, Sha1};

/// The string that is appended to the key before it is hashed (RFC 6455 §1.3).
pub const GUID: &str = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/// Standard alphabet and padding, pad bits of any value: the sample key of RFC 6455 §1.2 ended `EC==`
/// before erratum 3150, and still stands for sixteen bytes.
const LOOSE: GeneralPurpose =
    GeneralPurpose::new(&base64::alphabet::STANDARD, GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true));

/// The right Sec-WebSocket-Accept for a key: base64 of the SHA-1 of the key's *text*, as received, and the
/// [`GUID`]. The key is not decoded.
///
/// ```
/// use wsspec_core::handshake::accept_for;
/// assert_eq!(accept_for("dGhlIHNhbXBsZSBub25jZQ=="), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
/// ```
pub fn accept_for(key: &str) -> String {
    STANDARD.encode(Sha1::new().chain_update(key).chain_update(GUID).finalize())
}

/// The key for sixteen bytes chosen by the client.
pub fn encode_key(nonce: [u8; 16]) -> String {
    STANDARD.encode(nonce)
}

/// Whether `text` is the base64 of sixteen bytes.
pub fn is_key(text: impl AsRef<[u8]>) -> bool {
    let mut nonce = [0; 18];
    text.as_ref().len() == 24 && LOOSE.decode_slice(text, &mut nonce) == Ok(16)
}
