//! Servers that mean harm: every run ends in bounded time and memory, with the right word, never with exit code 0,
//! and what it found is on disk.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use serde_json::Value;
use tokio::runtime::Runtime;
use wsspec::peer::Fault;
use wsspec::peer::hostile::{HOSTILES, Hostile, Server};

/// Cases of every kind: an opening of their own or none, an echo, a failed connection, compression, much data.
const CASES: &[&str] = &[
    "message.text-*",
    "frame.rsv.1-*",
    "control.ping-*",
    "handshake.accept.sample-*",
    "close.handshake.*",
    "deflate.data.size-12*",
    "message.large.whole-text-1048576",
];

/// Who breaks rules, too, before it can be said that nothing can be judged, and what these begin with.
const FALLS_SHORT: &[(&str, &[&str])] = &[
    ("hangs-up", &["handshake.accept."]),
    ("resets", &["handshake.accept."]),
    ("h2", &["handshake.accept."]),
    ("texts-endless", &["handshake.accept."]),
    ("empties-endless", &["handshake.accept."]),
    (
        "reserved-endless",
        &["passive.rsv-set", "passive.opcode-reserved"],
    ),
    ("junk-endless", &["passive."]),
    ("ping-4gib", &["passive.control-too-long"]),
    ("close-4gib", &["passive.control-too-long"]),
    ("reserved-4gib", &["passive.opcode-reserved"]),
    ("bombs-later", &["passive.rsv-set", "handshake.accept."]),
    ("closes-then-floods", &["passive.data-after-close"]),
];

/// A run may take so long: three probes and three rounds that wait for their deadline, on a busy machine.
const LONGEST: Duration = Duration::from_secs(90);

/// Memory of the whole process at its height.
const LARGEST_KIB: u64 = 256 << 10;

/// Serves on a free port for as long as the runtime lives.
fn serve(runtime: &Runtime, hostile: &'static Hostile) -> SocketAddr {
    let server = runtime
        .block_on(Server::bind("127.0.0.1:0".parse().unwrap(), hostile))
        .unwrap();
    let address = server.address().unwrap();
    runtime.spawn(server.serve());
    address
}

fn scratch(name: &str) -> PathBuf {
    let dir = Path::new(env!("CARGO_TARGET_TMPDIR"))
        .join("hostile")
        .join(name);
    let _ = fs::remove_dir_all(&dir);
    fs::create_dir_all(&dir).unwrap();
    dir
}

/// What came of a run.
#[derive(Debug)]
struct Seen {
    code: Option<i32>,
    took: Duration,
    /// Its peak memory, where the system tells.
    kib: u64,
    report: Value,
}

fn run(name: &str, address: SocketAddr) -> Seen {
    let dir = scratch(name);
    let json = dir.join("report.json");
    let began = Instant::now();
    let mut command = Command::new(env!("CARGO_BIN_EXE_wsspec"));
    command.args([
        &format!("ws://{address}/"),
        "--timeout",
        "1",
        "--json",
        json.to_str().unwrap(),
    ]);
    CASES
        .iter()
        .for_each(|filter| _ = command.args(["--filter", filter]));
    let mut child = command
        .env("NO_COLOR", "1")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let status = PathBuf::from(format!("/proc/{}/status", child.id()));
    let mut kib = 0;
    let code = loop {
        let peak = fs::read_to_string(&status).unwrap_or_default();
        let peak = peak.lines().find_map(|line| {
            line.strip_prefix("VmHWM:")?
                .split_whitespace()
                .next()?
                .parse()
                .ok()
        });
        kib = kib.max(peak.unwrap_or(0));
        if let Some(status) = child.try_wait().unwrap() {
            break status.code();
        }
        if began.elapsed() > LONGEST {
            child.kill().unwrap();
            child.wait().unwrap();
            break None;
        }
        std::thread::sleep(Duration::from_millis(10));
    };
    let report = serde_json::from_str(&fs::read_to_string(&json).unwrap()).unwrap();
    Seen {
        code,
        took: began.elapsed(),
        kib,
        report,
    }
}

#[test]
fn no_fault_has_the_name_of_a_hostile_server() {
    // `wsspec echo --fault NAME` means one of the two.
    let shared = HOSTILES
        .iter()
        .filter(|hostile| Fault::named(hostile.name).is_some())
        .map(|hostile| hostile.name);
    assert_eq!(shared.collect::<Vec<_>>(), Vec::<&str>::new());
}

#[test]
fn every_hostile_server_ends_in_bounded_time_and_memory() {
    let runtime = Runtime::new().unwrap();
    let next = Mutex::new(HOSTILES.iter());
    let wrongs = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                loop {
                    let Some(hostile) = next.lock().unwrap().next() else {
                        return;
                    };
                    let seen = run(hostile.name, serve(&runtime, hostile));
                    if let Err(wrong) = right(hostile, &seen) {
                        wrongs
                            .lock()
                            .unwrap()
                            .push(format!("{}: {wrong}, {seen:?}", hostile.name));
                    }
                }
            });
        }
    });
    let wrongs = wrongs.into_inner().unwrap();
    assert!(wrongs.is_empty(), "{}", wrongs.join("\n"));
}

/// What a run against this server has to be like.
fn right(hostile: &Hostile, seen: &Seen) -> Result<(), String> {
    println!(
        "{:20} {:?} {:5.1} s {:4} MiB",
        hostile.name,
        seen.code,
        seen.took.as_secs_f64(),
        seen.kib >> 10
    );
    let (_, failing) = FALLS_SHORT
        .iter()
        .find(|(name, _)| *name == hostile.name)
        .unwrap_or(&("", &[]));
    let cases = seen.report["targets"][0]["cases"]
        .as_array()
        .cloned()
        .unwrap_or_default();
    let ids = |verdict| {
        cases
            .iter()
            .filter(move |c| c["verdict"] == verdict)
            .map(|c| c["id"].to_string())
    };
    let meant = |id: &String| {
        failing
            .iter()
            .any(|prefix| id.trim_matches('"').starts_with(prefix))
    };
    let excused = |id: &String| id.contains("passive.") || id.contains("handshake.accept.");
    let checks = [
        ("it does not end", seen.code.is_some()),
        (
            "the exit code",
            seen.code == Some(3) || seen.code == Some(1) && !failing.is_empty(),
        ),
        ("too much memory", seen.kib < LARGEST_KIB),
        (
            "the report is not complete",
            seen.report["complete"] == true,
        ),
        (
            "fails that nobody is to blame for",
            ids("fail").all(|id| meant(&id)),
        ),
        (
            "a pass without a connection",
            hostile.right > 0 || ids("pass").all(|id| excused(&id)),
        ),
        (
            "lost cases",
            seen.code != Some(3) || cases.len() > 50 || hostile.name == "resets",
        ),
        (
            "nothing right before",
            hostile.right == 0 || ids("pass").any(|id| !excused(&id)) || ids("error").count() > 50,
        ),
        ("flaky", ids("flaky").count() == 0),
    ];
    checks
        .into_iter()
        .find(|(_, holds)| !holds)
        .map_or(Ok(()), |(what, _)| Err(what.to_owned()))
}

#[test]
fn a_killed_run_leaves_what_it_had() {
    let runtime = Runtime::new().unwrap();
    // Each case but a few waits for its deadline, so that there is time for the kill.
    let dumb = Hostile::named("hangs-later").unwrap();
    let url = format!("ws://{}/", serve(&runtime, dumb));
    let dir = scratch("killed");
    let (json, lines) = (dir.join("report.json"), dir.join("results.jsonl"));
    let mut command = Command::new(env!("CARGO_BIN_EXE_wsspec"));
    command.args([
        &url,
        "--jobs",
        "1",
        "--filter",
        "message.text-*",
        "--filter",
        "frame.rsv.1-*",
    ]);
    command.arg("--json").arg(&json).arg("--jsonl").arg(&lines);
    let mut child = command
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let stored = || fs::read_to_string(&lines).unwrap_or_default();
    let began = Instant::now();
    while stored().lines().count() < 4 && began.elapsed() < LONGEST {
        std::thread::sleep(Duration::from_millis(10));
    }
    // SIGKILL: nothing of it runs any more.
    child.kill().unwrap();
    child.wait().unwrap();
    let text = stored();
    assert!(text.ends_with('\n') && text.lines().count() >= 4);
    for line in text.lines() {
        let result: Value = serde_json::from_str(line).unwrap();
        assert!(
            result["verdict"] == "pass" && result["target"] == url,
            "{line}"
        );
    }
    let report: Value = serde_json::from_str(&fs::read_to_string(&json).unwrap()).unwrap();
    assert_eq!(report["complete"], false);
}
