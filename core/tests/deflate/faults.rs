//! Every fault by hand.

use crate::support::{End, emitted, inflate, whole, zlib};
use wsspec_core::deflate::emit::{Codes, END, Emitter, Plan, Token};
use wsspec_core::deflate::fault::InflateFault;

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
        list.push((emitted(write), fault, from, until));
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
        code(e, &[(65, 1), (66, 1)], &[]);
    });
    add(InflateFault::LiteralsOverSubscribed, 0, 0, &|e| {
        code(e, &[(65, 1), (66, 1), (256, 1)], &[]);
    });
    add(InflateFault::LiteralsIncomplete, 0, 0, &|e| {
        code(e, &[(65, 2), (256, 2)], &[]);
    });
    add(InflateFault::LiteralsIncomplete, 0, 0, &|e| {
        code(e, &[(256, 2)], &[]);
    });
    add(InflateFault::DistancesOverSubscribed, 0, 0, &|e| {
        code(e, &[(256, 1), (257, 1)], &[(0, 1), (1, 1), (2, 1)]);
    });
    add(InflateFault::DistancesIncomplete, 0, 0, &|e| {
        code(e, &[(256, 1), (257, 1)], &[(0, 2), (1, 1)]);
    });
    add(InflateFault::DistancesIncomplete, 0, 0, &|e| {
        code(e, &[(256, 1), (257, 1)], &[(0, 2)]);
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
