//! Edits of pongs and Close frames on their way out.

use wsspec_core::frame::{FrameHeader, LengthForm, Opcode, apply_mask};
use wsspec_vectors::SplitMix64;

/// Makes another body of the body of a Close.
pub(super) type CloseEdit = fn(Vec<u8>, &mut SplitMix64) -> Vec<u8>;

/// Edits whole frames: drops the answers to all but the last of `pings`, and edits the body of a
/// Close. A pong that answers none of `pings` is kept.
pub(super) fn outgoing(
    bytes: Vec<u8>,
    pings: &[Vec<u8>],
    edit: Option<CloseEdit>,
    random: &mut SplitMix64,
) -> Vec<u8> {
    if pings.len() < 2 && edit.is_none() {
        return bytes;
    }
    let (frames, rest) = split(&bytes);
    let latest = &pings[pings.len().saturating_sub(1)..];
    let last = frames.iter().rposition(|frame| frame.answers(latest));
    let mut out = Vec::new();
    for (i, frame) in frames.iter().enumerate() {
        match (frame.header.opcode, edit) {
            (Opcode::PONG, _) if Some(i) != last && frame.answers(pings) => {}
            (Opcode::CLOSE, Some(edit)) => frame.write_with(edit(frame.body(), random), &mut out),
            _ => out.extend_from_slice(frame.bytes),
        }
    }
    out.extend_from_slice(rest);
    out
}

/// A whole frame.
#[derive(Debug, Clone, Copy)]
struct WholeFrame<'a> {
    header: FrameHeader,
    /// The header and the payload, as written.
    bytes: &'a [u8],
}

/// The whole frames, and the bytes after them.
fn split(bytes: &[u8]) -> (Vec<WholeFrame<'_>>, &[u8]) {
    let mut frames = Vec::new();
    let mut rest = bytes;
    while let Some(header) = FrameHeader::parse(rest) {
        let end = (header.size() + header.length as usize).min(rest.len());
        let (bytes, left) = rest.split_at(end);
        frames.push(WholeFrame { header, bytes });
        rest = left;
    }
    (frames, rest)
}

impl WholeFrame<'_> {
    /// The payload, unmasked.
    fn body(&self) -> Vec<u8> {
        let mut body = self.bytes[self.header.size()..].to_vec();
        if let Some(key) = self.header.mask {
            apply_mask(&mut body, key, 0);
        }
        body
    }

    /// Whether it is the answer to one of `pings`.
    fn answers(&self, pings: &[Vec<u8>]) -> bool {
        self.header.opcode == Opcode::PONG && pings.contains(&self.body())
    }

    /// Appends the frame with another body.
    fn write_with(&self, mut body: Vec<u8>, out: &mut Vec<u8>) {
        let length = body.len() as u64;
        FrameHeader {
            length,
            form: LengthForm::shortest(length),
            ..self.header
        }
        .write(out);
        if let Some(key) = self.header.mask {
            apply_mask(&mut body, key, 0);
        }
        out.extend(body);
    }
}

/// A body with this code and no reason.
pub(super) fn code<const CODE: u16>(_: Vec<u8>, _: &mut SplitMix64) -> Vec<u8> {
    CODE.to_be_bytes().to_vec()
}

pub(super) fn code_alone(mut body: Vec<u8>, _: &mut SplitMix64) -> Vec<u8> {
    body.truncate(2);
    body
}

pub(super) fn empty(_: Vec<u8>, _: &mut SplitMix64) -> Vec<u8> {
    Vec::new()
}

pub(super) fn with_reason(mut body: Vec<u8>, _: &mut SplitMix64) -> Vec<u8> {
    body.truncate(2);
    if body.len() == 2 {
        body.extend_from_slice("Auf Wiedersehen – さようなら".as_bytes());
    }
    body
}

/// With the longest possible reason, 123 bytes (RFC 6455 §5.5).
pub(super) fn with_long_reason(mut body: Vec<u8>, random: &mut SplitMix64) -> Vec<u8> {
    body.truncate(2);
    if body.len() == 2 {
        body.extend((0..123).map(|_| b'a' + (random.next() % 26) as u8));
    }
    body
}

/// A code for private use (RFC 6455 §7.4.2).
pub(super) fn private_code(_: Vec<u8>, random: &mut SplitMix64) -> Vec<u8> {
    (4000 + (random.next() % 1000) as u16)
        .to_be_bytes()
        .to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pong(payload: &[u8]) -> Vec<u8> {
        [&[0x8a, payload.len() as u8], payload].concat()
    }

    /// Only the answer to the latest ping goes out, and every pong that answers none (RFC 6455
    /// §5.5.3).
    #[test]
    fn unsolicited_pongs_are_kept() {
        let sent = [pong(b"a"), pong(b"of its own"), pong(b"b"), pong(b"too")].concat();
        let mut random = SplitMix64(0);
        let pings = [b"a".to_vec(), b"b".to_vec()];
        assert_eq!(
            outgoing(sent.clone(), &pings, None, &mut random),
            [pong(b"of its own"), pong(b"b"), pong(b"too")].concat()
        );
        assert_eq!(outgoing(sent.clone(), &pings[1..], None, &mut random), sent);
        assert_eq!(outgoing(sent.clone(), &[], None, &mut random), sent);
    }
}
