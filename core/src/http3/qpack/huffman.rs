//! The Huffman code of HPACK and QPACK (RFC 7541 §5.2 and appendix B).
//!
//! The code is canonical: codes of one length are consecutive numbers in the order of their
//! symbols, so the lengths alone give it.

/// The length of the code of every byte, in bits.
const LENGTHS: [u8; 256] = [
    13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 30, 28,
    28, 28, 28, 28, 28, 28, 28, 28, 6, 10, 10, 12, 13, 6, 8, 11, 10, 10, 8, 11, 8, 6, 6, 6, 5, 5,
    5, 6, 6, 6, 6, 6, 6, 6, 7, 8, 15, 6, 12, 10, 13, 6, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7,
    7, 7, 7, 7, 7, 7, 7, 7, 8, 7, 8, 13, 19, 13, 14, 6, 15, 5, 6, 5, 6, 5, 6, 6, 6, 5, 7, 7, 6, 6,
    6, 5, 6, 7, 6, 5, 5, 6, 7, 7, 7, 7, 7, 15, 11, 14, 13, 28, 20, 22, 20, 20, 22, 22, 22, 23, 22,
    23, 23, 23, 23, 23, 24, 23, 24, 24, 22, 23, 24, 23, 23, 23, 23, 21, 22, 23, 22, 23, 23, 24, 22,
    21, 20, 22, 22, 23, 23, 21, 23, 22, 22, 24, 21, 22, 23, 23, 21, 21, 22, 21, 23, 22, 23, 23, 20,
    22, 22, 22, 23, 22, 22, 23, 26, 26, 20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25, 19,
    21, 26, 27, 27, 26, 27, 24, 21, 21, 26, 26, 28, 27, 27, 27, 20, 24, 20, 21, 22, 21, 21, 23, 22,
    22, 25, 25, 24, 24, 26, 23, 26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27, 27, 27, 27, 26,
];

/// The longest code, in bits; the end of the string has one of that length.
const LONGEST: usize = 30;

/// The code as its reader wants it.
struct Table {
    /// The first code of each length.
    first: [u32; LONGEST + 1],
    /// How many bytes have a code of this length.
    count: [u32; LONGEST + 1],
    /// Where the bytes with codes of this length begin in `symbols`.
    start: [u32; LONGEST + 1],
    /// The bytes in the order of their codes.
    symbols: [u8; 256],
    /// The code of every byte.
    codes: [u32; 256],
}

static TABLE: Table = table();

const fn table() -> Table {
    let mut table = Table {
        first: [0; LONGEST + 1],
        count: [0; LONGEST + 1],
        start: [0; LONGEST + 1],
        symbols: [0; 256],
        codes: [0; 256],
    };
    let (mut length, mut code, mut placed) = (1, 0, 0);
    while length <= LONGEST {
        code <<= 1;
        table.first[length] = code;
        table.start[length] = placed;
        let mut byte = 0;
        while byte < 256 {
            if LENGTHS[byte] as usize == length {
                table.symbols[placed as usize] = byte as u8;
                table.codes[byte] = code;
                table.count[length] += 1;
                placed += 1;
                code += 1;
            }
            byte += 1;
        }
        length += 1;
    }
    table
}

/// Decodes a whole string. Returns `None` if it contains the end-of-string symbol, or ends with
/// anything but up to seven bits of 1.
pub fn decode(bytes: &[u8]) -> Option<Vec<u8>> {
    // Codes have five bits or more.
    let mut text = Vec::with_capacity(bytes.len() * 8 / 5);
    let (mut code, mut length) = (0u32, 0);
    for byte in bytes {
        for bit in (0..8).rev() {
            code = code << 1 | u32::from(byte >> bit & 1);
            length += 1;
            let place = code.checked_sub(TABLE.first[length]);
            if let Some(place) = place.filter(|place| *place < TABLE.count[length]) {
                text.push(TABLE.symbols[(TABLE.start[length] + place) as usize]);
                (code, length) = (0, 0);
            } else if length == LONGEST {
                return None;
            }
        }
    }
    let all_ones = code == (1 << length) - 1;
    (length < 8 && all_ones).then_some(text)
}

/// Encodes a string.
pub fn encode(text: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    let (mut bits, mut length) = (0u64, 0);
    for byte in text {
        let width = LENGTHS[usize::from(*byte)];
        bits = bits << width | u64::from(TABLE.codes[usize::from(*byte)]);
        length += width;
        while length >= 8 {
            length -= 8;
            bytes.push((bits >> length) as u8);
        }
    }
    if length > 0 {
        let padding = 8 - length;
        bytes.push((bits << padding) as u8 | ((1u16 << padding) - 1) as u8);
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 7541 §C.4.1 and §C.6.1.
    #[test]
    fn reads_and_writes_the_examples_of_the_rfc() {
        let examples: [(&[u8], &[u8]); 3] = [
            (
                b"www.example.com",
                &[
                    0xf1, 0xe3, 0xc2, 0xe5, 0xf2, 0x3a, 0x6b, 0xa0, 0xab, 0x90, 0xf4, 0xff,
                ],
            ),
            (b"no-cache", &[0xa8, 0xeb, 0x10, 0x64, 0x9c, 0xbf]),
            (b"302", &[0x64, 0x02]),
        ];
        for (text, bytes) in examples {
            assert_eq!(encode(text), bytes);
            assert_eq!(decode(bytes).as_deref(), Some(text));
        }
    }

    #[test]
    fn every_byte_leads_back() {
        let all: Vec<u8> = (0..=255).collect();
        assert_eq!(decode(&encode(&all)), Some(all.clone()));
        for byte in all {
            assert_eq!(decode(&encode(&[byte])), Some(vec![byte]));
        }
    }

    #[test]
    fn bad_ends_are_refused() {
        assert_eq!(decode(&[]), Some(Vec::new()));
        // eight bits of padding, padding of 0, the end of the string
        for bytes in [&[0xff][..], &[0x64, 0x02, 0xff], &[0x06], &[0xff; 4]] {
            assert_eq!(decode(bytes), None, "{bytes:02x?}");
        }
    }
}
