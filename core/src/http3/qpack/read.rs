//! The reader of field sections (RFC 9204 §4.5).

use super::{Field, huffman, integer, static_table};

/// What each field costs beside its name and value (RFC 9114 §4.2.2).
const OVERHEAD: usize = 32;

/// Why a field section cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Invalid {
    /// It ends within a line, or a number in it is 2⁶² or more.
    Malformed,
    /// Its Required Insert Count is not 0, or a line refers to the dynamic table.
    Dynamic,
    /// The Sign bit is set, which makes the Base negative.
    Base,
    /// An index is beyond the static table.
    StaticIndex,
    /// A string is not Huffman code.
    Huffman,
    /// The list is larger than this endpoint accepts. No fault of the section.
    TooLarge,
}

/// Decodes a field section. `largest` bounds the list in bytes, each field counted with 32 more
/// (RFC 9114 §4.2.2).
///
/// # Errors
///
/// The first thing in it that cannot be read.
pub fn read(mut section: &[u8], largest: usize) -> Result<Vec<Field>, Invalid> {
    let bytes = &mut section;
    if take_integer(bytes, 8)? != 0 {
        return Err(Invalid::Dynamic);
    }
    let negative = bytes.first().is_some_and(|byte| byte & 0x80 != 0);
    take_integer(bytes, 7)?;
    if negative {
        return Err(Invalid::Base);
    }
    let mut fields = Vec::new();
    let mut room = largest;
    while let Some(first) = bytes.first() {
        let field = take_line(*first, bytes)?;
        room = field
            .0
            .len()
            .checked_add(field.1.len() + OVERHEAD)
            .and_then(|size| room.checked_sub(size))
            .ok_or(Invalid::TooLarge)?;
        fields.push(field);
    }
    Ok(fields)
}

/// Takes the field line that begins with the byte `first` off `bytes`.
fn take_line(first: u8, bytes: &mut &[u8]) -> Result<Field, Invalid> {
    match first {
        0b1100_0000.. => {
            let (name, value) = take_row(bytes, 6)?;
            Ok((name.into(), value.into()))
        }
        0b0100_0000..=0b0111_1111 if first & 0b0001_0000 != 0 => {
            let name = take_row(bytes, 4)?.0;
            Ok((name.into(), take_string(bytes, 7)?))
        }
        0b0010_0000..=0b0011_1111 => Ok((take_string(bytes, 3)?, take_string(bytes, 7)?)),
        _ => Err(Invalid::Dynamic),
    }
}

fn take_row(bytes: &mut &[u8], prefix: u8) -> Result<(&'static str, &'static str), Invalid> {
    static_table::row(take_integer(bytes, prefix)?).ok_or(Invalid::StaticIndex)
}

/// Takes a string whose length has `prefix` bits; the bit above them says whether it is coded.
fn take_string(bytes: &mut &[u8], prefix: u8) -> Result<Vec<u8>, Invalid> {
    let coded = bytes.first().is_some_and(|byte| byte & 1 << prefix != 0);
    let length = take_integer(bytes, prefix)?;
    let length = usize::try_from(length).map_err(|_| Invalid::Malformed)?;
    let (text, rest) = bytes.split_at_checked(length).ok_or(Invalid::Malformed)?;
    *bytes = rest;
    if coded {
        huffman::decode(text).ok_or(Invalid::Huffman)
    } else {
        Ok(text.to_vec())
    }
}

fn take_integer(bytes: &mut &[u8], prefix: u8) -> Result<u64, Invalid> {
    integer::take(bytes, prefix).map_err(|_| Invalid::Malformed)
}
