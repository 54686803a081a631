//! The opcode of a frame (RFC 6455 §5.2).

use std::fmt;

/// An opcode: any value of its four bits, reserved ones included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Opcode(u8);

impl Opcode {
    /// Continues the message that an earlier frame began.
    pub const CONTINUATION: Opcode = Opcode(0);
    /// Begins a text message.
    pub const TEXT: Opcode = Opcode(1);
    /// Begins a binary message.
    pub const BINARY: Opcode = Opcode(2);
    /// Begins or answers the closing handshake.
    pub const CLOSE: Opcode = Opcode(8);
    /// Asks for a pong.
    pub const PING: Opcode = Opcode(9);
    /// Answers a ping, or is unsolicited.
    pub const PONG: Opcode = Opcode(10);

    /// Returns the opcode in the low four bits of `bits`.
    pub const fn from_bits(bits: u8) -> Opcode {
        Opcode(bits & 0x0f)
    }

    /// Returns the four bits: 0 to 15.
    pub const fn bits(self) -> u8 {
        self.0
    }

    /// Whether it marks a control frame (8 to 15, reserved ones included).
    pub const fn is_control(self) -> bool {
        self.0 & 8 != 0
    }

    /// Whether RFC 6455 reserves it.
    pub const fn is_reserved(self) -> bool {
        matches!(self.0, 3..=7 | 11..=15)
    }

    /// Returns the name in the RFC; `None` for a reserved opcode.
    pub const fn name(self) -> Option<&'static str> {
        Some(match self {
            Opcode::CONTINUATION => "continuation",
            Opcode::TEXT => "text",
            Opcode::BINARY => "binary",
            Opcode::CLOSE => "close",
            Opcode::PING => "ping",
            Opcode::PONG => "pong",
            _ => return None,
        })
    }
}

impl fmt::Display for Opcode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.write_str(name),
            None => write!(f, "reserved opcode {}", self.0),
        }
    }
}
