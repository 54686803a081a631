//! One legal application, as a point of a grid: reaction, trigger, background, limit.

use std::borrow::Cow;

use serde::de::IgnoredAny;
use wsspec_core::frame::MessageKind;

/// Short times that pass on a connection: 3 ms each, in memory, and over TCP while nothing comes
/// in.
pub type Ticks = usize;

/// An application that follows RFC 6455, whatever it does with messages.
///
/// It reacts to the messages that trigger it, and echoes all others. It ends a connection by a
/// closing handshake only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LegalApplication {
    /// Its name.
    pub name: Cow<'static, str>,
    /// What it does, as the predicate of a sentence about it.
    pub about: Cow<'static, str>,
    /// What it does with a message that triggers it.
    pub reaction: Reaction,
    /// Which messages trigger it.
    pub trigger: Trigger,
    /// What it does of its own accord, or wants first.
    pub background: Background,
    /// What it refuses.
    pub limit: Limit,
}

/// What an application does with a message that triggers it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reaction {
    /// Echoes it.
    Echo,
    /// Answers with another message.
    Another(Answer),
    /// Answers with two messages.
    Two(Answer, Answer),
    /// Answers with one message for this number of them, at least 1.
    OneForMany(usize),
    /// Passes it on to the others. In one connection, that is nothing.
    ToOthers,
    /// Echoes it after this time.
    Late(Ticks),
    /// Nothing.
    None,
    /// Closes with this code: one that an application may choose (RFC 6455 §7.4).
    Close(u16),
}

/// A message that answers another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// The same message.
    Echo,
    /// This text.
    Text(&'static str),
    /// The same message with its ASCII letters in upper case.
    UpperCase,
}

/// Which messages trigger a reaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trigger {
    /// All.
    All,
    /// Those of this kind.
    Kind(MessageKind),
    /// Those that are not JSON.
    NotJson,
    /// Each n-th on a connection; at least 1.
    Nth(usize),
    /// Those of `least` to `most` bytes.
    Size {
        /// The smallest, in bytes.
        least: usize,
        /// The largest, in bytes.
        most: usize,
    },
}

/// What an application does of its own accord, or wants first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Background {
    /// Nothing.
    None,
    /// Sends a message when the connection opens.
    Greets,
    /// Sends a message each time that so much time has passed.
    Pushes(Ticks),
    /// Sends a ping each time that so much time has passed.
    Pings(Ticks),
    /// Wants [`LOGIN`](Self::LOGIN) before any other message, and answers it with
    /// [`WELCOME`](Self::WELCOME).
    Login(Unauthorized),
}

/// What becomes of a message before the login.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unauthorized {
    /// The application closes with 4401.
    Closes,
    /// Nothing.
    Ignored,
}

/// What an application refuses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    /// Nothing.
    None,
    /// More than this number of messages on a connection: closes with 1008.
    Rate(usize),
    /// A message of more than this number of bytes: fails the connection with 1009 as soon as its
    /// size shows.
    Message(u64),
    /// A connection older than this: closes with 1001.
    Lifetime(Ticks),
    /// A head of more than this number of bytes: a server answers with 431, a client ends the
    /// connection.
    Head(usize),
}

impl Trigger {
    /// Whether a message triggers the reaction; `number` counts the messages of its connection from
    /// 1.
    pub(super) fn holds(self, kind: MessageKind, payload: &[u8], number: usize) -> bool {
        match self {
            Trigger::All => true,
            Trigger::Kind(wanted) => kind == wanted,
            Trigger::NotJson => serde_json::from_slice::<IgnoredAny>(payload).is_err(),
            Trigger::Nth(n) => number.is_multiple_of(n.max(1)),
            Trigger::Size { least, most } => (least..=most).contains(&payload.len()),
        }
    }
}

impl Background {
    /// The text that is a login.
    pub const LOGIN: &'static str = r#"{"type":"connection_init"}"#;
    /// The answer to a login.
    pub const WELCOME: &'static str = r#"{"type":"connection_ack"}"#;
}
