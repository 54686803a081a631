//! Integers with a prefix (RFC 7541 §5.1, up to 62 bits as RFC 9204 §4.1.1 has them).

/// Why no integer can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unread {
    /// Bytes are missing.
    Short,
    /// It is 2⁶² or more.
    Large,
}

/// Takes an integer off the beginning of `bytes`; its lowest `prefix` bits (1 to 8) are in the
/// first byte, whose other bits do not matter.
pub(crate) fn take(bytes: &mut &[u8], prefix: u8) -> Result<u64, Unread> {
    let mut rest = *bytes;
    let all_ones = u64::from(u8::MAX >> (8 - prefix));
    let mut value = u64::from(take_byte(&mut rest)?) & all_ones;
    if value == all_ones {
        let mut shift = 0;
        loop {
            let byte = take_byte(&mut rest)?;
            let part = u64::from(byte & 0x7f);
            if shift > 62 || (shift > 55 && part >> (62 - shift) > 0) {
                return Err(Unread::Large);
            }
            value += part << shift;
            shift += 7;
            if byte & 0x80 == 0 {
                break;
            }
        }
    }
    if value > super::super::varint::MAX {
        return Err(Unread::Large);
    }
    *bytes = rest;
    Ok(value)
}

fn take_byte(bytes: &mut &[u8]) -> Result<u8, Unread> {
    let (byte, rest) = bytes.split_first().ok_or(Unread::Short)?;
    *bytes = rest;
    Ok(*byte)
}

/// Appends an integer; `above` holds the bits of the first byte above the prefix.
pub(crate) fn write(above: u8, prefix: u8, value: u64, to: &mut Vec<u8>) {
    let all_ones = u8::MAX >> (8 - prefix);
    if value < u64::from(all_ones) {
        to.push(above | value as u8);
        return;
    }
    to.push(above | all_ones);
    let mut rest = value - u64::from(all_ones);
    while rest >= 0x80 {
        to.push(rest as u8 | 0x80);
        rest >>= 7;
    }
    to.push(rest as u8);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http3::varint::MAX;

    /// RFC 7541 §C.1.
    #[test]
    fn reads_the_examples_of_the_rfc() {
        assert_eq!(take(&mut &[0b1110_1010][..], 5), Ok(10));
        assert_eq!(take(&mut &[0x1f, 0x9a, 0x0a][..], 5), Ok(1337));
        assert_eq!(take(&mut &[0x2a][..], 8), Ok(42));
    }

    #[test]
    fn what_is_written_is_read() {
        for value in [
            0,
            1,
            30,
            31,
            127,
            128,
            255,
            256,
            1337,
            1 << 40,
            MAX - 1,
            MAX,
        ] {
            for prefix in 1..=8 {
                let mut bytes = Vec::new();
                write(0, prefix, value, &mut bytes);
                assert_eq!(take(&mut &bytes[..], prefix), Ok(value), "{prefix}");
                let short = &bytes[..bytes.len() - 1];
                assert_eq!(take(&mut &*short, prefix), Err(Unread::Short));
            }
        }
    }

    #[test]
    fn what_is_too_large_is_refused() {
        let mut bytes = Vec::new();
        write(0, 3, MAX + 1, &mut bytes);
        assert_eq!(take(&mut &bytes[..], 3), Err(Unread::Large));
        let endless = [0xff; 40];
        assert_eq!(take(&mut &endless[..], 8), Err(Unread::Large));
        let zeros = [&[0xff][..], &[0x80; 40]].concat();
        assert_eq!(take(&mut &zeros[..], 8), Err(Unread::Large));
    }
}
