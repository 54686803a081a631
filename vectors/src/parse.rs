//! Parse vectors: bytes in, events or one named violation out. They need no network and no runner.

use std::ops::RangeInclusive;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, de::Error};
use serde_json::Value;
use wsspec_core::deflate::message::Context;
use wsspec_core::handshake::{Extension, parse_extensions};
use wsspec_core::{Role, Violation};

use crate::hex;
use crate::json::present;
use crate::role::RoleName;
use crate::violation_name::{ViolationName, violation};
use crate::{CloseBody, Payload, Terms};

/// The sample key of RFC 6455 §1.3, used where a vector gives none.
const SAMPLE_KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";

/// One parse vector, after its matrix was expanded.
///
/// A parser passes if, however [`head`](Self::head) and [`bytes`](Self::bytes) are cut into reads,
/// it delivers [`events`](Self::events) in this order and then either stops with
/// [`violation`](Self::violation) or does what [`then`](Self::then) says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParseCase {
    /// The id: the family, a dot, and a name that is unique within it. Ids never change.
    pub id: String,
    /// The family: the name of the vector file.
    pub family: String,
    /// What a conforming implementation does, in one sentence.
    pub about: String,
    /// Ids of the requirements it tests, for example `RFC6455-5.1-2`.
    pub requirements: Vec<String>,
    /// The role of the reader: a server reads what a client sent, and the other way round.
    pub role: Role,
    /// The opening handshake that comes first: a request for a server, a response for a client.
    /// Without one, `bytes` begins on an open connection.
    pub head: Option<Vec<u8>>,
    /// The frames, after the head if there is one.
    pub bytes: Vec<u8>,
    /// The Sec-WebSocket-Key of the client's request.
    pub key: String,
    /// The subprotocols that the client offered, or that the server supports.
    pub subprotocols: Vec<String>,
    /// How the sender of `bytes` compresses; `None`: permessage-deflate was not agreed on.
    pub deflate: Option<Context>,
    /// The extensions that the client offered.
    pub offer: Vec<Extension>,
    /// What the parser delivers, in order.
    pub events: Vec<ParseEvent>,
    /// The violation that the parser reports after them, if the bytes break a rule.
    pub violation: Option<ParseViolation>,
    /// What the parser does at the end of the bytes, if that matters.
    pub then: Option<Then>,
    /// Why a parser that reads these bytes otherwise is not wrong, with the clause that leaves the
    /// choice. `None`: the RFC allows one reading only.
    pub freedom: Option<String>,
}

impl ParseCase {
    /// Everything the parser reads: the head, if there is one, and the frames.
    pub fn stream(&self) -> Vec<u8> {
        [self.head.as_deref().unwrap_or_default(), &self.bytes].concat()
    }

    /// Offsets in the stream at which a parser may report the violation: from the first byte that
    /// proves it to the byte by which every parser has to notice. `None`: the bytes break no rule.
    pub fn violation_range(&self) -> Option<RangeInclusive<u64>> {
        let violation = self.violation.as_ref()?;
        let last = (self.stream().len() as u64).saturating_sub(1);
        Some(violation.at..=violation.by.unwrap_or(last))
    }
}

/// One parse vector, or a matrix of them.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "parse")]
pub(crate) struct ParseSource {
    #[schemars(regex(pattern = "^[a-z0-9{][a-z0-9{}._-]*$"))]
    pub(crate) id: String,
    #[schemars(length(min = 20))]
    about: String,
    #[schemars(
        length(min = 1),
        inner(regex(pattern = r"^RFC[0-9]{4}-[0-9.]+-[0-9]+$"))
    )]
    requirements: Vec<String>,
    #[allow(dead_code)]
    matrix: Option<serde_json::Map<String, Value>>,
    #[allow(dead_code)]
    except: Option<Vec<serde_json::Map<String, Value>>>,
    #[allow(dead_code)]
    notes: Option<String>,
    /// role of the reader
    role: RoleName,
    /// an opening handshake as text; the elements of a list are joined without a separator
    head: Option<Lines>,
    /// hex digits, white space ignored; text after | is a comment
    bytes: Option<Lines>,
    key: Option<String>,
    #[serde(default)]
    subprotocols: Vec<String>,
    /// permessage-deflate as agreed on for the sender of `bytes`
    deflate: Option<Terms>,
    /// what the client offered as Sec-WebSocket-Extensions
    offer: Option<String>,
    events: Vec<ParseEvent>,
    violation: Option<ParseViolation>,
    then: Option<Then>,
    /// why a parser that reads it otherwise is not wrong, with the clause that leaves the choice
    #[schemars(length(min = 20), regex(pattern = r"RFC [0-9]{4} [0-9]"))]
    freedom: Option<String>,
}

/// A string, or a list of strings.
#[derive(JsonSchema)]
#[schemars(untagged, inline)]
#[allow(dead_code)]
enum Lines {
    One(String),
    Many(Vec<String>),
}

impl<'de> Deserialize<'de> for Lines {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Value::deserialize(deserializer)? {
            Value::String(one) => Ok(Lines::One(one)),
            value => Vec::deserialize(value)
                .map(Lines::Many)
                .map_err(D::Error::custom),
        }
    }
}

impl Lines {
    fn iter(&self) -> impl Iterator<Item = &str> {
        match self {
            Lines::One(one) => std::slice::from_ref(one),
            Lines::Many(many) => many,
        }
        .iter()
        .map(String::as_str)
    }
}

/// What a parser delivers: exactly one word.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "lowercase")]
#[schemars(inline)]
pub enum ParseEvent {
    /// the opening handshake is complete
    Opened(ParseOpened),
    /// a text message
    Text(Payload),
    /// a binary message
    Binary(Payload),
    /// a ping
    Ping(Payload),
    /// a pong
    Pong(Payload),
    /// a Close frame
    Close(CloseBody),
}

impl ParseEvent {
    /// The word as it is written in a vector.
    pub fn name(&self) -> &'static str {
        match self {
            ParseEvent::Opened(_) => "opened",
            ParseEvent::Text(_) => "text",
            ParseEvent::Binary(_) => "binary",
            ParseEvent::Ping(_) => "ping",
            ParseEvent::Pong(_) => "pong",
            ParseEvent::Close(_) => "close",
        }
    }

    /// The payload of the message or control frame; empty for `opened`.
    pub fn bytes(&self) -> Vec<u8> {
        match self {
            ParseEvent::Opened(_) => Vec::new(),
            ParseEvent::Text(payload)
            | ParseEvent::Binary(payload)
            | ParseEvent::Ping(payload)
            | ParseEvent::Pong(payload) => payload.bytes(),
            ParseEvent::Close(body) => body.bytes(),
        }
    }
}

/// The result of the opening handshake; only what is given is compared.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(inline)]
pub struct ParseOpened {
    /// server: the request target
    pub target: Option<String>,
    /// server: the Host field
    pub host: Option<String>,
    /// server: the Sec-WebSocket-Accept it must answer with
    pub accept: Option<String>,
    /// server: the subprotocols offered
    pub subprotocols: Option<Vec<String>>,
    /// client: the subprotocol agreed on
    pub subprotocol: Option<String>,
    /// server: the Sec-WebSocket-Extensions it answers if it supports all of permessage-deflate;
    /// client: the extensions agreed on; null for none
    #[serde(deserialize_with = "present")]
    #[schemars(with = "Option<String>")]
    pub extensions: Option<Option<String>>,
}

/// The violation that a parser reports.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
pub struct ParseViolation {
    /// name of the violation
    #[serde(deserialize_with = "violation")]
    #[schemars(with = "ViolationName")]
    pub is: Violation,
    /// the close code to send
    pub code: Option<u16>,
    /// the status to answer with
    pub status: Option<u16>,
    /// offset of the first byte that proves it
    pub at: u64,
    /// offset by which every implementation has to have noticed; the last byte by default
    pub by: Option<u64>,
}

/// What a parser does at the end of the bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub enum Then {
    /// It waits for more bytes.
    More,
    /// It reads no further.
    End,
}

impl ParseSource {
    pub(crate) fn resolve(self, family: &str) -> Result<ParseCase, String> {
        if self.head.is_none() && self.bytes.is_none() {
            return Err("a parse vector has `head`, `bytes` or both".into());
        }
        let mut bytes = Vec::new();
        for line in self.bytes.iter().flat_map(Lines::iter) {
            let digits = line.split('|').next().unwrap_or_default();
            bytes.extend(hex::decode(digits).map_err(|e| format!("bytes: {e}"))?);
        }
        if let Some(v) = &self.violation
            && v.by.is_some_and(|by| by < v.at)
        {
            return Err("`by` is less than `at`".into());
        }
        Ok(ParseCase {
            id: format!("{family}.{}", self.id),
            family: family.to_owned(),
            about: self.about,
            requirements: self.requirements,
            role: self.role.role(),
            head: self
                .head
                .map(|lines| lines.iter().collect::<String>().into_bytes()),
            bytes,
            key: self.key.unwrap_or_else(|| SAMPLE_KEY.to_owned()),
            subprotocols: self.subprotocols,
            deflate: self.deflate.map(|terms| Context {
                takeover: terms.takeover.unwrap_or(true),
                window_bits: terms.window.unwrap_or(15),
            }),
            offer: match self.offer {
                Some(offer) => parse_extensions(offer.as_bytes())
                    .map_err(|at| format!("`offer` is not valid at byte {at}"))?,
                None => Vec::new(),
            },
            events: self.events,
            violation: self.violation,
            then: self.then,
            freedom: self.freedom,
        })
    }
}
