//! Generated streams and messages, with zlib-rs as the other side of everything that zlib can do.

use flate2::{Decompress, FlushCompress, FlushDecompress};
use proptest::collection::vec;
use proptest::prelude::*;
use wsspec_core::deflate::emit::{Codes, END, Emitter, Matcher, Plan, TAIL};
use wsspec_core::deflate::fault::InflateFault;
use wsspec_core::deflate::message::{Deflator, Inflator};
use wsspec_core::properties;

use crate::support::{End, context, deflate, emitted, inflate, message, whole, zlib};

/// Bytes that deflate well: words, runs, some noise.
fn structured() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        4 => prop::sample::select(vec!["the ", "WebSocket ", "frame ", "a", "deflate, ", "{\"id\":", "}\n"])
            .prop_map(|word| word.as_bytes().to_vec()),
        1 => vec(any::<u8>(), 0..20),
        1 => (any::<u8>(), 1..600usize).prop_map(|(byte, count)| vec![byte; count]),
    ];
    (vec(piece, 0..200), 1..4usize).prop_map(|(pieces, times)| pieces.concat().repeat(times))
}

fn content() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![3 => structured(), 1 => vec(any::<u8>(), 0..3000)]
}

fn config(cases: u32) -> ProptestConfig {
    ProptestConfig {
        cases,
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

proptest! {
    #![proptest_config(config(400))]

    #[test]
    fn what_zlib_deflates_we_inflate(bytes in content(), level in 0..=9u32, reads in vec(1..50usize, 1..8), limit in 1..400usize) {
        let stream = deflate(&bytes, level, FlushCompress::Finish);
        let right = whole(&stream);
        prop_assert_eq!(&right.out, &bytes);
        prop_assert_eq!(right.end, Ok(End::Final(0)));
        prop_assert_eq!(&inflate(&stream, &reads, limit), &right);
        prop_assert_eq!(&inflate(&stream, &[1], usize::MAX), &right);
    }

    #[test]
    fn what_we_deflate_zlib_inflates(parts in vec(content(), 1..4), bits in 8..=15u8, takeover: bool) {
        let mut deflator = Deflator::new(context(bits, takeover));
        let mut inflator = Inflator::new(bits, 1 << 30);
        let mut zlib = Decompress::new(false);
        for part in &parts {
            let payload = deflator.message(part);
            let (out, summary) = message(&mut inflator, &payload, 100).unwrap();
            prop_assert_eq!(&out, part);
            prop_assert!(summary.complete && summary.reaches.beyond_window.is_none());
            prop_assert!(takeover || summary.reaches.beyond_message.is_none());
            if !takeover {
                zlib.reset(false);
            }
            let mut out = Vec::with_capacity(part.len() + 1);
            zlib.decompress_vec(&[&payload[..], &TAIL].concat(), &mut out, FlushDecompress::Sync).unwrap();
            prop_assert_eq!(&out, part);
        }
    }

    #[test]
    fn zlib_inflates_blocks_of_all_kinds(parts in vec((content(), 0..4u8), 0..6), bits in 8..=15u8) {
        let mut emitter = Emitter::new();
        let mut matcher = Matcher::new(bits);
        for (bytes, kind) in &parts {
            let tokens = matcher.tokens(bytes);
            match kind {
                0 => bytes.chunks(65535).for_each(|chunk| { emitter.stored(false, chunk); }),
                1 => { emitter.fixed(false, &tokens); },
                2 => { emitter.dynamic(false, &tokens); },
                _ => { emitter.best(&tokens, bytes).flush(); },
            }
        }
        emitter.fixed(true, &[]);
        let stream = emitter.finish();
        let right = parts.iter().flat_map(|(bytes, _)| bytes).copied().collect::<Vec<_>>();
        prop_assert_eq!(zlib(&stream), (right.clone(), Some(End::Final(0))));
        let outcome = whole(&stream);
        prop_assert_eq!((outcome.out, outcome.end), (right, Ok(End::Final(0))));
        prop_assert!(outcome.largest <= 1 << bits);
    }
}

/// Both refuse or both accept, with the same output, but zlib may refuse later.
fn same_as_zlib(stream: &[u8], reads: &[usize], limit: usize) -> Result<(), TestCaseError> {
    let right = whole(stream);
    prop_assert_eq!(&inflate(stream, reads, limit), &right);
    let (out, end) = zlib(stream);
    prop_assert_eq!(&out, &right.out);
    match right.end.map_err(|error| error.fault) {
        // zlib may need a few bytes more to see it.
        Err(InflateFault::CodeLengthsIncomplete | InflateFault::TooManySymbols)
            if end == Some(End::Open) =>
        {
            prop_assert_eq!(zlib(&[stream, &[0; 64]].concat()).1, None);
        }
        end_here => prop_assert_eq!(end_here.ok(), end),
    }
    Ok(())
}

proptest! {
    #![proptest_config(config(3000))]

    #[test]
    fn mutated_streams_give_what_zlib_gives(
        bytes in structured(), level in 0..=9u32, flips in vec((any::<prop::sample::Index>(), 0..8u8), 1..4),
        near in 0..300usize, reads in vec(1..50usize, 1..8), limit in 1..400usize,
    ) {
        let mut stream = deflate(&bytes, level, FlushCompress::Finish);
        let span = stream.len().min(near + 1);
        for (at, bit) in flips {
            stream[at.index(span)] ^= 1 << bit;
        }
        same_as_zlib(&stream, &reads, limit)?;
    }

    #[test]
    fn noise_gives_what_zlib_gives(stream in vec(any::<u8>(), 0..400), reads in vec(1..50usize, 1..8), limit in 1..400usize) {
        same_as_zlib(&stream, &reads, limit)?;
    }

    #[test]
    fn mutated_dynamic_heads_give_what_zlib_gives(
        bytes in structured(), changes in vec((any::<prop::sample::Index>(), 0..16u8), 0..3), reads in vec(1..50usize, 1..8),
    ) {
        let tokens = Matcher::new(9).tokens(&bytes);
        let mut codes = Codes::for_tokens(&tokens);
        for (at, length) in changes {
            let count = codes.literals.len();
            let at = at.index(count + codes.distances.len());
            *if at < count { &mut codes.literals[at] } else { &mut codes.distances[at - count] } = length;
        }
        let stream = emitted(|e| { e.plan(true, &Plan::new(&codes)).tokens(&codes, &tokens).tokens(&codes, &[END]); });
        same_as_zlib(&stream, &reads, 7)?;
    }

    #[test]
    fn the_property_holds(data in vec(any::<u8>(), 0..300)) {
        properties::inflate(&data);
    }

    #[test]
    fn the_property_holds_for_deflated_streams(bytes in structured(), settings: u8, flip in any::<prop::sample::Index>()) {
        let mut data = [&[settings, 1], &deflate(&bytes, 6, FlushCompress::Sync)[..]].concat();
        properties::inflate(&data);
        let at = flip.index(data.len());
        data[at] ^= 1 << (settings % 8);
        properties::inflate(&data);
    }
}
