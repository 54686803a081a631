//! Reads DEFLATE blocks from JSON.

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, de::Error};

use super::{Block, BlockContent, BlockPart, MAX_PART, Payload};

/// One DEFLATE block: exactly one of stored, fixed, dynamic, flush.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "block")]
pub(super) struct BlockSource {
    /// not compressed
    stored: Option<Payload>,
    /// compressed with the fixed Huffman codes
    fixed: Option<Vec<BlockPart>>,
    /// compressed with Huffman codes of its own
    dynamic: Option<Vec<BlockPart>>,
    /// an empty stored block
    flush: Option<bool>,
    /// sets BFINAL; zero bits follow up to the next byte
    #[serde(default)]
    last: bool,
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

impl JsonSchema for BlockPart {
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

impl<'de> Deserialize<'de> for BlockPart {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match PartSource::deserialize(deserializer)? {
            PartSource::Literals(payload) => Ok(BlockPart::Literals(payload)),
            PartSource::Copy(CopySource {
                copy: (length, distance),
            }) => {
                if !(3..=258).contains(&length) || !(1..=32_768).contains(&distance) {
                    return Err(D::Error::custom(
                        "a copy takes 3 to 258 bytes from 1 to 32768 bytes back",
                    ));
                }
                Ok(BlockPart::Copy { length, distance })
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
        let source = BlockSource::deserialize(deserializer)?;
        let words = [
            source.stored.map(BlockContent::Stored),
            source.fixed.map(BlockContent::Fixed),
            source.dynamic.map(BlockContent::Dynamic),
            source
                .flush
                .filter(|flush| *flush)
                .map(|_| BlockContent::Flush),
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
        Ok(Block {
            content,
            last: source.last,
        })
    }
}

/// Checks that the blocks hold at most [`MAX_PART`] bytes before compression.
pub(super) fn check_size(blocks: &[Block]) -> Result<(), String> {
    let size = blocks.iter().map(content_size).fold(0, u64::saturating_add);
    if size > MAX_PART {
        return Err(format!(
            "blocks hold {size} bytes; at most {MAX_PART} are allowed"
        ));
    }
    Ok(())
}

fn content_size(block: &Block) -> u64 {
    match &block.content {
        BlockContent::Stored(payload) => payload.size(),
        BlockContent::Fixed(parts) | BlockContent::Dynamic(parts) => {
            parts.iter().map(literals).fold(0, u64::saturating_add)
        }
        BlockContent::Flush => 0,
    }
}

fn literals(part: &BlockPart) -> u64 {
    match part {
        BlockPart::Literals(payload) => payload.size(),
        BlockPart::Copy { .. } => 0,
    }
}
