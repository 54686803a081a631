//! The bytes of one side of a stream, cut into their parts, whatever they mean.

use super::frame::{self, Head, Piece, Reader, Treatment};
use super::varint;

/// The largest payload that is kept, in bytes. DATA is not kept.
const LARGEST: u64 = 1 << 20;

/// The types of unidirectional streams that have a name (RFC 9114 §6.2, RFC 9204 §4.2).
const TYPES: &[(u64, &str)] = &[
    (0x00, "control stream"),
    (0x01, "push stream"),
    (0x02, "QPACK encoder stream"),
    (0x03, "QPACK decoder stream"),
];

/// The type of a control stream.
const CONTROL: u64 = 0x00;

/// The name of the type of a unidirectional stream, or `None` for a number without one.
pub fn type_name(kind: u64) -> Option<&'static str> {
    TYPES.iter().find(|row| row.0 == kind).map(|row| row.1)
}

/// A part of a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// The type of a unidirectional stream, at its beginning.
    Type(u64),
    /// A frame. The payload of DATA follows as [`Part::Content`]; that of other frames is here, if it
    /// is not too large.
    Frame {
        /// Its head.
        head: Head,
        /// Where its payload begins in the stream.
        payload_at: u64,
        /// Its payload.
        payload: Vec<u8>,
    },
    /// Content of DATA, and where it begins in the stream.
    Content(u64, Vec<u8>),
    /// Bytes that are no frames, and where they begin in the stream.
    Other(u64, Vec<u8>),
}

/// Cuts what one side sends on a stream into parts. A payload of at most 1 MiB is kept until it is
/// complete.
#[derive(Debug)]
pub struct PartReader {
    /// The bytes of the type of a unidirectional stream, as far as they came.
    pending: Option<Vec<u8>>,
    /// `None` where there are no frames.
    frames: Option<Reader>,
    /// Bytes read so far.
    at: u64,
}

impl PartReader {
    /// Reads a stream of this number (RFC 9000 §2.1).
    pub fn new(stream: u64) -> PartReader {
        let unidirectional = stream & 0b10 != 0;
        PartReader {
            pending: unidirectional.then(Vec::new),
            frames: (!unidirectional).then(|| Reader::new(0)),
            at: 0,
        }
    }

    /// The parts that are complete with these bytes.
    pub fn parts(&mut self, mut bytes: &[u8]) -> Vec<Part> {
        let mut parts = Vec::new();
        while let Some(pending) = &mut self.pending {
            let Some((byte, rest)) = bytes.split_first() else {
                return parts;
            };
            bytes = rest;
            pending.push(*byte);
            self.at += 1;
            if let Some((kind, _)) = varint::read(pending) {
                self.pending = None;
                self.frames = (kind == CONTROL).then(|| Reader::new(self.at));
                parts.push(Part::Type(kind));
            }
        }
        let Some(frames) = &mut self.frames else {
            if !bytes.is_empty() {
                parts.push(Part::Other(self.at, bytes.to_vec()));
                self.at += bytes.len() as u64;
            }
            return parts;
        };
        let end = self.at + bytes.len() as u64;
        while let Some(piece) = frames.next(&mut bytes) {
            let now = end - bytes.len() as u64;
            match piece {
                Piece::Head(head) => {
                    let kept = head.kind != frame::DATA && head.length <= LARGEST;
                    frames.treat(match head.kind {
                        frame::DATA => Treatment::Stream,
                        _ if kept => Treatment::Buffer,
                        _ => Treatment::Skip,
                    });
                    if !kept {
                        parts.push(Part::Frame {
                            head,
                            payload_at: now,
                            payload: Vec::new(),
                        });
                    }
                }
                Piece::Part(content) => {
                    parts.push(Part::Content(now - content.len() as u64, content.to_vec()));
                }
                Piece::Whole(head, payload) => parts.push(Part::Frame {
                    head,
                    payload_at: now - payload.len() as u64,
                    payload,
                }),
            }
        }
        self.at = end;
        parts
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The parts of a stream cut at `cut`, content joined.
    fn read(stream: u64, bytes: &[u8], cut: usize) -> Vec<Part> {
        let mut reader = PartReader::new(stream);
        let mut parts = reader.parts(&bytes[..cut]);
        parts.extend(reader.parts(&bytes[cut..]));
        let mut joined: Vec<Part> = Vec::new();
        for part in parts {
            match (joined.last_mut(), part) {
                (Some(Part::Content(_, before)), Part::Content(_, more))
                | (Some(Part::Other(_, before)), Part::Other(_, more)) => before.extend(more),
                (_, part) => joined.push(part),
            }
        }
        joined
    }

    #[test]
    fn frames_are_cut_at_any_chunking() {
        let mut bytes = Vec::new();
        frame::write(frame::HEADERS, b"fields", &mut bytes);
        frame::write(frame::DATA, &[7; 100], &mut bytes);
        let frame = |kind, length, at, payload_at, payload: &[u8]| Part::Frame {
            head: Head { kind, length, at },
            payload_at,
            payload: payload.to_vec(),
        };
        for cut in 0..=bytes.len() {
            assert_eq!(
                read(0, &bytes, cut),
                [
                    frame(frame::HEADERS, 6, 0, 2, b"fields"),
                    frame(frame::DATA, 100, 8, 11, b""),
                    Part::Content(11, vec![7; 100]),
                ],
                "{cut}"
            );
        }
    }

    #[test]
    fn unidirectional_streams_begin_with_their_type() {
        let control = [0, 4, 2, 8, 1];
        let settings = Part::Frame {
            head: Head {
                kind: frame::SETTINGS,
                length: 2,
                at: 1,
            },
            payload_at: 3,
            payload: vec![8, 1],
        };
        for cut in 0..=control.len() {
            assert_eq!(
                read(2, &control, cut),
                [Part::Type(0), settings.clone()],
                "{cut}"
            );
        }
        assert_eq!(
            read(6, &[2, 1, 2], 2),
            [Part::Type(2), Part::Other(1, vec![1, 2])]
        );
        assert_eq!(type_name(2), Some("QPACK encoder stream"));
    }
}
