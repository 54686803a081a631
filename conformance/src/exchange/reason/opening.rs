//! Reasons about the opening handshake, of either side.

use std::borrow::Cow;
use std::fmt;

use wsspec_core::deflate::negotiation::{BadParameter, NAME, Parameters};
use wsspec_core::violation::Fault;

use crate::binding::{EndOfStream, Status};

/// What is wrong with the answer to our opening request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OpeningReason {
    /// No complete answer came.
    NoAnswer,
    /// The target opened the conversation with this status where it had to refuse.
    Opened(Status),
    /// The target switched to another protocol, such as a draft of this one, with this status, where
    /// it had to refuse.
    OpenedElsewhere(Status),
    /// A field of the answer is not as it has to be.
    Field(FieldReason),
    /// permessage-deflate was agreed on, or not, other than wanted.
    Deflate(Option<Parameters>),
    /// The refusal lacks something.
    RefusedWithout(Status, FieldReason),
    /// Refused, with another status.
    Refused(Status),
    /// Refused with bytes that are no HTTP response.
    RefusedWithGarbage,
    /// The stream was ended without an answer.
    EndedUnanswered,
}

/// What is wrong with the opening request of a client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RequestReason {
    /// No request came.
    None,
    /// No request came that we could answer; what came is in words.
    NoneToAnswer(String),
    /// What came can never become a request.
    Broken(Fault),
    /// The stream ended before the request was complete.
    Ended(EndOfStream),
    /// The client sent this request line where it had to refuse the URL.
    Asked(String),
    /// The client began a request where it had to refuse the URL.
    BeganToAsk,
    /// A part of the request line is another.
    Line {
        /// Which: `method`, `target` or `version`.
        part: &'static str,
        /// What came.
        found: String,
        /// What is wanted.
        wanted: String,
    },
    /// A field of the request is not as it has to be.
    Field(FieldReason),
    /// The client offers permessage-deflate.
    OffersDeflate,
    /// The client does not offer permessage-deflate.
    OffersNoDeflate,
    /// The client offers permessage-deflate wrongly.
    BadOffer(BadParameter),
    /// The client came again sooner than it should.
    TooSoon,
}

/// What is wrong with a field of a head.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FieldReason {
    /// The field is not there.
    Missing(String),
    /// The field is there and must not be.
    Present {
        /// Its name.
        name: String,
        /// Its value.
        found: String,
    },
    /// The field has another value.
    Value {
        /// Its name.
        name: String,
        /// Its value; `None` where it is absent.
        found: Option<String>,
        /// What is wanted; `None` for absent.
        wanted: Option<String>,
    },
    /// No line of the field matches a pattern.
    Unlike {
        /// Its name.
        name: String,
        /// Its first value.
        found: String,
        /// The pattern.
        pattern: String,
    },
}

impl OpeningReason {
    pub(super) fn key(&self) -> Cow<'static, str> {
        match self {
            OpeningReason::NoAnswer => "opening.no-answer".into(),
            OpeningReason::Opened(_) => "opening.opened".into(),
            OpeningReason::OpenedElsewhere(_) => "opening.opened-elsewhere".into(),
            OpeningReason::Field(reason) => format!("opening.{}", reason.key()).into(),
            OpeningReason::Deflate(None) => "opening.deflate-declined".into(),
            OpeningReason::Deflate(Some(_)) => "opening.deflate-terms".into(),
            OpeningReason::RefusedWithout(_, reason) => {
                format!("opening.refused-without.{}", reason.key()).into()
            }
            OpeningReason::Refused(_) => "opening.other-status".into(),
            OpeningReason::RefusedWithGarbage => "opening.refused-with-garbage".into(),
            OpeningReason::EndedUnanswered => "opening.ended-unanswered".into(),
        }
    }
}

impl fmt::Display for OpeningReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            OpeningReason::NoAnswer => f.write_str("no complete answer to the opening request"),
            OpeningReason::Opened(status) => write!(f, "the target answered {status}"),
            OpeningReason::OpenedElsewhere(status) => {
                write!(
                    f,
                    "opened another protocol, or a draft of this one, with {status}"
                )
            }
            OpeningReason::Field(reason) => reason.fmt(f),
            OpeningReason::Deflate(None) => write!(f, "{NAME} is not agreed on"),
            OpeningReason::Deflate(Some(terms)) => write!(f, "{NAME} is agreed on as {terms}"),
            OpeningReason::RefusedWithout(status, reason) => {
                write!(f, "{status} without what it needs: {reason}")
            }
            OpeningReason::Refused(status) => write!(f, "refused with {status}"),
            OpeningReason::RefusedWithGarbage => {
                f.write_str("refused with bytes that are no HTTP response")
            }
            OpeningReason::EndedUnanswered => f.write_str("ended the connection without an answer"),
        }
    }
}

impl RequestReason {
    pub(super) fn key(&self) -> Cow<'static, str> {
        match self {
            RequestReason::None | RequestReason::NoneToAnswer(_) => "request.none".into(),
            RequestReason::Broken(fault) => {
                format!("request.broken.{}", fault.violation.name()).into()
            }
            RequestReason::Ended(_) => "request.ended".into(),
            RequestReason::Asked(_) => "request.asked".into(),
            RequestReason::BeganToAsk => "request.began".into(),
            RequestReason::Line { part, .. } => format!("request.other-{part}").into(),
            RequestReason::Field(reason) => format!("request.{}", reason.key()).into(),
            RequestReason::OffersDeflate => "request.offers-deflate".into(),
            RequestReason::OffersNoDeflate => "request.offers-no-deflate".into(),
            RequestReason::BadOffer(_) => "request.bad-offer".into(),
            RequestReason::TooSoon => "request.too-soon".into(),
        }
    }
}

impl fmt::Display for RequestReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RequestReason::None => f.write_str("no complete opening request"),
            RequestReason::NoneToAnswer(came) => {
                write!(f, "no opening request from the client: {came}")
            }
            RequestReason::Broken(fault) => write!(f, "the opening request is broken: {fault}"),
            RequestReason::Ended(end) => {
                write!(f, "{end} before a complete opening request had come")
            }
            RequestReason::Asked(line) => write!(f, "the client asked: {line}"),
            RequestReason::BeganToAsk => f.write_str("the client began to ask"),
            RequestReason::Line {
                part,
                found,
                wanted,
            } => write!(f, "the {part} is {found:?}, not {wanted:?}"),
            RequestReason::Field(reason) => reason.fmt(f),
            RequestReason::OffersDeflate => write!(f, "the client offers {NAME}"),
            RequestReason::OffersNoDeflate => write!(f, "the client does not offer {NAME}"),
            RequestReason::BadOffer(bad) => write!(f, "in the offer of {NAME}, {bad}"),
            RequestReason::TooSoon => f.write_str("the client connected again too soon"),
        }
    }
}

impl FieldReason {
    /// The kind of reason, for programs, with the name of the field.
    pub(crate) fn key(&self) -> String {
        let (what, name) = match self {
            FieldReason::Missing(name) => ("missing", name),
            FieldReason::Present { name, .. } => ("present", name),
            FieldReason::Value { name, .. } | FieldReason::Unlike { name, .. } => ("value", name),
        };
        format!("field-{what}.{}", name.to_ascii_lowercase())
    }
}

impl fmt::Display for FieldReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            FieldReason::Missing(name) => write!(f, "{name} is missing"),
            FieldReason::Present { name, found } => {
                write!(f, "{name} is {found:?}, but must be absent")
            }
            FieldReason::Value {
                name,
                found,
                wanted,
            } => write!(
                f,
                "{name} is {}, not {}",
                shown(found.as_deref()),
                shown(wanted.as_deref())
            ),
            FieldReason::Unlike {
                name,
                found,
                pattern,
            } => write!(f, "{name} is {found:?}, not like {pattern:?}"),
        }
    }
}

fn shown(value: Option<&str>) -> String {
    value.map_or("absent".to_owned(), |value| format!("{value:?}"))
}
