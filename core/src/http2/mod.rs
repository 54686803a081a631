//! HTTP/2 as a test suite needs it, sans-I/O (RFC 9113, RFC 7541, RFC 8441).
//!
//! Bytes of one connection go in at any chunking, events come out, and the bytes to be written. As
//! everywhere in this crate the reader is strict and the writer can emit anything.
//!
//! | module | purpose |
//! |---|---|
//! | [`connection`] | one connection, either role |
//! | [`error`] | error codes |
//! | [`frame`] | heads of frames, kinds and flags, padding |
//! | [`hpack`] | field blocks |
//! | [`message`] | the rules of field sections |
//! | [`settings`] | names of settings, and the payload of SETTINGS |
//! | [`violation`] | the table of everything that can be wrong |
//! | `witness` | both directions of a connection between two others |

pub mod connection;
pub mod error;
pub mod frame;
mod frames;
pub mod hpack;
pub mod message;
pub mod settings;
pub mod violation;
mod witness;

pub use connection::{Auto, Connection, Event, Options};
pub use error::ErrorCode;
pub use frames::{FrameReader, RawFrame};
pub use violation::{Found, Scope, Violation};
pub use witness::{Seen, Witness};

/// What a client sends before its first frame (RFC 9113 §3.4).
pub const PREFACE: &[u8; 24] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// A name and a value, as they are on the wire.
pub type Field = (Vec<u8>, Vec<u8>);
