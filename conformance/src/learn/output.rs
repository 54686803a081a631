//! What a peer does about an input, without what may differ from one connection to the next.

use std::fmt;

use wsspec_core::Violation;
use wsspec_core::frame::MessageKind;

use super::machine::Answer;

/// Something that a peer did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Event {
    /// It sent back the message that was sent to it.
    Echo(MessageKind),
    /// It sent another message.
    Message(MessageKind),
    /// It answered the ping.
    Pong,
    /// It sent a Close frame, with this code.
    Close(Option<u16>),
    /// Its own bytes broke this rule.
    Broke(Violation),
    /// It ended the connection: by FIN or by a reset, which depends on what it had not read.
    End,
}

/// Everything that a peer did about one input, in order.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Output {
    /// What it did.
    pub events: Vec<Event>,
    /// Nothing can follow: either side has ended the connection.
    pub over: bool,
}

impl Answer for Output {
    fn nothing() -> Output {
        Output {
            events: Vec::new(),
            over: true,
        }
    }

    fn is_last(&self) -> bool {
        self.over
    }
}

impl Output {
    /// Whether both sides saw the same happen.
    pub fn same_events(&self, other: &Output) -> bool {
        self.events == other.events
    }
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Event::Echo(kind) => write!(f, "echo {}", kind.name()),
            Event::Message(kind) => write!(f, "other {}", kind.name()),
            Event::Pong => f.write_str("pong"),
            Event::Close(Some(code)) => write!(f, "close {code}"),
            Event::Close(None) => f.write_str("close"),
            Event::Broke(violation) => write!(f, "!{}", violation.name()),
            Event::End => f.write_str("end"),
        }
    }
}

impl fmt::Display for Output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.events.is_empty() {
            return f.write_str(if self.over { "ended" } else { "nothing" });
        }
        for (n, event) in self.events.iter().enumerate() {
            let comma = if n == 0 { "" } else { ", " };
            write!(f, "{comma}{event}")?;
        }
        Ok(())
    }
}
