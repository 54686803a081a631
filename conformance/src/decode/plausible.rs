//! Whether bytes look like those of a connection.

use wsspec_core::dissect::head_length;
use wsspec_core::frame::FrameHeader;

/// Frames that are looked at.
const FRAMES: usize = 64;

/// Whether the bytes begin with a head, or with frames that keep the rules of headers, as many as
/// there are; the last may be cut.
pub(super) fn begins_with_frames(bytes: &[u8]) -> bool {
    let head = head_length(bytes);
    let mut rest = &bytes[head..];
    for _ in 0..FRAMES {
        if rest.is_empty() {
            return true;
        }
        let Some(header) = FrameHeader::parse(rest) else {
            return is_regular(rest[0] >> 4 & 7, rest[0] & 15);
        };
        if !is_regular(header.rsv, header.opcode.bits()) {
            return false;
        }
        let size = header.length.saturating_add(header.size() as u64);
        let Some(after) = usize::try_from(size).ok().and_then(|size| rest.get(size..)) else {
            return header.length < 1 << 40;
        };
        rest = after;
    }
    true
}

fn is_regular(rsv: u8, opcode: u8) -> bool {
    let known = matches!(opcode, 0..=2 | 8..=10);
    known && (rsv == 0 || rsv == 4 && opcode < 3)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_plausible_or_not() {
        assert!(begins_with_frames(b"\x81\x05Hello"));
        assert!(begins_with_frames(b"\x81\x05Hel"));
        assert!(begins_with_frames(b"\x81"));
        assert!(!begins_with_frames(b"\x10\x00\x00\x01"));
        assert!(!begins_with_frames(b"\x81\x05Hello\x07"));
    }
}
