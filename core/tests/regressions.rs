//! Replays what fuzzing once found: every file in `fuzz/regressions/<target>/`, against the
//! property that it broke.

use std::fs;
use std::path::Path;

use wsspec_core::properties;

/// Their properties are in the crates `wsspec` and `wsspec-fuzz`, which replay their regressions.
const OTHERS: [&str; 6] = [
    "judge",
    "binding_h2",
    "vector_file",
    "pasted",
    "differential",
    "hpack_differential",
];

#[test]
fn old_crashes_stay_fixed() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/regressions");
    // The published crate does not include them.
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
        let property = properties::ALL.iter().find(|(known, _)| *known == name);
        let (_, property) = property.unwrap_or_else(|| panic!("there is no fuzz target {name}"));
        for file in fs::read_dir(&target).unwrap() {
            let path = file.unwrap().path();
            println!("{}", path.display());
            property(&fs::read(path).unwrap());
        }
    }
}

#[test]
fn every_property_has_a_fuzz_target_and_every_target_a_property() {
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
