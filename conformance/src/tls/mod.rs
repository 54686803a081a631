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

use std::sync::Arc;

use rustls::crypto::CryptoProvider;

pub use authority::Authority;
pub use client::{Authorities, Connector, ServerNameSent, Trust, TrustError};
pub use error::TlsError;
pub use server::Acceptor;

/// The cryptography of both sides.
fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}
