//! The live fuzzer: what it has to find, what it must not, and that a finding is a vector.

use std::fs;
use std::future::pending;
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use tokio::runtime::Runtime;
use wsspec::fuzz::{Ending, Event, Options, Stats, hunt, slander};
use wsspec::peer::{PlantedFault, ReferencePeer, VARIANTS, tcp::Server};
use wsspec::run::{Subject, Target};
use wsspec_core::Role;
use wsspec_vectors::Corpus;

/// Faults that show only after several steps, at odd sizes, or with compression.
const DEEP: [&str; 25] = [
    "crash-on-fragment-9",
    "crash-on-ping-inside",
    "crash-on-empty-fragment",
    "crash-at-126",
    "crash-at-65536",
    "mask-phase-lost",
    "off-by-one-at-127",
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

/// Found in every run of the tests; the others where there is time.
const OFTEN: usize = 6;

/// Whether there is time.
fn long() -> bool {
    std::env::var_os("WSSPEC_LONG").is_some()
}

fn scratch(name: &str) -> PathBuf {
    let dir = Path::new(env!("CARGO_TARGET_TMPDIR"))
        .join("fuzz")
        .join(name);
    let _ = fs::remove_dir_all(&dir);
    dir
}

/// What is found of such a server, and the folder with it.
fn fuzz(
    name: &str,
    peer: ReferencePeer,
    change: impl FnOnce(&mut Options),
) -> (Stats, Ending, PathBuf) {
    let dir = scratch(name);
    let mut options = Options {
        time: Duration::from_secs(60),
        seed: 7,
        max_findings: 1,
        jobs: 24,
        timeout: Duration::from_secs(6),
        dir: dir.clone(),
        without: Vec::new(),
        pid: None,
    };
    change(&mut options);
    Runtime::new().unwrap().block_on(async {
        let server = Server::bind((Ipv4Addr::LOCALHOST, 0).into(), peer)
            .await
            .unwrap();
        let url = format!("ws://{}/", server.address().unwrap());
        tokio::spawn(server.serve());
        let subject = Subject::Server(Target::new(&url, Vec::new()).unwrap());
        let on = |event: Event<'_>| {
            if let Event::Found(finding) = event {
                println!("{name}: {}", finding.reason);
            }
        };
        let (stats, ending) = Box::pin(hunt(subject, None, options, pending(), on)).await;
        (stats, ending, dir)
    })
}

fn wsspec(args: &[&str]) -> (Option<i32>, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_wsspec"));
    let Output {
        status,
        stdout,
        stderr,
    } = command.env("NO_COLOR", "1").args(args).output().unwrap();
    (
        status.code(),
        String::from_utf8([stdout, stderr].concat()).unwrap(),
    )
}

#[test]
fn of_the_right_endpoint_nothing_is_found() {
    for (seed, target) in [(1, Role::Server), (2, Role::Client)] {
        assert_eq!(
            slander(
                seed,
                if long() { 50_000 } else { 3000 },
                target,
                &ReferencePeer::conforming()
            ),
            None,
            "seed {seed}"
        );
    }
    let short = |options: &mut Options| options.time = Duration::from_secs(5);
    let (stats, ending, _) = fuzz("right", ReferencePeer::conforming(), short);
    assert_eq!((stats.findings, ending), (0, Ending::Complete));
    assert!(stats.conversations > 300 && stats.novel > 100, "{stats:?}");
}

#[test]
fn a_right_peer_in_another_form_is_not_slandered() {
    for (i, form) in VARIANTS.iter().enumerate() {
        for role in form.roles {
            let found = slander(
                i as u64,
                if long() { 2000 } else { 60 },
                *role,
                &ReferencePeer::with_variants([form], 7),
            );
            assert_eq!(found, None, "{} as a {}", form.name, role.name());
        }
    }
}

#[test]
fn deep_faults_are_found_and_shrunk() {
    for name in DEEP.iter().take(if long() { DEEP.len() } else { OFTEN }) {
        let fault = PlantedFault::named(name).unwrap();
        // Without the cases that are meant for it: those are no art.
        let meant = fault.meant.filter(|meant| !meant.starts_with("RFC"));
        let without = |options: &mut Options| options.without.extend(meant.map(str::to_owned));
        let began = Instant::now();
        let (stats, _, dir) = fuzz(name, fault.peer(), without);
        assert_eq!(stats.findings, 1, "{name}: {stats:?}");
        let file = dir.join("finding-001.json");
        let found = Corpus::from_file(&file).unwrap();
        let steps =
            serde_json::from_str::<serde_json::Value>(&fs::read_to_string(&file).unwrap()).unwrap();
        let steps = steps["cases"][0]["steps"].as_array().unwrap().len();
        println!(
            "{name}: {:.1} s, {} conversations, {steps} steps",
            began.elapsed().as_secs_f64(),
            stats.conversations
        );
        assert!(
            steps <= 5 && found.cases.len() == 1,
            "{name}: {steps} steps"
        );
    }
}

#[test]
fn the_same_seed_finds_the_same() {
    let texts = ["once", "twice"].map(|name| {
        let (.., dir) = fuzz(
            name,
            PlantedFault::named("off-by-one-at-127").unwrap().peer(),
            |_| (),
        );
        fs::read_to_string(dir.join("finding-001.json")).unwrap()
    });
    assert_eq!(texts[0], texts[1]);
}

#[test]
fn a_finding_is_a_vector_that_can_be_replayed() {
    let (.., dir) = fuzz(
        "replayed",
        PlantedFault::named("crash-on-ping-inside").unwrap().peer(),
        |_| (),
    );
    let file = dir.join("finding-001.json");
    let file = file.to_str().unwrap();
    // The embedded server is right.
    let (code, said) = wsspec(&["replay", file]);
    assert_eq!(code, Some(0), "{said}");
    let dial = [
        env!("CARGO_BIN_EXE_wsspec"),
        "dial",
        "--fault",
        "crash-on-ping-inside",
        "{url}",
    ];
    let (code, said) = wsspec(
        &[
            &["fuzz", "--seed", "7", "--max-findings", "1", "--findings"][..],
            &[scratch("client").to_str().unwrap(), "--"],
            &dial,
        ]
        .concat(),
    );
    assert_eq!(code, Some(1), "{said}");
    assert!(
        said.contains("finding-001.json: ") && said.contains("1 findings"),
        "{said}"
    );
}

#[test]
fn a_server_that_stops_serving_is_found_and_what_came_last_is_kept() {
    let (stats, ending, dir) = fuzz(
        "dies",
        PlantedFault::named("dies-of-a-violation").unwrap().peer(),
        |_| (),
    );
    assert_eq!((stats.findings, ending), (1, Ending::Died));
    assert!(
        !Corpus::from_file(&dir.join("finding-001.json"))
            .unwrap()
            .cases
            .is_empty()
    );
}
