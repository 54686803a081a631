//! Reads frames from JSON.

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, de::Error};
use serde_json::Value;
use wsspec_core::frame::{LengthForm, Opcode};

use super::{CloseBody, Content, Fragments, Frame, Mask};
use crate::Payload;
use crate::hex;
use crate::json::present;

/// One frame, or one message in fragments: exactly one of text, binary, continuation, ping, pong,
/// close, opcode, raw.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "frame")]
struct FrameSource {
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
    /// declared payload length
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
pub(crate) enum CloseSource {
    /// no body
    Empty(()),
    Code(u16),
    Fields(CloseFields),
}

/// A code and a reason, or a body of any bytes.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
pub(crate) struct CloseFields {
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

impl<'de> Deserialize<'de> for Frame {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        FrameSource::deserialize(deserializer)?
            .resolve()
            .map_err(D::Error::custom)
    }
}

impl FrameSource {
    fn resolve(mut self) -> Result<Frame, String> {
        let content = self.content()?;
        if self.deflate && !matches!(content, Content::Payload(Opcode::TEXT | Opcode::BINARY, _)) {
            return Err("`deflate` goes with `text` or `binary`".into());
        }
        if self.between.is_some() && self.fragments.is_none() {
            return Err("`between` goes with `fragments`".into());
        }
        let between = self.between.take().map(|frame| frame.resolve());
        Ok(Frame {
            content,
            fin: self.fin.unwrap_or(true),
            rsv: reserved_bits(&self.rsv.unwrap_or_default())?,
            mask: self.mask.unwrap_or_default(),
            key: self.key.as_deref().map(masking_key).transpose()?,
            length: self.length,
            form: self.length_bits.map(length_form).transpose()?,
            cut: self.cut,
            fragments: self.fragments,
            between: between.transpose()?.map(Box::new),
            deflate: self.deflate,
        })
    }

    /// Takes the one word that names the content.
    fn content(&mut self) -> Result<Content, &'static str> {
        if self.payload.is_some() && self.opcode.is_none() {
            return Err("`payload` goes with `opcode`");
        }
        let payload = self.payload.take();
        let under_opcode = self
            .opcode
            .map(|opcode| Content::Payload(opcode, payload.unwrap_or(Payload::Bytes(Vec::new()))));
        let named = [
            (Opcode::TEXT, self.text.take()),
            (Opcode::BINARY, self.binary.take()),
            (Opcode::CONTINUATION, self.continuation.take()),
            (Opcode::PING, self.ping.take()),
            (Opcode::PONG, self.pong.take()),
        ];
        let mut written = named
            .into_iter()
            .filter_map(|(opcode, payload)| Some(Content::Payload(opcode, payload?)))
            .chain(self.close.take().map(Content::Close))
            .chain(self.raw.take().map(Content::Raw))
            .chain(under_opcode);
        match (written.next(), written.next()) {
            (Some(content), None) => Ok(content),
            _ => Err(
                "a frame has exactly one of text, binary, continuation, ping, pong, close, opcode, raw",
            ),
        }
    }
}

/// RSV1 is the highest of the three bits.
fn reserved_bits(numbers: &[u8]) -> Result<u8, String> {
    numbers.iter().try_fold(0, |bits, number| match number {
        1..=3 => Ok(bits | 8 >> number),
        other => Err(format!("there is no RSV{other}; write 1, 2 or 3")),
    })
}

fn masking_key(text: &str) -> Result<[u8; 4], String> {
    hex::decode(text)
        .map_err(|e| format!("key: {e}"))?
        .try_into()
        .map_err(|_| "a masking key has four bytes".to_owned())
}

fn length_form(bits: u8) -> Result<LengthForm, String> {
    match bits {
        7 => Ok(LengthForm::Bits7),
        16 => Ok(LengthForm::Bits16),
        64 => Ok(LengthForm::Bits64),
        other => Err(format!("length_bits is 7, 16 or 64, not {other}")),
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
    opcode.map(Some).ok_or_else(|| {
        D::Error::custom(format!(
            "{value} is not an opcode: write a name or a number from 0 to 15"
        ))
    })
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
    let found = match &value {
        Value::Number(n) => n
            .as_u64()
            .filter(|n| *n > 0)
            .map(|n| Fragments::Each(n as usize)),
        Value::Array(list) if !list.is_empty() => list
            .iter()
            .map(|v| v.as_u64().map(|n| n as usize))
            .collect::<Option<_>>()
            .map(Fragments::Sizes),
        _ => None,
    };
    found.map(Some).ok_or_else(|| {
        D::Error::custom(format!(
            "fragments is a size or a list of sizes, not {value}"
        ))
    })
}
