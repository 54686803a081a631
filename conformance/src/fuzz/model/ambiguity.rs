//! Frames whose meaning depends on the reader.

use crate::fuzz::plan::Piece;
use wsspec_vectors::{Content, Frame};

/// Bits of a DEFLATE block header with the reserved type, which no reader accepts (RFC 1951
/// §3.2.3).
const RESERVED_BLOCK: u8 = 0b110;

/// Whether a frame claims to be compressed and its content may or may not inflate, so that readers
/// differ legally in what they deliver of it.
pub(super) fn is_ambiguous(piece: &Piece, frame: &Frame) -> bool {
    match (piece, &frame.content) {
        // The rest of the message would be uncompressed, and some readers inflate at once, others
        // at its end.
        (Piece::Generated(spec), _) if spec.deflate && !spec.fin => true,
        (Piece::Generated(spec), Content::Payload(_, payload)) => {
            let compressed = spec.rsv.contains(&1) && matches!(spec.opcode, 1 | 2);
            compressed && !begins_with_reserved_block(&payload.bytes())
        }
        (Piece::FromVector(frame), _) => frame.contains_key("rsv"),
        _ => false,
    }
}

fn begins_with_reserved_block(payload: &[u8]) -> bool {
    payload
        .first()
        .is_some_and(|first| first & RESERVED_BLOCK == RESERVED_BLOCK)
}
