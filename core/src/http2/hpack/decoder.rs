//! Reads field blocks, strictly and within bounds.

use super::table::{Table, size};
use crate::http2::settings::DEFAULT_TABLE;
use crate::http2::{Field, Violation};
use crate::http3::qpack::{huffman, integer};

/// Why a field block cannot be read. The table is lost then, and with it every later block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unread {
    /// It breaks a rule.
    Invalid(Violation),
    /// The list of its fields is larger than our bound. Nothing is wrong with it.
    TooLarge,
}

/// Reads the field blocks of one direction of a connection.
#[derive(Debug)]
pub struct Decoder {
    table: Table,
    /// The largest table that the peer may use, in bytes.
    allowed: u32,
    /// The smallest table that the peer acknowledged since its last block.
    due: Option<u32>,
    /// The largest list of fields, in bytes.
    max_list: usize,
}

impl Decoder {
    /// Begins with an empty table of 4,096 bytes. `max_list` bounds the list of one block, in bytes
    /// as RFC 9113 §6.5.2 counts them.
    pub const fn new(max_list: usize) -> Self {
        Decoder {
            table: Table::new(DEFAULT_TABLE as usize),
            allowed: DEFAULT_TABLE,
            due: None,
            max_list,
        }
    }

    /// The largest table that the peer may use from now on, in bytes.
    pub fn allow(&mut self, size: u32) {
        self.allowed = size;
    }

    /// The peer acknowledged this HEADER_TABLE_SIZE: if its table is larger, its next block has to
    /// begin with a smaller size (RFC 9113 §4.3.1).
    pub fn acknowledged(&mut self, size: u32) {
        if self.table.limit() > size as usize {
            self.due = Some(self.due.map_or(size, |due| due.min(size)));
        }
    }

    /// Reads a whole field block.
    ///
    /// # Errors
    /// If it breaks a rule or is too large; nothing can be read after that.
    pub fn read(&mut self, mut block: &[u8]) -> Result<Vec<Field>, Unread> {
        let mut fields = Vec::new();
        let mut listed = 0;
        while let Some(first) = block.first() {
            if first & 0b1110_0000 == 0b0010_0000 {
                self.resize(&mut block, listed > 0)?;
                continue;
            }
            if self.due.is_some() {
                return Err(Unread::Invalid(Violation::TableSizeUnchanged));
            }
            let (name, value) = self.field(*first, &mut block)?;
            listed += size(&name, &value);
            if listed > self.max_list {
                return Err(Unread::TooLarge);
            }
            fields.push((name, value));
        }
        Ok(fields)
    }

    fn resize(&mut self, block: &mut &[u8], late: bool) -> Result<(), Unread> {
        let size = take(block, 5)?;
        if late {
            return Err(Unread::Invalid(Violation::TableSizeMisplaced));
        }
        if size > u64::from(self.allowed) {
            return Err(Unread::Invalid(Violation::TableSizeTooLarge));
        }
        if self.due.is_some_and(|due| size <= u64::from(due)) {
            self.due = None;
        }
        self.table.set_limit(size as usize);
        Ok(())
    }

    fn field(&mut self, first: u8, block: &mut &[u8]) -> Result<Field, Unread> {
        if first & 0b1000_0000 != 0 {
            let index = take(block, 7)?;
            let (name, value) = self.entry(index)?;
            return Ok((name.to_vec(), value.to_vec()));
        }
        let inserted = first & 0b0100_0000 != 0;
        let index = take(block, if inserted { 6 } else { 4 })?;
        let name = match index {
            0 => string(block)?,
            _ => self.entry(index)?.0.to_vec(),
        };
        let value = string(block)?;
        if inserted {
            self.table.insert(&name, &value);
        }
        Ok((name, value))
    }

    fn entry(&self, index: u64) -> Result<(&[u8], &[u8]), Unread> {
        let entry = usize::try_from(index)
            .ok()
            .and_then(|index| self.table.get(index));
        entry.ok_or(Unread::Invalid(Violation::IndexInvalid))
    }
}

fn string(block: &mut &[u8]) -> Result<Vec<u8>, Unread> {
    let coded = block.first().is_some_and(|byte| byte & 0b1000_0000 != 0);
    let length = usize::try_from(take(block, 7)?).unwrap_or(usize::MAX);
    let split = block.split_at_checked(length);
    let (text, rest) = split.ok_or(Unread::Invalid(Violation::FieldBlockTruncated))?;
    *block = rest;
    if coded {
        huffman::decode(text).ok_or(Unread::Invalid(Violation::HuffmanInvalid))
    } else {
        Ok(text.to_vec())
    }
}

fn take(block: &mut &[u8], prefix: u8) -> Result<u64, Unread> {
    integer::take(block, prefix).map_err(|unread| {
        Unread::Invalid(match unread {
            integer::Unread::Short => Violation::FieldBlockTruncated,
            integer::Unread::Large => Violation::IntegerTooLarge,
        })
    })
}
