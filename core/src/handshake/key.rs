//! Sec-WebSocket-Key and Sec-WebSocket-Accept (RFC 6455 §4.1, §4.2.2).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha1::{Digest, Sha1};

/// The string that is appended to the key before it is hashed (RFC 6455 §1.3).
pub const GUID: &str = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/// Returns the Sec-WebSocket-Accept value for a key: the base64 of the SHA-1 of the key's *text* as
/// received, followed by the [`GUID`]. The key is not decoded.
///
/// ```
/// use wsspec_core::handshake::accept_for;
/// assert_eq!(accept_for("dGhlIHNhbXBsZSBub25jZQ=="), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
/// ```
pub fn accept_for(key: &str) -> String {
    let mut hashed = [0; KEY + GUID.len()];
    let hash = match hashed.split_first_chunk_mut::<KEY>() {
        Some((front, back)) if key.len() == KEY => {
            front.copy_from_slice(key.as_bytes());
            back.copy_from_slice(GUID.as_bytes());
            Sha1::digest(hashed)
        }
        _ => Sha1::new().chain_update(key).chain_update(GUID).finalize(),
    };
    STANDARD.encode(hash)
}

/// Number of characters in a valid key.
const KEY: usize = 24;

/// Encodes a key from the sixteen bytes that a client chose.
pub fn encode_key(nonce: [u8; 16]) -> String {
    STANDARD.encode(nonce)
}

/// Whether `text` is the base64 of sixteen bytes: 22 characters and `==`.
///
/// The pad bits of the last character may have any value: the sample key of RFC 6455 §1.2 ended in
/// `EC==` before erratum 3150, and still decodes to sixteen bytes.
pub fn is_key(text: impl AsRef<[u8]>) -> bool {
    let Some((digits, b"==")) = text.as_ref().split_last_chunk() else {
        return false;
    };
    digits.len() == 22
        && digits
            .iter()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/'))
}
