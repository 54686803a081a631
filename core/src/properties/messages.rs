//! The messages that an input describes.

use crate::frame::MessageKind;

/// Repetitions of the bytes of a message: of an input with small messages, and of one with large
/// messages, some of which are larger than the largest window and take 64 bits to write their length.
const REPETITIONS: [[usize; 4]; 2] = [[1, 4, 33, 130], [1, 4, 130, 2200]];

/// Bytes of messages per input, [`OVERHEAD`] included. The larger is twice the largest window.
const BUDGETS: [usize; 2] = [1 << 12, 1 << 16];

/// Bytes that could be read in the time that a message takes beside its bytes.
const OVERHEAD: usize = 128;

/// Of this many pairs of seeds one has large messages, which take most of the time and seldom show
/// anything new. The lowest bit of a seed chooses something else: see the target `deflate_roundtrip`.
const PAIRS: u64 = 32;

/// The messages of an input. A byte gives kind, length and repetition of each, and the bytes to repeat
/// follow.
pub(super) struct Messages<'a> {
    stream: &'a [u8],
    repetitions: [usize; 4],
    budget: usize,
}

impl<'a> Messages<'a> {
    pub(super) fn new(seed: u64, stream: &'a [u8]) -> Messages<'a> {
        let large = usize::from((seed >> 1) % PAIRS == PAIRS - 1);
        Messages {
            stream,
            repetitions: REPETITIONS[large],
            budget: BUDGETS[large],
        }
    }
}

impl Iterator for Messages<'_> {
    type Item = (MessageKind, Vec<u8>);

    fn next(&mut self) -> Option<(MessageKind, Vec<u8>)> {
        let (&first, rest) = self.stream.split_first().filter(|_| self.budget > 0)?;
        let (bytes, rest) = rest.split_at(rest.len().min(usize::from(first >> 3)));
        self.stream = rest;
        let payload = bytes.repeat(self.repetitions[usize::from(first >> 1 & 3)]);
        self.budget = self.budget.saturating_sub(OVERHEAD + payload.len());
        let is_text = first & 1 == 0 && std::str::from_utf8(&payload).is_ok();
        let kind = if is_text {
            MessageKind::Text
        } else {
            MessageKind::Binary
        };
        Some((kind, payload))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_seed_in_32_has_messages_whose_length_takes_64_bits() {
        let stream = [0xff; 4096];
        let large = (0..=u8::MAX).filter(|seed| {
            let messages = Messages::new(u64::from(*seed), &stream);
            let sizes: Vec<usize> = messages.map(|(_, payload)| payload.len()).collect();
            assert!(sizes.iter().sum::<usize>() < 3 << 16, "{sizes:?}");
            sizes.iter().any(|size| *size > 0xffff)
        });
        assert_eq!(large.count(), 8);
    }

    #[test]
    fn many_empty_messages_are_bounded() {
        let messages = Messages::new(0, &[0; 4096]);
        assert_eq!(messages.count(), BUDGETS[0] / OVERHEAD);
    }
}
