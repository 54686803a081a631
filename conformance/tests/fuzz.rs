//! The live fuzzer: the faults it must find, the conforming peers it must not accuse, and the
//! vectors it writes.

mod common;
#[path = "common/program.rs"]
mod program;

use std::fs;
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde_json::Value;
use tokio::runtime::Runtime;
use tokio::sync::Notify;
use wsspec::fuzz::{self, Ending, Event, Options, Stats, find_false_positive};
use wsspec::peer::{PlantedFault, ReferencePeer, VARIANTS, tcp::Server};
use wsspec::run::{Subject, Target};
use wsspec_core::Role;
use wsspec_reports::MessageBehaviour;
use wsspec_vectors::Corpus;

use common::scratch;
use program::run;

/// Faults that show only after several steps, at unusual sizes, or with compression.
const DEEP_FAULTS: [&str; 25] = [
    "crash-on-fragment-9",
    "crash-on-ping-inside",
    "crash-on-empty-fragment",
    "crash-at-126",
    "mask-phase-lost",
    "off-by-one-at-127",
    "crash-at-65536",
    "off-by-one-at-65536",
    "length-mod-65536",
    "byte-65535-flipped",
    "echo-cut-at-4096",
    "tires",
    "messages-swapped",
    "every-third-lost",
    "every-fourth-doubled",
    "utf8-by-fragment",
    "utf8-surrogates-taken",
    "utf8-cut-taken",
    "closes-of-itself",
    "interleaving-accepted",
    "deflate-window-forgotten",
    "deflate-context-kept",
    "deflate-window-exceeded",
    "deflate-invalid-ignored",
    "rsv1-misplaced-ignored",
];

/// The number of [`DEEP_FAULTS`] that every test run looks for; a long run looks for all.
const USUAL_FAULTS: usize = 6;

/// Steps of the largest vector that a deep fault may be reduced to.
const MAX_STEPS: usize = 5;

/// Most time for one search. It ends sooner, unless the machine is very busy.
const MOST_TIME: Duration = Duration::from_secs(300);

/// Whether this is a long run.
fn is_long() -> bool {
    std::env::var_os("WSSPEC_LONG").is_some()
}

fn options(name: &str) -> Options {
    Options {
        time: MOST_TIME,
        seed: 7,
        shard: None,
        max_findings: 1,
        jobs: 24,
        // The planted faults are those of an echo.
        peer: Some(MessageBehaviour::Echo),
        timeout: Duration::from_secs(6),
        dir: scratch(name),
        without: Vec::new(),
        pid: None,
        coverage: None,
    }
}

fn print_finding(name: &str, event: &Event<'_>) {
    if let Event::Found(finding) = event {
        println!("{name}: {}", finding.reason);
    }
}

/// Fuzzes a server that behaves as `peer` does.
fn fuzz_peer(name: &str, peer: ReferencePeer, options: Options) -> (Stats, Ending) {
    fuzz_until(name, peer, options, |_| false)
}

/// The same, until the statistics are enough.
fn fuzz_until(
    name: &str,
    peer: ReferencePeer,
    options: Options,
    enough: impl Fn(&Stats) -> bool,
) -> (Stats, Ending) {
    Runtime::new().unwrap().block_on(async {
        let server = Server::bind((Ipv4Addr::LOCALHOST, 0).into(), peer)
            .await
            .unwrap();
        let url = format!("ws://{}/", server.address().unwrap());
        tokio::spawn(server.serve());
        let subject = Subject::Server(Target::new(&url, Vec::new()).unwrap());
        let stop = Notify::new();
        Box::pin(fuzz::run(
            subject,
            None,
            options,
            stop.notified(),
            |event| {
                print_finding(name, &event);
                if matches!(event, Event::Progress(stats) if enough(stats)) {
                    stop.notify_one();
                }
            },
        ))
        .await
    })
}

/// Fuzzes a server with this fault until there is a finding; the vector file.
fn find_fault(name: &str, fault: &str) -> PathBuf {
    let options = options(name);
    let dir = options.dir.clone();
    let fault = PlantedFault::named(fault).unwrap();
    let (stats, ending) = fuzz_peer(name, fault.peer(), options);
    assert_eq!((stats.findings, ending), (1, Ending::Complete), "{name}");
    dir.join("finding-001.json")
}

#[test]
fn the_conforming_endpoint_has_no_findings() {
    let count = if is_long() { 50_000 } else { 3000 };
    for (seed, target) in [(1, Role::Server), (2, Role::Client)] {
        let found = find_false_positive(seed, count, target, &ReferencePeer::conforming());
        assert_eq!(found, None, "seed {seed}");
    }
    // However busy the machine is.
    let (stats, ending) = fuzz_until(
        "conforming",
        ReferencePeer::conforming(),
        options("conforming"),
        |stats| stats.conversations > 300 && stats.novel > 100,
    );
    assert_eq!(
        (stats.findings, ending),
        (0, Ending::Interrupted),
        "{stats:?}"
    );
}

#[test]
fn conforming_variants_have_no_findings() {
    let count = if is_long() { 2000 } else { 60 };
    for (seed, variant) in VARIANTS.iter().enumerate() {
        for role in variant.roles {
            let peer = ReferencePeer::with_variants([variant], 7);
            let found = find_false_positive(seed as u64, count, *role, &peer);
            assert_eq!(found, None, "{} as a {}", variant.name, role.name());
        }
    }
}

#[test]
fn deep_faults_are_found_and_reduced() {
    let count = if is_long() {
        DEEP_FAULTS.len()
    } else {
        USUAL_FAULTS
    };
    for name in DEEP_FAULTS.iter().take(count) {
        let fault = PlantedFault::named(name).unwrap();
        let mut options = options(name);
        let file = options.dir.join("finding-001.json");
        // The vectors written for the fault would make it easy.
        let meant = fault.meant.filter(|meant| !meant.starts_with("RFC"));
        options.without.extend(meant.map(str::to_owned));
        let began = Instant::now();
        let (stats, _) = fuzz_peer(name, fault.peer(), options);
        assert_eq!(stats.findings, 1, "{name}: {stats:?}");
        let cases = Corpus::from_file(&file).unwrap().cases.len();
        let json: Value = serde_json::from_str(&fs::read_to_string(&file).unwrap()).unwrap();
        let steps = json["cases"][0]["steps"].as_array().unwrap().len();
        println!(
            "{name}: {:.1} s, {} conversations, {steps} steps",
            began.elapsed().as_secs_f64(),
            stats.conversations
        );
        assert!(steps <= MAX_STEPS && cases == 1, "{name}: {steps} steps");
    }
}

#[test]
fn the_same_seed_has_the_same_findings() {
    let texts = ["first", "second"]
        .map(|name| fs::read_to_string(find_fault(name, "off-by-one-at-127")).unwrap());
    assert_eq!(texts[0], texts[1]);
}

#[test]
fn a_finding_is_replayed_as_a_vector() {
    let file = find_fault("replayed", "crash-on-ping-inside");
    let (code, output) = run(&["replay", file.to_str().unwrap()]);
    assert_eq!(code, Some(0), "the embedded server conforms: {output}");
}

#[test]
fn a_client_is_fuzzed() {
    let dir = scratch("client");
    let fuzz = ["fuzz", "--seed", "7", "--max-findings", "1", "--findings"];
    let dial = [
        env!("CARGO_BIN_EXE_wsspec"),
        "dial",
        "--fault",
        "crash-on-ping-inside",
        "{url}",
    ];
    let (code, output) = run(&[&fuzz[..], &[dir.to_str().unwrap(), "--"], &dial].concat());
    assert_eq!(code, Some(1), "{output}");
    assert!(output.contains("finding-001.json: "), "{output}");
    assert!(output.contains("1 finding"), "{output}");
}

#[test]
fn a_server_that_stops_serving_is_a_finding_with_the_last_conversations() {
    let options = options("dies");
    let file = options.dir.join("finding-001.json");
    let fault = PlantedFault::named("dies-of-a-violation").unwrap();
    let (stats, ending) = fuzz_peer("dies", fault.peer(), options);
    assert_eq!((stats.findings, ending), (1, Ending::Died));
    assert!(!Corpus::from_file(&file).unwrap().cases.is_empty());
}

#[test]
fn a_state_of_an_older_version_is_refused() {
    let dir = scratch("old-state");
    fs::create_dir_all(&dir).unwrap();
    let state = r#"{"target": "x", "seed": 1, "next": 192, "known": []}"#;
    fs::write(dir.join("state.json"), state).unwrap();
    let (code, output) = run(&["fuzz", "--time", "1", "--findings", dir.to_str().unwrap()]);
    assert_eq!(code, Some(2), "{output}");
    assert!(output.contains("another version of wsspec"), "{output}");
}

/// Writes what the first of two shards found as what the second found, into another folder.
fn as_second_shard(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let second = |text: &str| {
            let text = text.replace("finding-1-", "finding-2-");
            text.replace("state-1", "state-2").replace("1/2", "2/2")
        };
        let name = second(path.file_name().unwrap().to_str().unwrap());
        fs::write(to.join(name), second(&fs::read_to_string(&path).unwrap())).unwrap();
    }
}

#[test]
fn shards_keep_one_finding_of_each_cause() {
    let dir = scratch("shards");
    let [first, second, merged] = ["first", "second", "merged"].map(|name| dir.join(name));
    let shard = Options {
        shard: Some("1/2".parse().unwrap()),
        dir: first.clone(),
        ..options("shard")
    };
    let fault = PlantedFault::named("off-by-one-at-127").unwrap();
    assert_eq!(fuzz_peer("shard", fault.peer(), shard).0.findings, 1);
    as_second_shard(&first, &second);

    let [a, b] = [&first, &second].map(|path| path.to_str().unwrap());
    let into = ["--findings", merged.to_str().unwrap()];
    let merge = |dirs: &[&str], flags: &[&str]| run(&[&["merge"], dirs, flags, &into].concat());
    // A shard that is missing is an error; so is one that is there twice.
    let (code, said) = merge(&[a], &[]);
    assert!(code == Some(2) && said.contains("missing: 2/2"), "{said}");
    assert_eq!(merge(&[a, b, a], &[]).0, Some(2));
    assert!(!merged.exists());
    // A second time changes nothing.
    for _ in 0..2 {
        let (code, said) = merge(&[b, a], &[]);
        assert_eq!(code, Some(1), "{said}");
        let names: Vec<_> = fs::read_dir(&merged)
            .unwrap()
            .map(|e| e.unwrap().file_name())
            .collect();
        assert_eq!(names, ["finding-1-001.json"]);
    }
    let name = "finding-1-001.json";
    let texts = [&first, &merged].map(|dir| fs::read_to_string(dir.join(name)).unwrap());
    assert_eq!(texts[0], texts[1]);
    let kept = merged.join(name);
    let (code, output) = run(&["replay", kept.to_str().unwrap()]);
    assert_eq!(code, Some(0), "the embedded server conforms: {output}");
    // What the folder has of another run stays, and stands in the way.
    fs::write(&kept, "{}").unwrap();
    assert_eq!(merge(&[a, b], &[]).0, Some(2));
    fs::remove_file(&kept).unwrap();
    assert_eq!(merge(&[a], &["--partial"]).0, Some(1));
    // A run that is no shard of another has no part in it.
    let whole = fs::read_to_string(first.join("state-1.json")).unwrap();
    fs::write(
        first.join("state.json"),
        whole.replace("\"part\"", "\"other\""),
    )
    .unwrap();
    assert_eq!(merge(&[a, b], &[]).0, Some(2));
}

#[test]
fn shards_share_a_folder_and_have_conversations_of_their_own() {
    let dir = scratch("own-conversations");
    for shard in ["1/2", "2/2"] {
        let options = Options {
            shard: Some(shard.parse().unwrap()),
            dir: dir.clone(),
            ..options("own")
        };
        let first_batch = |_: &Stats| true;
        let (_, ending) = fuzz_until("own", ReferencePeer::conforming(), options, first_batch);
        assert_eq!(ending, Ending::Interrupted);
    }
    let seeds = ["state-1.json", "state-2.json"].map(|name| {
        let state = fs::read_to_string(dir.join(name)).unwrap();
        serde_json::from_str::<Value>(&state).unwrap()["seed"].clone()
    });
    assert!(seeds[0] != seeds[1] && !dir.join("state.json").exists());
    // Without a common seed the machines might do the same.
    assert_eq!(run(&["fuzz", "--shard", "1/2"]).0, Some(2));
}
