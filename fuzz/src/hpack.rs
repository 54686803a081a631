//! loona-hpack beside our reader of field blocks.

use loona_hpack::Decoder as Other;
use loona_hpack::decoder::{DecoderError, IntegerDecodingError};
use wsspec_core::http2::Violation;
use wsspec_core::http2::hpack::{Decoder, Unread};

/// The largest list of fields, in bytes.
const LARGEST: usize = 1 << 20;

/// The largest dynamic table, in bytes (RFC 9113 §6.5.2).
const TABLE: usize = 4096;

/// Reads field blocks as the target `hpack_fields` does: the length in a byte, and as many bytes. What
/// both read is the same, and one reads what the other does not only where that is known.
///
/// # Panics
/// If they differ in another way.
pub fn fields(data: &[u8]) {
    let mut ours = Decoder::new(LARGEST);
    let mut other = Other::new();
    other.set_max_allowed_table_size(TABLE);
    let mut rest = data.get(2..).unwrap_or_default();
    while let [length, behind @ ..] = rest {
        let (block, behind) = behind.split_at(usize::from(*length).min(behind.len()));
        rest = behind;
        // The tables are lost with the first block that one of them does not read.
        match (ours.read(block), other.decode(block)) {
            (Ok(ours), Ok(other)) => assert_eq!(ours, other),
            (Err(Unread::Invalid(rule)), Ok(_)) => {
                assert!(is_overlooked(rule), "{rule:?}, and loona-hpack reads it");
                return;
            }
            (Ok(_), Err(error)) => {
                assert!(is_stricter(&error), "{error:?}, and we read it");
                return;
            }
            (Err(_), _) => return,
        }
    }
}

/// Whether loona-hpack does not look at a rule: it changes the size of its table anywhere.
fn is_overlooked(rule: Violation) -> bool {
    rule == Violation::TableSizeMisplaced
}

/// Whether loona-hpack refuses what no rule forbids: numbers in more than five bytes, and a change of
/// the table's size with no field after it.
fn is_stricter(error: &DecoderError) -> bool {
    matches!(
        error,
        DecoderError::SizeUpdateAtEnd
            | DecoderError::IntegerDecodingError(IntegerDecodingError::TooManyOctets)
    )
}
