//! Replays what fuzzing once found: every file in `fuzz/regressions/<target>/`, against the law it broke.

use std::fs;
use std::path::Path;

use wsspec_core::properties;

/// Their laws are those of the crates `wsspec` and `wsspec-fuzz`, which replay their regressions.
const OTHERS: [&str; 3] = ["judge", "vector_file", "differential"];

#[test]
fn what_once_broke_a_law_no_longer_does() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/regressions");
    // The published crate comes without them.
    let Ok(targets) = fs::read_dir(folder) else {
        return;
    };
    for target in targets
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir())
    {
        let name = target.file_name().unwrap().to_str().unwrap();
        if OTHERS.contains(&name) {
            continue;
        }
        let law = properties::ALL.iter().find(|(known, _)| *known == name);
        let (_, law) = law.unwrap_or_else(|| panic!("there is no fuzz target {name}"));
        for file in fs::read_dir(&target).unwrap() {
            let path = file.unwrap().path();
            println!("{}", path.display());
            law(&fs::read(path).unwrap());
        }
    }
}

#[test]
fn every_law_has_a_fuzz_target_and_every_target_a_law() {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/Cargo.toml");
    let Ok(manifest) = fs::read_to_string(manifest) else {
        return;
    };
    let bins = manifest
        .split("[[bin]]")
        .skip(1)
        .map(|bin| bin.split('"').nth(1).unwrap());
    assert!(
        bins.eq(properties::ALL.iter().map(|(name, _)| *name).chain(OTHERS)),
        "in the same order"
    );
}
