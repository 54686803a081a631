//! Frames on their way out: which pongs go, and what a Close says.

use wsspec_core::frame::{FrameHeader, LengthForm, Opcode, apply_mask};

use wsspec_vectors::SplitMix64;

/// What becomes of pongs (RFC 6455 §5.5.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pongs {
    All,
    /// Of several answers that are ready only the last.
    Latest,
    /// Each with one more that nobody asked for.
    Twice,
}

/// Makes the body of a Close of the right one.
pub(super) type Closing = fn(Vec<u8>, &mut SplitMix64) -> Vec<u8>;

/// These whole frames as they go out. Of the answers to `pings` only the last, where there are any; a pong that nobody
/// asked for is none.
pub(super) fn outgoing(
    bytes: Vec<u8>,
    pings: &[Vec<u8>],
    closing: Option<Closing>,
    random: &mut SplitMix64,
) -> Vec<u8> {
    if pings.len() < 2 && closing.is_none() {
        return bytes;
    }
    let mut frames: Vec<(FrameHeader, &[u8])> = Vec::new();
    let mut rest = bytes.as_slice();
    while let Some(header) = FrameHeader::parse(rest) {
        let (frame, left) = rest.split_at((header.size() + header.length as usize).min(rest.len()));
        frames.push((header, frame));
        rest = left;
    }
    let answers = |(header, frame): &(FrameHeader, &[u8]), pings: &[Vec<u8>]| {
        header.opcode == Opcode::PONG && pings.contains(&body(header, frame))
    };
    let latest = pings.len().saturating_sub(1);
    let last = frames
        .iter()
        .rposition(|pong| answers(pong, &pings[latest..]));
    let mut out = Vec::new();
    for (i, (header, frame)) in frames.into_iter().enumerate() {
        match (header.opcode, closing) {
            (Opcode::PONG, _) if Some(i) != last && answers(&(header, frame), pings) => {}
            (Opcode::CLOSE, Some(closing)) => {
                let mut body = closing(body(&header, frame), random);
                let length = body.len() as u64;
                FrameHeader {
                    length,
                    form: LengthForm::shortest(length),
                    ..header
                }
                .write(&mut out);
                header
                    .mask
                    .iter()
                    .for_each(|key| apply_mask(&mut body, *key, 0));
                out.extend(body);
            }
            _ => out.extend_from_slice(frame),
        }
    }
    out.extend_from_slice(rest);
    out
}

/// The payload of a frame, in the clear.
fn body(header: &FrameHeader, frame: &[u8]) -> Vec<u8> {
    let mut body = frame[header.size()..].to_vec();
    header
        .mask
        .iter()
        .for_each(|key| apply_mask(&mut body, *key, 0));
    body
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

/// The longest reason there can be: 123 bytes (RFC 6455 §5.5).
pub(super) fn with_long_reason(mut body: Vec<u8>, random: &mut SplitMix64) -> Vec<u8> {
    body.truncate(2);
    if body.len() == 2 {
        body.extend((0..123).map(|_| b'a' + (random.next() % 26) as u8));
    }
    body
}

/// A code of private use (RFC 6455 §7.4.2).
pub(super) fn private_code(_: Vec<u8>, random: &mut SplitMix64) -> Vec<u8> {
    (4000 + (random.next() % 1000) as u16)
        .to_be_bytes()
        .to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of what answers a ping only the last goes out; of what does not, everything (RFC 6455 §5.5.3).
    #[test]
    fn a_pong_that_nobody_asked_for_takes_the_place_of_none() {
        let pong = |payload: &[u8]| [&[0x8a, payload.len() as u8], payload].concat();
        let said = [pong(b"a"), pong(b"of its own"), pong(b"b"), pong(b"too")].concat();
        let out = |pings: &[Vec<u8>]| outgoing(said.clone(), pings, None, &mut SplitMix64(0));
        assert_eq!(
            out(&[b"a".to_vec(), b"b".to_vec()]),
            [pong(b"of its own"), pong(b"b"), pong(b"too")].concat()
        );
        assert_eq!(out(&[b"b".to_vec()]), said);
        assert_eq!(out(&[]), said);
    }
}
