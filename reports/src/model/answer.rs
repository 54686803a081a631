//! The answer to a plain opening from a target that is no WebSocket server, or not at this URL.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The answer to a plain opening, where that was not 101.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Answer {
    /// What came.
    pub what: Answered,
    /// The beginning of the body of a response, or of bytes that are no response, made printable; at
    /// most [`Answer::SAID`] bytes were taken. Secrets are masked.
    pub said: String,
    /// What may help.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<Hint>,
}

/// What came in answer to a plain opening.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Answered {
    /// A response of HTTP.
    Refusal {
        /// Its status.
        status: u16,
        /// Its first line, made printable.
        line: String,
    },
    /// Bytes that are no response of HTTP/1.
    NotHttp,
    /// A record of TLS.
    Tls,
    /// A frame of HTTP/2.
    Http2,
    /// The end of the connection, without a byte.
    Ended,
    /// A reset of the connection, without a byte.
    Reset,
    /// Nothing.
    Nothing,
}

/// What may help to reach a WebSocket server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Hint {
    /// It wants credentials.
    Credentials,
    /// It opens a connection for this Origin, which was tried.
    Origin(String),
    /// Another path is needed.
    Path,
    /// Something is missing in the request, such as a subprotocol.
    Subprotocol,
    /// It speaks TLS.
    Tls,
    /// It speaks only HTTP/2.
    Http2,
    /// It redirects to this URL.
    Redirect(String),
    /// It speaks these versions of the protocol.
    Version(String),
    /// It is overloaded, or limits connections.
    Busy,
}

impl Answer {
    /// Most bytes that are quoted of a body, or of an answer that is no response.
    pub const SAID: usize = 160;
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let said = &self.said;
        match &self.what {
            Answered::Refusal { line, .. } => {
                write!(f, "it answers a plain opening with \"{line}\"")?;
                if !said.is_empty() {
                    write!(f, " and \"{said}\"")?;
                }
            }
            Answered::NotHttp => write!(f, "this is no HTTP server; it said: \"{said}\"")?,
            Answered::Tls => f.write_str("it speaks TLS")?,
            Answered::Http2 => f.write_str("it speaks HTTP/2 without being asked")?,
            Answered::Ended => f.write_str("it ends the connection without an answer")?,
            Answered::Reset => f.write_str("it resets the connection without an answer")?,
            Answered::Nothing => f.write_str("it takes connections, but answers nothing")?,
        }
        self.hint.iter().try_for_each(|hint| write!(f, "; {hint}"))
    }
}

impl fmt::Display for Hint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Hint::Credentials => f.write_str(
                "it may want credentials (-H 'Authorization: …', -H 'Cookie: …') or an Origin (--origin)",
            ),
            Hint::Origin(origin) => write!(f, "with --origin {origin} it opens"),
            Hint::Path => f.write_str("check the path of the URL"),
            Hint::Subprotocol => {
                f.write_str("it may want a subprotocol (--subprotocol) or another field (-H)")
            }
            Hint::Tls => f.write_str("its URL begins with wss://"),
            Hint::Http2 => f.write_str("this version speaks HTTP/1.1"),
            Hint::Redirect(to) => write!(f, "it redirects to {to}"),
            Hint::Version(versions) => {
                write!(f, "it speaks version {versions} of the protocol, not 13 alone")
            }
            Hint::Busy => f.write_str("it may be busy, or limit connections (--jobs)"),
        }
    }
}
