//! Why a connection of the load did not open.

use std::fmt;
use std::io::ErrorKind;

use serde::{Serialize, Serializer};

/// How a connection could not be opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Unopened {
    /// The system says why.
    Unreached(ErrorKind),
    /// The server does not allow WebSocket on a stream (RFC 8441 §3, RFC 9220 §3).
    NoExtendedConnect,
    /// The server refused the opening request.
    Refused,
    /// The connection ended before it was open.
    Ended,
    /// The server did not answer in time.
    Unanswered,
}

impl Unopened {
    /// What an error of the system means, or one of a connection whose streams are opened.
    pub(super) fn of(kind: ErrorKind) -> Unopened {
        match kind {
            ErrorKind::Unsupported => Unopened::NoExtendedConnect,
            ErrorKind::ConnectionAborted => Unopened::Ended,
            kind => Unopened::Unreached(kind),
        }
    }
}

/// For programs: `refused`, or `unreached.` and the kind of the error.
impl Serialize for Unopened {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Unopened::Unreached(kind) => {
                serializer.collect_str(&format_args!("unreached.{kind:?}"))
            }
            Unopened::NoExtendedConnect => serializer.serialize_str("no-extended-connect"),
            Unopened::Refused => serializer.serialize_str("refused"),
            Unopened::Ended => serializer.serialize_str("ended"),
            Unopened::Unanswered => serializer.serialize_str("unanswered"),
        }
    }
}

/// For people, after "not opened: ".
impl fmt::Display for Unopened {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Unopened::Unreached(kind) => kind.fmt(f),
            Unopened::NoExtendedConnect => f.write_str(
                "the server does not offer extended CONNECT (SETTINGS_ENABLE_CONNECT_PROTOCOL, RFC 8441 §3): \
                 is it switched on there?",
            ),
            Unopened::Refused => f.write_str("the server refused the opening request"),
            Unopened::Ended => f.write_str("the connection ended before it was open"),
            Unopened::Unanswered => f.write_str("the opening request was not answered in time"),
        }
    }
}
