//! Lengths in every form, message size limits, and masking at every phase.

use proptest::prelude::*;
use wsspec_core::frame::{
    Data, Decoder, Event, FrameWriter, LengthForm, MessageKind, Opcode, apply_mask,
};
use wsspec_core::message::{Incoming, MessageReader};
use wsspec_core::{Fault, Role, Violation};

const FORMS: [(LengthForm, u64, u64); 3] = [
    (LengthForm::Bits7, 0, 125),
    (LengthForm::Bits16, 126, 0xffff),
    (LengthForm::Bits64, 0x1_0000, u64::MAX >> 1),
];

/// Reads a stream of binary messages and control frames. Returns the payloads in order.
fn read(mut decoder: Decoder, stream: &mut [u8]) -> Result<Vec<Vec<u8>>, Fault> {
    let mut input = stream;
    let mut payloads = Vec::new();
    while let Some(event) = decoder.decode(&mut input)? {
        match event {
            Event::Data(Data { payload, .. }) | Event::Ping(payload) | Event::Pong(payload) => {
                payloads.push(payload.to_vec());
            }
            other => panic!("{other:?}"),
        }
    }
    assert!(input.is_empty());
    Ok(payloads)
}

#[test]
fn every_length_near_a_boundary_in_every_form() {
    let lengths = [
        0, 1, 2, 123, 124, 125, 126, 127, 128, 254, 255, 256, 65534, 65535, 65536, 65537,
    ];
    let key = [0x12, 0x34, 0x56, 0x78];
    for length in lengths {
        let payload: Vec<u8> = (0..length).map(|n| (n % 251) as u8).collect();
        for (reader, mask) in [(Role::Server, Some(key)), (Role::Client, None)] {
            for opcode in [Opcode::BINARY, Opcode::PING, Opcode::PONG] {
                for (form, shortest, longest) in FORMS {
                    // A length that does not fit in the form cannot be written in it.
                    if length > longest {
                        continue;
                    }
                    let mut stream = FrameWriter::new(opcode, &payload)
                        .form(form)
                        .mask(mask)
                        .to_vec();
                    let right = if opcode != Opcode::BINARY && form != LengthForm::Bits7 {
                        Err(Violation::ControlTooLong.at(1))
                    } else if length < shortest {
                        Err(
                            Violation::LengthNotMinimal.at(if form == LengthForm::Bits16 {
                                3
                            } else {
                                9
                            }),
                        )
                    } else {
                        Ok(vec![payload.clone()])
                    };
                    assert_eq!(
                        read(Decoder::new(reader), &mut stream),
                        right,
                        "{length} as {form:?}, {opcode}"
                    );
                }
            }
        }
    }
}

#[test]
fn the_shortest_form_is_the_default() {
    for (form, shortest, longest) in FORMS {
        assert_eq!([shortest, longest].map(LengthForm::shortest), [form, form]);
    }
}

#[test]
fn lengths_that_never_come() {
    let header = |length: u64| {
        FrameWriter::new(Opcode::BINARY, &[])
            .length(length)
            .form(LengthForm::Bits64)
            .to_vec()
    };
    let unlimited = || Decoder::new(Role::Client).max_message(u64::MAX);
    for length in [1 << 16, 1 << 31, 1 << 32, (1 << 53) + 1, u64::MAX >> 1] {
        assert_eq!(
            read(unlimited(), &mut header(length)),
            Ok(vec![]),
            "{length}"
        );
        let usual = if length > 64 << 20 {
            Err(Violation::MessageTooBig.at(9))
        } else {
            Ok(vec![])
        };
        assert_eq!(read(Decoder::new(Role::Client), &mut header(length)), usual);
    }
    for length in [1 << 63, (1 << 63) + 1, u64::MAX] {
        assert_eq!(
            read(unlimited(), &mut header(length)),
            Err(Violation::LengthTopBit.at(2)),
            "{length}"
        );
    }
}

/// Returns binary fragments, the last one final.
fn fragments(lengths: &[u64]) -> Vec<u8> {
    let mut out = Vec::new();
    for (i, length) in lengths.iter().enumerate() {
        let opcode = if i == 0 {
            Opcode::BINARY
        } else {
            Opcode::CONTINUATION
        };
        let payload = vec![0; usize::try_from(*length).unwrap()];
        FrameWriter::new(opcode, &payload)
            .fin(i + 1 == lengths.len())
            .write(&mut out);
    }
    out
}

#[test]
fn the_limit_is_on_the_message_and_shows_in_the_header() {
    for limit in [0, 1, 125, 126, 200, 65535, 65536] {
        let decoder = || Decoder::new(Role::Client).max_message(limit);
        for first in [0, limit / 2, limit] {
            let rest = limit - first;
            assert!(read(decoder(), &mut fragments(&[first, rest])).is_ok());
            assert!(read(decoder(), &mut fragments(&[first, 0, rest, 0])).is_ok());

            let whole = fragments(&[first]).len() as u64;
            let extra = LengthForm::shortest(rest + 1).extra() as u64;
            let too_big = Err(Violation::MessageTooBig.at(whole + 1 + extra));
            assert_eq!(
                read(decoder(), &mut fragments(&[first, rest + 1])),
                too_big,
                "{first} of {limit}"
            );
        }
        // Each message has its own count, and control frames have none.
        let twice = fragments(&[limit]).repeat(2);
        let ping = FrameWriter::new(Opcode::PING, &[0; 125]).to_vec();
        assert!(read(decoder(), &mut [twice, ping].concat()).is_ok());
    }
}

#[test]
fn masking_is_the_naive_loop_at_every_phase_and_length() {
    let key = [0xa5, 0x00, 0xff, 0x3c];
    for phase in 0..70 {
        for length in 0..70 {
            for offset in 0..8 {
                let plain: Vec<u8> = (0..offset + length).map(|n| (n * 7 % 256) as u8).collect();
                let right: Vec<u8> = (0..length)
                    .map(|i| plain[offset + i] ^ key[(phase + i) % 4])
                    .collect();
                let mut masked = plain.clone();
                apply_mask(&mut masked[offset..], key, phase);
                assert_eq!(masked[offset..], right, "phase {phase}, length {length}");
                apply_mask(&mut masked[offset..], key, phase);
                assert_eq!(masked, plain);
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn masking_in_pieces(key in any::<[u8; 4]>(), data in prop::collection::vec(any::<u8>(), 0..300), cut in 0usize..300) {
        let mut whole = data.clone();
        apply_mask(&mut whole, key, 0);
        let mut pieces = data;
        let cut = cut.min(pieces.len());
        let (front, back) = pieces.split_at_mut(cut);
        apply_mask(front, key, 0);
        apply_mask(back, key, cut);
        prop_assert_eq!(whole, pieces);
    }
}

#[test]
fn a_message_in_two_reads_keeps_kind_and_phase() {
    let mut stream = FrameWriter::new(Opcode::TEXT, b"Hello")
        .mask(Some([0x37, 0xfa, 0x21, 0x3d]))
        .to_vec();
    assert_eq!(
        stream,
        [
            0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58
        ],
        "RFC 6455 §5.7"
    );
    let mut decoder = Decoder::new(Role::Server);
    let (front, back) = stream.split_at_mut(9);
    let kind = MessageKind::Text;
    let first = Event::Data(Data {
        kind,
        payload: b"Hel",
        first: true,
        last: false,
        compressed: false,
        offset: 6,
    });
    assert_eq!(decoder.decode(&mut &mut *front), Ok(Some(first)));
    let last = Event::Data(Data {
        kind,
        payload: b"lo",
        first: false,
        last: true,
        compressed: false,
        offset: 9,
    });
    assert_eq!(decoder.decode(&mut &mut *back), Ok(Some(last)));
}

/// A frame of each kind, byte by byte: the state of the reader, and the number of bytes it buffers.
#[test]
fn the_reader_reports_its_state() {
    for (opcode, held) in [(Opcode::BINARY, [0, 0, 0]), (Opcode::PING, [0, 1, 2])] {
        for offset in [0, 1000] {
            let mut frame = FrameWriter::new(opcode, b"abc")
                .mask(Some([1, 2, 3, 4]))
                .to_vec();
            let (header, size) = (frame.len() - 3, frame.len() as u64);
            let mut decoder = Decoder::new(Role::Server).starting_at(offset);
            let mut reader = MessageReader::new(Role::Server).starting_at(offset);
            for (at, byte) in frame.iter_mut().enumerate() {
                let right = offset + at as u64;
                assert_eq!((decoder.offset(), reader.offset()), (right, right));
                assert_eq!(
                    (decoder.at_boundary(), reader.at_boundary()),
                    (at == 0, at == 0),
                    "{opcode} {at}"
                );
                assert_eq!(
                    decoder.held(),
                    if at < header { at } else { held[at - header] },
                    "{opcode} {at}"
                );
                let mut copy = [*byte];
                reader.read(&mut copy.as_mut_slice()).unwrap();
                decoder.decode(&mut std::slice::from_mut(byte)).unwrap();
            }
            assert_eq!(
                (decoder.offset(), reader.offset()),
                (offset + size, offset + size)
            );
            assert!(decoder.at_boundary() && reader.at_boundary());
        }
    }
}

/// Messages above and below the sizes at which pieces are unmasked as they are copied, whole and in
/// fragments with a ping in between, in reads of several sizes, by each way to read.
#[test]
fn messages_of_any_size_are_assembled_from_reads_of_any_size() {
    for (size, fragment) in [
        (300, 300),
        (4_200, 4_200),
        (70_000, 70_000),
        (70_000, 9_000),
    ] {
        let message: Vec<u8> = (0..size).map(|at| (at * 7 % 127) as u8).collect();
        for (kind, key) in [
            (MessageKind::Binary, Some([0x80, 2, 0xf3, 4])),
            (MessageKind::Text, Some([0x80, 2, 0xf3, 4])),
            (MessageKind::Binary, None),
        ] {
            let reader = match key {
                Some(_) => Role::Server,
                None => Role::Client,
            };
            let mut opcode = kind.opcode();
            let mut stream = Vec::new();
            for (at, piece) in message.chunks(fragment).enumerate() {
                let fin = (at + 1) * fragment >= size;
                FrameWriter::new(opcode, piece)
                    .fin(fin)
                    .mask(key)
                    .write(&mut stream);
                FrameWriter::new(Opcode::PING, b"in between")
                    .mask(key)
                    .write(&mut stream);
                opcode = Opcode::CONTINUATION;
            }
            let pings = message.chunks(fragment).len();
            for most in [1, 100, 4_096, 5_000, 65_536, stream.len()] {
                let what = format!("{size} bytes in {fragment}, reads of {most}");
                let (mut owned, mut lent) = (Vec::new(), Vec::new());
                let mut owning = MessageReader::new(reader);
                for mut read in stream.clone().chunks_mut(most) {
                    while let Some(incoming) = owning.read_owned(&mut read).unwrap() {
                        owned.push(incoming);
                    }
                }
                let mut lending = MessageReader::new(reader);
                for mut read in stream.clone().chunks_mut(most) {
                    while let Some(incoming) = lending.read(&mut read).unwrap() {
                        lent.push(incoming.map(<[u8]>::to_vec));
                    }
                }
                assert_eq!(owned, lent, "{what}");
                assert_eq!(owned.len(), pings + 1, "{what}");
                let whole = Incoming::Message(kind, message.clone());
                assert_eq!(
                    owned.iter().filter(|one| **one == whole).count(),
                    1,
                    "{what}"
                );
            }
        }
    }
}
