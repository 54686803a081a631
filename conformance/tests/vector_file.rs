//! Corrupted vector files are rejected, quickly and in little memory.

use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::Value;
use wsspec::properties;
use wsspec::seeds::seeds;
use wsspec_vectors::{Corpus, SplitMix64};

/// Bounds the time of one file, on a busy machine.
const MAX_TIME: Duration = Duration::from_secs(10);

/// Text that is inserted into a file.
const INSERTIONS: [&str; 12] = [
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "\"{n}\"",
    "18446744073709551616",
    "-0",
    "1e400",
    "null",
    "\"repeat\": \"a\",",
];

/// The property holds for `text`, within the time limit.
fn check(text: &[u8]) {
    let began = Instant::now();
    properties::vector_file(text);
    let time = began.elapsed();
    assert!(
        time < MAX_TIME,
        "{time:?} for {}",
        String::from_utf8_lossy(text)
    );
}

fn below(random: &mut SplitMix64, end: usize) -> usize {
    (random.next() % end as u64) as usize
}

/// Makes one to three random changes: a byte replaced, a text inserted, or some bytes removed.
fn corrupt(text: &mut Vec<u8>, random: &mut SplitMix64) {
    for _ in 0..=below(random, 3) {
        let at = below(random, text.len());
        match below(random, 3) {
            0 => text[at] = text[below(random, text.len())],
            1 => {
                let insertion = INSERTIONS[below(random, INSERTIONS.len())];
                text.splice(at..at, insertion.bytes());
            }
            _ => {
                let end = (at + below(random, 20)).min(text.len());
                text.drain(at..end);
            }
        }
    }
}

#[test]
fn the_property_holds_for_each_case_and_when_it_is_corrupted() {
    let corpus = Corpus::embedded().unwrap();
    let mut random = SplitMix64(1);
    let seeds = seeds(&corpus)
        .into_iter()
        .filter(|seed| seed.target == "vector_file");
    for seed in seeds {
        let text = String::from_utf8(seed.bytes).unwrap();
        let file: Value = serde_json::from_str(&text).unwrap();
        let name = format!("{}.json", file["family"].as_str().unwrap());
        assert!(Corpus::from_text(&name, text.clone()).is_ok(), "{text}");
        check(text.as_bytes());
        let mut corrupted = text.into_bytes();
        corrupt(&mut corrupted, &mut random);
        check(&corrupted);
    }
}

#[test]
fn past_counterexamples_no_longer_fail() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/regressions/vector_file");
    for file in std::fs::read_dir(folder).into_iter().flatten() {
        let path = file.unwrap().path();
        println!("{}", path.display());
        check(&std::fs::read(path).unwrap());
    }
}
