//! Every two-byte header in every state, against a second implementation of RFC 6455 §5.2 to §5.5.

use std::collections::HashSet;

use Violation::{
    CloseBodyOneByte, ContinuationOrphan, ControlFragmented, ControlTooLong, DataAfterClose,
    MaskMissing, MaskUnexpected, MessageInterleaved, OpcodeReserved, Rsv1Misplaced, RsvSet,
};
use wsspec_core::frame::{
    Decoder, Event, FrameHeader, FrameKind, LengthForm, MessageKind, Opcode, Sequence,
};
use wsspec_core::{Fault, Role, Violation, ViolationSet};

/// The reader, and the state of the connection.
#[derive(Debug, Clone, Copy)]
struct Reading {
    reader: Role,
    state: Sequence,
    /// permessage-deflate was agreed on.
    compression: bool,
}

/// Returns what the RFCs find wrong with a header that begins with these two bytes: offset and
/// rule, in the order of the bytes and of the violation table.
fn wrong(
    Reading {
        reader,
        state,
        compression,
    }: Reading,
    [first, second]: [u8; 2],
) -> Vec<(u64, Violation)> {
    let (fin, opcode) = (first >= 0x80, first % 16);
    let (masked, length) = (second >= 0x80, second % 128);
    let begins = opcode == 1 || opcode == 2;
    let (rsv1, rsv) = (first & 0x40 != 0, first / 16 % 8);
    let rows = [
        // "MUST be 0 unless an extension is negotiated that defines meanings for non-zero values."
        (0, if compression { rsv % 4 != 0 } else { rsv != 0 }, RsvSet),
        // RFC 7692: "An endpoint MUST NOT set the "Per-Message Compressed" bit of control frames
        // and non-first fragments".
        (
            0,
            compression && rsv1 && (opcode == 0 || opcode >= 8),
            Rsv1Misplaced,
        ),
        // "%x3-7 are reserved for further non-control frames", "%xB-F ... for further control
        // frames".
        (0, (3..=7).contains(&opcode) || opcode >= 11, OpcodeReserved),
        // "All control frames ... MUST NOT be fragmented."
        (0, opcode >= 8 && !fin, ControlFragmented),
        // A continuation frame continues "a fragmented message", and there is none.
        (
            0,
            opcode == 0 && state == Sequence::Idle,
            ContinuationOrphan,
        ),
        // "The fragments of one message MUST NOT be interleaved between the fragments of another
        // message."
        (
            0,
            begins && state == Sequence::InMessage,
            MessageInterleaved,
        ),
        // "The application MUST NOT send any more data frames after sending a Close frame": data,
        // not control.
        (0, opcode < 8 && state == Sequence::Closed, DataAfterClose),
        // "The server MUST close the connection upon receiving a frame that is not masked."
        (1, reader == Role::Server && !masked, MaskMissing),
        // "A client MUST close a connection if it detects a masked frame."
        (1, reader == Role::Client && masked, MaskUnexpected),
        // "All control frames MUST have a payload length of 125 bytes or less."
        (1, opcode >= 8 && length > 125, ControlTooLong),
        // "If there is a body, the first two bytes of the body MUST be a 2-byte unsigned integer."
        (1, opcode == 8 && length == 1, CloseBodyOneByte),
    ];
    rows.into_iter()
        .filter(|(_, broken, _)| *broken)
        .map(|(offset, _, rule)| (offset, rule))
        .collect()
}

/// Returns what a conforming, unmasked, empty frame means; `offset` is that of the byte after its
/// header.
fn meaning(reading: Reading, first: u8, offset: u64) -> Event<'static> {
    let last = first >= 0x80;
    let compressed = reading.compression && first & 0x40 != 0;
    let data = |kind, first| {
        Event::Data(wsspec_core::frame::Data {
            kind,
            payload: &[],
            first,
            last,
            compressed,
            offset,
        })
    };
    match (first % 16, reading.state) {
        (0, Sequence::InMessage) => data(MessageKind::Binary, false),
        (1, _) => data(MessageKind::Text, true),
        (2, _) => data(MessageKind::Binary, true),
        (8, _) => Event::Close(&[]),
        (9, _) => Event::Ping(&[]),
        (10, _) => Event::Pong(&[]),
        (opcode, _) => panic!("opcode {opcode} is never right here"),
    }
}

/// Returns a decoder in the state `reading`, after an empty frame that leads there.
fn decoder(reading: Reading, tolerated: ViolationSet) -> Decoder {
    let Reading {
        reader,
        state,
        compression,
    } = reading;
    let mut decoder = Decoder::new(reader)
        .tolerating(tolerated)
        .compression(compression);
    let first = match state {
        Sequence::Idle => return decoder,
        Sequence::InMessage => 0x02,
        Sequence::Closed => 0x88,
    };
    let mut frame = if reader == Role::Server {
        vec![first, 0x80, 1, 2, 3, 4]
    } else {
        vec![first, 0]
    };
    assert!(decoder.decode(&mut frame.as_mut_slice()).unwrap().is_some());
    assert_eq!(
        (decoder.sequence(), decoder.take_tolerated()),
        (state, vec![])
    );
    decoder
}

/// Every pair of bytes, for each reader and state, with and without compression.
fn every_header(check: impl Fn(Reading, [u8; 2])) {
    for reader in [Role::Server, Role::Client] {
        for state in Sequence::ALL {
            for compression in [false, true] {
                for bytes in 0..=u16::MAX {
                    check(
                        Reading {
                            reader,
                            state,
                            compression,
                        },
                        bytes.to_be_bytes(),
                    );
                }
            }
        }
    }
}

#[test]
fn a_strict_decoder_stops_at_the_first_fault() {
    every_header(|reading, header| {
        let mut decoder = decoder(reading, ViolationSet::NONE);
        let start = decoder.offset();
        let mut bytes = header;
        let mut input = &mut bytes[..];
        let seen = decoder.decode(&mut input);
        if reading.state == Sequence::Closed {
            assert_eq!(seen, Ok(None), "what follows Close is left alone");
            assert_eq!(input, header);
            return;
        }
        match wrong(reading, header).first() {
            Some((at, rule)) => {
                assert_eq!(seen, Err(rule.at(start + at)), "{reading:?} {header:02x?}");
            }
            None if header[1] == 0 => {
                assert_eq!(seen, Ok(Some(meaning(reading, header[0], start + 2))));
            }
            None => assert_eq!(seen, Ok(None)),
        }
    });
}

#[test]
fn a_tolerant_decoder_reports_every_fault() {
    every_header(|reading, header| {
        let right: Vec<Fault> = {
            let start = decoder(reading, ViolationSet::ALL).offset();
            wrong(reading, header)
                .into_iter()
                .map(|(at, rule)| rule.at(start + at))
                .collect()
        };
        for cut in [1, 2] {
            let mut decoder = decoder(reading, ViolationSet::ALL);
            let mut bytes = header;
            for piece in bytes.chunks_mut(cut) {
                decoder.decode(&mut &mut *piece).unwrap();
            }
            assert_eq!(
                decoder.take_tolerated(),
                right,
                "{reading:?} {header:02x?} in pieces of {cut}"
            );
        }
    });
}

#[test]
fn every_header_is_parsed_by_its_bits_and_written_as_it_was() {
    let rest = [0xff, 0xfe, 0xfd, 0xfc, 0xfb, 0xfa, 0xf9, 0xf8, 1, 2, 3, 4];
    for bytes in 0..=u16::MAX {
        let [first, second] = bytes.to_be_bytes();
        let stream = [&[first, second], &rest[..]].concat();
        let (extra, form) = match second % 128 {
            126 => (2, LengthForm::Bits16),
            127 => (8, LengthForm::Bits64),
            _ => (0, LengthForm::Bits7),
        };
        let size = 2 + extra + if second >= 128 { 4 } else { 0 };
        assert!((0..size).all(|end| FrameHeader::parse(&stream[..end]).is_none()));
        let header = FrameHeader::parse(&stream[..size]).unwrap();
        assert_eq!(
            (header.fin, header.rsv, header.opcode.bits()),
            (first >= 128, first / 16 % 8, first % 16)
        );
        let length = [u64::from(second % 128), 0xfffe, 0xfffe_fdfc_fbfa_f9f8][extra.div_ceil(4)];
        assert_eq!(
            (header.length, header.form, header.size()),
            (length, form, size)
        );
        assert_eq!(
            header.mask.map(|key| key.to_vec()),
            (second >= 128).then(|| rest[extra..extra + 4].to_vec())
        );
        let mut written = Vec::new();
        header.write(&mut written);
        assert_eq!(written, stream[..size]);
    }
}

#[test]
fn every_state_and_kind_of_frame() {
    use FrameKind::{Close, Control, First, Last, Middle, Whole};
    use Sequence::{Closed, Idle, InMessage};
    let rows = [
        (Idle, Whole, Idle, None),
        (Idle, First, InMessage, None),
        (Idle, Middle, InMessage, Some(ContinuationOrphan)),
        (Idle, Last, Idle, Some(ContinuationOrphan)),
        (Idle, Control, Idle, None),
        (Idle, Close, Closed, None),
        (InMessage, Whole, Idle, Some(MessageInterleaved)),
        (InMessage, First, InMessage, Some(MessageInterleaved)),
        (InMessage, Middle, InMessage, None),
        (InMessage, Last, Idle, None),
        (InMessage, Control, InMessage, None),
        (InMessage, Close, Closed, None),
        (Closed, Whole, Closed, Some(DataAfterClose)),
        (Closed, First, Closed, Some(DataAfterClose)),
        (Closed, Middle, Closed, Some(DataAfterClose)),
        (Closed, Last, Closed, Some(DataAfterClose)),
        (Closed, Control, Closed, None),
        (Closed, Close, Closed, None),
    ];
    assert_eq!(rows.len(), Sequence::ALL.len() * FrameKind::ALL.len());
    let pairs = Sequence::ALL
        .into_iter()
        .flat_map(|state| FrameKind::ALL.map(|kind| (state, kind)));
    assert!(
        pairs.eq(rows.iter().map(|row| (row.0, row.1))),
        "a row for each pair, in order"
    );
    for (state, kind, next, broken) in rows {
        assert_eq!(state.next(kind), (next, broken), "{state:?} {kind:?}");
    }
}

#[test]
fn every_opcode_has_its_kind_with_and_without_fin() {
    use FrameKind::{Close, Control, First, Last, Middle, Whole};
    for bits in 0..=u8::MAX {
        let opcode = Opcode::from_bits(bits);
        let kinds = match bits % 16 {
            0 => [Middle, Last],
            1..=7 => [First, Whole],
            8 => [Close, Close],
            _ => [Control, Control],
        };
        assert_eq!([false, true].map(|fin| FrameKind::of(opcode, fin)), kinds);
        assert_eq!(opcode.bits(), bits % 16);
        assert_eq!(opcode.is_control(), bits % 16 >= 8);
        assert_eq!(
            opcode.is_reserved(),
            ![0, 1, 2, 8, 9, 10].contains(&(bits % 16))
        );
        assert_eq!(opcode.name().is_none(), opcode.is_reserved());
    }
}

#[test]
fn every_opcode_with_a_meaning_has_a_name_of_its_own() {
    let mut names = HashSet::new();
    for bits in 0..16 {
        let opcode = Opcode::from_bits(bits);
        let meant = matches!(bits, 0..=2 | 8..=10);
        assert_eq!(
            (opcode.name().is_some(), opcode.is_reserved()),
            (meant, !meant),
            "{bits}"
        );
        assert!(names.insert(opcode.to_string()), "{opcode} twice");
        assert!(
            meant || opcode.to_string().ends_with(&bits.to_string()),
            "{opcode}"
        );
    }
    for kind in [MessageKind::Text, MessageKind::Binary] {
        assert_eq!(Some(kind.name()), kind.opcode().name());
    }
}
