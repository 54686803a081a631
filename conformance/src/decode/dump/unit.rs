//! What programs print for bytes.

/// A way to print one or more bytes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Unit {
    /// What is called so.
    pub(super) name: &'static str,
    /// Whether the offset is followed by a colon; `None` if either may be.
    pub(super) colon: Option<bool>,
    /// Bytes that one word stands for; `None` if that depends on the word.
    pub(super) size: Option<usize>,
    /// The bytes of a word.
    pub(super) bytes: fn(&str) -> Option<Vec<u8>>,
    /// Where the words are: apart, or each in four columns, since a blank is a word.
    pub(super) layout: Layout,
    /// The column, after the offset, in which the first word has to end.
    pub(super) first: Option<usize>,
    /// Of units that fit, those with the lowest rank are meant.
    rank: u8,
}

impl Unit {
    /// Its rank among units that fit. Where words stand apart as numbers do that are padded with
    /// blanks, pairs of digits may be decimal as well.
    pub(super) fn rank(&self, apart: bool) -> u8 {
        if apart && self.rank == HEX {
            DECIMAL
        } else {
            self.rank
        }
    }
}

const WORDS: u8 = 0;
const HEX: u8 = 1;
const DECIMAL: u8 = 2;

/// Where the words of a line are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Layout {
    /// With blanks between.
    Apart,
    /// In columns of four characters.
    Columns,
}

const APART: Unit = Unit {
    name: "",
    colon: None,
    size: None,
    bytes: |_| None,
    layout: Layout::Apart,
    first: None,
    rank: WORDS,
};

/// All units.
pub(super) const UNITS: &[Unit] = &[
    Unit {
        name: "words of hexdump or od -x",
        colon: Some(false),
        size: Some(2),
        bytes: |word| little(word, 4, 16, 2),
        ..APART
    },
    Unit {
        name: "words of od -t x4",
        colon: Some(false),
        size: Some(4),
        bytes: |word| little(word, 8, 16, 4),
        ..APART
    },
    Unit {
        name: "binary digits of xxd -b",
        size: Some(1),
        bytes: |word| little(word, 8, 2, 1),
        ..APART
    },
    Unit {
        name: "a hex dump",
        bytes: hex,
        rank: HEX,
        ..APART
    },
    Unit {
        name: "words of xxd -e",
        colon: Some(true),
        bytes: hex_reversed,
        first: Some(9),
        rank: HEX,
        ..APART
    },
    Unit {
        name: "octal words of od",
        colon: Some(false),
        size: Some(2),
        bytes: |word| little(word, 6, 8, 2),
        ..APART
    },
    Unit {
        name: "decimal words of hexdump -d",
        colon: Some(false),
        size: Some(2),
        bytes: |word| little(word, 5, 10, 2),
        ..APART
    },
    Unit {
        name: "octal bytes of od -b",
        size: Some(1),
        bytes: |word| little(word, 3, 8, 1),
        rank: DECIMAL,
        ..APART
    },
    Unit {
        name: "decimal bytes of od -t u1",
        size: Some(1),
        bytes: decimal,
        rank: DECIMAL,
        ..APART
    },
    Unit {
        name: "characters of od -c",
        colon: Some(false),
        size: Some(1),
        bytes: character,
        layout: Layout::Columns,
        rank: DECIMAL,
        ..APART
    },
];

/// Hex digits of one or more bytes in their order, or one byte after `0x`.
fn hex(word: &str) -> Option<Vec<u8>> {
    let digits = word.strip_prefix("0x").unwrap_or(word);
    let known = matches!(digits.len(), 2 | 4 | 6 | 8 | 16 | 32);
    let bytes = known.then(|| wsspec_vectors::hex::decode(digits).ok())?;
    bytes.filter(|bytes| !bytes.is_empty())
}

fn hex_reversed(word: &str) -> Option<Vec<u8>> {
    let mut bytes = hex(word)?;
    bytes.reverse();
    Some(bytes)
}

/// A number of exactly `digits` digits in `base`, as `size` bytes, the lowest first.
fn little(word: &str, digits: usize, base: u32, size: usize) -> Option<Vec<u8>> {
    if word.len() != digits || word.starts_with(['+', '-']) {
        return None;
    }
    let value = u64::from_str_radix(word, base).ok()?;
    let fits = value < 1 << (8 * size);
    fits.then(|| value.to_le_bytes()[..size].to_vec())
}

fn decimal(word: &str) -> Option<Vec<u8>> {
    let digits = word.strip_prefix('-').unwrap_or(word);
    let padded = digits.len() > 1 && digits.starts_with('0');
    if padded || digits.len() > 3 || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    Some(vec![super::super::digits::byte_of(word.parse().ok()?)?])
}

/// A character, an escape, or three octal digits.
fn character(word: &str) -> Option<Vec<u8>> {
    let byte = match word.as_bytes() {
        [] => b' ',
        [b'\\', escape] => match escape {
            b'0' => 0,
            b'a' => 7,
            b'b' => 8,
            b't' => b'\t',
            b'n' => b'\n',
            b'v' => 11,
            b'f' => 12,
            b'r' => b'\r',
            _ => return None,
        },
        [one] => *one,
        [_, _, _] => return little(word, 3, 8, 1),
        _ => return None,
    };
    Some(vec![byte])
}
