//! How HTTP opens a conversation: RFC 6455's upgrade of HTTP/1.1, and extended CONNECT of HTTP/2
//! (RFC 8441) and HTTP/3 (RFC 9220).
//!
//! A [`Binding`] is one conversation's way through HTTP, sans-I/O. [`Command`]s of the exchange go in
//! and come out as [`Output`]s; bytes and fields go in and come out as [`Input`]s for the exchange.
//! Over HTTP/1.1 each conversation has a connection of its own, whose bytes these are. Over HTTP/2
//! and HTTP/3 it is a stream, and a [`Carrier`] stands between the conversations and the wire. So the
//! exchange knows no status line, no stream number and no transport, and a wire knows no HTTP.

pub mod breach;
pub mod carrier;
pub mod connect;
mod fields;
pub mod http1;
pub mod http2;
pub mod http3;
pub(crate) mod names;
mod offer;
mod ordinary;
mod streams;

use std::fmt;

use wsspec_core::Violation;
use wsspec_core::deflate::negotiation::Parameters;
use wsspec_core::dissect::printable;
use wsspec_core::handshake::Extension;
use wsspec_core::violation::Fault;
use wsspec_vectors::{Head, Settings};

use crate::exchange::Setup;

pub use breach::{Breach, CarrierRule};
pub use carrier::{Carrier, ErrorNumber};
pub(crate) use connect::readable;
pub(crate) use offer::Offer;

/// A field: name and value, as they are on the wire.
pub type Field = (Vec<u8>, Vec<u8>);

/// How the target ended its direction of a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EndOfStream {
    /// In an orderly way: FIN over TCP, close_notify over TLS.
    Finished,
    /// By the end of TCP below TLS, without close_notify: an attacker may have cut the stream (RFC
    /// 8446 §6.1).
    Truncated,
    /// By a reset of the connection.
    Reset,
    /// By a reset of the stream alone, with this error code: `RST_STREAM` or `RESET_STREAM`.
    Cancelled(ErrorNumber),
    /// With the whole connection that carried the stream, and this error code if one was given.
    Aborted(Option<ErrorNumber>),
}

impl EndOfStream {
    /// A word for it in the keys of reasons.
    pub(crate) fn key(self) -> &'static str {
        match self {
            EndOfStream::Finished => "finished",
            EndOfStream::Truncated => "truncated",
            EndOfStream::Reset => "reset",
            EndOfStream::Cancelled(_) => "cancelled",
            EndOfStream::Aborted(_) => "aborted",
        }
    }
}

impl fmt::Display for EndOfStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            EndOfStream::Finished => f.write_str("the target ended the connection"),
            EndOfStream::Truncated => f.write_str("the target ended TCP without close_notify"),
            EndOfStream::Reset => f.write_str("the target reset the connection"),
            EndOfStream::Cancelled(code) => write!(f, "the target reset the stream ({code})"),
            EndOfStream::Aborted(Some(code)) => {
                write!(f, "the target ended the whole connection ({code})")
            }
            EndOfStream::Aborted(None) => f.write_str("the target ended the whole connection"),
        }
    }
}

/// What the exchange wants done.
#[derive(Debug)]
pub enum Command<'a> {
    /// Send the opening request.
    Open(&'a Head),
    /// Answer the opening request.
    Accept(&'a Head),
    /// Send these bytes of the WebSocket stream.
    Data(Vec<u8>),
    /// Announce these settings.
    Settings(&'a Settings),
    /// End our direction of the stream.
    Finish,
    /// Reset the stream.
    Reset,
}

/// What the wire has to do, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Output {
    /// Write these bytes: of the connection, or of the stream.
    Write(Vec<u8>),
    /// Send these fields, which open the stream or answer that.
    Fields(Vec<Field>),
    /// Announce these settings: number and value.
    Settings(Vec<(u64, u64)>),
    /// End our direction of the connection.
    Finish,
    /// Reset the connection.
    Reset,
}

/// What the target did.
#[derive(Debug)]
pub enum Input {
    /// An interim response came; the final one follows (RFC 9110 §15.2).
    Interim,
    /// The head is complete.
    Head(Box<ReceivedHead>),
    /// The head can never become one.
    Broken(Fault),
    /// Bytes of the WebSocket stream.
    Data(Vec<u8>),
    /// The client began its next HTTP request on the same connection: this conversation is over.
    NextRequest,
}

/// A command that this binding has no bytes for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotInThisBinding;

/// The status of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    /// The number.
    pub code: u16,
    /// The reason phrase, where the protocol has one.
    pub phrase: String,
    /// Whether it opens the conversation: 101 of HTTP/1.1, any 2xx of an extended CONNECT.
    pub opens: bool,
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = format!("{} {}", self.code, printable(self.phrase.as_bytes()));
        f.write_str(text.trim_end())
    }
}

/// What a request asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestLine {
    /// `GET`, `CONNECT` …
    pub method: String,
    /// The request target.
    pub target: String,
    /// The version of HTTP, such as `HTTP/1.1`.
    pub version: String,
}

impl fmt::Display for RequestLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.method, self.target, self.version)
    }
}

/// What a head is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HeadKind {
    /// The answer to our request.
    Answer(Status),
    /// The request of a client.
    Request(RequestLine),
}

/// The head that the target sent, in parts.
#[derive(Debug, Clone)]
pub struct ReceivedHead {
    /// Request or answer.
    pub kind: HeadKind,
    /// Its fields, in order.
    pub fields: Vec<(String, Vec<u8>)>,
    /// The rules it breaks, as an answer to what was asked or as a request.
    pub violations: Vec<Violation>,
    /// Those of them that are the target's own doing, whatever the case is about, with their place
    /// in its stream.
    pub faults: Vec<Fault>,
    /// The terms of permessage-deflate that an answer agrees to.
    pub terms: Option<Parameters>,
    /// The extensions that a request offers.
    pub offers: Vec<Extension>,
    /// The Sec-WebSocket-Key of a request, or of the one that was answered; empty where it has none.
    pub key: String,
    /// Whether frames of RFC 6455 follow. An upgrade to another protocol promises none (RFC 9110
    /// §7.8).
    pub frames_follow: bool,
    /// Bytes of the stream up to its end.
    pub end: u64,
    /// The names of its fields are compared as they are: over HTTP/2 and HTTP/3 they have to be in lower
    /// case.
    pub exact_names: bool,
}

impl ReceivedHead {
    /// The status of an answer.
    pub fn status(&self) -> Option<&Status> {
        match &self.kind {
            HeadKind::Answer(status) => Some(status),
            HeadKind::Request(_) => None,
        }
    }

    /// The request line of a request.
    pub fn request_line(&self) -> Option<&RequestLine> {
        match &self.kind {
            HeadKind::Answer(_) => None,
            HeadKind::Request(line) => Some(line),
        }
    }

    /// Whether the target's part of the opening is done: it answered yes, or it asked.
    pub fn opens(&self) -> bool {
        self.status().is_none_or(|status| status.opens)
    }

    /// The lines of a field of WebSocket, whose name is spelt as in HTTP/1.1.
    pub fn field_of<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a [u8]> + 'a {
        self.fields
            .iter()
            .filter(move |(found, _)| found.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_slice())
    }

    /// The lines of a field.
    pub fn field<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a [u8]> + 'a {
        self.fields
            .iter()
            .filter(move |(found, _)| {
                if self.exact_names {
                    found == name
                } else {
                    found.eq_ignore_ascii_case(name)
                }
            })
            .map(|(_, value)| value.as_slice())
    }
}

/// What our answer to a client came to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Accepted {
    /// It is complete and says yes, whatever else may be wrong with it: frames can follow.
    pub opened: bool,
    /// The terms of permessage-deflate that it agrees to.
    pub terms: Option<Parameters>,
}

/// One conversation's way through HTTP.
pub trait Binding: fmt::Debug + Send {
    /// Turns a command into what the wire has to do.
    ///
    /// # Errors
    /// If this binding has no bytes for it: settings over HTTP/1.1.
    fn send(
        &mut self,
        command: Command<'_>,
        setup: &Setup,
    ) -> Result<Vec<Output>, NotInThisBinding>;

    /// Takes bytes that came: of the connection, or of the stream.
    fn receive(&mut self, bytes: &[u8]) -> Vec<Input>;

    /// Takes a section of fields that came on the stream; with `end`, nothing follows. Over HTTP/1.1
    /// there is none.
    fn fields(&mut self, fields: Vec<Field>, end: bool) -> Vec<Input> {
        let _ = (fields, end);
        Vec::new()
    }

    /// What our answer came to; the default before there is one.
    fn accepted(&self) -> Accepted;

    /// Whether the client began a request, complete or not. Bytes that are no text, such as a TLS
    /// hello, are none.
    fn began_asking(&self) -> bool;

    /// What the names in braces of a demanded value stand for in this conversation.
    fn fill(&self, text: &str, setup: &Setup) -> String;

    /// Takes the beginning of the client's next request on the same connection, if there is one.
    fn take_next_request(&mut self) -> Option<Vec<u8>>;
}
