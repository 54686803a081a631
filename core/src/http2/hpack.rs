//! Field blocks (RFC 7541). `loona-hpack` does the work; what it reads is bounded here.

use std::fmt;

use super::Field;

/// Bytes that a field counts for beside its name and value (RFC 9113 §10.5.1).
const FIELD_OVERHEAD: usize = 32;

/// A field block that cannot be read: the compression state of the connection is lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UndecodableBlock;

/// Reads field blocks.
pub struct Decoder {
    inner: loona_hpack::Decoder<'static>,
    /// Most bytes of a list of fields that are kept.
    max_list: usize,
}

impl Decoder {
    /// A decoder that keeps at most `max_list` bytes of a list of fields; fields beyond it are left
    /// out.
    pub fn new(max_list: usize) -> Decoder {
        Decoder {
            inner: loona_hpack::Decoder::new(),
            max_list,
        }
    }

    /// Lets the other side use a dynamic table of this many bytes: our SETTINGS_HEADER_TABLE_SIZE.
    pub fn allow_table(&mut self, bytes: usize) {
        self.inner.set_max_allowed_table_size(bytes);
    }

    /// The fields of a whole block.
    ///
    /// # Errors
    /// If the block is malformed.
    pub fn decode(&mut self, block: &[u8]) -> Result<Vec<Field>, UndecodableBlock> {
        let mut fields = Vec::new();
        let mut room = self.max_list;
        self.inner
            .decode_with_cb(block, |name, value| {
                let size = name.len() + value.len() + FIELD_OVERHEAD;
                room = room.saturating_sub(size);
                if room > 0 {
                    fields.push((name.into_owned(), value.into_owned()));
                }
            })
            .map_err(|_| UndecodableBlock)?;
        Ok(fields)
    }
}

impl fmt::Debug for Decoder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Decoder")
            .field("max_list", &self.max_list)
            .finish_non_exhaustive()
    }
}

/// Writes field blocks, with any names and values.
pub struct Encoder(loona_hpack::Encoder<'static>);

impl Encoder {
    /// An encoder with the table that every connection begins with.
    pub fn new() -> Encoder {
        Encoder(loona_hpack::Encoder::new())
    }

    /// Keeps to a dynamic table of this many bytes: the other side's SETTINGS_HEADER_TABLE_SIZE.
    pub fn limit_table(&mut self, bytes: usize) {
        self.0.set_max_table_size(bytes);
    }

    /// A block of these fields.
    pub fn encode(&mut self, fields: &[Field]) -> Vec<u8> {
        self.0.encode(
            fields
                .iter()
                .map(|(name, value)| (name.as_slice(), value.as_slice())),
        )
    }
}

impl Default for Encoder {
    fn default() -> Encoder {
        Encoder::new()
    }
}

impl fmt::Debug for Encoder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Encoder")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 7541 §C.4.1 and §C.4.2: Huffman, and an entry of the dynamic table.
    #[test]
    fn blocks_of_the_rfc() {
        let mut decoder = Decoder::new(1 << 16);
        let first = [
            0x82, 0x86, 0x84, 0x41, 0x8c, 0xf1, 0xe3, 0xc2, 0xe5, 0xf2, 0x3a, 0x6b, 0xa0, 0xab,
            0x90, 0xf4, 0xff,
        ];
        let fields = decoder.decode(&first).unwrap();
        assert_eq!(
            fields[3],
            (b":authority".to_vec(), b"www.example.com".to_vec())
        );
        let second = [
            0x82, 0x86, 0x84, 0xbe, 0x58, 0x86, 0xa8, 0xeb, 0x10, 0x64, 0x9c, 0xbf,
        ];
        let fields = decoder.decode(&second).unwrap();
        assert_eq!(fields[3].1, b"www.example.com");
        assert_eq!(fields[4], (b"cache-control".to_vec(), b"no-cache".to_vec()));
    }

    #[test]
    fn what_is_illegal_is_written_and_read_as_it_is() {
        let fields: Vec<Field> = [
            (":method", "A"),
            (":method", "B"),
            ("Upper", "\0"),
            ("", ""),
        ]
        .map(|(name, value)| (name.into(), value.into()))
        .to_vec();
        let block = Encoder::new().encode(&fields);
        assert_eq!(Decoder::new(1 << 16).decode(&block), Ok(fields));
    }

    /// One byte of a block can stand for a field as large as the table.
    #[test]
    fn a_list_is_bounded() {
        let big: Vec<Field> = vec![(b"a".to_vec(), vec![b'x'; 3000])];
        let mut block = Encoder::new().encode(&big);
        block.extend(std::iter::repeat_n(0xbe, 10_000));
        let fields = Decoder::new(1 << 16).decode(&block).unwrap();
        assert!(fields.len() < 25, "{}", fields.len());
    }
}
