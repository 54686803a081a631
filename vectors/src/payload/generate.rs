//! The bytes of a payload.

use wsspec_core::deflate::emit::{Emitter, Token};

use super::{Block, BlockContent, BlockPart, Payload};
use crate::SplitMix64;

impl Payload {
    /// Number of bytes that [`bytes`](Self::bytes) returns.
    pub fn size(&self) -> u64 {
        match self {
            Payload::Text(text) => text.len() as u64,
            Payload::Bytes(bytes) => bytes.len() as u64,
            Payload::Repeat(_, size)
            | Payload::Random { size, .. }
            | Payload::Words { size, .. } => *size,
            Payload::Concat(parts) => parts.iter().map(Payload::size).fold(0, u64::saturating_add),
            Payload::Blocks(blocks) => compressed_message(blocks).len() as u64,
        }
    }

    /// Generates the bytes: the same each time, at most 256 MiB.
    pub fn bytes(&self) -> Vec<u8> {
        match self {
            Payload::Text(text) => text.clone().into_bytes(),
            Payload::Bytes(bytes) => bytes.clone(),
            Payload::Repeat(unit, size) => {
                let unit = unit.bytes();
                let mut bytes = unit.repeat((*size as usize).div_ceil(unit.len().max(1)));
                bytes.truncate(*size as usize);
                bytes
            }
            Payload::Random { size, seed, ascii } => random_bytes(*size, *seed, *ascii),
            Payload::Words { words, size, seed } => random_words(words, *size, *seed),
            Payload::Concat(parts) => parts
                .iter()
                .map(Payload::bytes)
                .collect::<Vec<_>>()
                .concat(),
            Payload::Blocks(blocks) => compressed_message(blocks),
        }
    }
}

fn random_bytes(size: u64, seed: u64, ascii: bool) -> Vec<u8> {
    let mut random = SplitMix64(seed);
    let mut bytes = Vec::with_capacity(size as usize + 7);
    (0..size.div_ceil(8)).for_each(|_| bytes.extend(random.next().to_le_bytes()));
    bytes.truncate(size as usize);
    if ascii {
        for byte in &mut bytes {
            *byte = 0x20 + *byte % 95;
        }
    }
    bytes
}

fn random_words(words: &[Payload], size: u64, seed: u64) -> Vec<u8> {
    let words: Vec<Vec<u8>> = words.iter().map(Payload::bytes).collect();
    let mut random = SplitMix64(seed);
    let mut bytes = Vec::new();
    while (bytes.len() as u64) < size {
        bytes.extend(&words[(random.next() % words.len() as u64) as usize]);
    }
    bytes.truncate(size as usize);
    bytes
}

/// The payload of a message with these blocks. A flush follows the last one; its `00 00 FF FF` is
/// left out (RFC 7692 §7.2.1).
fn compressed_message(blocks: &[Block]) -> Vec<u8> {
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

fn tokens(parts: &[BlockPart]) -> Vec<Token> {
    let mut tokens = Vec::new();
    for part in parts {
        match part {
            BlockPart::Literals(payload) => {
                tokens.extend(payload.bytes().into_iter().map(Token::Literal));
            }
            BlockPart::Copy { length, distance } => tokens.push(Token::Copy {
                length: *length,
                distance: *distance,
            }),
        }
    }
    tokens
}
