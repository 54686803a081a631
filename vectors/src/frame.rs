//! Frames, as a case asks for them.

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, de::Error};
use serde_json::Value;
use wsspec_core::frame::{LengthForm, Opcode};

use super::Payload;
use super::payload::hex_bytes;

/// One frame, or one message in fragments.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "FrameSource")]
pub struct Frame {
    /// What it holds.
    pub content: Content,
    /// FIN.
    pub fin: bool,
    /// The reserved bits: RSV1 is 4, RSV2 is 2, RSV3 is 1.
    pub rsv: u8,
    /// Whether it is masked as the sender's role demands.
    pub mask: Mask,
    /// The masking key, where the frame is masked.
    pub key: Option<[u8; 4]>,
    /// A declared length that is not the true one.
    pub length: Option<u64>,
    /// A length form that is not the shortest.
    pub form: Option<LengthForm>,
    /// Send only so many bytes of the encoded frame.
    pub cut: Option<usize>,
    /// Sizes of the fragments.
    pub fragments: Option<Fragments>,
    /// A control frame to send after each fragment but the last.
    pub between: Option<Box<Frame>>,
    /// Compressed, where that was agreed on: RSV1 and all.
    pub deflate: bool,
}

/// What a frame holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// Payload under an opcode.
    Payload(Opcode, Payload),
    /// A Close frame.
    Close(CloseBody),
    /// Bytes as they are, no frame.
    Raw(Payload),
}

/// The body of a Close frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CloseBody {
    /// No body.
    Empty,
    /// A code and a reason.
    Code(u16, Option<Payload>),
    /// Any bytes.
    Body(Payload),
}

/// Whether a frame is masked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub enum Mask {
    /// As the sender's role demands.
    #[default]
    Right,
    /// The opposite.
    Wrong,
}

/// How a message is fragmented.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fragments {
    /// So many bytes each.
    Each(usize),
    /// Exactly these sizes, the rest in a last one.
    Sizes(Vec<usize>),
}

/// One frame, or one message in fragments: exactly one of text, binary, continuation, ping, pong, close, opcode, raw.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "frame")]
pub(crate) struct FrameSource {
    text: Option<Payload>,
    binary: Option<Payload>,
    continuation: Option<Payload>,
    ping: Option<Payload>,
    pong: Option<Payload>,
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "CloseSource")]
    close: Option<CloseBody>,
    /// a number from 0 to 15, or a name
    #[schemars(with = "OpcodeSource")]
    #[serde(default, deserialize_with = "opcode")]
    opcode: Option<Opcode>,
    raw: Option<Payload>,
    /// with `opcode`
    payload: Option<Payload>,
    fin: Option<bool>,
    /// the reserved bits that are set
    #[schemars(inner(range(min = 1, max = 3)))]
    rsv: Option<Vec<u8>>,
    mask: Option<Mask>,
    /// masking key, 8 hex digits
    #[schemars(regex(pattern = "^[0-9a-f]{8}$"))]
    key: Option<String>,
    /// declared length
    #[schemars(with = "Option<LengthSource>")]
    #[serde(default, deserialize_with = "length")]
    length: Option<u64>,
    #[schemars(extend("enum" = [7, 16, 64]))]
    length_bits: Option<u8>,
    cut: Option<usize>,
    #[schemars(with = "Option<FragmentsSource>")]
    #[serde(default, deserialize_with = "fragments")]
    fragments: Option<Fragments>,
    between: Option<Box<FrameSource>>,
    /// compressed, where permessage-deflate was agreed on
    #[serde(default)]
    deflate: bool,
}

#[derive(JsonSchema)]
#[schemars(untagged, inline)]
#[allow(dead_code)]
enum CloseSource {
    /// no body
    Empty(()),
    Code(u16),
    Fields(CloseFields),
}

/// Code and reason, or a body of any bytes.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
struct CloseFields {
    code: Option<u16>,
    reason: Option<Payload>,
    body: Option<Payload>,
}

#[derive(JsonSchema)]
#[schemars(untagged, inline)]
#[allow(dead_code)]
enum OpcodeSource {
    Number(#[schemars(range(max = 15))] u8),
    Name(OpcodeName),
}

#[derive(JsonSchema)]
#[schemars(rename_all = "lowercase", inline)]
#[allow(dead_code)]
enum OpcodeName {
    Continuation,
    Text,
    Binary,
    Close,
    Ping,
    Pong,
}

#[derive(JsonSchema)]
#[schemars(untagged, inline)]
#[allow(dead_code)]
enum LengthSource {
    Number(#[schemars(range(max = 9_007_199_254_740_991_u64))] u64),
    Hex(#[schemars(regex(pattern = "^0x[0-9a-f]{1,16}$"))] String),
}

#[derive(JsonSchema)]
#[schemars(untagged, inline)]
#[allow(dead_code)]
enum FragmentsSource {
    Each(#[schemars(range(min = 1))] usize),
    Sizes(Vec<usize>),
}

impl JsonSchema for Frame {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        FrameSource::schema_name()
    }
    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        FrameSource::json_schema(generator)
    }
}

impl JsonSchema for CloseBody {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> std::borrow::Cow<'static, str> {
        CloseSource::schema_name()
    }
    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        CloseSource::json_schema(generator)
    }
}

impl TryFrom<FrameSource> for Frame {
    type Error = String;

    fn try_from(source: FrameSource) -> Result<Frame, String> {
        let s = source;
        let mut words = [
            (Opcode::TEXT, s.text),
            (Opcode::BINARY, s.binary),
            (Opcode::CONTINUATION, s.continuation),
            (Opcode::PING, s.ping),
            (Opcode::PONG, s.pong),
        ]
        .into_iter()
        .filter_map(|(opcode, payload)| payload.map(|p| Content::Payload(opcode, p)))
        .chain(s.close.map(Content::Close))
        .chain(s.raw.map(Content::Raw))
        .collect::<Vec<_>>();
        match (s.opcode, s.payload) {
            (Some(opcode), payload) => {
                words.push(Content::Payload(
                    opcode,
                    payload.unwrap_or(Payload::Text(String::new())),
                ));
            }
            (None, Some(_)) => return Err("`payload` goes with `opcode`".into()),
            (None, None) => {}
        }
        let (Some(content), None) = (words.pop(), words.pop()) else {
            return Err("a frame has exactly one of text, binary, continuation, ping, pong, close, opcode, raw".into());
        };
        let rsv = s
            .rsv
            .unwrap_or_default()
            .into_iter()
            .try_fold(0, |bits, bit| match bit {
                1..=3 => Ok(bits | 8 >> bit),
                other => Err(format!("there is no RSV{other}")),
            })?;
        let key = match s.key {
            Some(key) => Some(
                hex_bytes(&key)?
                    .try_into()
                    .map_err(|_| "a masking key has four bytes")?,
            ),
            None => None,
        };
        let form = match s.length_bits {
            None => None,
            Some(7) => Some(LengthForm::Bits7),
            Some(16) => Some(LengthForm::Bits16),
            Some(64) => Some(LengthForm::Bits64),
            Some(other) => return Err(format!("length_bits is 7, 16 or 64, not {other}")),
        };
        if s.deflate && !matches!(content, Content::Payload(Opcode::TEXT | Opcode::BINARY, _)) {
            return Err("`deflate` goes with `text` or `binary`".into());
        }
        let between = s
            .between
            .map(|f| Frame::try_from(*f).map(Box::new))
            .transpose()?;
        if between.is_some() && s.fragments.is_none() {
            return Err("`between` goes with `fragments`".into());
        }
        Ok(Frame {
            content,
            fin: s.fin.unwrap_or(true),
            rsv,
            mask: s.mask.unwrap_or_default(),
            key,
            length: s.length,
            form,
            cut: s.cut,
            fragments: s.fragments,
            between,
            deflate: s.deflate,
        })
    }
}

impl<'de> Deserialize<'de> for CloseBody {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Value::deserialize(deserializer)? {
            Value::Null => Ok(CloseBody::Empty),
            Value::Number(code) => {
                let code = code.as_u64().and_then(|c| u16::try_from(c).ok());
                code.map(|c| CloseBody::Code(c, None))
                    .ok_or_else(|| D::Error::custom("a close code has 16 bits"))
            }
            value => match CloseFields::deserialize(value).map_err(D::Error::custom)? {
                CloseFields {
                    code: Some(code),
                    reason,
                    body: None,
                } => Ok(CloseBody::Code(code, reason)),
                CloseFields {
                    code: None,
                    reason: None,
                    body: Some(body),
                } => Ok(CloseBody::Body(body)),
                _ => Err(D::Error::custom(
                    "close takes null, a code, {code, reason} or {body}",
                )),
            },
        }
    }
}

impl CloseBody {
    /// The bytes of the body.
    pub fn bytes(&self) -> Vec<u8> {
        match self {
            CloseBody::Empty => Vec::new(),
            CloseBody::Code(code, reason) => {
                let mut body = code.to_be_bytes().to_vec();
                body.extend(reason.as_ref().map(Payload::bytes).unwrap_or_default());
                body
            }
            CloseBody::Body(payload) => payload.bytes(),
        }
    }
}

fn present<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

fn opcode<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Opcode>, D::Error> {
    let value = Value::deserialize(deserializer)?;
    let opcode = match &value {
        Value::Number(n) => n
            .as_u64()
            .filter(|n| *n <= 15)
            .map(|n| Opcode::from_bits(n as u8)),
        Value::String(name) => (0..16)
            .map(Opcode::from_bits)
            .find(|o| o.name() == Some(name)),
        _ => None,
    };
    opcode
        .map(Some)
        .ok_or_else(|| D::Error::custom(format!("no opcode: {value}")))
}

fn length<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u64>, D::Error> {
    let value = Value::deserialize(deserializer)?;
    let length = match &value {
        Value::Number(n) => n.as_u64().filter(|n| *n < 1 << 53),
        Value::String(text) => text
            .strip_prefix("0x")
            .and_then(|hex| u64::from_str_radix(hex, 16).ok()),
        _ => None,
    };
    length.map(Some).ok_or_else(|| {
        D::Error::custom(format!(
            "a length is a number below 2^53 or \"0x…\", not {value}"
        ))
    })
}

fn fragments<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Fragments>, D::Error> {
    let value = Value::deserialize(deserializer)?;
    let sizes = |list: &Vec<Value>| {
        list.iter()
            .map(|v| v.as_u64().map(|n| n as usize))
            .collect::<Option<Vec<_>>>()
    };
    let found = match &value {
        Value::Number(n) => n
            .as_u64()
            .filter(|n| *n > 0)
            .map(|n| Fragments::Each(n as usize)),
        Value::Array(list) if !list.is_empty() => sizes(list).map(Fragments::Sizes),
        _ => None,
    };
    found.map(Some).ok_or_else(|| {
        D::Error::custom(format!(
            "fragments is a size or a list of sizes, not {value}"
        ))
    })
}
