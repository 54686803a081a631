//! Error codes of HTTP/2 (RFC 9113 §7).

use std::fmt;

/// The code of RST_STREAM or GOAWAY: any number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ErrorCode(pub u32);

macro_rules! codes {
    ($($name:ident $value:literal;)*) => {
        impl ErrorCode {
            $(#[doc = concat!("`", stringify!($name), "`.")] pub const $name: ErrorCode = ErrorCode($value);)*

            /// The codes that have a name, in the order of their numbers.
            pub const NAMED: &'static [ErrorCode] = &[$(ErrorCode::$name,)*];

            /// The name, for example `PROTOCOL_ERROR`, or `None` for a number without one.
            pub const fn name(self) -> Option<&'static str> {
                match self.0 {
                    $($value => Some(stringify!($name)),)*
                    _ => None,
                }
            }
        }
    };
}

codes! {
    NO_ERROR 0x00;
    PROTOCOL_ERROR 0x01;
    INTERNAL_ERROR 0x02;
    FLOW_CONTROL_ERROR 0x03;
    SETTINGS_TIMEOUT 0x04;
    STREAM_CLOSED 0x05;
    FRAME_SIZE_ERROR 0x06;
    REFUSED_STREAM 0x07;
    CANCEL 0x08;
    COMPRESSION_ERROR 0x09;
    CONNECT_ERROR 0x0a;
    ENHANCE_YOUR_CALM 0x0b;
    INADEQUATE_SECURITY 0x0c;
    HTTP_1_1_REQUIRED 0x0d;
}

impl ErrorCode {
    /// Finds a code by its [`name`](Self::name).
    pub fn from_name(name: &str) -> Option<ErrorCode> {
        let named = |code: &&ErrorCode| code.name() == Some(name);
        ErrorCode::NAMED.iter().find(named).copied()
    }
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.write_str(name),
            None => write!(f, "{:#x}", self.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lead_back() {
        for (number, code) in (0..).zip(ErrorCode::NAMED) {
            assert_eq!(code.0, number);
            assert_eq!(code.name().and_then(ErrorCode::from_name), Some(*code));
        }
        assert_eq!(ErrorCode(0x21).name(), None);
        assert_eq!(ErrorCode(0x21).to_string(), "0x21");
    }
}
