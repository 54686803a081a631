//! How long the content of a message of the peer has to be (RFC 9113 §8.1.1).

use crate::http2::Field;
use crate::http2::message::{Part, is_connect, status, value};

/// What a request asks for, as far as it decides whether its response has content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Asked {
    /// We did not see its fields.
    #[default]
    Unknown,
    /// CONNECT: content only if it is refused.
    Connect,
    /// HEAD: never content.
    Head,
    /// Any other method.
    Content,
}

impl Asked {
    /// What the request with these fields asks for; `Unknown` if they are not those of a request.
    pub(super) fn of(fields: &[Field]) -> Self {
        match value(fields, ":method") {
            None => Asked::Unknown,
            Some(_) if is_connect(fields) => Asked::Connect,
            Some(b"HEAD") => Asked::Head,
            Some(_) => Asked::Content,
        }
    }
}

/// How much content is to come.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Content {
    /// In bytes; `None` if any length is right.
    left: Option<u64>,
}

impl Content {
    /// What this head of a message announces, where `asked` is what its request is.
    pub(super) fn of(fields: &[Field], part: Part, asked: Asked) -> Self {
        let is_defined = match (part, asked) {
            (Part::Trailers, _) | (_, Asked::Unknown) => false,
            (Part::Request, asked) => asked != Asked::Connect,
            (Part::Response, asked) => has_content(asked, status(fields)),
        };
        let left = length(fields).filter(|_| is_defined);
        Content { left }
    }

    /// Counts bytes of content. False if there are more than announced; what follows is not counted.
    pub(super) fn takes(&mut self, bytes: usize) -> bool {
        let Some(left) = self.left else {
            return true;
        };
        self.left = left.checked_sub(bytes as u64);
        self.left.is_some()
    }

    /// Whether it may end here.
    pub(super) fn is_complete(self) -> bool {
        matches!(self.left, None | Some(0))
    }
}

/// Whether a response with this status is defined as having content.
fn has_content(asked: Asked, status: Option<u16>) -> bool {
    let opens_tunnel = asked == Asked::Connect && status.is_some_and(|status| status / 100 == 2);
    asked != Asked::Head && !opens_tunnel && !matches!(status, None | Some(204 | 304))
}

/// The value of Content-Length, if it is there once and is a number.
fn length(fields: &[Field]) -> Option<u64> {
    let mut values = fields.iter().filter(|field| field.0 == b"content-length");
    let (value, None) = (&values.next()?.1, values.next()) else {
        return None;
    };
    let digits = std::str::from_utf8(value).ok()?;
    let is_number = digits.bytes().all(|digit| digit.is_ascii_digit());
    digits.parse().ok().filter(|_| is_number)
}
