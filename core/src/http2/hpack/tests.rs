use super::*;
use crate::http2::{Field, Violation as V};

fn field(name: &str, value: &str) -> Field {
    (name.into(), value.into())
}

fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text.bytes().filter(u8::is_ascii_hexdigit).collect();
    let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
    digits.chunks(2).map(byte).collect()
}

fn refused(decoder: &mut Decoder, block: &[u8], violation: V) {
    assert_eq!(
        decoder.read(block),
        Err(Unread::Invalid(violation)),
        "{block:02x?}"
    );
}

/// RFC 7541 §C.4: requests with Huffman code, one after another.
#[test]
fn reads_and_writes_the_requests_of_the_rfc() {
    let first = [
        field(":method", "GET"),
        field(":scheme", "http"),
        field(":path", "/"),
        field(":authority", "www.example.com"),
    ];
    let second = [&first[..], &[field("cache-control", "no-cache")]].concat();
    let third = [
        field(":method", "GET"),
        field(":scheme", "https"),
        field(":path", "/index.html"),
        field(":authority", "www.example.com"),
        field("custom-key", "custom-value"),
    ];
    let requests: [(&[Field], &str); 3] = [
        (&first, "8286 8441 8cf1 e3c2 e5f2 3a6b a0ab 90f4 ff"),
        (&second, "8286 84be 5886 a8eb 1064 9cbf"),
        (
            &third,
            "8287 85bf 4088 25a8 49e9 5ba9 7d7f 8925 a849 e95b b8e8 b4bf",
        ),
    ];
    let style = Style {
        indexed: true,
        dynamic: true,
        huffman: true,
    };
    let (mut encoder, mut decoder) = (Encoder::new(style), Decoder::new(1000));
    for (fields, block) in requests {
        assert_eq!(encoder.write(fields), hex(block));
        assert_eq!(decoder.read(&hex(block)).as_deref(), Ok(fields));
    }
}

/// RFC 7541 §C.5: responses that evict each other from a table of 256 bytes.
#[test]
fn reads_the_responses_of_the_rfc() {
    let mut decoder = Decoder::new(1000);
    let size = hex("3f e1 01");
    assert_eq!(decoder.read(&size), Ok(Vec::new()));
    let blocks = [
        "4803 3330 3258 0770 7269 7661 7465 611d 4d6f 6e2c 2032 3120 4f63 7420 3230 3133 2032 303a 3133 3a32 3120 474d 546e 1768 7474 7073 3a2f 2f77 7777 2e65 7861 6d70 6c65 2e63 6f6d",
        "4803 3330 37c1 c0bf",
    ];
    let fields = |status| {
        [
            field(":status", status),
            field("cache-control", "private"),
            field("date", "Mon, 21 Oct 2013 20:13:21 GMT"),
            field("location", "https://www.example.com"),
        ]
    };
    for (block, status) in blocks.iter().zip(["302", "307"]) {
        assert_eq!(
            decoder.read(&hex(block)).as_deref(),
            Ok(&fields(status)[..])
        );
    }
}

#[test]
fn what_is_written_is_read_in_every_style() {
    let all: Vec<u8> = (0..=255).collect();
    let fields = vec![
        field(":status", "200"),
        field(":status", "201"),
        field("Upper Case:", ""),
        (all.clone(), all),
        (Vec::new(), vec![b'x'; 5000]),
    ];
    for bits in 0..8u8 {
        let style = Style {
            indexed: bits & 1 != 0,
            dynamic: bits & 2 != 0,
            huffman: bits & 4 != 0,
        };
        let (mut encoder, mut decoder) = (Encoder::new(style), Decoder::new(1 << 20));
        for limit in [4096, 100, 0, 1 << 20] {
            encoder.limit(limit);
            decoder.allow(limit.max(1));
            for _ in 0..2 {
                assert_eq!(decoder.read(&encoder.write(&fields)), Ok(fields.clone()));
            }
        }
    }
}

#[test]
fn malformed_blocks_are_refused() {
    let rows: [(&[u8], V); 12] = [
        (&[0x80], V::IndexInvalid),
        (&[0xbe], V::IndexInvalid),
        (&[0x7f, 0x00], V::IndexInvalid),
        (&[0xff], V::FieldBlockTruncated),
        (&[0x40], V::FieldBlockTruncated),
        (&[0x00, 0x01], V::FieldBlockTruncated),
        (&[0x00, 0x01, b'a', 0x7f, 0xff], V::FieldBlockTruncated),
        (&[0xff; 12], V::IntegerTooLarge),
        (&[0x00, 0x81, 0xff, 0x00], V::HuffmanInvalid),
        (&[0x3f, 0xe2, 0x1f], V::TableSizeTooLarge),
        (&[0x88, 0x20], V::TableSizeMisplaced),
        (&[0x88, 0x3f], V::FieldBlockTruncated),
    ];
    for (block, violation) in rows {
        refused(&mut Decoder::new(1000), block, violation);
    }
}

/// RFC 7541 §4.2: the smallest size, then the last.
#[test]
fn a_smaller_table_is_signalled() {
    let mut encoder = Encoder::new(Style::default());
    encoder.limit(4096);
    assert!(encoder.write(&[]).is_empty());
    encoder.limit(0);
    encoder.limit(10_000);
    assert_eq!(encoder.write(&[]), [0x20, 0x3f, 0xe1, 0x1f]);
    assert!(encoder.write(&[]).is_empty());
}

/// RFC 9113 §4.3.1.
#[test]
fn an_acknowledged_smaller_table_is_due() {
    let smaller = || {
        let mut decoder = Decoder::new(1000);
        decoder.allow(100);
        decoder.acknowledged(100);
        decoder
    };
    refused(&mut smaller(), &[0x88], V::TableSizeUnchanged);
    let size_200 = [0x3f, 0xa9, 0x01];
    refused(&mut smaller(), &size_200, V::TableSizeTooLarge);
    let size_100_and_status = [0x3f, 0x45, 0x88];
    assert!(smaller().read(&size_100_and_status).is_ok());
    // One that was small already need not become smaller.
    let mut decoder = Decoder::new(1000);
    assert!(decoder.read(&[0x20, 0x88]).is_ok());
    decoder.acknowledged(100);
    assert!(decoder.read(&[0x88]).is_ok());
}

#[test]
fn the_list_is_bounded() {
    let long = vec![field("a", &"b".repeat(1000))];
    let style = Style {
        dynamic: true,
        ..Style::default()
    };
    let first = Encoder::new(style).write(&long);
    let mut decoder = Decoder::new(2000);
    assert_eq!(decoder.read(&first), Ok(long));
    assert_eq!(decoder.read(&[0xbe, 0xbe]), Err(Unread::TooLarge));
}
