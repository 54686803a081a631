//! The masking keys of the frames a client sends (RFC 6455 §5.3), for the rules that compare them.

use wsspec_core::frame::{FrameHeader, MAX_HEADER};

/// Keys kept of one connection.
const KEPT: usize = 4096;

/// Reads the headers of a stream of frames, whatever else is wrong with them.
#[derive(Debug, Default)]
pub(crate) struct Keys {
    /// The beginning of a header that is not whole yet.
    header: Vec<u8>,
    /// Bytes of payload that are still to come.
    payload: u64,
    found: Vec<[u8; 4]>,
}

impl Keys {
    /// Takes the next bytes of the stream.
    pub(crate) fn read(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            let skipped = self.payload.min(bytes.len() as u64);
            self.payload -= skipped;
            bytes = &bytes[skipped as usize..];
            let before = self.header.len();
            self.header.extend(bytes.iter().take(MAX_HEADER - before));
            let Some(header) = FrameHeader::parse(&self.header) else {
                return;
            };
            bytes = &bytes[header.size() - before..];
            self.header.clear();
            self.payload = header.length;
            if self.found.len() < KEPT {
                self.found.extend(header.mask);
            }
        }
    }

    /// The keys, in the order of the frames; at most 4,096.
    pub(crate) fn into_found(self) -> Vec<[u8; 4]> {
        self.found
    }
}

#[cfg(test)]
mod tests {
    use wsspec_core::frame::{FrameWriter, Opcode};

    use super::*;

    #[test]
    fn keys_are_found_at_any_chunking() {
        let mut stream = Vec::new();
        for (size, key) in [
            (0, [1; 4]),
            (125, [2; 4]),
            (126, [3; 4]),
            (70_000, [4; 4]),
            (1, [0; 4]),
        ] {
            stream.extend(
                FrameWriter::new(Opcode::BINARY, &vec![0x81; size])
                    .mask(Some(key))
                    .to_vec(),
            );
            stream.extend(FrameWriter::new(Opcode::PING, b"not masked").to_vec());
        }
        for chunk in [1, 2, 3, 7, 64, stream.len()] {
            let mut keys = Keys::default();
            stream.chunks(chunk).for_each(|piece| keys.read(piece));
            assert_eq!(
                keys.into_found(),
                [[1; 4], [2; 4], [3; 4], [4; 4], [0; 4]],
                "chunks of {chunk}"
            );
        }
    }
}
