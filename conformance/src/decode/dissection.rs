//! The fields of a frame in the words of Wireshark and `tshark -V`, which show the bits of its header
//! but not its payload.

use super::outcome::{Broken, Found, Note, Problem, Reading};

/// The bits of the fields in the order in which they are printed, such as `1... .... = Fin: True`.
#[derive(Default)]
struct Fields {
    frames: Vec<Vec<u8>>,
    /// The bits of a byte that are known, and those that are set.
    known: u8,
    set: u8,
}

/// Reads the headers of frames. Only the last frame may have a payload.
pub(super) fn read(text: &str) -> Reading {
    if !text
        .lines()
        .any(|line| bits(line).is_some() && line.contains("Fin:"))
    {
        return Ok(Vec::new());
    }
    let mut fields = Fields::default();
    let mut payload = false;
    for (n, line) in text.lines().enumerate() {
        let starts = bits(line).is_some() && line.contains("Fin:");
        if starts {
            if payload {
                return Err(Broken::new(n + 1, Problem::NoPayload));
            }
            fields.frames.push(Vec::new());
        }
        let Some(frame) = fields.frames.last_mut() else {
            continue;
        };
        if let Some((known, set)) = bits(line) {
            fields.known |= known;
            fields.set |= set;
            if fields.known == 0xff {
                frame.push(fields.set);
                (fields.known, fields.set) = (0, 0);
                payload |= frame.len() == 2 && set & 0x7f != 0;
            }
        } else if let Some((name, value)) = line.trim().split_once(':') {
            let value = value.trim();
            let number = value
                .split_whitespace()
                .next()
                .and_then(|n| n.parse::<u64>().ok());
            match (name, number) {
                (
                    "Extended Payload length (16 bits)" | "Extended Payload Length (16 bits)",
                    Some(n),
                ) => {
                    let length = u16::try_from(n).unwrap_or(u16::MAX);
                    frame.extend(length.to_be_bytes());
                }
                (
                    "Extended Payload length (64 bits)" | "Extended Payload Length (64 bits)",
                    Some(n),
                ) => {
                    frame.extend(n.to_be_bytes());
                }
                ("Masking-Key", _) => {
                    frame.extend(super::digits::pairs(value).unwrap_or_default());
                }
                _ => {}
            }
        }
    }
    let bytes = fields.frames.concat();
    if bytes.is_empty() {
        return Err(Broken::new(1, Problem::NoPayload));
    }
    Ok(vec![
        Found::bytes(bytes).note(payload.then_some(Note::NoPayload)),
    ])
}

/// The bits that a line tells of, and those of them that are set.
fn bits(line: &str) -> Option<(u8, u8)> {
    let (pattern, _) = line.trim().split_once(" = ")?;
    let bits: String = pattern.split(' ').collect();
    if bits.len() != 8 || !bits.bytes().all(|b| matches!(b, b'0' | b'1' | b'.')) {
        return None;
    }
    Some(bits.bytes().fold((0, 0), |(known, set), bit| {
        (
            known << 1 | u8::from(bit != b'.'),
            set << 1 | u8::from(bit == b'1'),
        )
    }))
}
