//! The examples of the RFC, and messages that end badly.

use crate::support::{context, emitted, hex, literals, message};
use wsspec_core::deflate::emit::{Emitter, Token};
use wsspec_core::deflate::fault::{InflateFault, Reach, Reaches};
use wsspec_core::deflate::message::{Deflator, Inflator, MessageError, Summary};

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
