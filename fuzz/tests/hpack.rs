//! Field blocks that our encoder writes, whole and with bytes changed, are the same for loona-hpack.

use wsspec_core::http2::hpack::{Encoder, Style};
use wsspec_core::random::SplitMix64;
use wsspec_fuzz::hpack::fields;

/// Inputs that are made up.
const INPUTS: u64 = 1_000;

/// Names with and without an entry in the static table.
const NAMES: [&[u8]; 5] = [
    b":method",
    b":path",
    b"sec-websocket-version",
    b"cookie",
    b"X-\x00",
];

/// Settings and seed, which do not matter here, and blocks after their lengths.
fn input(random: &mut SplitMix64) -> Vec<u8> {
    let mut encoder = Encoder::new(Style {
        indexed: random.below(2) == 0,
        dynamic: random.below(2) == 0,
        huffman: random.below(2) == 0,
    });
    let mut input = vec![0, 0];
    for _ in 0..1 + random.below(4) {
        let block = block(&mut encoder, random);
        input.push(block.len().min(255) as u8);
        input.extend(&block[..block.len().min(255)]);
    }
    if random.below(2) == 0 {
        let at = 2 + random.below(input.len() - 2);
        input[at] ^= 1 << random.below(8);
    }
    input
}

fn block(encoder: &mut Encoder, random: &mut SplitMix64) -> Vec<u8> {
    let fields: Vec<_> = (0..random.below(4))
        .map(|_| {
            let size = random.below(40);
            let value = (0..size).map(|_| random.below(256) as u8).collect();
            (NAMES[random.below(NAMES.len())].to_vec(), value)
        })
        .collect();
    encoder.write(&fields)
}

#[test]
fn loona_hpack_reads_the_same() {
    let mut random = SplitMix64(7541);
    for _ in 0..INPUTS {
        fields(&input(&mut random));
    }
}
