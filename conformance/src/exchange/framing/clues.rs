//! Evidence of where a frame of the target ends: the payloads it was sent, and what a header looks
//! like.

use wsspec_core::Role;
use wsspec_core::frame::{FrameHeader, LengthForm, Opcode, apply_mask};

/// Bytes of a header and payload of a control frame, at most.
pub(super) const MAX_CONTROL: usize = 2 + 4 + 125;

/// What the target is known to have been sent.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Clues<'a> {
    /// The payload of the message whose echo is due.
    pub(crate) echo: Option<&'a [u8]>,
    /// The payload of our barrier that has not been answered yet. No target sends it unasked.
    pub(crate) barrier: Option<&'a [u8]>,
    /// The size of the largest message that is read, in bytes.
    pub(crate) limit: u64,
}

/// A copy of `raw`, which begins `phase` bytes into a payload, without its mask.
pub(super) fn unmasked(raw: &[u8], key: Option<[u8; 4]>, phase: usize) -> Vec<u8> {
    let mut bytes = raw.to_vec();
    if let Some(key) = key {
        apply_mask(&mut bytes, key, phase);
    }
    bytes
}

/// What frames of one sender have to look like.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rules {
    pub(super) sender: Role,
    /// permessage-deflate was agreed on.
    pub(super) deflate: bool,
}

/// A frame that is complete, if its length is right.
#[derive(Debug, Clone, Copy)]
pub(super) struct Before<'a> {
    pub(super) header: &'a FrameHeader,
    /// A message is under way after it.
    pub(super) in_message: bool,
}

impl Rules {
    /// Whether `bytes` begin with the header of a frame that breaks no rule, or none that the frame
    /// before it does not break as well. `None` if that is not known yet.
    pub(super) fn fits(self, bytes: &[u8], before: Before<'_>) -> Option<bool> {
        let Before { header, in_message } = before;
        let opcode = Opcode::from_bits(*bytes.first()?);
        let (fin, rsv) = (bytes[0] & 0x80 != 0, bytes[0] >> 4 & 7);
        let compresses = self.deflate && (opcode == Opcode::TEXT || opcode == Opcode::BINARY);
        let in_order = if opcode.is_control() {
            fin
        } else {
            in_message == (opcode == Opcode::CONTINUATION)
        };
        let reserved = rsv != 0 && !(rsv == 4 && compresses) && rsv != header.rsv;
        if opcode.is_reserved() || !in_order || reserved {
            return Some(false);
        }
        let second = *bytes.get(1)?;
        let masked = second & 0x80 != 0;
        let odd_mask = masked != self.sender.masks() && masked != header.mask.is_some();
        if odd_mask || opcode.is_control() && second & 0x7f > 125 {
            return Some(false);
        }
        Some(is_minimal(&parse(bytes)?) || !is_minimal(header))
    }

    /// Where in `bytes` the answer to our barrier begins: a pong, or a message, with its payload.
    pub(super) fn find_answer(self, bytes: &[u8], barrier: &[u8]) -> Option<usize> {
        (0..bytes.len()).find(|at| self.is_answer(&bytes[*at..], barrier))
    }

    fn is_answer(self, bytes: &[u8], barrier: &[u8]) -> bool {
        let right = matches!(bytes.first(), Some(0x8a | 0x81 | 0x82))
            && FrameHeader::parse(&bytes[..bytes.len().min(MAX_CONTROL)]).is_some_and(|header| {
                let payload = &bytes[header.size()..];
                header.length == barrier.len() as u64
                    && header.mask.is_some() == self.sender.masks()
                    && payload.len() >= barrier.len()
                    && unmasked(&payload[..barrier.len()], header.mask, 0) == barrier
            });
        right && !barrier.is_empty()
    }
}

/// The header at the front of `bytes`, if it is whole. The top bit of a length is a fault of its own
/// (RFC 6455 §5.2), and no part of it.
pub(super) fn parse(bytes: &[u8]) -> Option<FrameHeader> {
    FrameHeader::parse(bytes).map(|header| FrameHeader {
        length: header.length & (u64::MAX >> 1),
        ..header
    })
}

/// Whether the length of a frame is written in the fewest bytes (RFC 6455 §5.2).
pub(super) fn is_minimal(header: &FrameHeader) -> bool {
    header.form == LengthForm::shortest(header.length)
}
