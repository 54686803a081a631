//! Hostile peers, generated, in memory: whatever they do, the judge keeps its laws.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use wsspec::laws;
use wsspec_reports::Verdict;

/// Peers, unless WSSPEC_HOSTILE says how many.
const USUAL: u64 = 1000;

/// One of them may take so long, on a busy machine.
const LONGEST: Duration = Duration::from_secs(10);

/// Peak memory of all of them together.
const LARGEST_KIB: u64 = 256 << 10;

#[test]
fn no_hostile_peer_breaks_a_law() {
    let count = std::env::var("WSSPEC_HOSTILE")
        .ok()
        .and_then(|n| n.parse().ok())
        .unwrap_or(USUAL);
    let mut verdicts: BTreeMap<Verdict, u64> = BTreeMap::new();
    let mut slowest = (Duration::ZERO, 0);
    for number in 0..count {
        let began = Instant::now();
        *verdicts
            .entry(laws::judge(&laws::hostile(number)))
            .or_insert(0) += 1;
        slowest = slowest.max((began.elapsed(), number));
    }
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| {
        line.strip_prefix("VmHWM:")?
            .split_whitespace()
            .next()?
            .parse()
            .ok()
    });
    let peak: u64 = peak.unwrap_or(0);
    println!(
        "{count} hostile peers: {verdicts:?}; the slowest was number {} with {:?}; {peak} KiB",
        slowest.1, slowest.0
    );
    assert!(slowest.0 < LONGEST && peak < LARGEST_KIB);
    // Some are hardly hostile, and some break every rule there is.
    assert!(
        [Verdict::Pass, Verdict::Error, Verdict::Fail]
            .iter()
            .all(|v| verdicts.contains_key(v))
    );
}

#[test]
fn what_once_broke_the_law_no_longer_does() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/regressions/judge");
    let Ok(files) = std::fs::read_dir(folder) else {
        return;
    };
    for file in files {
        let path = file.unwrap().path();
        println!("{}", path.display());
        laws::judge(&std::fs::read(path).unwrap());
    }
}
