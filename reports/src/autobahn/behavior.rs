//! Autobahn|Testsuite's verdicts, and its rule for the end of a connection.

use serde::{Serialize, Serializer};

/// Autobahn's verdict on the messages, pings and pongs that came, mildest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Behavior {
    /// As required.
    Ok,
    /// A tolerated variant.
    NonStrict,
    /// Not judged.
    Informational,
    /// The target does not implement what the case is about.
    Unimplemented,
    /// Departs from the standard.
    Failed,
}

impl Behavior {
    /// The name in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Behavior::Ok => "OK",
            Behavior::NonStrict => "NON-STRICT",
            Behavior::Informational => "INFORMATIONAL",
            Behavior::Unimplemented => "UNIMPLEMENTED",
            Behavior::Failed => "FAILED",
        }
    }

    /// The name on the page.
    pub const fn label(self) -> &'static str {
        match self {
            Behavior::Ok => "Pass",
            Behavior::NonStrict => "Non-Strict",
            Behavior::Informational => "Info",
            Behavior::Unimplemented => "Unimplemented",
            Behavior::Failed => "Fail",
        }
    }
}

/// Autobahn's verdict on the end of the connection, mildest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum BehaviorClose {
    /// As required.
    Ok,
    /// Not judged.
    Informational,
    /// The wrong side closed, or the connection never opened.
    Failed,
    /// The close code is not an accepted one.
    WrongCode,
    /// There was no closing handshake, and one was required.
    Unclean,
    /// The target, a server, left it to the client to end the connection.
    FailedByClient,
}

impl BehaviorClose {
    /// The name in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            BehaviorClose::Ok => "OK",
            BehaviorClose::Informational => "INFORMATIONAL",
            BehaviorClose::Failed => "FAILED",
            BehaviorClose::WrongCode => "WRONG CODE",
            BehaviorClose::Unclean => "UNCLEAN",
            BehaviorClose::FailedByClient => "FAILED BY CLIENT",
        }
    }
}

impl Serialize for Behavior {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl Serialize for BehaviorClose {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

/// How the connection of a case must end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Closing {
    /// Whether the suite closes first; otherwise the target must fail the connection.
    pub by_suite: bool,
    /// Close codes that are accepted; a Close without a code always is.
    pub codes: Vec<u16>,
    /// Whether both sides must send a Close frame.
    pub clean: bool,
}
