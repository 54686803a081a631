//! HTTP/3 as a test suite needs it, sans-I/O (RFC 9114, RFC 9204, RFC 9220).
//!
//! Bytes of QUIC streams go in at any chunking, events come out, and what is to be written on which
//! stream. Streams have the numbers of QUIC (RFC 9000 §2.1), so all of it runs without QUIC as well.
//! As everywhere in this crate the reader is strict and the writer can emit anything.
//!
//! | module | purpose |
//! |---|---|
//! | [`connection`] | one connection, either role |
//! | [`varint`] | the integers of QUIC |
//! | [`error`] | error codes |
//! | [`frame`] | frames of one stream |
//! | [`parts`] | the bytes of a stream, cut into frames whatever they mean |
//! | [`message`] | the rules of field sections |
//! | [`settings`] | names of settings, and the payload of SETTINGS |
//! | [`qpack`] | field sections, without a dynamic table |
//! | [`violation`] | the table of everything that can be wrong |

pub mod connection;
pub mod error;
pub mod frame;
pub mod message;
pub mod parts;
pub mod qpack;
pub mod settings;
pub mod varint;
pub mod violation;

pub use connection::{Connection, Event, Options, Output};
pub use error::ErrorCode;
pub use parts::{Part, PartReader};
pub use violation::{Found, Scope, Violation};

/// A name and a value, as they are on the wire.
pub type Field = (Vec<u8>, Vec<u8>);
