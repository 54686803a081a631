//! Close codes and the body of a Close frame (RFC 6455 §5.5.1 and §7.4).

use crate::utf8;
use crate::violation::Violation;

/// A close code as it appears on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CloseCode(pub u16);

/// What the standard says about a close code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CodeClass {
    /// Defined by RFC 6455 or registered since (1000 to 1003, 1007 to 1014).
    Defined,
    /// Registered by libraries and frameworks (3000 to 3999).
    Library,
    /// For private use (4000 to 4999).
    Private,
    /// Names for what happens without a Close frame; never sent (1005, 1006, 1015).
    Forbidden,
    /// Anything else: below 1000, 1004, 1016 to 2999, 5000 and above.
    Unassigned,
}

impl CloseCode {
    /// Normal closure.
    pub const NORMAL: CloseCode = CloseCode(1000);
    /// The endpoint is going away.
    pub const GOING_AWAY: CloseCode = CloseCode(1001);
    /// Protocol error.
    pub const PROTOCOL_ERROR: CloseCode = CloseCode(1002);
    /// Data that does not fit the type of the message, for example text that is not UTF-8.
    pub const INVALID_DATA: CloseCode = CloseCode(1007);
    /// The message is too big.
    pub const TOO_BIG: CloseCode = CloseCode(1009);

    /// Returns what the standard says about this code.
    pub const fn class(self) -> CodeClass {
        match self.0 {
            1000..=1003 | 1007..=1014 => CodeClass::Defined,
            1005 | 1006 | 1015 => CodeClass::Forbidden,
            3000..=3999 => CodeClass::Library,
            4000..=4999 => CodeClass::Private,
            _ => CodeClass::Unassigned,
        }
    }

    /// Returns the rule that this code breaks when it is sent, if any.
    pub const fn violation(self) -> Option<Violation> {
        match self.class() {
            CodeClass::Forbidden => Some(Violation::CloseCodeForbidden),
            CodeClass::Unassigned => Some(Violation::CloseCodeUnassigned),
            CodeClass::Defined | CodeClass::Library | CodeClass::Private => None,
        }
    }

    /// Returns the name in the IANA registry, if it has one.
    pub const fn name(self) -> Option<&'static str> {
        Some(match self.0 {
            1000 => "normal closure",
            1001 => "going away",
            1002 => "protocol error",
            1003 => "unsupported data",
            1005 => "no status received",
            1006 => "abnormal closure",
            1007 => "invalid payload data",
            1008 => "policy violation",
            1009 => "message too big",
            1010 => "mandatory extension",
            1011 => "internal error",
            1012 => "service restart",
            1013 => "try again later",
            1014 => "bad gateway",
            1015 => "TLS handshake",
            _ => return None,
        })
    }
}

/// Checks the body of a Close frame. An empty body is valid.
///
/// # Errors
///
/// The first violation, with the offset in the body of the byte that proves it.
pub fn check_body(body: &[u8]) -> Result<(), (Violation, usize)> {
    let (code, reason) = match body {
        [] => return Ok(()),
        [_] => return Err((Violation::CloseBodyOneByte, 0)),
        [high, low, reason @ ..] => (CloseCode(u16::from_be_bytes([*high, *low])), reason),
    };
    if let Some(violation) = code.violation() {
        return Err((violation, 1));
    }
    check_reason(reason)
}

/// Checks the reason: the part of the body after the code.
pub(crate) fn check_reason(reason: &[u8]) -> Result<(), (Violation, usize)> {
    let mut text = utf8::Validator::new();
    let bad = match text.push(reason) {
        Err(at) => Some(at),
        Ok(()) if !text.is_complete() => Some(reason.len() - 1),
        Ok(()) => None,
    };
    bad.map_or(Ok(()), |at| Err((Violation::CloseReasonNotUtf8, 2 + at)))
}

/// Splits the body of a Close frame into code and reason. Returns `None` if it does not hold a
/// whole code.
pub fn split_body(body: &[u8]) -> Option<(CloseCode, &[u8])> {
    match body {
        [high, low, reason @ ..] => Some((CloseCode(u16::from_be_bytes([*high, *low])), reason)),
        _ => None,
    }
}
