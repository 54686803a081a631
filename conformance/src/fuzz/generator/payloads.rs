//! Payloads that are likely to show a difference between implementations.

use super::random::Choices;
use crate::fuzz::plan::Body;

/// Sizes at which implementations change their behaviour, in bytes.
const SIZES: &[u64] = &[
    0, 1, 2, 3, 4, 7, 8, 15, 16, 17, 31, 32, 63, 64, 123, 124, 125, 126, 127, 128, 129, 130, 131,
    132, 255, 256, 257, 511, 512, 513, 1000, 1023, 1024, 1025, 2048, 4095, 4096, 4097, 8192,
    16_383, 16_384, 16_385, 32_767, 32_768, 65_530, 65_534, 65_535, 65_536, 65_537, 65_550, 70_000,
    131_072,
];

/// The first of [`SIZES`], which are chosen most often.
const COMMON_SIZES: usize = 29;

/// Texts that a careless implementation changes.
pub(super) const TEXTS: &[&str] = &[
    "",
    "a",
    "Hello",
    "Hello, world! Hello, world!",
    "κόσμε",
    "\u{feff}mark",
    "line\r\nend\r\n",
    "a\0b",
    "\0",
    "𝄞𝄞",
    "/",
    "{\"a\": [1]}",
    "\u{10ffff}",
    "\u{ffff}",
    "ß\u{301}",
    "%00%0d%0a",
    "\u{7f}\u{80}",
    "<a>",
];

/// Byte strings that are not UTF-8.
pub(super) const INVALID_UTF8: &[&[u8]] = &[
    b"\xff",
    b"\x80",
    b"a\xc0\xaf",
    b"\xc0\x80",
    b"\xe0\x80\xaf",
    b"\xf0\x80\x80\xaf",
    b"\xed\xa0\x80",
    b"\xed\xbf\xbf",
    b"\xed\xa0\x80\xed\xb0\x80",
    b"\xf4\x90\x80\x80",
    b"\xf5\x80\x80\x80",
    b"\xfe",
    b"ok\xe2\x82",
    b"ok\xf0\x9f\x92",
    b"\xc3(",
    b"\xe2\x28\xa1",
    b"\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5\xed\xa0\x80\x65",
    b"end\xc3",
];

/// Close codes of every class, and numbers that are no close code.
pub(super) const CLOSE_CODES: &[u16] = &[
    0, 1, 999, 1000, 1001, 1002, 1003, 1004, 1005, 1006, 1007, 1008, 1009, 1010, 1011, 1012, 1013,
    1014, 1015, 1016, 1100, 2000, 2999, 3000, 3999, 4000, 4999, 5000, 65_535,
];

/// The size of a payload, in bytes.
pub(super) fn size(choices: &mut Choices) -> u64 {
    match choices.below(8) {
        0..4 => *choices.one(&SIZES[..COMMON_SIZES]),
        4 => *choices.one(SIZES),
        5 => choices.below(300),
        6 => choices.below(3000),
        _ => 120 + choices.below(12),
    }
}

/// A payload of at most 125 bytes.
pub(super) fn control_payload(choices: &mut Choices) -> Body {
    let size = *choices.one(&[0, 1, 4, 8, 64, 124, 125]);
    match choices.below(4) {
        0 => Body::Random(size, choices.below(1000)),
        1 => Body::Repeat("ping".into(), size),
        _ => Body::Bytes(choices.one(TEXTS).as_bytes().to_vec()),
    }
}

/// Valid UTF-8.
pub(super) fn text(choices: &mut Choices) -> Body {
    match choices.below(5) {
        0 | 1 => Body::Bytes(choices.one(TEXTS).as_bytes().to_vec()),
        2 => Body::Repeat("0123456789 ".into(), size(choices)),
        _ => Body::Ascii(size(choices), choices.below(1000)),
    }
}

/// The payload of a binary message.
pub(super) fn bytes(choices: &mut Choices) -> Body {
    match choices.below(6) {
        0 => Body::Bytes(choices.one(INVALID_UTF8).to_vec()),
        1 => Body::Repeat("\0".into(), size(choices)),
        2 => Body::Repeat("wsspec ".into(), size(choices)),
        _ => Body::Random(size(choices), choices.below(1000)),
    }
}
