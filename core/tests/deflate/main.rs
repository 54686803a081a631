//! The inflater, the emitter and the messages of permessage-deflate: the examples of the RFC and
//! every fault by hand. [`generated`] tests generated streams against zlib-rs.

mod generated;

use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress};
use wsspec_core::deflate::emit::{Codes, END, Emitter, Plan, Token};
use wsspec_core::deflate::fault::{InflateError, InflateFault, Reach, Reaches};
use wsspec_core::deflate::inflate::{Inflate, Status};
use wsspec_core::deflate::message::{Context, Deflator, Inflator, MessageError, Summary};

/// The result of inflating a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Outcome {
    out: Vec<u8>,
    end: Result<End, InflateError>,
    largest: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    /// More may follow.
    Open,
    /// A block with BFINAL ended, with this many bytes of input left.
    Final(usize),
}

/// Inflates up to the first BFINAL in chunks of these lengths, in turn.
fn inflate(stream: &[u8], reads: &[usize], limit: usize) -> Outcome {
    let mut inflater = Inflate::new();
    let (mut out, mut at, mut turn) = (Vec::new(), 0, 0);
    let end = loop {
        let size = reads[turn % reads.len()].min(stream.len() - at);
        turn += 1;
        let mut input = &stream[at..at + size];
        at += size;
        let status = loop {
            match inflater.inflate(&mut input, &mut out, limit) {
                Ok(Status::LimitReached) => {}
                other => break other,
            }
        };
        match status {
            Err(error) => {
                assert_eq!(
                    inflater.inflate(&mut &[][..], &mut out, limit),
                    Err(error),
                    "an error is final"
                );
                break Err(error);
            }
            Ok(Status::Final) => break Ok(End::Final(stream.len() - at + input.len())),
            Ok(_) => assert!(input.is_empty()),
        }
        if at == stream.len() {
            break Ok(End::Open);
        }
    };
    Outcome {
        out,
        end,
        largest: inflater.reaches().farthest.distance,
    }
}

fn context(window_bits: u8, takeover: bool) -> Context {
    Context {
        takeover,
        window_bits,
    }
}

fn whole(stream: &[u8]) -> Outcome {
    inflate(stream, &[usize::MAX], usize::MAX)
}

/// Returns what zlib-rs makes of a stream: output, and `None` if it refused.
fn zlib(stream: &[u8]) -> (Vec<u8>, Option<End>) {
    let mut inflater = Decompress::new(false);
    let mut out = Vec::new();
    let mut piece = [0; 4096];
    loop {
        let (read, wrote) = (inflater.total_in() as usize, inflater.total_out());
        let status = inflater.decompress(&stream[read..], &mut piece, FlushDecompress::None);
        let wrote = (inflater.total_out() - wrote) as usize;
        out.extend_from_slice(&piece[..wrote]);
        match status {
            Err(_) => return (out, None),
            Ok(flate2::Status::StreamEnd) => {
                return (
                    out,
                    Some(End::Final(stream.len() - inflater.total_in() as usize)),
                );
            }
            Ok(_) if wrote == 0 && inflater.total_in() as usize == read => {
                return (out, Some(End::Open));
            }
            Ok(_) => {}
        }
    }
}

fn deflate(bytes: &[u8], level: u32, flush: FlushCompress) -> Vec<u8> {
    let mut deflater = Compress::new(Compression::new(level), false);
    let mut out = Vec::with_capacity(bytes.len() + bytes.len() / 8 + 1024);
    deflater.compress_vec(bytes, &mut out, flush).unwrap();
    assert_eq!(deflater.total_in() as usize, bytes.len());
    out
}

/// Inflates one message in pieces of `size` bytes.
fn message(
    inflator: &mut Inflator,
    payload: &[u8],
    size: usize,
) -> Result<(Vec<u8>, Summary), MessageError> {
    let mut out = Vec::new();
    for piece in payload.chunks(size) {
        inflator.push(piece, &mut out)?;
    }
    inflator.finish(&mut out).map(|summary| (out, summary))
}

fn hex(text: &str) -> Vec<u8> {
    text.split(' ')
        .map(|byte| u8::from_str_radix(byte, 16).unwrap())
        .collect()
}

fn literals(bytes: &[u8]) -> Vec<Token> {
    bytes.iter().map(|byte| Token::Literal(*byte)).collect()
}

fn emitted(write: impl FnOnce(&mut Emitter)) -> Vec<u8> {
    let mut emitter = Emitter::new();
    write(&mut emitter);
    emitter.finish()
}

fn text(size: usize) -> Vec<u8> {
    let words = [
        "reference ",
        "of ",
        "a ",
        "violation ",
        "frame ",
        "the ",
        "message ",
        "endpoint ",
        "mask ",
        "\n",
    ];
    let mut seed = 1u64;
    let mut out = Vec::new();
    while out.len() < size {
        seed = seed
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        out.extend_from_slice(words[(seed >> 40) as usize % words.len()].as_bytes());
        if seed >> 60 == 0 {
            out.extend_from_slice((seed >> 8).to_string().as_bytes());
        }
    }
    out.truncate(size);
    out
}

#[test]
fn the_examples_of_the_rfc() {
    // RFC 7692 §7.2.3.1 to 7.2.3.6
    for size in [usize::MAX, 1] {
        let mut inflator = Inflator::new(15, 100);
        let mut all = |payload: &str| message(&mut inflator, &hex(payload), size).unwrap();
        for payload in [
            "f2 48 cd c9 c9 07 00",
            "00 05 00 fa ff 48 65 6c 6c 6f 00",
            "f3 48 cd c9 c9 07 00 00",
            "f2 48 05 00 00 00 ff ff ca c9 c9 07 00",
        ] {
            let (out, summary) = all(payload);
            assert_eq!(out, b"Hello", "{payload}");
            assert!(summary.complete, "{payload}");
            assert_eq!(summary.reaches, Reaches::default());
            assert_eq!(summary.final_block, payload.starts_with("f3").then_some(0));
            assert_eq!(summary.payload as usize, hex(payload).len());
        }
        assert_eq!(all("00").0, b"");
        let (out, summary) = all("f2 00 11 00 00");
        // `H`, then four bytes from distance 5: four bytes of the message before.
        assert_eq!((&out[..], summary.complete), (&b"Hello"[..], true));
        let copy = Reach {
            distance: 5,
            until: 24,
        };
        let reaches = Reaches {
            farthest: copy,
            beyond_window: None,
            beyond_message: Some(copy),
        };
        assert_eq!(summary.reaches, reaches);
        // With nothing before it
        let error = message(&mut Inflator::new(15, 100), &hex("f2 00 11 00 00"), size).unwrap_err();
        let MessageError::Inflate(error) = error else {
            panic!("{error}")
        };
        assert_eq!(error.fault, InflateFault::DistanceTooFar(5));
    }
}

#[test]
fn the_writer_makes_the_examples_of_the_rfc() {
    let mut deflator = Deflator::new(context(15, true));
    assert_eq!(deflator.message(b"Hello"), hex("f2 48 cd c9 c9 07 00"));
    // All five bytes are one copy here.
    let second = deflator.message(b"Hello");
    assert!(second.len() <= 5, "{second:x?}");
    assert_eq!(deflator.message(b""), [0]);
    assert_eq!(Deflator::new(context(15, false)).message(b""), [0]);
    let write = |write: fn(&mut Emitter) -> &mut Emitter| {
        let mut emitter = Emitter::new();
        write(&mut emitter);
        emitter.finish_message()
    };
    assert_eq!(
        write(|e| e.stored(false, b"Hello").flush()),
        hex("00 05 00 fa ff 48 65 6c 6c 6f 00")
    );
    assert_eq!(
        write(|e| e.fixed(true, &literals(b"Hello")).align().flush()),
        hex("f3 48 cd c9 c9 07 00 00")
    );
    let two = write(|e| {
        e.fixed(false, &literals(b"He"))
            .flush()
            .fixed(false, &literals(b"llo"))
            .flush()
    });
    assert_eq!(two, hex("f2 48 05 00 00 00 ff ff ca c9 c9 07 00"));
    let context = [
        Token::Literal(b'H'),
        Token::Copy {
            length: 4,
            distance: 5,
        },
    ];
    let mut emitter = Emitter::new();
    emitter.fixed(false, &context).flush();
    assert_eq!(emitter.finish_message(), hex("f2 00 11 00 00"));
}

#[test]
fn messages_that_end_badly_are_distinguished() {
    let mut inflator = Inflator::new(15, 100);
    // without the block after BFINAL, and without any flush
    for payload in ["f3 48 cd c9 c9 07 00", "f2 48 cd c9 c9 07", "f2 48 cd c9"] {
        let mut inflator = inflator.clone();
        let ended = message(&mut inflator, &hex(payload), 1);
        assert!(
            !matches!(ended, Ok((_, Summary { complete: true, .. }))),
            "{payload}: {ended:?}"
        );
    }
    // two final blocks
    let payload = emitted(|e| {
        e.fixed(true, &literals(b"a"))
            .align()
            .stored(true, b"b")
            .fixed(true, &literals(b"c"))
            .align()
            .bits(0, 8);
    });
    let (out, summary) = message(&mut inflator, &payload, 1).unwrap();
    assert_eq!(
        (&out[..], summary.complete, summary.final_block),
        (&b"abc"[..], true, Some(0))
    );
    let (_, summary) = message(&mut inflator, &hex("f2 48 cd c9 c9 07 00"), 1).unwrap();
    assert_eq!(summary.final_block, None, "that was the message before");
}

/// Returns a dynamic block head with these code lengths.
fn planned(literals: &[(usize, u8)], distances: &[(usize, u8)]) -> (Plan, Codes) {
    let lengths = |pairs: &[(usize, u8)], least: usize| {
        let end = pairs
            .iter()
            .map(|(symbol, _)| symbol + 1)
            .max()
            .unwrap_or(0)
            .max(least);
        let mut lengths = vec![0; end];
        pairs
            .iter()
            .for_each(|(symbol, length)| lengths[*symbol] = *length);
        lengths
    };
    let codes = Codes {
        literals: lengths(literals, 257),
        distances: lengths(distances, 1),
    };
    (Plan::new(&codes), codes)
}

/// Every fault, and the bits that prove it.
fn faulty() -> Vec<(Vec<u8>, InflateFault, u64, u64)> {
    let mut list = Vec::new();
    let mut add = |fault, from, until, write: &dyn Fn(&mut Emitter)| {
        list.push((emitted(write), fault, from, until))
    };
    add(InflateFault::ReservedBlockType, 1, 3, &|e| {
        e.header(false, 3);
    });
    add(InflateFault::StoredLengthMismatch, 8, 40, &|e| {
        e.stored_as(false, 5, 5, b"Hello");
    });
    for symbol in [286, 287] {
        add(InflateFault::InvalidLiteral(Some(symbol)), 11, 19, &|e| {
            e.header(false, 1).tokens(
                &Codes::fixed(),
                &[
                    Token::Literal(0),
                    Token::Symbol {
                        symbol,
                        extra: 0,
                        bits: 0,
                    },
                ],
            );
        });
    }
    for symbol in [30, 31] {
        let tokens = [
            Token::Literal(0),
            Token::Symbol {
                symbol: 257,
                extra: 0,
                bits: 0,
            },
        ];
        add(
            InflateFault::InvalidDistance(Some(symbol.into())),
            18,
            23,
            &|e| {
                e.header(true, 1).tokens(&Codes::fixed(), &tokens);
                e.tokens(
                    &Codes::fixed(),
                    &[Token::Distance {
                        symbol,
                        extra: 0,
                        bits: 14,
                    }],
                );
            },
        );
    }
    add(InflateFault::DistanceTooFar(2), 18, 23, &|e| {
        e.fixed(
            false,
            &[
                Token::Literal(0),
                Token::Copy {
                    length: 3,
                    distance: 2,
                },
            ],
        );
    });
    add(InflateFault::TooManySymbols, 3, 8, &|e| {
        e.header(false, 2).bits(30, 5).bits(0, 9).bits(0, 32);
    });
    add(InflateFault::TooManySymbols, 8, 13, &|e| {
        e.header(false, 2).bits(0, 5).bits(30, 9).bits(0, 32);
    });
    add(InflateFault::CodeLengthsOverSubscribed, 17, 29, &|e| {
        e.header(false, 2).bits(0, 14).bits(0b001_001_001_000, 12);
    });
    add(InflateFault::CodeLengthsIncomplete, 17, 29, &|e| {
        e.header(false, 2).bits(0, 14).bits(0b001, 12);
    });
    add(InflateFault::CodeLengthsIncomplete, 17, 29, &|e| {
        e.header(false, 2).bits(0, 14).bits(0, 12);
    });
    // 16 and 18 have the codes 0 and 1
    add(InflateFault::RepeatWithoutPrevious, 29, 32, &|e| {
        e.header(false, 2)
            .bits(0, 14)
            .bits(0b000_001_000_001, 12)
            .bits(0, 32);
    });
    add(InflateFault::RepeatTooLong, 37, 45, &|e| {
        e.header(false, 2)
            .bits(0, 14)
            .bits(0b000_001_000_001, 12)
            .bits(0xff, 8)
            .bits(0xff, 8)
            .bits(0xff, 8);
    });
    let code = |e: &mut Emitter, literals: &[(usize, u8)], distances: &[(usize, u8)]| {
        let (plan, _) = planned(literals, distances);
        e.plan(true, &plan).bits(0, 7);
    };
    add(InflateFault::MissingEndOfBlock, 0, 0, &|e| {
        code(e, &[(65, 1), (66, 1)], &[])
    });
    add(InflateFault::LiteralsOverSubscribed, 0, 0, &|e| {
        code(e, &[(65, 1), (66, 1), (256, 1)], &[])
    });
    add(InflateFault::LiteralsIncomplete, 0, 0, &|e| {
        code(e, &[(65, 2), (256, 2)], &[])
    });
    add(InflateFault::LiteralsIncomplete, 0, 0, &|e| {
        code(e, &[(256, 2)], &[])
    });
    add(InflateFault::DistancesOverSubscribed, 0, 0, &|e| {
        code(e, &[(256, 1), (257, 1)], &[(0, 1), (1, 1), (2, 1)]);
    });
    add(InflateFault::DistancesIncomplete, 0, 0, &|e| {
        code(e, &[(256, 1), (257, 1)], &[(0, 2), (1, 1)])
    });
    add(InflateFault::DistancesIncomplete, 0, 0, &|e| {
        code(e, &[(256, 1), (257, 1)], &[(0, 2)])
    });
    add(InflateFault::InvalidLiteral(None), 0, 0, &|e| {
        e.plan(false, &planned(&[(256, 1)], &[]).0).bits(1, 1);
    });
    add(InflateFault::InvalidDistance(None), 0, 0, &|e| {
        let (plan, codes) = planned(&[(65, 2), (256, 2), (257, 1)], &[]);
        e.plan(false, &plan).tokens(
            &codes,
            &[
                Token::Literal(65),
                Token::Symbol {
                    symbol: 257,
                    extra: 0,
                    bits: 0,
                },
            ],
        );
        e.bits(0, 1);
    });
    add(InflateFault::InvalidDistance(None), 0, 0, &|e| {
        let (plan, codes) = planned(&[(65, 2), (256, 2), (257, 1)], &[(0, 1)]);
        e.plan(false, &plan).tokens(
            &codes,
            &[
                Token::Literal(65),
                Token::Copy {
                    length: 3,
                    distance: 1,
                },
            ],
        );
        e.tokens(
            &codes,
            &[Token::Symbol {
                symbol: 257,
                extra: 0,
                bits: 0,
            }],
        )
        .bits(1, 1);
    });
    list
}

#[test]
fn every_fault_is_named_with_its_place() {
    for (stream, fault, from, until) in faulty() {
        // After the slow steps, and with enough input for the fast loop.
        for padding in [0, 64] {
            let stream = [&stream[..], &vec![0; padding]].concat();
            let right = whole(&stream);
            let error = right.end.unwrap_err();
            assert_eq!(error.fault, fault);
            assert!(
                error.from < error.until && error.until <= stream.len() as u64 * 8,
                "{error}"
            );
            if until > 0 {
                assert_eq!((error.from, error.until), (from, until), "{fault}");
            }
            assert_eq!(inflate(&stream, &[1], usize::MAX), right, "{fault}");
            assert_eq!(inflate(&stream, &[1], 1), right, "{fault}");
            // Without the last byte of proof there is no fault yet.
            let proof = (error.until as usize - 1) / 8;
            assert!(whole(&stream[..proof]).end.is_ok(), "{fault}");
            let (out, end) = zlib(&stream);
            assert_eq!(out, right.out, "{fault}");
            let later = matches!(
                fault,
                InflateFault::CodeLengthsIncomplete | InflateFault::TooManySymbols
            );
            assert!(end.is_none() || later && padding == 0, "{fault}");
        }
    }
}

#[test]
fn lone_codes_are_taken_as_zlib_takes_them() {
    let tokens = [
        Token::Literal(65),
        Token::Copy {
            length: 3,
            distance: 1,
        },
    ];
    for (literals, distances, tokens, right) in [
        (&[(256, 1)][..], &[][..], &[][..], &b""[..]),
        (&[(256, 1)], &[(7, 1)], &[], b""),
        (&[(65, 2), (256, 2), (257, 1)], &[(0, 1)], &tokens, b"AAAA"),
        (&[(65, 1), (256, 1)], &[], &tokens[..1], b"A"),
    ] {
        let (plan, codes) = planned(literals, distances);
        let stream = emitted(|e| {
            e.plan(true, &plan)
                .tokens(&codes, tokens)
                .tokens(&codes, &[END]);
        });
        assert_eq!(whole(&stream).out, right);
        assert_eq!(whole(&stream).end, Ok(End::Final(0)));
        assert_eq!(zlib(&stream), (right.to_vec(), Some(End::Final(0))));
    }
}

/// If the code length code has no codes, zlib reads zeros until all lengths are there, and only
/// then refuses.
#[test]
fn an_empty_code_length_code_is_refused_earlier_than_zlib_does() {
    let head = emitted(|e| {
        e.header(false, 2).bits(0, 14).bits(0, 12);
    });
    assert_eq!(
        whole(&head).end.unwrap_err().fault,
        InflateFault::CodeLengthsIncomplete
    );
    assert_eq!(zlib(&head).1, Some(End::Open));
    assert_eq!(zlib(&[&head[..], &[0; 64]].concat()).1, None);
}

#[test]
fn windows_are_checked_to_the_byte() {
    for bits in 8..=15 {
        let window = 1u32 << bits;
        for (distance, produced) in [
            (window, window),
            (window, window + 1),
            (window + 1, window + 1),
            (window - 1, window),
            (window + 1, window),
        ] {
            if distance > 32768 {
                continue;
            }
            let noise = text(produced as usize);
            let mut emitter = Emitter::new();
            emitter
                .stored(false, &noise)
                .fixed(
                    false,
                    &[Token::Copy {
                        length: 258,
                        distance,
                    }],
                )
                .flush();
            let stream = emitter.finish();
            for reads in [&[usize::MAX][..], &[1]] {
                let outcome = inflate(&stream, reads, usize::MAX);
                if distance > produced {
                    assert_eq!(
                        outcome.end.unwrap_err().fault,
                        InflateFault::DistanceTooFar(distance)
                    );
                    assert_eq!(outcome.largest, 0);
                } else {
                    assert_eq!(outcome.largest, distance);
                    assert_eq!(outcome.end, Ok(End::Open));
                    assert_eq!(outcome.out.len(), produced as usize + 258);
                    assert_eq!(zlib(&stream).0, outcome.out);
                }
            }
        }
    }
    // The first copy that reaches too far is recorded, not the farthest; and likewise with an
    // earlier message.
    let mut inflator = Inflator::new(9, 1 << 20);
    let copy = |distance| {
        [Token::Copy {
            length: 3,
            distance,
        }]
    };
    let payload = emitted(|e| {
        e.stored(false, &text(2000))
            .fixed(false, &copy(512))
            .fixed(false, &copy(513))
            .fixed(false, &copy(900))
            .flush();
    });
    let (_, summary) = message(&mut inflator, &payload[..payload.len() - 4], 1).unwrap();
    assert_eq!(
        (
            summary.reaches.farthest.distance,
            summary.reaches.beyond_message
        ),
        (900, None)
    );
    assert_eq!(summary.reaches.beyond_window.map(|r| r.distance), Some(513));
    for (produced, distance, beyond) in [
        (5u32, 5u32, false),
        (5, 6, true),
        (0, 1, true),
        (100, 101, true),
    ] {
        let payload = emitted(|e| {
            e.stored(false, &text(produced as usize))
                .fixed(false, &copy(distance))
                .flush();
        });
        let (_, summary) = message(&mut inflator, &payload[..payload.len() - 4], 1).unwrap();
        assert_eq!(
            summary.reaches.beyond_message.is_some(),
            beyond,
            "{distance} back after {produced} bytes"
        );
    }
    // One beyond the largest window: only with symbols that DEFLATE forbids.
    let stream = emitted(|e| {
        e.stored(false, &text(40_000)).fixed(
            false,
            &[Token::Copy {
                length: 3,
                distance: 32769,
            }],
        );
    });
    assert_eq!(
        whole(&stream).end.unwrap_err().fault,
        InflateFault::InvalidDistance(Some(30))
    );
}

#[test]
fn every_window_size_is_kept_and_used() {
    let mut noise = text(300_000);
    noise.extend_from_within(..70_000);
    for bits in 8..=15 {
        for takeover in [true, false] {
            let mut deflator = Deflator::new(context(bits, takeover));
            let mut inflator = Inflator::new(bits, 1 << 30);
            let mut largest = 0;
            let mut total = 0;
            for part in [
                &noise[..],
                b"",
                b"Hello",
                b"Hello",
                &noise[7..900],
                &noise[7..900],
                b"x",
                b"y",
            ] {
                let payload = deflator.message(part);
                total += payload.len();
                let (out, summary) = message(&mut inflator, &payload, 1000).unwrap();
                assert!(out == part);
                assert!(summary.complete && summary.final_block.is_none());
                assert_eq!(summary.reaches.beyond_window, None);
                assert!(takeover || summary.reaches.beyond_message.is_none());
                assert_eq!(summary.inflated as usize, part.len());
                largest = largest.max(summary.reaches.farthest.distance);
            }
            assert!(
                largest <= 1 << bits && largest > 7 << (bits - 3),
                "{bits} bits: {largest}"
            );
            assert!(total < noise.len() / 2, "{bits} bits: {total}");
        }
    }
}

#[test]
fn the_last_byte_of_each_window_is_used_and_none_beyond_it() {
    let noise: Vec<u8> = (0..1u32 << 16)
        .map(|n| (n.wrapping_mul(0x9e37_79b1) >> 23) as u8 ^ (n >> 5) as u8)
        .collect();
    for bits in 8..=15 {
        for (period, used) in [(1 << bits, true), ((1 << bits) + 1, false)] {
            // In messages shorter than the window, so that copies cross them.
            let mut deflator = Deflator::new(context(bits, true));
            let mut inflator = Inflator::new(15, 1 << 20);
            let mut largest = 0;
            for part in noise[..period].repeat(3).chunks(200) {
                let (out, summary) = message(&mut inflator, &deflator.message(part), 50).unwrap();
                assert!(out == part);
                largest = largest.max(summary.reaches.farthest.distance);
            }
            assert!(
                if used {
                    largest == 1 << bits
                } else {
                    largest <= 1 << bits
                },
                "{bits} bits: {largest}"
            );
        }
    }
}

#[test]
fn a_bomb_stops_at_the_limit() {
    let bomb = emitted(|e| {
        let tokens = vec![
            Token::Copy {
                length: 258,
                distance: 1
            };
            50_000
        ];
        e.fixed(false, &[Token::Literal(0)]);
        for _ in 0..20 {
            e.dynamic(false, &tokens);
        }
        e.header(false, 0);
    });
    let size = 50_000 * 258 * 20 + 1;
    assert!(size / bomb.len() > 1000, "1 to {}", size / bomb.len());
    for limit in [0, 1, 2, 1000, 65_536, 1_000_000] {
        let mut inflator = Inflator::new(15, limit);
        let mut out = Vec::with_capacity(limit as usize);
        let error = inflator.push(&bomb, &mut out).unwrap_err();
        assert!(
            matches!(error, MessageError::TooBig { until } if until <= bomb.len() as u64 * 8),
            "{error}"
        );
        assert_eq!(out.len() as u64, limit);
        assert_eq!(
            out.capacity() as u64,
            limit,
            "not a byte more was asked for"
        );
        assert_eq!(
            inflator.push(&[], &mut out),
            Err(error),
            "the failure is final"
        );
    }
    // In small pieces the limit is the same.
    let mut inflator = Inflator::new(15, 1000);
    let (mut input, mut out) = (&bomb[..], Vec::new());
    let ended = (0..1000).find_map(|_| inflator.read(&mut input, &mut out, 7).err());
    assert!(
        matches!(ended, Some(MessageError::TooBig { .. })) && out.len() == 1000,
        "{ended:?}"
    );
    // Piece by piece, with the same vector for all pieces.
    let mut inflator = Inflator::new(15, u64::MAX);
    let (mut input, mut out, mut total) = (&bomb[..], Vec::with_capacity(5000), 0);
    while inflator.read(&mut input, &mut out, 5000).unwrap() {
        assert_eq!(out.len(), 5000);
        total += out.len();
        out.clear();
    }
    total += out.len();
    assert_eq!((total, out.capacity()), (size, 5000));
    assert!(inflator.finish(&mut out).unwrap().complete);
}

#[test]
fn a_message_as_large_as_the_limit_is_not_too_big() {
    for size in [0, 1, 2, 300, 70_000] {
        let bytes = text(size);
        let payload = Deflator::new(context(15, true)).message(&bytes);
        assert_eq!(
            message(&mut Inflator::new(15, size as u64), &payload, 7)
                .unwrap()
                .0,
            bytes
        );
        if size > 0 {
            let error = message(&mut Inflator::new(15, size as u64 - 1), &payload, 7).unwrap_err();
            assert!(matches!(error, MessageError::TooBig { .. }));
        }
    }
}

#[test]
fn large_streams_of_every_level_inflate() {
    let mut bytes = text(400_000);
    bytes.extend_from_slice(&deflate(&text(300_000), 9, FlushCompress::Finish));
    bytes.extend_from_slice(&vec![7; 200_000]);
    for level in 0..=9 {
        for flush in [
            FlushCompress::Finish,
            FlushCompress::Sync,
            FlushCompress::Full,
        ] {
            let stream = deflate(&bytes, level, flush);
            let right = whole(&stream);
            assert!(right.out == bytes);
            assert_eq!(
                right.end,
                Ok(if flush == FlushCompress::Finish {
                    End::Final(0)
                } else {
                    End::Open
                })
            );
            assert!(inflate(&stream, &[4096], 1000) == right);
            assert!(inflate(&stream, &[1, 300, 17], 299) == right);
        }
    }
}
