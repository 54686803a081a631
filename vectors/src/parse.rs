//! Parse vectors: bytes in at any chunking, events or one named violation out. No network.

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, de::Error};
use serde_json::Value;
use wsspec_core::deflate::message::Context;
use wsspec_core::handshake::{Extension, parse_extensions};
use wsspec_core::{Role, Violation};

use super::Payload;
use super::Terms;
use super::case::RoleName;
use super::frame::CloseBody;
use super::payload::hex_bytes;

/// The key of RFC 6455 §1.3.
const SAMPLE_KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";

/// One parse vector, after its matrix was expanded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParseCase {
    /// Family and id.
    pub id: String,
    /// What a right implementation does.
    pub about: String,
    /// Ids of the requirements it tests.
    pub requirements: Vec<String>,
    /// Who reads the bytes.
    pub role: Role,
    /// The opening handshake, if the bytes begin with one.
    pub head: Option<Vec<u8>>,
    /// Frames behind it.
    pub bytes: Vec<u8>,
    /// The key the client sent.
    pub key: String,
    /// The subprotocols the client offered, or the server speaks.
    pub subprotocols: Vec<String>,
    /// What the sender of the bytes agreed to when it compresses, if it does.
    pub deflate: Option<Context>,
    /// The extensions the client offered.
    pub offer: Vec<Extension>,
    /// What comes out, in order.
    pub events: Vec<ParseEvent>,
    /// What ends it.
    pub violation: Option<ParseViolation>,
    /// What the reader does at the end of the bytes.
    pub then: Option<Then>,
    /// Why a reader that reads it otherwise is not wrong, where the text leaves a choice.
    pub freedom: Option<String>,
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
    #[schemars(length(min = 1), inner(regex(pattern = r"^RFC\d{4}-[0-9.]+-\d+$")))]
    requirements: Vec<String>,
    #[allow(dead_code)]
    matrix: Option<serde_json::Map<String, Value>>,
    #[allow(dead_code)]
    except: Option<Vec<serde_json::Map<String, Value>>>,
    #[allow(dead_code)]
    notes: Option<String>,
    /// who reads
    role: RoleName,
    /// an opening handshake as text; a list is joined as it stands
    head: Option<Lines>,
    /// hex, blanks ignored; text after | is a comment
    bytes: Option<Lines>,
    key: Option<String>,
    #[serde(default)]
    subprotocols: Vec<String>,
    /// permessage-deflate as the sender of `bytes` agreed to it
    deflate: Option<Terms>,
    /// client: what it offered as Sec-WebSocket-Extensions
    offer: Option<String>,
    events: Vec<ParseEvent>,
    violation: Option<ParseViolation>,
    then: Option<Then>,
    /// why a reader that reads it otherwise is not wrong, and the clause that leaves the choice
    #[schemars(length(min = 20), regex(pattern = r"RFC \d{4} \d"))]
    freedom: Option<String>,
}

/// A string, or a list of them.
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

/// What comes out of the reader: exactly one word.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "lowercase")]
#[schemars(inline)]
pub enum ParseEvent {
    /// the opening handshake is done
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

/// What was agreed; only what is named is compared.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(inline)]
pub struct ParseOpened {
    /// server: the request target
    pub target: Option<String>,
    /// server: the Host field
    pub host: Option<String>,
    /// server: the accept value it must answer with
    pub accept: Option<String>,
    /// server: those offered
    pub subprotocols: Option<Vec<String>>,
    /// client: the one agreed on
    pub subprotocol: Option<String>,
    /// the Sec-WebSocket-Extensions that a server with all of permessage-deflate answers, or a client takes for
    /// agreed on; null for none
    #[serde(deserialize_with = "present")]
    #[schemars(with = "Option<String>")]
    pub extensions: Option<Option<String>>,
}

/// The violation that ends it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
pub struct ParseViolation {
    /// name of the violation
    #[serde(deserialize_with = "violation")]
    #[schemars(with = "ViolationName")]
    pub is: Violation,
    /// the close code it calls for
    pub code: Option<u16>,
    /// the status it calls for
    pub status: Option<u16>,
    /// offset of the first byte that proves it
    pub at: u64,
    /// offset by which any implementation must have seen it
    pub by: Option<u64>,
}

fn present<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

pub(crate) struct ViolationName;

impl JsonSchema for ViolationName {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "violation-name".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let names: Vec<_> = Violation::ALL.iter().map(|v| v.name()).collect();
        schemars::json_schema!({"enum": names})
    }
}

fn violation<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Violation, D::Error> {
    let name = String::deserialize(deserializer)?;
    violation_named(&name).map_err(D::Error::custom)
}

/// The violation with this name.
pub(crate) fn violation_named(name: &str) -> Result<Violation, String> {
    Violation::from_name(name).ok_or_else(|| format!("no violation is called `{name}`"))
}

/// What the reader does at the end of the bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub enum Then {
    /// It waits for more.
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
            bytes.extend(hex_bytes(line.split('|').next().unwrap_or_default())?);
        }
        if let Some(v) = &self.violation
            && v.by.is_some_and(|by| by < v.at)
        {
            return Err("`by` lies before `at`".into());
        }
        Ok(ParseCase {
            id: format!("{family}.{}", self.id),
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
                    .map_err(|at| format!("`offer` breaks its grammar at {at}"))?,
                None => Vec::new(),
            },
            events: self.events,
            violation: self.violation,
            then: self.then,
            freedom: self.freedom,
        })
    }
}
