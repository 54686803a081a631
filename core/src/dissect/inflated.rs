//! The DEFLATE blocks in the payloads of one message.

use super::{Node, NodeKind};
use crate::deflate::inflate::{Block, BlockKind, Inflate};
use crate::frame::Data;

/// Follows the blocks of the compressed messages of one direction.
///
/// It is a second inflater beside the one that checks the messages, and is fed byte by byte so that
/// it can be asked after each byte where it is.
#[derive(Debug, Default)]
pub(super) struct Blocks {
    inflate: Inflate,
    block: Option<Block>,
    broken: bool,
    /// Payload bytes of the message in earlier frames.
    before: u64,
}

impl Blocks {
    /// Takes a piece of the payload. Returns the blocks that begin in it, as adjacent nodes.
    pub(super) fn take(&mut self, data: &Data<'_>, limit: usize) -> Vec<Node> {
        if data.first {
            self.inflate.next_message();
            (self.block, self.broken, self.before) = (None, false, 0);
        }
        let mut nodes: Vec<Node> = Vec::new();
        let mut out = Vec::new();
        for byte in 0..data.payload.len() {
            let mut input = &data.payload[byte..=byte];
            while !self.broken && !input.is_empty() {
                out.clear();
                self.broken = self.inflate.inflate(&mut input, &mut out, limit).is_err();
            }
            let block = self.inflate.block().filter(|_| !self.broken);
            if block.is_some() && block != self.block {
                self.block = block;
                nodes.extend(block.map(|block| self.node(block, data)));
            }
        }
        self.before += data.payload.len() as u64;
        let ends: Vec<u64> = nodes.iter().skip(1).map(|next| next.offset).collect();
        let last = data.offset + data.payload.len() as u64;
        for (node, end) in nodes.iter_mut().zip(ends.into_iter().chain([last])) {
            node.length = (end - node.offset) as usize;
        }
        nodes
    }

    fn node(&self, block: Block, data: &Data<'_>) -> Node {
        let offset = data.offset + (block.from / 8).saturating_sub(self.before);
        let kind = match block.kind {
            BlockKind::Stored => "stored",
            BlockKind::Fixed => "fixed",
            BlockKind::Dynamic => "dynamic",
        };
        let last = if block.last { ", BFINAL" } else { "" };
        Node::new(
            NodeKind::Block,
            offset,
            0,
            format!(
                "{kind} block{last} (from bit {} of the message)",
                block.from
            ),
        )
    }
}
