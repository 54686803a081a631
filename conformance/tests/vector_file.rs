//! Invalid vector files of all kinds are refused in bounded time and memory.

use std::path::Path;
use std::time::{Duration, Instant};

use wsspec::laws;
use wsspec::seeds::seeds;
use wsspec_vectors::{Corpus, SplitMix64};

/// Longest time for one file, on a busy machine.
const LONGEST: Duration = Duration::from_secs(10);

/// Pieces of JSON to insert.
const WORDS: [&str; 12] = [
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

fn check(text: &[u8]) {
    let began = Instant::now();
    laws::vector_file(text);
    assert!(
        began.elapsed() < LONGEST,
        "{:?} for {}",
        began.elapsed(),
        String::from_utf8_lossy(text)
    );
}

#[test]
fn every_case_is_a_file_that_is_read_safely_after_any_change() {
    let corpus = Corpus::embedded().unwrap();
    let mut random = SplitMix64(1);
    let mut below = |end: usize| (random.next() % end as u64) as usize;
    for seed in seeds(&corpus)
        .into_iter()
        .filter(|seed| seed.target == "vector_file")
    {
        let text = String::from_utf8(seed.bytes).unwrap();
        let file: serde_json::Value = serde_json::from_str(&text).unwrap();
        let name = format!("{}.json", file["family"].as_str().unwrap());
        assert!(Corpus::from_text(&name, text.clone()).is_ok(), "{text}");
        check(text.as_bytes());
        let mut wrong = text.into_bytes();
        for _ in 0..=below(3) {
            let at = below(wrong.len());
            match below(3) {
                0 => wrong[at] = wrong[below(wrong.len())],
                1 => drop(wrong.splice(at..at, WORDS[below(WORDS.len())].bytes())),
                _ => drop(wrong.drain(at..(at + below(20)).min(wrong.len()))),
            }
        }
        check(&wrong);
    }
}

#[test]
fn regressions_stay_fixed() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/regressions/vector_file");
    for file in std::fs::read_dir(folder).into_iter().flatten() {
        let path = file.unwrap().path();
        println!("{}", path.display());
        check(&std::fs::read(path).unwrap());
    }
}
