//! Hostile servers: every run against one ends in bounded time and memory, with the right exit code
//! (never 0), and leaves its report on disk.

mod common;
#[path = "common/full.rs"]
mod full;

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use serde_json::Value;
use tokio::runtime::Runtime;
use wsspec::peer::PlantedFault;
use wsspec::peer::hostile::{HOSTILES, Hostile, Server};

use common::scratch;
use full::is_full;

/// Cases of every kind: with and without an opening of their own, an echo, a failed connection,
/// compression, much data.
const CASES: &[&str] = &[
    "message.text-*",
    "frame.rsv.1-*",
    "control.ping-*",
    "handshake.accept.sample-*",
    "close.handshake.*",
    "deflate.data.size-12*",
    "message.large.whole-text-1048576",
];

/// Servers that also break rules before a run can tell that nothing can be judged, and prefixes of
/// the ids that may fail.
const MAY_FAIL: &[(&str, &[&str])] = &[
    ("hangs-up", &["handshake.accept."]),
    ("resets", &["handshake.accept."]),
    ("h2", &["handshake.accept."]),
    // These answer no ping. On a busy machine that is seen before their flood is.
    ("texts-endless", &["handshake.accept."]),
    ("empties-endless", &["handshake.accept."]),
    ("fragments-endless", &["handshake.accept."]),
    ("message-endless", &["handshake.accept."]),
    ("pings-endless", &["handshake.accept."]),
    ("pongs-endless", &["handshake.accept."]),
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

/// When a run is ended that does not end by itself, on however busy a machine.
const MAX_DURATION: Duration = Duration::from_secs(900);

/// Most seconds of a processor that a run may take.
const MAX_CPU: f64 = 30.0;

/// A test run meets every n-th of the hostile servers; a full run meets all.
const USUAL_STEP: usize = 3;

/// Largest peak memory of a run, in KiB.
const MAX_KIB: u64 = 256 << 10;

/// Serves on a free port for as long as the runtime lives.
fn serve(runtime: &Runtime, hostile: &'static Hostile) -> SocketAddr {
    let server = runtime
        .block_on(Server::bind("127.0.0.1:0".parse().unwrap(), hostile))
        .unwrap();
    let address = server.address().unwrap();
    runtime.spawn(server.serve());
    address
}

/// How a run ended.
#[derive(Debug)]
struct Ended {
    code: Option<i32>,
    took: Duration,
    /// Seconds of a processor; 0 where the system does not tell.
    cpu: f64,
    /// Its peak memory; 0 where the system does not tell.
    kib: u64,
    report: Value,
}

fn run(name: &str, address: SocketAddr) -> Ended {
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
    let stat = PathBuf::from(format!("/proc/{}/stat", child.id()));
    let (mut kib, mut cpu) = (0, 0.0);
    let code = loop {
        cpu = cpu_seconds(&read(&stat)).unwrap_or(cpu);
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
        if began.elapsed() > MAX_DURATION {
            child.kill().unwrap();
            child.wait().unwrap();
            break None;
        }
        std::thread::sleep(Duration::from_millis(10));
    };
    let report = serde_json::from_str(&fs::read_to_string(&json).unwrap()).unwrap();
    Ended {
        code,
        took: began.elapsed(),
        cpu,
        kib,
        report,
    }
}

/// The seconds of a processor that a process has taken, from its `/proc/PID/stat`.
fn cpu_seconds(stat: &str) -> Option<f64> {
    /// Of Linux, whatever the processor.
    const TICKS: f64 = 100.0;
    let (_, fields) = stat.rsplit_once(") ")?;
    let ticks = fields.split(' ').skip(11).take(2);
    let ticks: Option<Vec<f64>> = ticks.map(|ticks| ticks.parse().ok()).collect();
    Some(ticks?.iter().sum::<f64>() / TICKS)
}

#[test]
fn no_fault_has_the_name_of_a_hostile_server() {
    // `wsspec echo --fault NAME` means one of the two.
    let shared = HOSTILES
        .iter()
        .filter(|hostile| PlantedFault::named(hostile.name).is_some())
        .map(|hostile| hostile.name);
    assert_eq!(shared.collect::<Vec<_>>(), Vec::<&str>::new());
}

#[test]
fn every_hostile_server_ends_in_bounded_time_and_memory() {
    let runtime = Runtime::new().unwrap();
    let step = if is_full() { 1 } else { USUAL_STEP };
    let next = Mutex::new(HOSTILES.iter().step_by(step));
    let wrongs = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                loop {
                    let Some(hostile) = next.lock().unwrap().next() else {
                        return;
                    };
                    let ended = run(hostile.name, serve(&runtime, hostile));
                    if let Err(wrong) = check(hostile, &ended) {
                        wrongs
                            .lock()
                            .unwrap()
                            .push(format!("{}: {wrong}, {ended:?}", hostile.name));
                    }
                }
            });
        }
    });
    let wrongs = wrongs.into_inner().unwrap();
    assert!(wrongs.is_empty(), "{}", wrongs.join("\n"));
}

/// Checks a run against this server. The error says what is wrong with it.
fn check(hostile: &Hostile, ended: &Ended) -> Result<(), &'static str> {
    println!(
        "{:20} {:?} {:5.1} s, {:4.1} of a processor, {:4} MiB",
        hostile.name,
        ended.code,
        ended.took.as_secs_f64(),
        ended.cpu,
        ended.kib >> 10
    );
    let (_, may_fail) = MAY_FAIL
        .iter()
        .find(|(name, _)| *name == hostile.name)
        .unwrap_or(&("", &[]));
    let cases = ended.report["targets"][0]["cases"]
        .as_array()
        .map_or(&[][..], Vec::as_slice);
    let failed = ids(cases, "fail");
    let passed = ids(cases, "pass");
    let expected_code = ended.code == Some(3) || ended.code == Some(1) && !may_fail.is_empty();
    let expected_failures = failed
        .iter()
        .all(|id| may_fail.iter().any(|prefix| id.starts_with(prefix)));
    // Where no WebSocket server answers, nothing is judged.
    let no_endpoint = ended.report["targets"][0]["ended"]["how"] == "no-endpoint";
    let expected_cases = if no_endpoint {
        cases.is_empty()
    } else {
        ended.code != Some(3) || cases.len() > 50 || hostile.name == "resets"
    };
    let no_connection_no_pass =
        hostile.conforming > 0 || passed.iter().all(|id| needs_no_connection(id));
    let conforming_at_first = hostile.conforming == 0
        || !passed.iter().all(|id| needs_no_connection(id))
        || ids(cases, "error").len() > 50;
    let checks = [
        ("it did not end", ended.code.is_some()),
        ("wrong exit code", expected_code),
        ("too much work", ended.cpu < MAX_CPU),
        ("too much memory", ended.kib < MAX_KIB),
        ("incomplete report", ended.report["complete"] == true),
        ("unexpected failures", expected_failures),
        ("a pass without a connection", no_connection_no_pass),
        ("lost cases, or cases of no server", expected_cases),
        ("no pass on the conforming connections", conforming_at_first),
        ("flaky", ids(cases, "flaky").is_empty()),
    ];
    checks
        .into_iter()
        .find(|(_, holds)| !holds)
        .map_or(Ok(()), |(what, _)| Err(what))
}

/// The ids of the cases with this verdict.
fn ids<'a>(cases: &'a [Value], verdict: &str) -> Vec<&'a str> {
    cases
        .iter()
        .filter(|case| case["verdict"] == verdict)
        .filter_map(|case| case["id"].as_str())
        .collect()
}

/// Whether a case can pass on a server that opens no connection.
fn needs_no_connection(id: &str) -> bool {
    id.contains("passive.") || id.contains("handshake.accept.")
}

/// The text of a file, empty if it is not there.
fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_default()
}

#[test]
fn a_killed_run_leaves_its_results() {
    let runtime = Runtime::new().unwrap();
    // Most cases wait for their deadline, which leaves time for the kill.
    let silent = Hostile::named("hangs-later").unwrap();
    let url = format!("ws://{}/", serve(&runtime, silent));
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
    let began = Instant::now();
    while read(&lines).lines().count() < 4 && began.elapsed() < MAX_DURATION {
        std::thread::sleep(Duration::from_millis(10));
    }
    // SIGKILL leaves it no time to clean up.
    child.kill().unwrap();
    child.wait().unwrap();
    let text = read(&lines);
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
