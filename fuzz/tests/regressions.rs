//! Replays what fuzzing once found against other implementations, on stable and without cargo-fuzz.

use std::path::Path;

/// The check of each target.
type Check = (&'static str, fn(&[u8]));

const CHECKS: &[Check] = &[
    ("inflate", wsspec_fuzz::zlib::inflate),
    ("deflate_roundtrip", wsspec_fuzz::zlib::deflate_roundtrip),
];

#[test]
fn what_once_differed_no_longer_does() {
    for (target, check) in CHECKS {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("regressions")
            .join(target);
        for file in std::fs::read_dir(folder).into_iter().flatten() {
            let path = file.unwrap().path();
            println!("{}", path.display());
            check(&std::fs::read(path).unwrap());
        }
    }
}

#[test]
fn what_one_deflates_the_other_inflates() {
    let mut state = 1u64;
    let mut byte = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 56) as u8
    };
    for length in 0..400 {
        let data: Vec<u8> = (0..length % 80).map(|_| byte()).collect();
        wsspec_fuzz::zlib::deflate_roundtrip(&data);
    }
}
