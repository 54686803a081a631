//! Messages that tell which connection they belong to.

use wsspec_core::random::SplitMix64;

/// The `number`th message of a connection: both numbers, as far as they fit, and letters that no other message has.
pub(super) fn message(connection: u32, number: u64, size: usize) -> Vec<u8> {
    let mut message = format!("{connection}/{number} ").into_bytes();
    message.truncate(size);
    let mut random = SplitMix64(u64::from(connection) << 32 ^ number);
    while message.len() < size {
        let letters = random.next().to_le_bytes().map(|byte| b'a' + byte % 26);
        let left = size - message.len();
        message.extend_from_slice(&letters[..left.min(letters.len())]);
    }
    message
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_have_their_size_and_differ() {
        for size in [0, 1, 3, 8, 125, 70_000] {
            assert_eq!(message(7, 3, size).len(), size);
        }
        assert_ne!(message(7, 3, 40)[4..], message(7, 4, 40)[4..]);
        assert!(message(7, 3, 40).starts_with(b"7/3 "));
        assert!(message(1, 2, 9000).is_ascii());
    }
}
