//! How a QUIC connection ends.

use std::fmt;

use quinn::ConnectionError;
use wsspec_core::http3::ErrorCode;

/// Errors of QUIC that are alerts of TLS (RFC 9001 §4.8).
const ALERTS: std::ops::Range<u64> = 0x100..0x200;

/// The alert `no_application_protocol` (RFC 7301 §3.2).
const NO_APPLICATION_PROTOCOL: u64 = ALERTS.start + 120;

/// The alert `certificate_required` (RFC 8446 §6.2).
const CERTIFICATE_REQUIRED: u64 = ALERTS.start + 116;

/// Why a connection is over, or never began.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Closed {
    /// The peer closed it with a code of HTTP/3.
    ByPeer {
        /// The code.
        code: ErrorCode,
        /// The reason phrase, at most one datagram long.
        reason: Vec<u8>,
    },
    /// The peer closed it with a code of QUIC (RFC 9000 §20.1); from 0x100 on a TLS alert.
    ByPeersTransport {
        /// The code.
        code: u64,
        /// What the peer says about it.
        reason: Vec<u8>,
    },
    /// The peer broke a rule of QUIC or of TLS, or its certificate was refused.
    ForTransport {
        /// The code that our side closed it with.
        code: u64,
        /// What is wrong.
        reason: String,
    },
    /// The peer does not know the connection any more (RFC 9000 §10.3).
    Forgotten,
    /// Nothing came for the idle time, or within the time to connect.
    TimedOut,
    /// The peer speaks no version of QUIC that we know.
    Version,
    /// We closed it.
    ByUs,
}

impl Closed {
    /// Whether the two sides have no application protocol in common: no HTTP/3.
    pub const fn is_about_alpn(&self) -> bool {
        match self {
            Closed::ByPeersTransport { code, .. } | Closed::ForTransport { code, .. } => {
                *code == NO_APPLICATION_PROTOCOL
            }
            _ => false,
        }
    }

    /// Whether our side of TLS refused the other.
    pub(super) fn is_ours_of_tls(&self) -> bool {
        matches!(self, Closed::ForTransport { code, .. } if ALERTS.contains(code))
    }

    /// Whether the peer asks for a certificate of ours.
    pub(super) const fn wants_certificate(&self) -> bool {
        matches!(self, Closed::ByPeersTransport { code, .. } if *code == CERTIFICATE_REQUIRED)
    }
}

impl From<ConnectionError> for Closed {
    fn from(error: ConnectionError) -> Self {
        match error {
            ConnectionError::ApplicationClosed(close) => Closed::ByPeer {
                code: ErrorCode(close.error_code.into_inner()),
                reason: close.reason.to_vec(),
            },
            ConnectionError::ConnectionClosed(close) => Closed::ByPeersTransport {
                code: close.error_code.into(),
                reason: close.reason.to_vec(),
            },
            ConnectionError::TransportError(error) => Closed::ForTransport {
                code: error.code.into(),
                reason: error.reason,
            },
            ConnectionError::Reset => Closed::Forgotten,
            ConnectionError::TimedOut => Closed::TimedOut,
            ConnectionError::VersionMismatch => Closed::Version,
            ConnectionError::LocallyClosed | ConnectionError::CidsExhausted => Closed::ByUs,
        }
    }
}

impl fmt::Display for Closed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Closed::ByPeer { code, reason } => {
                write!(f, "closed with {code}{}", said(reason))
            }
            Closed::ByPeersTransport { code, reason } => {
                write!(f, "closed with the QUIC error {code:#x}{}", said(reason))
            }
            Closed::ForTransport { code, reason } => {
                write!(f, "the QUIC error {code:#x}{}", said(reason.as_bytes()))
            }
            Closed::Forgotten => f.write_str("reset"),
            Closed::TimedOut => f.write_str("no answer"),
            Closed::Version => f.write_str("no version of QUIC in common"),
            Closed::ByUs => f.write_str("closed by us"),
        }
    }
}

impl std::error::Error for Closed {}

fn said(reason: &[u8]) -> String {
    if reason.is_empty() {
        String::new()
    } else {
        format!(" ({})", reason.escape_ascii())
    }
}
