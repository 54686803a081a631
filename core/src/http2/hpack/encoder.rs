//! Writes field blocks: any fields, legal or not.

use super::table::Table;
use crate::http2::Field;
use crate::http2::settings::DEFAULT_TABLE;
use crate::http3::qpack::{huffman, integer};

/// How field blocks are written. Each way means the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Style {
    /// Names and values of the tables are written as their indices.
    pub indexed: bool,
    /// Fields are put into the dynamic table.
    pub dynamic: bool,
    /// Literal names and values are Huffman-coded.
    pub huffman: bool,
}

impl Default for Style {
    fn default() -> Self {
        Style {
            indexed: true,
            dynamic: false,
            huffman: false,
        }
    }
}

/// Writes the field blocks of one direction of a connection.
#[derive(Debug)]
pub struct Encoder {
    style: Style,
    table: Table,
    /// The smallest and the last limit that the peer set since the last block.
    changed: Option<(u32, u32)>,
}

impl Encoder {
    /// Begins with an empty table of 4,096 bytes.
    pub const fn new(style: Style) -> Self {
        Encoder {
            style,
            table: Table::new(DEFAULT_TABLE as usize),
            changed: None,
        }
    }

    /// The peer announced this HEADER_TABLE_SIZE. No more than 4,096 bytes are used of it; the next
    /// block says so if that changes the size (RFC 7541 §4.2).
    pub fn limit(&mut self, size: u32) {
        let size = size.min(DEFAULT_TABLE);
        let smallest = self
            .changed
            .map_or(size, |(smallest, _)| smallest.min(size));
        self.changed = Some((smallest, size));
    }

    /// Encodes a field section: these fields in this order, whatever they are.
    pub fn write(&mut self, fields: &[Field]) -> Vec<u8> {
        let mut block = Vec::new();
        if let Some((smallest, last)) = self.changed.take() {
            for size in [smallest, last] {
                self.resize(size, &mut block);
            }
        }
        for (name, value) in fields {
            self.write_field(name, value, &mut block);
        }
        block
    }

    fn resize(&mut self, size: u32, to: &mut Vec<u8>) {
        if self.table.limit() != size as usize {
            self.table.set_limit(size as usize);
            integer::write(0b0010_0000, 5, u64::from(size), to);
        }
    }

    fn write_field(&mut self, name: &[u8], value: &[u8], to: &mut Vec<u8>) {
        let find = |whole: bool| {
            let indexed = self.style.indexed;
            let same = |n: &[u8], v: &[u8]| n == name && (!whole || v == value);
            self.table.find(same).filter(|_| indexed)
        };
        if let Some(index) = find(true) {
            return integer::write(0b1000_0000, 7, index as u64, to);
        }
        let (above, prefix) = if self.style.dynamic {
            (0b0100_0000, 6)
        } else {
            (0, 4)
        };
        integer::write(above, prefix, find(false).unwrap_or(0) as u64, to);
        if find(false).is_none() {
            self.write_string(name, to);
        }
        self.write_string(value, to);
        if self.style.dynamic {
            self.table.insert(name, value);
        }
    }

    fn write_string(&self, text: &[u8], to: &mut Vec<u8>) {
        if self.style.huffman {
            let coded = huffman::encode(text);
            integer::write(0b1000_0000, 7, coded.len() as u64, to);
            to.extend(coded);
        } else {
            integer::write(0, 7, text.len() as u64, to);
            to.extend(text);
        }
    }
}
