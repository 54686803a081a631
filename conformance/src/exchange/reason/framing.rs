//! Reasons why nothing from some byte on can be read as frames.

use std::borrow::Cow;
use std::fmt;

use wsspec_core::dissect::printable;

/// The target's frames were lost: what follows is neither read nor judged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LostFraming {
    /// A frame announces another length than it has: what follows its announced end, or an answer
    /// of the target inside it, shows where it truly ends (RFC 6455 §5.2).
    Length {
        /// The length in its header, in bytes.
        announced: u64,
        /// The bytes of payload that came.
        actual: u64,
    },
    /// An HTTP message came where a frame has to begin (RFC 6455 §6.1); its first line.
    Http(Vec<u8>),
}

impl LostFraming {
    /// The id of the requirement that is broken.
    pub fn requirement(&self) -> &'static str {
        match self {
            LostFraming::Length { .. } => "RFC6455-5.2-10",
            LostFraming::Http(_) => "RFC6455-6.1-2",
        }
    }

    /// Whether this is the key of a frame with a wrong length.
    pub(crate) fn is_of_a_length(key: &str) -> bool {
        key == "framing.length"
    }

    pub(super) fn key(&self) -> Cow<'static, str> {
        match self {
            LostFraming::Length { .. } => "framing.length".into(),
            LostFraming::Http(_) => "framing.http".into(),
        }
    }
}

impl fmt::Display for LostFraming {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LostFraming::Length { announced, actual } => write!(
                f,
                "a frame announces {announced} bytes of payload and carries {actual} (RFC 6455 \
                 §5.2); nothing after it can be read"
            ),
            LostFraming::Http(line) => write!(
                f,
                "HTTP came where a frame has to begin (RFC 6455 §6.1): \"{}\"",
                printable(line)
            ),
        }
    }
}
