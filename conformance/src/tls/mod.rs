//! TLS: the certificates we present, what we trust, and what went wrong, in the user's words.
//!
//! rustls does the protocol. An [`Authority`] issues what our servers present, with one
//! certificate for each way in which a certificate can be wrong. [`Connector`] and [`Acceptor`] make
//! a [`Stream`](crate::wire::stream::Stream) of a TCP connection.

mod authority;
mod begin;
mod client;
mod error;
mod server;
#[cfg(test)]
mod tests;
mod verifier;

use std::sync::{Arc, LazyLock};

use rustls::crypto::CryptoProvider;
use wsspec_reports::Transport;

pub use authority::Authority;
pub use client::{Authorities, Connector, ServerNameSent, Trust, TrustError};
pub use error::TlsError;
pub use server::Acceptor;

/// The protocols that we choose among by ALPN as a server over this transport, the preferred one first.
pub fn protocols(over: Transport) -> &'static [&'static [u8]] {
    match over {
        Transport::H2 => &[b"h2", b"http/1.1"],
        Transport::H3 => &[b"h3"],
        _ => &[b"http/1.1"],
    }
}

/// The cryptography of both sides.
fn provider() -> Arc<CryptoProvider> {
    static RING: LazyLock<Arc<CryptoProvider>> =
        LazyLock::new(|| Arc::new(rustls::crypto::ring::default_provider()));
    Arc::clone(&RING)
}
