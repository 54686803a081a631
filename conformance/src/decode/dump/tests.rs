//! What programs of the command line print for `81 05 Hello`, and for more.

use super::super::outcome::{Content, Found, Note};
use super::*;

fn only(text: &str) -> Found {
    let mut found = read(text).unwrap_or_else(|broken| panic!("{text}: {broken:?}"));
    assert_eq!(found.len(), 1, "{text}: {found:?}");
    found.pop().unwrap()
}

#[test]
fn all_that_od_hexdump_and_xxd_print() {
    for text in [
        "0000000 002601 062510 066154 000157\n0000007",
        "0000000 201 005   H   e   l   l   o\n0000007",
        "0000000 201 005 110 145 154 154 157\n0000007",
        "0000000 0581 6548 6c6c 006f\n0000007",
        "0000000 81 05 48 65 6c 6c 6f\n0000007",
        "000000 81 05 48 65 6c 6c 6f                             >..Hello<\n000007",
        "0000000 -127    5   72  101  108  108  111\n0000007",
        "0000000 129   5  72 101 108 108 111\n0000007",
        "0000000 65480581 006f6c6c\n0000007",
        "0000000   01409   25928   27756   00111                                \n0000007",
        "0000000    0581    6548    6c6c    006f                                \n0000007",
        "00000000: 8105 4865 6c6c 6f                        ..Hello",
        "00000000: 10000001 00000101 01001000 01100101 01101100 01101100  ..Hell\n00000006: 01101111                                               o",
        "00000000: 65480581   6f6c6c                    ..Hello",
        "00000000: 81 05 48 65 6c 6c 6f                             ..Hello",
        "00000000: 8105 4865 6C6C 6F    ..Hello",
        "0x7fffffffe010:\t0x81\t0x05\t0x48\t0x65\t0x6c\t0x6c\t0x6f",
        "0x7fffffffe010 <buf>:\t0x81\t0x05\t0x48\t0x65\n0x7fffffffe014 <buf+4>:\t0x6c\t0x6c\t0x6f",
        "0x16fdff2a8: 81 05 48 65 6c 6c 6f  ..Hello",
        "00000000  81 05 48 65 6c 6c 6f  |..Hello|",
    ] {
        assert_eq!(only(text).single(), Some(&b"\x81\x05Hello"[..]), "{text}");
    }
}

#[test]
fn repeated_lines_are_repeated() {
    let found = only(
        "00000000  00 00 00 00 00 00 00 00  00 00 00 00 00 00 00 00  |................|\n*\n\
         00000120  00 00 00 00 00 00 00 00  00 00 00 00 81 05 48 65  |..............He|\n\
         00000130  6c 6c 6f                                          |llo|\n00000133",
    );
    let bytes = [&[0; 300][..], b"\x81\x05Hello"].concat();
    assert_eq!(found.single(), Some(&bytes[..]));
    let large = "0000000 00 00\n*\nfffffffffffff";
    assert_eq!(read(large).unwrap_err().problem, Problem::TooMuch);
}

#[test]
fn text_beside_bytes_may_look_like_bytes() {
    let found = only("0000  61 62   ab\n");
    assert_eq!(found.single(), Some(&b"ab"[..]));
    let found = only("00000000: 6162 2061 6220                           ab ab ");
    assert_eq!(found.single(), Some(&b"ab ab "[..]));
}

#[test]
fn octal_and_decimal_can_look_the_same() {
    let found = read("0000000 201 110 145 154\n0000004").unwrap();
    assert!(
        found.len() == 2 && found.iter().all(|found| !found.sure),
        "{found:?}"
    );
}

#[test]
fn a_line_that_does_not_continue_is_named() {
    let broken = read("00000000: 8105 4865\n00000010: 6c6c 6f").unwrap_err();
    assert_eq!(broken, Broken::new(2, Problem::BadLine));
}

#[test]
fn both_sides_of_a_followed_stream() {
    let found = only(
        "00000000  81 85 00 00 00 00 48 65  6c 6c 6f                   ......He llo\n    \
         00000000  81 05 48 65 6c 6c 6f                               ..Hello\n\
         0000000B  89 80 00 00 00 00                                  ......\n",
    );
    let Content::Streams(streams) = &found.content else {
        panic!("{found:?}")
    };
    let sides: Vec<&[u8]> = streams[0]
        .sides
        .iter()
        .map(|side| &side.bytes[..])
        .collect();
    assert_eq!(
        sides,
        [
            &b"\x81\x85\0\0\0\0Hello\x89\x80\0\0\0\0"[..],
            b"\x81\x05Hello"
        ]
    );
    assert_eq!(only("00000010: 8105").notes, [Note::BeginsAt(16)]);
}

#[test]
fn plain_hex_is_no_dump() {
    for text in [
        "00000000 48656c6c6f",
        "81054865 6c6c6f",
        "81 05",
        "8105\n4865",
    ] {
        assert_eq!(read(text), Ok(Vec::new()), "{text}");
    }
}
