//! What carries several conversations over one connection: HTTP/2 and HTTP/3.
//!
//! A carrier is sans-I/O. It turns what the exchange does in a conversation, which is a stream, into
//! bytes on a *channel* of the wire: the one TCP connection of HTTP/2, or a QUIC stream of HTTP/3.
//! Bytes of a channel become what came on the streams. It answers what belongs to the connection
//! alone (settings, pings, windows) by itself.

use std::collections::BTreeMap;
use std::fmt;

use wsspec_vectors::{ErrorCode, Over, Signal};

use super::breach::Breach;
use super::{EndOfStream, Field};
use crate::exchange::WireAction;

/// Settings in force, by their number.
pub type SettingsInForce = BTreeMap<u64, u64>;

/// The number of SETTINGS_ENABLE_CONNECT_PROTOCOL (RFC 8441 §3, RFC 9220 §3).
pub const ENABLE_CONNECT_PROTOCOL: u64 = 0x8;

/// The number of SETTINGS_MAX_CONCURRENT_STREAMS of HTTP/2 (RFC 9113 §6.5.2). HTTP/3 reserves it.
pub const MAX_CONCURRENT_STREAMS: u64 = 0x3;

/// The settings of a server that offers extended CONNECT and says nothing else.
pub const OFFER: [(u64, u64); 1] = [(ENABLE_CONNECT_PROTOCOL, 1)];

/// An error code as it is on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ErrorNumber {
    /// HTTP/2 or HTTP/3.
    pub over: Over,
    /// The number.
    pub code: u64,
}

impl ErrorNumber {
    /// The code that the RFC defines.
    pub fn name(self) -> Option<ErrorCode> {
        ErrorCode::of(self.over, self.code)
    }

    /// Whether it says that there is no error.
    pub fn is_none(self) -> bool {
        matches!(self.name(), Some(ErrorCode::NoError | ErrorCode::H3NoError))
    }
}

impl fmt::Display for ErrorNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => name.fmt(f),
            None => write!(f, "error {:#x}", self.code),
        }
    }
}

/// The end of a whole connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Aborted {
    /// The error code, if one was given.
    pub code: Option<ErrorNumber>,
}

/// What came on the stream of a conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Came {
    /// A section of fields; with `end`, nothing follows.
    Fields(Vec<Field>, bool),
    /// Bytes of the WebSocket stream.
    Data(Vec<u8>),
    /// The target wants no more of our direction of it, and may still send.
    Stopped(ErrorNumber),
    /// The end of it.
    End(EndOfStream),
}

/// What a carrier wants done on a channel.
pub type OnChannel = (u32, WireAction);

/// Carries conversations, which are numbered from 1 in the order in which they begin.
pub trait Carrier: fmt::Debug + Send {
    /// Begins the connection: what has to be said before anything else, with these settings.
    fn begin(&mut self, settings: Option<&[(u64, u64)]>) -> Vec<OnChannel>;

    /// Announces settings.
    fn settings(&mut self, settings: &[(u64, u64)]) -> Vec<OnChannel>;

    /// Sends fields, which begin the stream of a server's conversation, or answer that of a client.
    fn fields(&mut self, on: u32, fields: &[Field]) -> Vec<OnChannel>;

    /// Carries out an action on the stream of a conversation.
    fn act(&mut self, on: u32, action: WireAction) -> Vec<OnChannel>;

    /// Pads what is written in this conversation from here on.
    fn pad(&mut self, on: u32, bytes: Option<u8>);

    /// Sends a frame that carries nothing of a WebSocket. `None` if there is no such frame, or no such
    /// stream.
    fn signal(&mut self, _on: u32, _signal: Signal) -> Option<Vec<OnChannel>> {
        None
    }

    /// Takes bytes of a channel; with them, what has to be done in answer. What came is in order, with
    /// the number of its conversation.
    fn receive(&mut self, channel: u32, bytes: &[u8]) -> (Vec<(u32, Came)>, Vec<OnChannel>);

    /// Takes the end of a channel.
    fn ended(&mut self, channel: u32, end: EndOfStream) -> (Vec<(u32, Came)>, Vec<OnChannel>);

    /// Takes what only QUIC has: the target asks for no more on our direction of a channel
    /// (STOP_SENDING).
    fn stopped(&mut self, channel: u32, code: ErrorNumber) -> (Vec<(u32, Came)>, Vec<OnChannel>) {
        let _ = (channel, code);
        (Vec::new(), Vec::new())
    }

    /// Whether everything that was written in a conversation is on its channel.
    fn is_flushed(&self, on: u32) -> bool {
        let _ = on;
        true
    }

    /// Ends the connection in an orderly way.
    fn close(&mut self) -> Vec<OnChannel>;

    /// The settings of the target that are in force, once it has announced any.
    fn in_force(&self) -> Option<&SettingsInForce>;

    /// How the target ended the whole connection, if it has.
    fn aborted(&self) -> Option<Aborted>;

    /// The rules of the carrier itself that the target broke.
    fn breaches(&self) -> &[Breach];

    /// What made everything after it unreadable, if anything did: the connection was given up.
    fn unreadable(&self) -> Option<Breach>;

    /// The conversation whose stream has this identifier.
    fn conversation_of(&self, stream: u64) -> Option<u32>;

    /// The channel on which what is written in a conversation travels.
    fn channel(&self, on: u32) -> u32;
}
