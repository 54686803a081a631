//! Every short byte sequence as UTF-8, and every close code, against independent definitions.

use std::collections::{HashMap, HashSet};
use std::ops::RangeInclusive;

use wsspec_core::close::{CloseCode, CodeClass, check_body, split_body};
use wsspec_core::frame::{Decoder, Event, FrameWriter, Opcode};
use wsspec_core::utf8::Validator;
use wsspec_core::{Role, Violation};

/// The meaning of a sequence of one to four bytes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Piece {
    /// Not the beginning of any text.
    Nothing,
    /// The beginning of a character.
    Prefix,
    Character,
}

/// The encodings of all characters and their beginnings, by length.
struct Characters {
    short: [Vec<Piece>; 3],
    long: HashMap<[u8; 4], Piece>,
}

impl Characters {
    fn new() -> Characters {
        let table = |bytes: u32| vec![Piece::Nothing; 1 << (8 * bytes)];
        let mut all = Characters {
            short: [table(1), table(2), table(3)],
            long: HashMap::new(),
        };
        for character in '\0'..=char::MAX {
            let mut buffer = [0; 4];
            let length = character.encode_utf8(&mut buffer).len();
            for end in 1..length {
                all.set(&buffer[..end], Piece::Prefix);
            }
            all.set(&buffer[..length], Piece::Character);
        }
        all
    }

    fn set(&mut self, bytes: &[u8], piece: Piece) {
        match bytes.try_into() {
            Ok(four) => drop(self.long.insert(four, piece)),
            Err(_) => self.short[bytes.len() - 1][number(bytes)] = piece,
        }
    }

    fn get(&self, bytes: &[u8]) -> Piece {
        match bytes.try_into() {
            Ok(four) => self
                .long
                .get::<[u8; 4]>(&four)
                .copied()
                .unwrap_or(Piece::Nothing),
            Err(_) => self.short[bytes.len() - 1][number(bytes)],
        }
    }

    /// Returns whether the text is complete, or the first byte after which nothing makes it valid.
    fn verdict(&self, text: &[u8]) -> Result<bool, usize> {
        let mut start = 0;
        for at in 0..text.len() {
            match self.get(&text[start..=at]) {
                Piece::Nothing => return Err(at),
                Piece::Prefix => {}
                Piece::Character => start = at + 1,
            }
        }
        Ok(start == text.len())
    }
}

fn number(bytes: &[u8]) -> usize {
    bytes.iter().fold(0, |n, b| n << 8 | usize::from(*b))
}

fn read(pieces: &[&[u8]]) -> Result<bool, usize> {
    let mut validator = Validator::new();
    let mut start = 0;
    for piece in pieces {
        validator.push(piece).map_err(|at| start + at)?;
        start += piece.len();
    }
    Ok(validator.is_complete())
}

/// Checks it whole, at every split, and byte by byte.
fn check(characters: &Characters, text: &[u8]) {
    let right = characters.verdict(text);
    assert_eq!(
        right == Ok(true),
        std::str::from_utf8(text).is_ok(),
        "{text:02x?}"
    );
    assert_eq!(read(&[text]), right, "{text:02x?}");
    for split in 1..text.len() {
        let (front, back) = text.split_at(split);
        assert_eq!(read(&[front, back]), right, "{front:02x?} {back:02x?}");
    }
    if let [a, b, c, rest @ ..] = text {
        assert_eq!(read(&[&[*a], &[*b], &[*c], rest]), right, "{text:02x?}");
    }
}

#[test]
fn every_sequence_of_up_to_three_bytes() {
    let characters = Characters::new();
    check(&characters, &[]);
    for a in 0..=u8::MAX {
        check(&characters, &[a]);
        for b in 0..=u8::MAX {
            check(&characters, &[a, b]);
            for c in 0..=u8::MAX {
                check(&characters, &[a, b, c]);
            }
        }
    }
}

#[test]
fn every_lead_byte_before_every_boundary() {
    let characters = Characters::new();
    let boundaries = [
        0x00, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc2, 0xe0, 0xf4, 0xff,
    ];
    for a in 0..=u8::MAX {
        for b in boundaries {
            for c in boundaries {
                for d in boundaries {
                    check(&characters, &[a, b, c, d]);
                }
            }
        }
    }
}

#[test]
fn a_fault_far_inside_a_long_text_is_found_at_its_place() {
    let characters = Characters::new();
    let broken = [
        "\u{1f600}".as_bytes(),
        b"\xc3\xa9\xed\xa0",
        b"\xf0\x9f\x98",
        b"\xff",
    ];
    for length in [60, 63, 64, 65, 127, 128, 1000] {
        for bad in broken {
            let text = [&vec![b'a'; length], bad, b"b"].concat();
            let right = characters.verdict(&text);
            for split in 0..text.len() {
                assert_eq!(
                    read(&[&text[..split], &text[split..]]),
                    right,
                    "{length} {bad:02x?} at {split}"
                );
            }
        }
    }
}

/// Text that is examined in words: each byte counts, even if all are the same.
#[test]
fn a_run_of_one_byte_is_text_only_if_it_is_ascii() {
    for byte in 0..=u8::MAX {
        for length in 1..=140 {
            let right = match byte {
                0x00..=0x7f => Ok(true),
                // A byte that may begin a character is wrong at the byte after it.
                0xc2..=0xf4 if length == 1 => Ok(false),
                0xc2..=0xf4 => Err(1),
                _ => Err(0),
            };
            assert_eq!(
                read(&[&vec![byte; length]]),
                right,
                "{length} times {byte:02x}"
            );
        }
    }
}

/// RFC 6455 §7.4 and its registry, by range.
const CODES: [(RangeInclusive<u16>, CodeClass); 13] = [
    (0..=999, CodeClass::Unassigned),
    (1000..=1003, CodeClass::Defined),
    (1004..=1004, CodeClass::Unassigned),
    (1005..=1006, CodeClass::Forbidden),
    (1007..=1011, CodeClass::Defined),
    // Registered after the RFC.
    (1012..=1014, CodeClass::Defined),
    (1015..=1015, CodeClass::Forbidden),
    (1016..=1999, CodeClass::Unassigned),
    (2000..=2999, CodeClass::Unassigned),
    (3000..=3999, CodeClass::Library),
    (4000..=4999, CodeClass::Private),
    (5000..=9999, CodeClass::Unassigned),
    (10000..=65535, CodeClass::Unassigned),
];

#[test]
fn every_close_code() {
    let mut seen = 0;
    let mut names = HashSet::new();
    for (codes, class) in CODES {
        let broken = match class {
            CodeClass::Defined | CodeClass::Library | CodeClass::Private => None,
            CodeClass::Forbidden => Some(Violation::CloseCodeForbidden),
            CodeClass::Unassigned => Some(Violation::CloseCodeUnassigned),
        };
        for code in codes {
            seen += 1;
            let body = code.to_be_bytes();
            assert_eq!(
                (CloseCode(code).class(), CloseCode(code).violation()),
                (class, broken),
                "{code}"
            );
            let registered = matches!(class, CodeClass::Defined | CodeClass::Forbidden);
            let name = CloseCode(code).name();
            assert_eq!(name.is_some(), registered, "{code}");
            assert!(
                name.is_none_or(|name| names.insert(name)),
                "{code} has the name of another code"
            );
            assert_eq!(check_body(&body).err(), broken.map(|v| (v, 1)));
            assert_eq!(split_body(&body), Some((CloseCode(code), &[][..])));

            let mut stream = FrameWriter::new(Opcode::CLOSE, &body).to_vec();
            let mut decoder = Decoder::new(Role::Client);
            let right = broken.map_or(Ok(Some(Event::Close(&body))), |v| Err(v.at(3)));
            assert_eq!(decoder.decode(&mut stream.as_mut_slice()), right, "{code}");
        }
    }
    assert_eq!(seen, 65536);
}

#[test]
fn every_one_byte_body_and_every_one_byte_reason() {
    for byte in 0..=u8::MAX {
        let mut stream = FrameWriter::new(Opcode::CLOSE, &[byte]).to_vec();
        let one = Decoder::new(Role::Client)
            .decode(&mut stream.as_mut_slice())
            .unwrap_err();
        assert_eq!(
            one,
            Violation::CloseBodyOneByte.at(1),
            "its length gives it away"
        );
        assert_eq!(check_body(&[byte]), Err((Violation::CloseBodyOneByte, 0)));
        let reason = check_body(&[0x03, 0xe8, byte]);
        assert_eq!(
            reason,
            if byte < 0x80 {
                Ok(())
            } else {
                Err((Violation::CloseReasonNotUtf8, 2))
            }
        );
    }
}
