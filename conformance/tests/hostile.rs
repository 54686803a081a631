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
use wsspec::peer::hostile::{HOSTILES, Hostile, Server};

/// Cases of every kind: an opening of their own or none, an echo, a failed connection, compression, much data.
const CASES: &[&str] = &[
    "message.text-*",
    "frame.rsv.1-*",
    "control.ping-*",
    "handshake.accept.*",
    "close.handshake.*",
    "deflate.data.size-*",
    "message.large.whole-text-1048576",
];

/// A run may take so long: three probes and three rounds that wait for their deadline, on a busy machine.
const LONGEST: Duration = Duration::from_secs(90);

/// Memory of the whole process at its height.
const LARGEST_KIB: u64 = 256 << 10;

/// Serves on a free port for as long as the runtime lives.
fn serve(runtime: &Runtime, hostile: &'static Hostile) -> SocketAddr {
    let server = runtime.block_on(Server::bind("127.0.0.1:0".parse().unwrap(), hostile)).unwrap();
    let address = server.address().unwrap();
    runtime.spawn(server.serve());
    address
}

fn scratch(name: &str) -> PathBuf {
    let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join("hostile").join(name);
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
    stdout: String,
}

impl Seen {
    fn count(&self, verdict: &str) -> u64 {
        self.report["targets"][0]["summary"][verdict].as_u64().unwrap_or_default()
    }
}

fn run(name: &str, address: SocketAddr) -> Seen {
    let dir = scratch(name);
    let json = dir.join("report.json");
    let began = Instant::now();
    let mut command = Command::new(env!("CARGO_BIN_EXE_wsspec"));
    command.args([&format!("ws://{address}/"), "--timeout", "1", "--json", json.to_str().unwrap()]);
    CASES.iter().for_each(|filter| _ = command.args(["--filter", filter]));
    let output = fs::File::create(dir.join("stdout")).unwrap();
    let mut child = command.env("NO_COLOR", "1").stdout(output).stderr(Stdio::null()).spawn().unwrap();
    let status = PathBuf::from(format!("/proc/{}/status", child.id()));
    let mut kib = 0;
    let code = loop {
        let peak = fs::read_to_string(&status).unwrap_or_default();
        let peak = peak.lines().find_map(|line| line.strip_prefix("VmHWM:")?.split_whitespace().next()?.parse().ok());
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
    let stdout = fs::read_to_string(dir.join("stdout")).unwrap();
    Seen { code, took: began.elapsed(), kib, report, stdout }
}

#[test]
fn every_hostile_server_ends_in_bounded_time_and_memory() {
    let runtime = Runtime::new().unwrap();
    let next = Mutex::new(HOSTILES.iter());
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                while let Some(hostile) = { next.lock().unwrap().next() } {
                    let seen = run(hostile.name, serve(&runtime, hostile));
                    let t = &seen.report["targets"][0];
                    println!(
                        "{:20} {:?} {:5.1}s {:7} KiB pass {} fail {} error {} skip {} flaky {} | {} | {}",
                        hostile.name,
                        seen.code,
                        seen.took.as_secs_f64(),
                        seen.kib,
                        seen.count("pass"),
                        seen.count("fail"),
                        seen.count("error"),
                        seen.count("skipped"),
                        seen.count("flaky"),
                        t["probe"]["trouble"],
                        seen.stdout.lines().last().unwrap_or_default()
                    );
                }
            });
        }
    });
}
