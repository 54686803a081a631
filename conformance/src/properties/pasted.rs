//! A property of what people paste: any input is read or refused, in every notation.

use crate::decode::{Content, MAX_BYTES, NOTATIONS, read};

/// Reads any input, in the notation that it is in and in each that there is.
///
/// - It is read or there is an error that says why; nothing panics.
/// - What is read is not empty, and no larger than is promised.
///
/// # Panics
/// The property does not hold.
pub fn pasted(data: &[u8]) {
    let named = NOTATIONS.iter().map(|row| Some(row.notation));
    for wanted in named.chain([None]) {
        match read(data, wanted) {
            Ok(read) => {
                assert!((1..=MAX_BYTES).contains(&read.size()));
                assert!(wanted.is_none_or(|wanted| wanted == read.notation));
                if let Content::Streams(streams) = &read.content {
                    assert!(
                        streams
                            .iter()
                            .all(|stream| (1..=2).contains(&stream.sides.len()))
                    );
                }
            }
            Err(error) => assert!(!error.to_string().is_empty()),
        }
    }
}
