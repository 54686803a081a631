//! Variable-length integers of QUIC (RFC 9000 §16).

/// The largest number that can be written, 2⁶² − 1.
pub const MAX: u64 = (1 << 62) - 1;

/// Reads the number at the beginning of `bytes`, and the bytes it takes. Returns `None` while bytes
/// are missing.
///
/// Every length is accepted: HTTP/3 does not ask for the shortest one.
pub fn read(bytes: &[u8]) -> Option<(u64, usize)> {
    let first = *bytes.first()?;
    let length = 1 << (first >> 6);
    let rest = bytes.get(1..length)?;
    let value = rest.iter().fold(u64::from(first & 0x3f), |value, byte| {
        value << 8 | u64::from(*byte)
    });
    Some((value, length))
}

/// Appends `value` in the fewest bytes. What is above [`MAX`] cannot be written and becomes
/// [`MAX`].
pub fn write(value: u64, to: &mut Vec<u8>) {
    let value = value.min(MAX);
    let exponent = match value {
        0..=0x3f => 0u8,
        0x40..=0x3fff => 1,
        0x4000..=0x3fff_ffff => 2,
        _ => 3,
    };
    let bytes = value.to_be_bytes();
    let start = to.len();
    to.extend_from_slice(&bytes[bytes.len() - (1 << exponent)..]);
    to[start] |= exponent << 6;
}

/// Returns `value` in the fewest bytes.
pub fn bytes(value: u64) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(8);
    write(value, &mut bytes);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 9000 §A.1.
    #[test]
    fn reads_the_examples_of_the_rfc() {
        let eight = [0xc2, 0x19, 0x7c, 0x5e, 0xff, 0x14, 0xe8, 0x8c];
        assert_eq!(read(&eight), Some((151_288_809_941_952_652, 8)));
        assert_eq!(read(&[0x9d, 0x7f, 0x3e, 0x7d]), Some((494_878_333, 4)));
        assert_eq!(read(&[0x7b, 0xbd]), Some((15_293, 2)));
        assert_eq!(read(&[0x25]), Some((37, 1)));
        assert_eq!(read(&[0x40, 0x25]), Some((37, 2)));
        assert_eq!(read(&eight[..7]), None);
        assert_eq!(read(&[]), None);
    }

    #[test]
    fn what_is_written_is_read_and_is_short() {
        for (value, length) in [
            (0, 1),
            (63, 1),
            (64, 2),
            (16_383, 2),
            (16_384, 4),
            ((1 << 30) - 1, 4),
            (1 << 30, 8),
            (MAX, 8),
        ] {
            assert_eq!(read(&bytes(value)), Some((value, length)));
        }
        assert_eq!(bytes(u64::MAX), bytes(MAX));
    }
}
