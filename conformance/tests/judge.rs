//! Generated hostile peers in memory: the properties of the judge hold whatever they do.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use wsspec::properties;
use wsspec_reports::Verdict;

/// Number of peers, where WSSPEC_HOSTILE does not set it.
const PEERS: u64 = 1000;

/// Bounds the time of one peer, on a busy machine.
const MAX_TIME: Duration = Duration::from_secs(10);

/// Bounds the peak memory of all peers together, in KiB.
const MAX_MEMORY_KIB: u64 = 256 << 10;

fn peers() -> u64 {
    std::env::var("WSSPEC_HOSTILE")
        .ok()
        .and_then(|count| count.parse().ok())
        .unwrap_or(PEERS)
}

/// Peak resident memory of this process in KiB; 0 where it is unknown.
fn peak_memory_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))
        .and_then(|size| size.split_whitespace().next()?.parse().ok())
        .unwrap_or(0)
}

#[test]
fn the_properties_hold_with_hostile_peers() {
    hold_with_hostile_peers(properties::judge);
}

#[test]
fn they_hold_over_http2() {
    hold_with_hostile_peers(properties::binding_h2);
}

fn hold_with_hostile_peers(property: fn(&[u8]) -> Verdict) {
    let count = peers();
    let mut verdicts: BTreeMap<Verdict, u64> = BTreeMap::new();
    let mut slowest = (Duration::ZERO, 0);
    for number in 0..count {
        let began = Instant::now();
        let verdict = property(&properties::hostile(number));
        *verdicts.entry(verdict).or_insert(0) += 1;
        slowest = slowest.max((began.elapsed(), number));
    }
    let peak = peak_memory_kib();
    let (time, number) = slowest;
    println!("{count} peers: {verdicts:?}; the slowest, {number}, took {time:?}; {peak} KiB");
    assert!(time < MAX_TIME && peak < MAX_MEMORY_KIB);
    // The generator makes peers that conform and peers that do not.
    for verdict in [Verdict::Pass, Verdict::Error, Verdict::Fail] {
        assert!(verdicts.contains_key(&verdict), "no {verdict:?}");
    }
}

#[test]
fn past_counterexamples_no_longer_fail() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/regressions/judge");
    let Ok(files) = std::fs::read_dir(folder) else {
        return;
    };
    for file in files {
        let path = file.unwrap().path();
        println!("{}", path.display());
        properties::judge(&std::fs::read(path).unwrap());
    }
}
