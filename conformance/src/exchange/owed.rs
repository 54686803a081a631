//! The payload of a message that an echo may pay, in bounded memory.

use sha1::{Digest, Sha1};

use super::reason::PayloadSample;

/// From this many bytes on, a payload is kept as digests of its blocks.
const LARGE: usize = 1 << 20;

/// Bytes of a block.
const BLOCK: usize = 64 << 10;

/// A payload that is compared with what comes back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OwedPayload {
    length: usize,
    sample: PayloadSample,
    kept: Kept,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Kept {
    Bytes(Vec<u8>),
    /// SHA-1 of each block.
    Digests(Vec<[u8; 20]>),
}

/// Where two payloads differ first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Difference {
    /// The byte, from 0, or the first of the block that has it.
    pub(crate) at: usize,
    /// Bytes from there on, one of which is the first that differs: 1 if it is known.
    pub(crate) within: usize,
}

impl OwedPayload {
    pub(crate) fn new(payload: Vec<u8>) -> OwedPayload {
        OwedPayload {
            length: payload.len(),
            sample: PayloadSample::of(&payload),
            kept: if payload.len() < LARGE {
                Kept::Bytes(payload)
            } else {
                Kept::Digests(payload.chunks(BLOCK).map(digest).collect())
            },
        }
    }

    /// Bytes.
    pub(crate) fn len(&self) -> usize {
        self.length
    }

    /// Its beginning.
    pub(crate) fn sample(&self) -> PayloadSample {
        self.sample.clone()
    }

    /// Whether these are its bytes.
    pub(crate) fn is(&self, payload: &[u8]) -> bool {
        self.length == payload.len() && self.difference(payload).is_none()
    }

    /// Where `payload`, of the same length, differs first.
    pub(crate) fn difference(&self, payload: &[u8]) -> Option<Difference> {
        match &self.kept {
            Kept::Bytes(bytes) => {
                let at = bytes.iter().zip(payload).position(|(a, b)| a != b)?;
                Some(Difference { at, within: 1 })
            }
            Kept::Digests(digests) => {
                let mut blocks = digests.iter().zip(payload.chunks(BLOCK));
                let block = blocks.position(|(kept, block)| *kept != digest(block))?;
                Some(Difference {
                    at: block * BLOCK,
                    within: BLOCK,
                })
            }
        }
    }
}

fn digest(block: &[u8]) -> [u8; 20] {
    Sha1::digest(block).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_payloads_are_compared_by_their_blocks() {
        for (size, at, found, within) in [
            (10, 3, 3, 1),
            (LARGE - 1, 70_000, 70_000, 1),
            (LARGE, 70_000, BLOCK, BLOCK),
            (LARGE + 5, LARGE + 4, LARGE, BLOCK),
        ] {
            let payload: Vec<u8> = (0..size).map(|i| i as u8).collect();
            let owed = OwedPayload::new(payload.clone());
            assert!(owed.is(&payload));
            assert!(!owed.is(&payload[1..]));
            let mut other = payload;
            other[at] ^= 1;
            assert!(!owed.is(&other));
            let difference = Difference { at: found, within };
            assert_eq!(owed.difference(&other), Some(difference), "{size} bytes");
        }
    }
}
