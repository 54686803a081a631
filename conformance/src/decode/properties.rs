//! Bytes that are written down and read are the same bytes, in every notation that can be written.

use std::fmt::Write as _;

use proptest::prelude::*;

use super::*;

/// How bytes are written down, and what it takes to read them back.
struct Writer {
    name: &'static str,
    notation: Notation,
    /// Whether the notation is found out without doubt.
    marked: bool,
    write: fn(&[u8]) -> String,
}

const fn marked(name: &'static str, notation: Notation, write: fn(&[u8]) -> String) -> Writer {
    Writer {
        name,
        notation,
        marked: true,
        write,
    }
}

const fn bare(name: &'static str, notation: Notation, write: fn(&[u8]) -> String) -> Writer {
    Writer {
        name,
        notation,
        marked: false,
        write,
    }
}

fn each(bytes: &[u8], between: &str, one: fn(u8) -> String) -> String {
    bytes
        .iter()
        .map(|b| one(*b))
        .collect::<Vec<_>>()
        .join(between)
}

fn hex(b: u8) -> String {
    format!("{b:02x}")
}

fn with_0x(b: u8) -> String {
    format!("{b:#04x}")
}

fn decimal(b: u8) -> String {
    b.to_string()
}

fn signed(b: u8) -> String {
    b.cast_signed().to_string()
}

fn groups(bytes: &[u8], size: usize, between: &str) -> String {
    let groups = bytes.chunks(size).map(|group| each(group, "", hex));
    groups.collect::<Vec<_>>().join(between)
}

fn shown(bytes: &[u8]) -> String {
    each(bytes, "", |b| {
        let c = if b.is_ascii_graphic() || b == b' ' {
            b as char
        } else {
            '.'
        };
        c.to_string()
    })
}

/// A line for each 16 bytes, with an offset.
fn dump(bytes: &[u8], line: fn(usize, &[u8]) -> String) -> String {
    let lines = bytes
        .chunks(16)
        .enumerate()
        .map(|(n, bytes)| line(16 * n, bytes));
    lines.collect()
}

fn xxd(bytes: &[u8]) -> String {
    dump(bytes, |at, bytes| {
        format!(
            "{at:08x}: {:<39}  {}\n",
            groups(bytes, 2, " "),
            shown(bytes)
        )
    })
}

fn xxd_e(bytes: &[u8]) -> String {
    dump(bytes, |at, bytes| {
        let words = bytes.chunks(4).map(|word| {
            let reversed: Vec<u8> = word.iter().rev().copied().collect();
            format!("{:>8}", each(&reversed, "", hex))
        });
        let words = words.collect::<Vec<_>>().join(" ");
        format!("{at:08x}: {words:<35}   {}\n", shown(bytes))
    })
}

fn hexdump_c(bytes: &[u8]) -> String {
    let lines = dump(bytes, |at, bytes| {
        let (front, back) = bytes.split_at(bytes.len().min(8));
        let both = format!(
            "{:<23}  {:<23}",
            groups(front, 1, " "),
            groups(back, 1, " ")
        );
        format!("{at:08x}  {both}  |{}|\n", shown(bytes))
    });
    format!("{lines}{:08x}\n", bytes.len())
}

fn wireshark(bytes: &[u8]) -> String {
    dump(bytes, |at, bytes| {
        let (front, back) = bytes.split_at(bytes.len().min(8));
        let text = format!("{} {}", shown(front), shown(back));
        let both = format!(
            "{:<23}  {:<23}",
            groups(front, 1, " "),
            groups(back, 1, " ")
        );
        format!("{at:04x}  {both}   {}\n", text.trim_end())
    })
}

fn words(
    bytes: &[u8],
    size: usize,
    word: fn(u64) -> String,
    offset: fn(usize) -> String,
) -> String {
    let mut text = String::new();
    for (n, line) in bytes.chunks(16).enumerate() {
        text.push_str(&offset(16 * n));
        for chunk in line.chunks(size) {
            let value = chunk
                .iter()
                .rev()
                .fold(0, |value, b| value << 8 | u64::from(*b));
            text.push_str(&word(value));
        }
        text.push('\n');
    }
    text + &offset(bytes.len()) + "\n"
}

fn octal_offset(at: usize) -> String {
    format!("{at:07o}")
}

fn hex_offset(at: usize) -> String {
    format!("{at:07x}")
}

fn od_c(bytes: &[u8]) -> String {
    words(
        bytes,
        1,
        |value| match value as u8 {
            0 => "  \\0".into(),
            b'\n' => "  \\n".into(),
            b'\t' => "  \\t".into(),
            b' '..=b'~' => format!("   {}", value as u8 as char),
            other => format!(" {other:03o}"),
        },
        octal_offset,
    )
}

fn python(bytes: &[u8]) -> String {
    let inner = each(bytes, "", |b| match b {
        b'\\' | b'\'' => format!("\\{}", b as char),
        b' '..=b'~' => (b as char).to_string(),
        b'\n' => "\\n".into(),
        _ => format!("\\x{b:02x}"),
    });
    // Without an escape, it could be hex or base64 as bytes.
    format!("b'{inner}\\x00'")
}

fn base64_of(bytes: &[u8]) -> String {
    use ::base64::Engine as _;
    ::base64::engine::general_purpose::STANDARD.encode(bytes)
}

const WRITERS: &[Writer] = &[
    bare("hex", Notation::Hex, |b| each(b, "", hex)),
    bare("spaced hex", Notation::Hex, |b| each(b, " ", hex)),
    bare("hex in groups of two", Notation::Hex, |b| groups(b, 2, " ")),
    bare("hex in groups of four", Notation::Hex, |b| {
        groups(b, 4, "\n")
    }),
    bare("hex with commas", Notation::Hex, |b| each(b, ",", hex)),
    marked("dashes", Notation::Hex, |b| each(b, "-", hex) + "-00"),
    marked("colons", Notation::Hex, |b| {
        each(b, ":", |b| format!("{b:02X}")) + ":00"
    }),
    marked("h", Notation::Array, |b| {
        each(b, " ", |b| format!("{b:02x}h"))
    }),
    bare("decimal", Notation::Decimal, |b| each(b, " ", decimal)),
    bare("signed", Notation::Decimal, |b| each(b, " ", signed)),
    bare("binary", Notation::Binary, |b| {
        each(b, " ", |b| format!("{b:08b}"))
    }),
    bare("base64", Notation::Base64, base64_of),
    marked("C", Notation::Array, |b| {
        format!("uint8_t x[{}] = {{ {} }};", b.len(), each(b, ", ", with_0x))
    }),
    marked("0x", Notation::Array, |b| each(b, ", ", with_0x)),
    bare("decimal list", Notation::Array, |b| {
        format!("[{}]", each(b, ", ", decimal))
    }),
    bare("signed list", Notation::Array, |b| {
        format!("[{}]", each(b, ", ", signed))
    }),
    bare("Go's %v", Notation::Array, |b| {
        format!("[{}]", each(b, " ", decimal))
    }),
    bare("Rust's {:02x?}", Notation::Array, |b| {
        format!("[{}]", each(b, ", ", hex))
    }),
    marked("escapes", Notation::Escapes, |b| {
        format!("\"{}\"", each(b, "", |b| format!("\\x{b:02x}")))
    }),
    marked("octal escapes", Notation::Escapes, |b| {
        format!("\"{}\"", each(b, "", |b| format!("\\{b:03o}")))
    }),
    marked("Python", Notation::Escapes, python),
    marked("percent", Notation::Escapes, |b| {
        each(b, "", |b| format!("%{b:02X}"))
    }),
    marked("Node", Notation::Buffer, |b| {
        format!("<Buffer {}>", each(b, " ", hex))
    }),
    marked("Apple", Notation::Buffer, |b| {
        format!("{{length = {}, bytes = 0x{}}}", b.len(), groups(b, 4, " "))
    }),
    marked("fromhex", Notation::Call, |b| {
        format!("bytes.fromhex(\"{}\")", each(b, "", hex))
    }),
    marked("b64decode", Notation::Call, |b| {
        format!("base64.b64decode(\"{}\")", base64_of(b))
    }),
    marked("xxd", Notation::Dump, xxd),
    bare("xxd -e", Notation::Dump, xxd_e),
    marked("hexdump -C", Notation::Dump, hexdump_c),
    marked("Wireshark", Notation::Dump, wireshark),
    bare("hexdump", Notation::Dump, |b| {
        words(b, 2, |w| format!(" {w:04x}"), hex_offset)
    }),
    bare("od", Notation::Dump, |b| {
        words(b, 2, |w| format!(" {w:06o}"), octal_offset)
    }),
    bare("od -t x1", Notation::Dump, |b| {
        words(b, 1, |w| format!(" {w:02x}"), octal_offset)
    }),
    bare("od -b", Notation::Dump, |b| {
        words(b, 1, |w| format!(" {w:03o}"), octal_offset)
    }),
    bare("od -t u1", Notation::Dump, |b| {
        words(b, 1, |w| format!(" {w:>3}"), octal_offset)
    }),
    bare("od -t x4", Notation::Dump, |b| {
        words(b, 4, |w| format!(" {w:08x}"), octal_offset)
    }),
    bare("od -c", Notation::Dump, od_c),
];

/// The bytes that a writer adds, so that its notation is unmistakable.
fn written(writer: &Writer, bytes: &[u8]) -> Vec<u8> {
    let added = matches!(writer.name, "dashes" | "colons" | "Python");
    if added {
        [bytes, b"\0"].concat()
    } else {
        bytes.to_vec()
    }
}

/// What is read by convention: digits in pairs are hex, and hex is no base64.
fn is_conventional(text: &str) -> bool {
    let words: Vec<&str> = text.split_whitespace().collect();
    let hex = words.concat();
    hex.bytes().all(|b| b.is_ascii_hexdigit()) && words.iter().all(|word| word.len() % 2 == 0)
}

fn ways(error: &Unreadable) -> Vec<Vec<u8>> {
    match error {
        Unreadable::Ambiguous(ways) => ways.iter().map(|way| way.bytes.clone()).collect(),
        _ => Vec::new(),
    }
}

fn begins(bytes: &[u8]) -> Vec<u8> {
    bytes[..bytes.len().min(8)].to_vec()
}

/// Some bytes of frames, and some of anything.
fn some_bytes() -> impl Strategy<Value = Vec<u8>> {
    let text = "[ -~]{1,40}".prop_map(String::into_bytes);
    let frame = text
        .clone()
        .prop_map(|text| [&[0x81, text.len() as u8], &text[..]].concat());
    let small = prop::collection::vec(prop_oneof![0_u8..4, 9_u8..40], 1..40);
    prop_oneof![
        prop::collection::vec(any::<u8>(), 1..80),
        text,
        frame,
        small
    ]
}

/// Whether what is written can be read in one way only. A dump whose text column is blank may as well
/// have none, and one of hex digits may be more bytes.
fn is_marked(writer: &Writer, bytes: &[u8]) -> bool {
    writer.marked
        && bytes
            .iter()
            .any(|byte| *byte != b' ' && !byte.is_ascii_hexdigit())
}

/// Whether a dump shows offsets alone: one of characters shows nothing of blanks.
fn is_blank(writer: &Writer, text: &str) -> bool {
    writer.notation == Notation::Dump
        && text.lines().all(|line| line.split_whitespace().count() < 2)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn bytes_are_read_back_in_the_notation_that_is_named(bytes in some_bytes()) {
        for writer in WRITERS {
            let text = (writer.write)(&bytes);
            if is_blank(writer, &text) {
                continue;
            }
            let bytes = written(writer, &bytes);
            match read(text.as_bytes(), Some(writer.notation)) {
                Ok(read) => prop_assert_eq!(read.single(), Some(&bytes[..]), "{}: {}", writer.name, text),
                Err(error) => prop_assert!(
                    !is_marked(writer, &bytes) && ways(&error).contains(&begins(&bytes)),
                    "{}: {}: {:?}", writer.name, text, error
                ),
            }
        }
    }

    #[test]
    fn bytes_are_found_out_or_the_doubt_is_said(bytes in some_bytes()) {
        for writer in WRITERS {
            let text = (writer.write)(&bytes);
            if is_blank(writer, &text) {
                continue;
            }
            let bytes = written(writer, &bytes);
            let read = read(text.as_bytes(), None);
            if is_marked(writer, &bytes) {
                prop_assert!(
                    read.as_ref().is_ok_and(|read| read.single() == Some(&bytes)),
                    "{}: {}: {:?}", writer.name, text, read
                );
            }
            match read {
                Ok(read) if read.single() == Some(&bytes) => {}
                Ok(read) => prop_assert!(
                    read.notes.iter().any(|note| matches!(note, Note::AlsoReadAs(_)))
                        || is_conventional(&text),
                    "{}: {}: {:?}", writer.name, text, read
                ),
                // A word is not taken for base64.
                Err(Unreadable::NoNotation) => prop_assert_eq!(writer.notation, Notation::Base64),
                Err(error) => prop_assert!(
                    ways(&error).contains(&begins(&bytes)),
                    "{}: {}: {:?}", writer.name, text, error
                ),
            }
        }
    }

    #[test]
    fn any_input_is_read_or_refused(input in prop::collection::vec(any::<u8>(), 0..200)) {
        crate::properties::pasted(&input);
    }

    #[test]
    fn any_text_is_read_or_refused(input in "[0-9a-fx{}\\[\\]<>()'\"\\\\ ,:;*\\n-]{0,120}") {
        crate::properties::pasted(input.as_bytes());
    }

    #[test]
    fn a_changed_text_is_read_or_refused(
        bytes in some_bytes(),
        writer in 0..WRITERS.len(),
        at in any::<prop::sample::Index>(),
        c in any::<char>(),
    ) {
        let mut text: Vec<char> = (WRITERS[writer].write)(&bytes).chars().collect();
        let at = at.index(text.len());
        text[at] = c;
        let mut changed = String::new();
        let _ = write!(changed, "{}", text.iter().collect::<String>());
        crate::properties::pasted(changed.as_bytes());
        crate::properties::pasted(&changed.as_bytes()[..changed.len() / 2]);
    }
}
