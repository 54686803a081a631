//! What people paste when they mean bytes of a connection, read back into bytes.
//!
//! [`NOTATIONS`] is the list of what is read. Each notation has a reader that answers in one of three
//! ways: the input lacks the marks of this notation, it has them but something does not fit, or here
//! are the bytes. Readers that only rest on weak marks (digits alone) are compared with each other:
//! if their bytes differ and only one of them begins with frames, that one is taken and the other
//! noted ([`Note::AlsoReadAs`]); otherwise the input is [`Unreadable::Ambiguous`]. Nothing is guessed
//! in silence. Two conventions stand: hex digits in pairs are hex, neither decimal numbers nor base64,
//! and a single word is no base64.
//!
//! Input is bounded by [`MAX_INPUT`]; what stands for more than [`MAX_BYTES`] is refused. Time and
//! memory are proportional to the input.

// Readers share a type, also those that read or do not.
#![allow(clippy::unnecessary_wraps)]

mod array;
mod base64;
mod buffer;
mod call;
mod capture;
pub mod carried;
mod comments;
mod curl;
mod digits;
mod dissection;
mod dump;
mod escapes;
mod har;
mod http;
mod magic;
mod notation;
mod outcome;
mod plausible;
#[cfg(test)]
mod properties;
mod strace;
mod text;
pub mod tls;

pub use capture::{Connection, Event, connections, is_capture, key_log};
pub use har::{Recording, is_har, recordings};
pub use magic::foreign;
pub use notation::{NOTATIONS, Notation, NotationRow};
pub use outcome::{
    Ambiguity, Broken, Content, Conversation, Message, Note, Problem, Read, Side, Stream,
    Unreadable,
};

use notation::Reader;
use outcome::{Found, Reading};

/// The largest input in bytes.
pub const MAX_INPUT: usize = 64 << 20;

/// The largest number of bytes that an input may stand for: repeated lines of a dump stand for more
/// than they take.
pub const MAX_BYTES: usize = MAX_INPUT;

/// Reads `input` in the notation that it is in, or in the one that is `wanted`.
///
/// # Errors
/// It is empty, too large, in none of the [`NOTATIONS`], damaged, or in one of several.
pub fn read(input: &[u8], wanted: Option<Notation>) -> Result<Read, Unreadable> {
    if input.len() > MAX_INPUT {
        return Err(Unreadable::TooLarge);
    }
    let read = match wanted {
        Some(notation) => read_as(input, notation)?,
        None => detect(input)?,
    };
    let read = capture::without_packets(read);
    if read.size() == 0 {
        return Err(Unreadable::Empty);
    }
    Ok(read)
}

fn read_as(input: &[u8], notation: Notation) -> Result<Read, Unreadable> {
    let missing = || Unreadable::NotThat(notation);
    let reading = match notation.row().reader {
        Reader::Bytes(reader) => reader(input),
        Reader::Text(reader) => reader(&text::text(input).ok_or_else(missing)?),
    };
    match reading {
        Ok(found) => {
            let mut found = found.into_iter();
            let first = found.next().ok_or_else(missing)?;
            match found.next() {
                None => Ok(Read::new(notation, first)),
                Some(second) => Err(Unreadable::Ambiguous(
                    [first, second]
                        .into_iter()
                        .map(|found| Ambiguity::new(notation, &found))
                        .collect(),
                )),
            }
        }
        Err(broken) => Err(Unreadable::Broken(notation, broken)),
    }
}

/// Tries the notations in the order of the table.
fn detect(input: &[u8]) -> Result<Read, Unreadable> {
    if input.trim_ascii().is_empty() {
        return Err(Unreadable::Empty);
    }
    if let Some(format) = magic::foreign(input) {
        return Err(Unreadable::Foreign(format));
    }
    let text = text::text(input);
    let mut weak: Vec<(Notation, Found)> = Vec::new();
    for row in NOTATIONS.iter().filter(|row| row.detected) {
        let is_word = text.as_deref().is_some_and(base64::is_word);
        let reading: Reading = match (row.reader, &text) {
            // Digits that can be read in any other way are no base64.
            _ if row.notation == Notation::Base64 && (is_word || !weak.is_empty()) => continue,
            (Reader::Bytes(reader), _) => reader(input),
            (Reader::Text(reader), Some(text)) => reader(text),
            (Reader::Text(_), None) => continue,
        };
        match reading {
            Ok(found) => {
                for found in found {
                    if found.sure && weak.is_empty() {
                        return Ok(Read::new(row.notation, found));
                    }
                    // The later notation says more: a list is of hex or of decimal numbers.
                    weak.retain(|(_, other)| other.content != found.content);
                    weak.push((row.notation, found));
                }
            }
            Err(problem) if weak.is_empty() => {
                return Err(Unreadable::Broken(row.notation, problem));
            }
            Err(_) => {}
        }
    }
    if weak.is_empty() {
        return match text {
            Some(_) => Err(Unreadable::NoNotation),
            None => Ok(Read::new(Notation::Raw, Found::bytes(input.to_vec()))),
        };
    }
    choose(weak)
}

/// Takes the only reading, or the only one whose bytes begin with frames.
fn choose(mut weak: Vec<(Notation, Found)>) -> Result<Read, Unreadable> {
    if weak.len() == 1 {
        let (notation, found) = weak.swap_remove(0);
        return Ok(Read::new(notation, found));
    }
    let plausible: Vec<usize> = (0..weak.len())
        .filter(|n| {
            weak[*n]
                .1
                .single()
                .is_some_and(plausible::begins_with_frames)
        })
        .collect();
    let [only] = plausible[..] else {
        let read = weak.into_iter();
        return Err(Unreadable::Ambiguous(
            read.map(|(notation, found)| Ambiguity::new(notation, &found))
                .collect(),
        ));
    };
    let (notation, mut found) = weak.swap_remove(only);
    let others = weak.into_iter();
    found
        .notes
        .extend(others.map(|(notation, _)| Note::AlsoReadAs(notation)));
    Ok(Read::new(notation, found))
}
