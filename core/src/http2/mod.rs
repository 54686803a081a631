//! HTTP/2 as WebSocket needs it (RFC 9113, RFC 7541, RFC 8441): frames, field blocks, settings and
//! windows, sans-I/O.
//!
//! A [`Connection`] is one end. It reads strictly, noting each rule that the other end breaks as a
//! typed [`Violation`] and going on where it can, and writes whatever it is told to, legal or not.
//! Who uses it decides what to do about a violation.

mod connection;
pub mod frame;
mod hpack;
pub mod settings;
mod streams;
mod violation;

pub use connection::{Connection, Event, Manual};
pub use frame::{FrameHead, FrameReader, RawFrame};
pub use hpack::{Decoder, Encoder, UndecodableBlock};
pub use violation::{Found, Scope, Violation, field_violations};

/// A field: name and value, as they are on the wire.
pub type Field = (Vec<u8>, Vec<u8>);

/// Error codes of RFC 9113 §7.
pub mod error {
    #![allow(missing_docs)]

    pub const NO_ERROR: u32 = 0x0;
    pub const PROTOCOL_ERROR: u32 = 0x1;
    pub const INTERNAL_ERROR: u32 = 0x2;
    pub const FLOW_CONTROL_ERROR: u32 = 0x3;
    pub const SETTINGS_TIMEOUT: u32 = 0x4;
    pub const STREAM_CLOSED: u32 = 0x5;
    pub const FRAME_SIZE_ERROR: u32 = 0x6;
    pub const REFUSED_STREAM: u32 = 0x7;
    pub const CANCEL: u32 = 0x8;
    pub const COMPRESSION_ERROR: u32 = 0x9;
    pub const CONNECT_ERROR: u32 = 0xa;
    pub const ENHANCE_YOUR_CALM: u32 = 0xb;
    pub const INADEQUATE_SECURITY: u32 = 0xc;
    pub const HTTP_1_1_REQUIRED: u32 = 0xd;
}
