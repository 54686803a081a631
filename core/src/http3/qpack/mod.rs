//! QPACK without a dynamic table (RFC 9204).
//!
//! We announce a capacity of 0, so that nothing the peer may send refers to the dynamic table: a
//! field section is read by itself. The writer indexes the static table and writes anything else
//! as it is, legal or not.

pub mod huffman;
mod instructions;
pub(crate) mod integer;
mod read;
mod static_table;

pub use instructions::{Instructions, Side};
pub use read::{Invalid, read};

use super::Field;

/// How a field section is written. Each way means the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Style {
    /// Names and values of the static table are written as its indices.
    pub indexed: bool,
    /// Literal names and values are Huffman-coded.
    pub huffman: bool,
}

impl Default for Style {
    fn default() -> Self {
        Style {
            indexed: true,
            huffman: false,
        }
    }
}

/// Encodes a field section: these fields in this order, whatever they are.
pub fn write(fields: &[Field], style: Style) -> Vec<u8> {
    // Required Insert Count and Base are 0.
    let mut section = vec![0, 0];
    for (name, value) in fields {
        write_line(name, value, style, &mut section);
    }
    section
}

fn write_line(name: &[u8], value: &[u8], style: Style, to: &mut Vec<u8>) {
    let whole = static_table::find(name, value).filter(|_| style.indexed);
    if let Some(index) = whole {
        return integer::write(0b1100_0000, 6, index, to);
    }
    match static_table::find_name(name).filter(|_| style.indexed) {
        Some(index) => integer::write(0b0101_0000, 4, index, to),
        None => write_string(0b0010_0000, 3, name, style.huffman, to),
    }
    write_string(0, 7, value, style.huffman, to);
}

/// Appends a string whose length has `prefix` bits; the bit above them says whether it is coded.
fn write_string(above: u8, prefix: u8, text: &[u8], huffman: bool, to: &mut Vec<u8>) {
    if huffman {
        let coded = huffman::encode(text);
        integer::write(above | 1 << prefix, prefix, coded.len() as u64, to);
        to.extend_from_slice(&coded);
    } else {
        integer::write(above, prefix, text.len() as u64, to);
        to.extend_from_slice(text);
    }
}

#[cfg(test)]
mod tests;
