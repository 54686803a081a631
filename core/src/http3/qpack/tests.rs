use super::*;

fn field(name: &str, value: &str) -> Field {
    (name.into(), value.into())
}

fn styles() -> impl Iterator<Item = Style> {
    (0..4).map(|bits| Style {
        indexed: bits & 1 != 0,
        huffman: bits & 2 != 0,
    })
}

/// RFC 9204 §B.1.
#[test]
fn reads_and_writes_the_example_of_the_rfc() {
    let section = b"\x00\x00\x51\x0b/index.html";
    let fields = vec![field(":path", "/index.html")];
    assert_eq!(read(section, 1000).as_ref(), Ok(&fields));
    assert_eq!(write(&fields, Style::default()), section);
}

#[test]
fn what_is_written_is_read_in_every_style() {
    let long = "v".repeat(70_000);
    let fields = vec![
        field(":method", "CONNECT"),
        field(":protocol", "websocket"),
        field(":status", "999"),
        field("Upper-Case", "a\0b\r\n"),
        field("", ""),
        (vec![0xff, 0x80], vec![0, 0xff]),
        field("x-frame-options", "sameorigin"),
        field("user-agent", &long),
    ];
    for style in styles() {
        let section = write(&fields, style);
        assert_eq!(read(&section, 1 << 20).as_ref(), Ok(&fields), "{style:?}");
        for end in 0..section.len() {
            let part = read(&section[..end], 1 << 20);
            assert!(part.as_ref() != Ok(&fields), "{style:?} {end}");
        }
    }
}

#[test]
fn what_cannot_be_read_is_told_apart() {
    let rows: &[(&[u8], Invalid)] = &[
        (b"", Invalid::Malformed),
        (b"\x00", Invalid::Malformed),
        (b"\x02\x00", Invalid::Dynamic),
        (b"\x00\x80", Invalid::Base),
        // indexed, dynamic; post-base; literal with a dynamic name; the same post-base
        (b"\x00\x00\x80", Invalid::Dynamic),
        (b"\x00\x00\x10", Invalid::Dynamic),
        (b"\x00\x00\x40\x00", Invalid::Dynamic),
        (b"\x00\x00\x00\x00", Invalid::Dynamic),
        // index 99
        (b"\x00\x00\xff\x24", Invalid::StaticIndex),
        (b"\x00\x00\x5f\x54\x00", Invalid::StaticIndex),
        (b"\x00\x00\x51\x81\x00", Invalid::Huffman),
        (b"\x00\x00\x51\x05/", Invalid::Malformed),
        (
            b"\x00\x00\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f",
            Invalid::Malformed,
        ),
    ];
    for (section, invalid) in rows {
        assert_eq!(read(section, 1000), Err(*invalid), "{section:02x?}");
    }
    // index 98 is the last
    assert!(read(b"\x00\x00\xff\x23", 1000).is_ok());
}

#[test]
fn lists_are_bounded() {
    let section = write(&vec![field(":path", "/"); 10], Style::default());
    let size = 10 * (5 + 1 + 32);
    assert_eq!(read(&section, size).map(|fields| fields.len()), Ok(10));
    assert_eq!(read(&section, size - 1), Err(Invalid::TooLarge));
}

#[test]
fn streams_of_a_peer_without_dynamic_table() {
    let rows: &[(Side, &[u8], Result<(), usize>)] = &[
        (Side::Encoder, b"", Ok(())),
        (Side::Encoder, b"\x20\x20", Ok(())),
        (Side::Encoder, b"\x20\x21", Err(1)),
        (Side::Encoder, b"\x3f\x00", Err(0)),
        (Side::Encoder, b"\xc0\x00", Err(0)),
        (Side::Encoder, b"\x40", Err(0)),
        (Side::Encoder, b"\x00", Err(0)),
        (Side::Decoder, b"\x40\x44\x7e", Ok(())),
        (Side::Decoder, b"\x7f\x80\x01\x40", Ok(())),
        (Side::Decoder, b"\x7f\x80\x01\x01", Err(3)),
        (Side::Decoder, b"\x80", Err(0)),
        (Side::Decoder, b"\x01", Err(0)),
        (
            Side::Decoder,
            b"\x7f\xff\xff\xff\xff\xff\xff\xff\xff\x01",
            Ok(()),
        ),
        (
            Side::Decoder,
            b"\x7f\xff\xff\xff\xff\xff\xff\xff\xff\xff",
            Err(9),
        ),
    ];
    for (side, bytes, read) in rows {
        assert_eq!(Instructions::new(*side).read(bytes), *read, "{bytes:02x?}");
        let mut by_byte = Instructions::new(*side);
        let place = bytes
            .iter()
            .position(|byte| by_byte.read(&[*byte]).is_err());
        assert_eq!(place.map_or(Ok(()), Err), *read, "{bytes:02x?}");
    }
}
