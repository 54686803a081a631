//! Compressed messages made by hand, block by block.

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, de::Error};
use wsspec_core::deflate::emit::{Emitter, Token};

use super::Payload;
use super::payload::MAX_PART;

/// One block of DEFLATE.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    content: BlockContent,
    last: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum BlockContent {
    Stored(Payload),
    Fixed(Vec<Part>),
    Dynamic(Vec<Part>),
    Flush,
}

/// One block: exactly one of stored, fixed, dynamic, flush.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "block")]
pub(crate) struct BlockSource {
    /// as it is
    stored: Option<Payload>,
    /// with the fixed codes
    fixed: Option<Vec<Part>>,
    /// with codes of its own
    dynamic: Option<Vec<Part>>,
    /// an empty stored block
    flush: Option<bool>,
    /// BFINAL; zeros follow up to the next byte
    #[serde(default)]
    last: bool,
}

/// Literals, or a copy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Part {
    Literals(Payload),
    Copy { length: u16, distance: u32 },
}

#[derive(Deserialize, JsonSchema)]
#[serde(untagged)]
#[schemars(inline)]
enum PartSource {
    Copy(CopySource),
    /// literals
    Literals(Payload),
}

/// `[length, distance]`
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
struct CopySource {
    copy: (u16, u32),
}

impl JsonSchema for Part {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> std::borrow::Cow<'static, str> {
        PartSource::schema_name()
    }
    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        PartSource::json_schema(generator)
    }
}

impl<'de> Deserialize<'de> for Part {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match PartSource::deserialize(deserializer)? {
            PartSource::Literals(payload) => Ok(Part::Literals(payload)),
            PartSource::Copy(CopySource {
                copy: (length, distance),
            }) => {
                if !(3..=258).contains(&length) || !(1..=32_768).contains(&distance) {
                    return Err(D::Error::custom(
                        "a copy is of 3 to 258 bytes from 1 to 32768 back",
                    ));
                }
                Ok(Part::Copy { length, distance })
            }
        }
    }
}

impl JsonSchema for Block {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        BlockSource::schema_name()
    }
    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        BlockSource::json_schema(generator)
    }
}

impl<'de> Deserialize<'de> for Block {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let BlockSource {
            stored,
            fixed,
            dynamic,
            flush,
            last,
        } = BlockSource::deserialize(deserializer)?;
        let words = [
            stored.map(BlockContent::Stored),
            fixed.map(BlockContent::Fixed),
            dynamic.map(BlockContent::Dynamic),
            flush.filter(|flush| *flush).map(|_| BlockContent::Flush),
        ];
        let mut words = words.into_iter().flatten();
        let (Some(content), None) = (words.next(), words.next()) else {
            return Err(D::Error::custom(
                "a block has exactly one of stored, fixed, dynamic, flush",
            ));
        };
        if matches!(&content, BlockContent::Stored(payload) if payload.size() > 65_535) {
            return Err(D::Error::custom("a stored block holds at most 65535 bytes"));
        }
        Ok(Block { content, last })
    }
}

/// Whether they can be made: what they hold, before it is compressed, has a bound.
pub(crate) fn check(blocks: &[Block]) -> Result<(), String> {
    let size = |part: &Part| match part {
        Part::Literals(payload) => payload.size(),
        Part::Copy { .. } => 0,
    };
    let sizes = blocks.iter().map(|block| match &block.content {
        BlockContent::Stored(payload) => payload.size(),
        BlockContent::Fixed(parts) | BlockContent::Dynamic(parts) => parts.iter().map(size).sum(),
        BlockContent::Flush => 0,
    });
    match sizes.fold(0, u64::saturating_add) {
        ..=MAX_PART => Ok(()),
        size => Err(format!("blocks of {size} bytes are more than {MAX_PART}")),
    }
}

/// The payload of a message with these blocks: a flush follows, of which the `00 00 FF FF` is left out.
pub(crate) fn message(blocks: &[Block]) -> Vec<u8> {
    let mut emitter = Emitter::new();
    for Block { content, last } in blocks {
        match content {
            BlockContent::Stored(payload) => emitter.stored(*last, &payload.bytes()),
            BlockContent::Fixed(parts) => emitter.fixed(*last, &tokens(parts)),
            BlockContent::Dynamic(parts) => emitter.dynamic(*last, &tokens(parts)),
            BlockContent::Flush => emitter.stored(*last, &[]),
        };
        if *last {
            emitter.align();
        }
    }
    emitter.flush();
    emitter.finish_message()
}

fn tokens(parts: &[Part]) -> Vec<Token> {
    let tokens = |part: &Part| match part {
        Part::Literals(payload) => payload.bytes().into_iter().map(Token::Literal).collect(),
        Part::Copy { length, distance } => vec![Token::Copy {
            length: *length,
            distance: *distance,
        }],
    };
    parts.iter().flat_map(tokens).collect()
}
