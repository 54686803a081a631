//! `wsspec fuzz --afl-map`: a server in C, built here, whose fault only its coverage leads to.

mod common;
#[path = "common/program.rs"]
mod program;

use std::net::{IpAddr, Ipv4Addr};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Runtime;
use tokio::sync::Notify;
use wsspec::fuzz::{self, CoverageMap, Ending, Event, MAP_SIZE, Options, RUNTIME, Stats};
use wsspec::run::{Keeper, Subject, Target};
use wsspec_reports::MessageBehaviour;

use common::scratch;
use program::run;

/// Most time for one search. It ends sooner, unless the machine is very busy.
const MOST_TIME: Duration = Duration::from_secs(1200);

/// Compilers, and the instrumentation that each has.
const COMPILERS: [(&str, &[&str]); 3] = [
    ("gcc", &["-fsanitize-coverage=trace-pc"]),
    ("clang", &["-fsanitize-coverage=trace-pc-guard"]),
    ("afl-cc", &[]),
];

/// The server, compiled for a test with these options; `None`, and why, if there is no such compiler.
fn compiled(test: &str, compiler: &str, options: &[&str]) -> Option<PathBuf> {
    let dir = scratch(&format!("coverage-{test}-{compiler}"));
    let runtime = dir.join("runtime.c");
    std::fs::write(&runtime, RUNTIME).unwrap();
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/common/native/echo.c");
    let server = dir.join("echo");
    let output = Command::new(compiler)
        .args(["-O1", "-pthread"])
        .args(options)
        .args([&source, &runtime])
        .arg("-o")
        .arg(&server)
        .env("AFL_QUIET", "1")
        .output();
    match output {
        Ok(output) if output.status.success() => Some(server),
        Ok(output) => {
            let said = String::from_utf8_lossy(&output.stderr);
            println!("skipped: {compiler} cannot compile it here: {said}");
            None
        }
        Err(error) => {
            println!("skipped: no {compiler}: {error}");
            None
        }
    }
}

/// Fuzzes the server until it dies, or the statistics are enough.
fn search(
    name: &str,
    server: &Path,
    with_map: bool,
    enough: impl Fn(&Stats) -> bool,
) -> (Stats, Ending) {
    Runtime::new().unwrap().block_on(async {
        let coverage = with_map.then(|| Arc::new(CoverageMap::create(MAP_SIZE).unwrap()));
        let variables = coverage.as_ref().map(|map| map.variables());
        let command = vec![server.to_str().unwrap().to_owned(), "{port}".to_owned()];
        let host = IpAddr::V4(Ipv4Addr::LOCALHOST);
        let patience = Duration::from_secs(60);
        let keeper = Keeper::starting(command, host, None, "ws://{address}/", patience)
            .unwrap()
            .with_variables(variables.unwrap_or_default());
        keeper.start().await.unwrap();
        let keeper = Arc::new(keeper);
        let url = format!("ws://{}/", keeper.address().unwrap());
        let target = Target::new(&url, Vec::new()).unwrap();
        let subject = Subject::Server(target.kept_by(Arc::clone(&keeper)));
        let options = Options {
            time: MOST_TIME,
            seed: 7,
            shard: None,
            max_findings: 1,
            jobs: 4,
            peer: Some(MessageBehaviour::Echo),
            timeout: Duration::from_secs(6),
            dir: scratch(name),
            without: Vec::new(),
            pid: None,
            coverage,
        };
        let stop = Notify::new();
        let on_event = |event: Event<'_>| match event {
            Event::Found(finding) => println!("{name}: {}", finding.reason),
            Event::Progress(stats) if enough(stats) => stop.notify_one(),
            _ => {}
        };
        let done = Box::pin(fuzz::run(subject, None, options, stop.notified(), on_event)).await;
        keeper.stop().await;
        done
    })
}

#[test]
fn the_coverage_of_each_compiler_is_read() {
    for (compiler, options) in COMPILERS {
        let Some(server) = compiled("read", compiler, options) else {
            continue;
        };
        let name = format!("coverage-read-{compiler}");
        let (stats, _) = search(&name, &server, true, |stats| stats.counters > 60);
        assert!(stats.counters > 60, "{compiler}: {stats:?}");
        assert_eq!(stats.findings, 0, "{compiler}: {stats:?}");
    }
}

#[test]
fn a_target_that_does_not_count_is_refused() {
    let Some(server) = compiled("none", "gcc", &[]) else {
        return;
    };
    let server = server.to_str().unwrap();
    let findings = scratch("coverage-none");
    let args = ["fuzz", "--afl-map", "--time", "600", "--findings"];
    let command = ["--", server, "{port}"];
    let (code, said) = run(&[&args[..], &[findings.to_str().unwrap()], &command].concat());
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("--afl-runtime"), "{said}");
}

#[test]
fn a_target_that_ends_at_once_may_lack_our_code() {
    let findings = scratch("coverage-ended");
    let args = [
        "fuzz",
        "--afl-map",
        "--findings",
        findings.to_str().unwrap(),
    ];
    let (code, said) = run(&[&args[..], &["--", "false", "{port}"]].concat());
    assert_eq!(code, Some(3), "{said}");
    assert!(said.contains("--afl-runtime"), "{said}");
}

/// How many more conversations are tried without the map.
const TIMES: u64 = 10;

/// Four bytes, each compared on its own, which many more conversations do not find without the map.
#[test]
fn a_fault_that_only_coverage_leads_to_is_found() {
    if std::env::var_os("WSSPEC_LONG").is_none() {
        println!("skipped: takes minutes; WSSPEC_LONG=1 runs it");
        return;
    }
    let (compiler, options) = COMPILERS[0];
    let Some(server) = compiled("deep", compiler, options) else {
        return;
    };
    let (with, ending) = search("coverage-with", &server, true, |_| false);
    println!("with the map: {with:?}");
    assert_eq!((with.findings, ending), (1, Ending::Died), "{with:?}");
    let (without, ending) = search("coverage-without", &server, false, |stats| {
        stats.conversations >= with.conversations * TIMES
    });
    assert_eq!(
        (without.findings, ending),
        (0, Ending::Interrupted),
        "{without:?}"
    );
}
