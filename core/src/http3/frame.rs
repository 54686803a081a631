//! Frames of HTTP/3 (RFC 9114 §7): a reader of one stream, and a writer of any frame.

use super::varint;

/// `DATA`.
pub const DATA: u64 = 0x00;
/// `HEADERS`.
pub const HEADERS: u64 = 0x01;
/// `CANCEL_PUSH`.
pub const CANCEL_PUSH: u64 = 0x03;
/// `SETTINGS`.
pub const SETTINGS: u64 = 0x04;
/// `PUSH_PROMISE`.
pub const PUSH_PROMISE: u64 = 0x05;
/// `GOAWAY`.
pub const GOAWAY: u64 = 0x07;
/// `MAX_PUSH_ID`.
pub const MAX_PUSH_ID: u64 = 0x0d;

/// The frame types that have a name.
const NAMES: &[(u64, &str)] = &[
    (DATA, "DATA"),
    (HEADERS, "HEADERS"),
    (CANCEL_PUSH, "CANCEL_PUSH"),
    (SETTINGS, "SETTINGS"),
    (PUSH_PROMISE, "PUSH_PROMISE"),
    (GOAWAY, "GOAWAY"),
    (MAX_PUSH_ID, "MAX_PUSH_ID"),
];

/// The name of a frame type, or `None` for a number without one.
pub fn name(kind: u64) -> Option<&'static str> {
    NAMES.iter().find(|row| row.0 == kind).map(|row| row.1)
}

/// Whether HTTP/2 uses this type for a frame that HTTP/3 forbids (RFC 9114 §7.2.8): PRIORITY, PING,
/// WINDOW_UPDATE and CONTINUATION.
pub const fn is_of_http2(kind: u64) -> bool {
    matches!(kind, 0x02 | 0x06 | 0x08 | 0x09)
}

/// A type that says nothing and must be ignored (RFC 9114 §7.2.8, as 0x1f × N + 0x21). The same
/// numbers are reserved for settings, streams and error codes.
pub const fn grease(n: u32) -> u64 {
    0x1f * n as u64 + 0x21
}

/// Appends a frame of any type.
pub fn write(kind: u64, payload: &[u8], to: &mut Vec<u8>) {
    write_head(kind, payload.len() as u64, to);
    to.extend_from_slice(payload);
}

/// Appends the head of a frame of any type that claims any length.
pub fn write_head(kind: u64, length: u64, to: &mut Vec<u8>) {
    varint::write(kind, to);
    varint::write(length, to);
}

/// The head of a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// The frame type.
    pub kind: u64,
    /// The length of the payload in bytes.
    pub length: u64,
    /// Where the frame begins in the stream.
    pub at: u64,
}

/// What becomes of the payload of a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Treatment {
    /// Handed out as it comes.
    Stream,
    /// Handed out whole. The caller has checked that the length may be buffered.
    Buffer,
    /// Dropped.
    Skip,
}

/// A part of the stream.
#[derive(Debug, PartialEq, Eq)]
pub enum Piece<'a> {
    /// A frame begins. Unless [`Reader::treat`] is called now, its payload is dropped.
    Head(Head),
    /// A part of a streamed payload, never empty.
    Part(&'a [u8]),
    /// The whole of a buffered payload.
    Whole(Head, Vec<u8>),
}

#[derive(Debug, Clone)]
enum State {
    /// The bytes of a head, as far as they came.
    Head(Vec<u8>),
    Payload {
        head: Head,
        left: u64,
        treatment: Treatment,
        buffer: Vec<u8>,
    },
}

/// Reads the frames of one stream. Holds at most a head, or the payload that it was told to buffer.
#[derive(Debug, Clone)]
pub struct Reader {
    state: State,
    offset: u64,
}

impl Reader {
    /// Begins at this offset of the stream.
    pub const fn new(offset: u64) -> Self {
        Reader {
            state: State::Head(Vec::new()),
            offset,
        }
    }

    /// Decides what becomes of the payload of the head that was returned last.
    pub fn treat(&mut self, as_what: Treatment) {
        if let State::Payload { treatment, .. } = &mut self.state {
            *treatment = as_what;
        }
    }

    /// Whether the stream may end here: between two frames.
    pub fn is_between_frames(&self) -> bool {
        match &self.state {
            State::Head(bytes) => bytes.is_empty(),
            State::Payload { left, .. } => *left == 0,
        }
    }

    /// Where the frame begins that is being read, or the next.
    pub fn frame_at(&self) -> u64 {
        match &self.state {
            State::Head(bytes) => self.offset - bytes.len() as u64,
            State::Payload { head, left, .. } if *left > 0 => head.at,
            State::Payload { .. } => self.offset,
        }
    }

    /// Takes the next piece off the beginning of `bytes`, or all of them if it is unfinished.
    pub fn next<'a>(&mut self, bytes: &mut &'a [u8]) -> Option<Piece<'a>> {
        loop {
            match &mut self.state {
                State::Head(pending) => {
                    let Some((kind, length)) = parse_head(pending) else {
                        pending.push(take_byte(bytes)?);
                        self.offset += 1;
                        continue;
                    };
                    let at = self.offset - pending.len() as u64;
                    let head = Head { kind, length, at };
                    self.state = State::Payload {
                        head,
                        left: length,
                        treatment: Treatment::Skip,
                        buffer: Vec::new(),
                    };
                    return Some(Piece::Head(head));
                }
                State::Payload {
                    head,
                    left,
                    treatment,
                    buffer,
                } => {
                    let part = take(bytes, *left);
                    *left -= part.len() as u64;
                    self.offset += part.len() as u64;
                    if *left > 0 && part.is_empty() {
                        return None;
                    }
                    let (head, finished, treatment) = (*head, *left == 0, *treatment);
                    let piece = match treatment {
                        Treatment::Skip => None,
                        Treatment::Stream if part.is_empty() => None,
                        Treatment::Stream => Some(Piece::Part(part)),
                        Treatment::Buffer => {
                            buffer.extend_from_slice(part);
                            finished.then(|| Piece::Whole(head, std::mem::take(buffer)))
                        }
                    };
                    if finished {
                        self.state = State::Head(Vec::new());
                    }
                    if piece.is_some() {
                        return piece;
                    }
                }
            }
        }
    }
}

fn parse_head(bytes: &[u8]) -> Option<(u64, u64)> {
    let (kind, used) = varint::read(bytes)?;
    let (length, _) = varint::read(&bytes[used..])?;
    Some((kind, length))
}

fn take_byte(bytes: &mut &[u8]) -> Option<u8> {
    let (byte, rest) = bytes.split_first()?;
    *bytes = rest;
    Some(*byte)
}

fn take<'a>(bytes: &mut &'a [u8], at_most: u64) -> &'a [u8] {
    let length = usize::try_from(at_most).map_or(bytes.len(), |most| most.min(bytes.len()));
    let (part, rest) = bytes.split_at(length);
    *bytes = rest;
    part
}

#[cfg(test)]
mod tests {
    use super::*;

    type Frames = Vec<(u64, u64, Vec<u8>)>;

    fn read(reader: &mut Reader, mut bytes: &[u8], frames: &mut Frames) {
        while let Some(piece) = reader.next(&mut bytes) {
            match piece {
                Piece::Head(head) => {
                    reader.treat(match head.kind {
                        DATA => Treatment::Stream,
                        HEADERS => Treatment::Buffer,
                        _ => Treatment::Skip,
                    });
                    frames.push((head.kind, head.at, Vec::new()));
                }
                Piece::Part(part) => frames.last_mut().unwrap().2.extend_from_slice(part),
                Piece::Whole(_, whole) => frames.last_mut().unwrap().2 = whole,
            }
        }
        assert!(bytes.is_empty());
    }

    #[test]
    fn frames_are_read_at_any_chunking() {
        let mut stream = Vec::new();
        write(HEADERS, b"", &mut stream);
        write(HEADERS, b"fields", &mut stream);
        write(DATA, b"", &mut stream);
        write(grease(7), b"skipped", &mut stream);
        write(DATA, &[7; 100], &mut stream);
        let expected = vec![
            (HEADERS, 0, Vec::new()),
            (HEADERS, 2, b"fields".to_vec()),
            (DATA, 10, Vec::new()),
            (grease(7), 12, Vec::new()),
            (DATA, 22, vec![7; 100]),
        ];
        for cut in 0..=stream.len() {
            let (mut reader, mut frames) = (Reader::new(0), Frames::new());
            read(&mut reader, &stream[..cut], &mut frames);
            read(&mut reader, &stream[cut..], &mut frames);
            assert_eq!(frames, expected, "{cut}");
            assert!(reader.is_between_frames());
            assert_eq!(reader.frame_at(), stream.len() as u64);
        }
    }

    #[test]
    fn the_end_within_a_frame_shows() {
        let mut stream = Vec::new();
        write(DATA, b"four", &mut stream);
        for cut in 1..stream.len() {
            let mut reader = Reader::new(5);
            read(&mut reader, &stream[..cut], &mut Frames::new());
            assert!(!reader.is_between_frames(), "{cut}");
            assert_eq!(reader.frame_at(), 5);
        }
    }
}
