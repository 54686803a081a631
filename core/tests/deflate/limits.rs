//! Size limits, and large streams.

use crate::support::{End, context, deflate, emitted, inflate, message, text, whole};
use flate2::FlushCompress;
use wsspec_core::deflate::emit::Token;
use wsspec_core::deflate::message::{Deflator, Inflator, MessageError};

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
