//! Frames (RFC 9113 §4.1): the head of nine bytes, kinds and flags, and padding.

/// `DATA`.
pub const DATA: u8 = 0x00;
/// `HEADERS`.
pub const HEADERS: u8 = 0x01;
/// `PRIORITY`.
pub const PRIORITY: u8 = 0x02;
/// `RST_STREAM`.
pub const RST_STREAM: u8 = 0x03;
/// `SETTINGS`.
pub const SETTINGS: u8 = 0x04;
/// `PUSH_PROMISE`.
pub const PUSH_PROMISE: u8 = 0x05;
/// `PING`.
pub const PING: u8 = 0x06;
/// `GOAWAY`.
pub const GOAWAY: u8 = 0x07;
/// `WINDOW_UPDATE`.
pub const WINDOW_UPDATE: u8 = 0x08;
/// `CONTINUATION`.
pub const CONTINUATION: u8 = 0x09;

/// The flag `ACK` of SETTINGS and PING.
pub const ACK: u8 = 0x01;
/// The flag `END_STREAM` of DATA and HEADERS.
pub const END_STREAM: u8 = 0x01;
/// The flag `END_HEADERS` of HEADERS, PUSH_PROMISE and CONTINUATION.
pub const END_HEADERS: u8 = 0x04;
/// The flag `PADDED` of DATA, HEADERS and PUSH_PROMISE.
pub const PADDED: u8 = 0x08;
/// The flag `PRIORITY` of HEADERS.
pub const PRIORITY_FLAG: u8 = 0x20;

/// The length of a head, in bytes.
pub const HEAD: usize = 9;

/// The 31 bits of a stream id; the highest bit of its field is reserved.
pub const STREAM_BITS: u32 = (1 << 31) - 1;

/// Names of the kinds, by number.
const KINDS: [&str; 10] = [
    "DATA",
    "HEADERS",
    "PRIORITY",
    "RST_STREAM",
    "SETTINGS",
    "PUSH_PROMISE",
    "PING",
    "GOAWAY",
    "WINDOW_UPDATE",
    "CONTINUATION",
];

/// The name of a kind, or `None` for one that RFC 9113 does not define.
pub fn kind_name(kind: u8) -> Option<&'static str> {
    KINDS.get(usize::from(kind)).copied()
}

/// The flags that are defined for a kind; all of them for a kind that RFC 9113 does not define.
pub const fn flags_of(kind: u8) -> u8 {
    match kind {
        DATA => END_STREAM | PADDED,
        HEADERS => END_STREAM | END_HEADERS | PADDED | PRIORITY_FLAG,
        SETTINGS | PING => ACK,
        PUSH_PROMISE => END_HEADERS | PADDED,
        CONTINUATION => END_HEADERS,
        PRIORITY | RST_STREAM | GOAWAY | WINDOW_UPDATE => 0,
        _ => u8::MAX,
    }
}

/// The head of a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// The length of the payload, in bytes: below 2²⁴.
    pub length: u32,
    /// The kind.
    pub kind: u8,
    /// The flags.
    pub flags: u8,
    /// Whether the reserved bit is set.
    pub reserved: bool,
    /// The stream, or 0 for the connection.
    pub stream: u32,
}

impl Head {
    /// Reads a head.
    pub fn read(bytes: &[u8; HEAD]) -> Head {
        let (length, rest) = bytes.split_at(3);
        let stream = number(&rest[2..]);
        Head {
            length: number(length),
            kind: rest[0],
            flags: rest[1],
            reserved: stream & !STREAM_BITS != 0,
            stream: stream & STREAM_BITS,
        }
    }

    /// The bytes of this head. Only the lowest 24 bits of the length are written.
    pub fn write(self) -> [u8; HEAD] {
        let reserved = if self.reserved { !STREAM_BITS } else { 0 };
        let stream = self.stream & STREAM_BITS | reserved;
        let mut bytes = [0; HEAD];
        bytes[..3].copy_from_slice(&self.length.to_be_bytes()[1..]);
        (bytes[3], bytes[4]) = (self.kind, self.flags);
        bytes[5..].copy_from_slice(&stream.to_be_bytes());
        bytes
    }

    /// Whether all of these flags are set.
    pub const fn has(self, flags: u8) -> bool {
        self.flags & flags == flags
    }

    /// Whether it is of a kind that carries a field block, or a part of one.
    pub const fn has_fields(self) -> bool {
        matches!(self.kind, HEADERS | PUSH_PROMISE | CONTINUATION)
    }
}

/// The number that up to four bytes are, the highest first.
pub(super) fn number(bytes: &[u8]) -> u32 {
    bytes
        .iter()
        .fold(0, |number, byte| number << 8 | u32::from(*byte))
}

/// Appends a frame: anything. The payload has to be shorter than 2²⁴ bytes.
pub fn write(kind: u8, flags: u8, stream: u32, payload: &[u8], to: &mut Vec<u8>) {
    let head = Head {
        length: payload.len() as u32,
        kind,
        flags,
        reserved: stream & !STREAM_BITS != 0,
        stream,
    };
    to.extend(head.write());
    to.extend(payload);
}

/// Why the padding of a payload cannot be taken off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BadPadding {
    /// There is no byte for its length.
    Missing,
    /// It is longer than what follows.
    TooLong,
}

/// A payload without its padding, and the padding.
///
/// # Errors
/// If the payload is too short for its padding.
pub fn unpad(head: Head, payload: &[u8]) -> Result<(&[u8], &[u8]), BadPadding> {
    if !head.has(PADDED) {
        return Ok((payload, &[]));
    }
    let (length, rest) = payload.split_first().ok_or(BadPadding::Missing)?;
    let before = rest.len().checked_sub(usize::from(*length));
    before
        .map(|before| rest.split_at(before))
        .ok_or(BadPadding::TooLong)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        for reserved in [false, true] {
            let head = Head {
                length: 0x01_0203,
                kind: 4,
                flags: 5,
                reserved,
                stream: 0x7607_0809,
            };
            assert_eq!(Head::read(&head.write()), head);
        }
        let mut bytes = Vec::new();
        write(DATA, END_STREAM, 1, b"ab", &mut bytes);
        assert_eq!(bytes, b"\0\0\x02\0\x01\0\0\0\x01ab");
    }

    #[test]
    fn padding_comes_off() {
        let head = |flags| Head {
            length: 0,
            kind: DATA,
            flags,
            reserved: false,
            stream: 1,
        };
        assert_eq!(unpad(head(0), b"\x01a"), Ok((&b"\x01a"[..], &b""[..])));
        let padded = head(PADDED);
        assert_eq!(unpad(padded, b"\x01a\0"), Ok((&b"a"[..], &b"\0"[..])));
        assert_eq!(unpad(padded, b"\x01a"), Ok((&b""[..], &b"a"[..])));
        assert_eq!(unpad(padded, b"\x02a"), Err(BadPadding::TooLong));
        assert_eq!(unpad(padded, b""), Err(BadPadding::Missing));
    }
}
