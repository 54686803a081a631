//! The words and rules of Autobahn|Testsuite's reports.

use serde::{Serialize, Serializer};

/// What a case says of the messages, pings and pongs that came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Behavior {
    /// As required.
    Ok,
    /// A tolerated variant.
    NonStrict,
    /// Not judged.
    Informational,
    /// The target lacks what the case is about.
    Unimplemented,
    /// Departs from the standard.
    Failed,
}

impl Behavior {
    /// The word in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Behavior::Ok => "OK",
            Behavior::NonStrict => "NON-STRICT",
            Behavior::Informational => "INFORMATIONAL",
            Behavior::Unimplemented => "UNIMPLEMENTED",
            Behavior::Failed => "FAILED",
        }
    }

    /// The word on the page.
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

/// What a case says of how the connection ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum BehaviorClose {
    /// As required.
    Ok,
    /// Not judged.
    Informational,
    /// The wrong side closed, or the connection never opened.
    Failed,
    /// A close code that is not among those accepted.
    WrongCode,
    /// Without a closing handshake where there had to be one.
    Unclean,
    /// The target left it to the client to end TCP.
    FailedByClient,
}

impl BehaviorClose {
    /// The word in reports.
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

/// How the connection of a case has to end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Closing {
    /// The suite is the first to close; else the target has to fail the connection.
    pub by_suite: bool,
    /// Close codes that are accepted; none at all always is.
    pub codes: Vec<u16>,
    /// Both Close frames have to go.
    pub clean: bool,
}
