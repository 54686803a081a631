//! Windows, checked and kept to the byte.

use crate::support::{End, context, emitted, inflate, message, text, whole, zlib};
use wsspec_core::deflate::emit::{Emitter, Token};
use wsspec_core::deflate::fault::InflateFault;
use wsspec_core::deflate::message::{Deflator, Inflator};

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
