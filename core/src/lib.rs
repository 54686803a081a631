//! The WebSocket protocol as a test suite needs it: a sans-I/O reference parser in which every
//! departure from the RFC is a typed violation.
//!
//! Bytes go in at any chunking; events and bytes come out. There are no sockets, no clock, no
//! randomness of its own and no logging. Every departure from RFC 6455 is a [`Violation`] with the
//! clause it breaks and the byte that proves it. What an endpoint does about a violation is a
//! [`Policy`], whose default is the RFC.
//!
//! | module | purpose |
//! |---|---|
//! | [`violation`] | the table of everything that can be wrong |
//! | [`handshake`] | the opening handshake, request and response |
//! | [`http2`] | HTTP/2: frames, HPACK, windows, and one connection in either role |
//! | [`http3`] | HTTP/3 and QPACK, the engine of one connection in either role |
//! | [`frame`] | headers, masking, the streaming frame decoder, the lenient frame writer |
//! | [`utf8`] | incremental UTF-8 |
//! | [`close`] | close codes and Close bodies |
//! | [`deflate`] | DEFLATE and permessage-deflate: an inflater that finds every fault, and a writer of any stream |
//! | [`message`] | whole messages: frames joined, inflated and checked |
//! | [`observe`] | one reader of everything one side sends: heads, frames, messages, faults, with offsets |
//! | [`policy`] | what an endpoint does about a violation |
//! | [`endpoint`] | a whole connection, either role |
//! | [`dissect`] | any byte stream of a connection as an annotated tree |
//! | [`properties`] | what holds for every input, as functions for property tests and fuzzers |
//! | [`tls`] | what can be read of TLS without a key: ClientHello, alerts |
//! | [`random`] | the deterministic generator of the suite |
//!
//! The readers ([`frame::Decoder`], [`handshake::HeadReader`]) are strict, and the writers
//! ([`frame::FrameWriter`], [`handshake::HeadWriter`]) can emit anything. They share no code, so
//! that neither repairs the other.
#![forbid(unsafe_code)]
#![warn(clippy::missing_errors_doc)]
// Readers shorten the slice they are given by what they used.
#![allow(clippy::mut_mut)]

mod assembly;
pub mod close;
pub mod deflate;
pub mod dissect;
pub mod endpoint;
pub mod frame;
pub mod handshake;
pub mod http2;
pub mod http3;
mod http_tables;
mod impact;
pub mod message;
pub mod observe;
pub mod policy;
pub mod properties;
pub mod random;
pub mod tls;
pub mod utf8;
pub mod violation;
mod wide;

pub use endpoint::{Endpoint, Event};
pub use impact::Impact;
pub use policy::{Policy, Reaction};
pub use violation::{Answer, Clause, Fault, Level, Violation, ViolationSet};

/// One of the two ends of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// Opens the connection and masks its frames.
    Client,
    /// Accepts the connection and does not mask.
    Server,
}

impl Role {
    /// The other end.
    #[must_use]
    pub const fn peer(self) -> Role {
        match self {
            Role::Client => Role::Server,
            Role::Server => Role::Client,
        }
    }

    /// Whether frames sent in this role are masked (RFC 6455 §5.1).
    pub const fn masks(self) -> bool {
        matches!(self, Role::Client)
    }

    /// `client` or `server`.
    pub const fn name(self) -> &'static str {
        match self {
            Role::Client => "client",
            Role::Server => "server",
        }
    }
}
