//! Hex digits as vectors write them.

use std::fmt;

/// Why a text is not hex.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HexError {
    /// The number of digits is odd.
    OddLength,
    /// A character is neither a hex digit nor ASCII white space.
    NotHex(char),
}

impl fmt::Display for HexError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            HexError::OddLength => f.write_str("odd number of hex digits"),
            HexError::NotHex(c) => write!(f, "{c:?} is not a hex digit"),
        }
    }
}

impl std::error::Error for HexError {}

/// The bytes that hex digits of either case stand for. ASCII white space is ignored anywhere.
///
/// # Errors
///
/// If a character is no hex digit, or the number of digits is odd.
pub fn decode(text: &str) -> Result<Vec<u8>, HexError> {
    let digits = text
        .chars()
        .filter(|c| !c.is_ascii_whitespace())
        .map(|c| c.to_digit(16).ok_or(HexError::NotHex(c)))
        .collect::<Result<Vec<u32>, HexError>>()?;
    if !digits.len().is_multiple_of(2) {
        return Err(HexError::OddLength);
    }
    Ok(digits
        .chunks(2)
        .map(|pair| (pair[0] << 4 | pair[1]) as u8)
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn white_space_is_ignored_and_mistakes_are_named() {
        assert_eq!(decode(" 81 0\n5aF "), Ok(vec![0x81, 0x05, 0xaf]));
        assert_eq!(decode(""), Ok(Vec::new()));
        assert_eq!(decode("810"), Err(HexError::OddLength));
        assert_eq!(decode("8g"), Err(HexError::NotHex('g')));
        assert_eq!(decode("+1"), Err(HexError::NotHex('+')));
    }
}
