//! The programs of `programs/`: each does on purpose what a public report says an implementation
//! did, or what is legal, and has to get the verdict in `expected.rs`.

#[path = "../common/mod.rs"]
mod common;
mod expected;

use std::collections::BTreeSet;
use std::io::Write;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use expected::{Difference, EXPECTED, Expected};

/// Programs under test at once: most of a run is waiting.
const AT_ONCE: usize = 6;

/// The longest that a run may take. It is no measure of anything: the gate has to end.
const TIME_LIMIT: Duration = Duration::from_secs(600);

/// The longest that a server may take until it listens.
const START_LIMIT: Duration = Duration::from_secs(60);

/// The exit code where the target was not reached.
const UNREACHED: i32 = 3;

/// Runs of a program that is not reached.
const ATTEMPTS: usize = 3;

/// A process that is ended when dropped.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn program(name: &str) -> PathBuf {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/public_reports/programs");
    dir.join(name).with_extension("py")
}

/// Starts a server on a free port, and waits until it listens.
fn serve(name: &str) -> (Running, String) {
    let began = Instant::now();
    loop {
        let port = TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr());
        let port = port.unwrap().port();
        let mut command = Command::new("python3");
        command.arg(program(name)).arg(port.to_string());
        command.stdout(Stdio::null()).stderr(Stdio::null());
        let mut server = Running(command.spawn().unwrap());
        while began.elapsed() < START_LIMIT {
            if TcpStream::connect(("127.0.0.1", port)).is_ok() {
                return (server, format!("ws://127.0.0.1:{port}/"));
            }
            // Another process may have taken the port in the meantime.
            if server.0.try_wait().unwrap().is_some() {
                break;
            }
            thread::sleep(Duration::from_millis(20));
        }
        assert!(began.elapsed() < START_LIMIT, "{name} does not listen");
    }
}

/// What a run came to.
struct Ran {
    exit: Option<i32>,
    report: Value,
}

fn run(expected: &Expected) -> Ran {
    let json = common::scratch(expected.program).join("report.json");
    let mut command = Command::new(env!("CARGO_BIN_EXE_wsspec"));
    command
        .env("NO_COLOR", "1")
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let is_client = expected.program.starts_with('c');
    let server = (!is_client).then(|| serve(expected.program));
    match &server {
        Some((_, url)) => command.arg(url),
        None => command.args(["client", "--keep"]),
    };
    if std::env::var_os("WSSPEC_LONG").is_none() {
        for filter in expected.filters {
            command.args(["--filter", filter]);
        }
    }
    if expected.echoes {
        command.args(["--peer", "echo"]);
    }
    command.arg("--json").arg(&json);
    if is_client {
        command
            .args(["--", "python3"])
            .arg(program(expected.program));
    }
    let mut running = Running(command.spawn().unwrap());
    let began = Instant::now();
    let exit = loop {
        if let Some(status) = running.0.try_wait().unwrap() {
            break status.code();
        }
        assert!(
            began.elapsed() < TIME_LIMIT,
            "{} does not end",
            expected.program
        );
        thread::sleep(Duration::from_millis(20));
    };
    let report = std::fs::read(&json).ok();
    let report = report.and_then(|report| serde_json::from_slice(&report).ok());
    Ran {
        exit,
        report: report.unwrap_or_default(),
    }
}

/// Runs a program; again, where it could not be reached: on a busy machine a client may be late.
fn run_to_the_end(expected: &Expected) -> Ran {
    let mut ran = run(expected);
    for _ in 1..ATTEMPTS {
        if ran.exit == Some(UNREACHED) && expected.exit != UNREACHED {
            ran = run(expected);
        }
    }
    ran
}

fn text<'a>(row: &'a Value, key: &str) -> &'a str {
    row[key].as_str().unwrap_or_default()
}

/// Whether a key of a reason is one of these, or has one as a part: before or after `/`, or
/// between `+`.
fn is_one_of(key: &str, reasons: &[&str]) -> bool {
    let parts = key.split('+').flat_map(|part| {
        let ends = part.match_indices('/').map(move |(at, _)| &part[at + 1..]);
        let heads = part.match_indices('/').map(move |(at, _)| &part[..at]);
        heads.chain(ends).chain([part])
    });
    parts.into_iter().any(|part| reasons.contains(&part))
}

impl Ran {
    fn rows(&self) -> impl Iterator<Item = &Value> {
        self.report["targets"][0]["cases"]
            .as_array()
            .into_iter()
            .flatten()
    }

    /// The clause that a row names: of the requirement that was broken, where that is said, or the
    /// first that its case cites.
    fn clause(&self, row: &Value) -> &str {
        let broken = row["broken"].as_str();
        let id = broken.or_else(|| row["requirements"][0].as_str());
        text(
            &self.report["requirements"][id.unwrap_or_default()],
            "clause",
        )
    }

    /// How it differs from what is expected, each with what shows it.
    fn differences(&self, expected: &Expected) -> Vec<(Difference, String)> {
        let mut found = Vec::new();
        if self.exit != Some(expected.exit) {
            found.push((Difference::Exits, format!("{:?}", self.exit)));
        }
        let failing: Vec<&Value> = self.rows().filter(|row| row["verdict"] == "fail").collect();
        match &expected.fails {
            None => {
                let ids = failing.iter().map(|row| text(row, "id").to_owned());
                found.extend(ids.map(|id| (Difference::Fails, id)));
            }
            Some(_) if failing.is_empty() => {
                found.push((Difference::Fails, "nothing".to_owned()));
            }
            Some(failure) => {
                for row in failing {
                    let (id, key) = (text(row, "id"), text(row, "reason_key"));
                    if !is_one_of(key, failure.reasons) {
                        found.push((Difference::Reads, format!("{id}: {key}")));
                    }
                    let clause = self.clause(row);
                    if !failure.clauses.contains(&clause) {
                        found.push((Difference::Cites, format!("{id}: {clause}")));
                    }
                }
            }
        }
        let appear = self
            .rows()
            .filter(|row| expected.never.contains(&text(row, "id")) && row["verdict"] != "pass");
        found.extend(appear.map(|row| (Difference::Appears, text(row, "id").to_owned())));
        found
    }
}

/// What is wrong about a program, in words; empty if all is as expected, or as pending.
fn complaints(expected: &Expected) -> Vec<String> {
    let differences = run_to_the_end(expected).differences(expected);
    let mut complaints = Vec::new();
    let kinds: BTreeSet<Difference> = differences.iter().map(|(kind, _)| *kind).collect();
    for kind in kinds {
        if !expected.pending.iter().any(|(pending, _)| *pending == kind) {
            let mut shown = differences.iter().filter(|(of, _)| *of == kind);
            let first = shown.next().map_or("", |(_, shown)| shown.as_str());
            let more = shown.count();
            complaints.push(format!(
                "{}: {kind:?}: {first}, {more} more",
                expected.program
            ));
        }
    }
    for (kind, until) in expected.pending {
        if !differences.iter().any(|(of, _)| of == kind) {
            complaints.push(format!(
                "{}: {kind:?} no longer differs ({until:?}): take it out of the table",
                expected.program
            ));
        }
    }
    complaints
}

/// Two at a time. `WSSPEC_PROGRAM` names one to run alone.
#[test]
fn every_program_gets_what_it_must() {
    let only = std::env::var("WSSPEC_PROGRAM").ok();
    let chosen: Vec<&Expected> = EXPECTED
        .iter()
        .filter(|expected| {
            only.as_ref()
                .is_none_or(|only| expected.program.starts_with(only))
        })
        .collect();
    let next = AtomicUsize::new(0);
    let complaints: Vec<String> = thread::scope(|scope| {
        let workers: Vec<_> = (0..AT_ONCE)
            .map(|_| {
                scope.spawn(|| {
                    let mut all = Vec::new();
                    while let Some(expected) = chosen.get(next.fetch_add(1, Ordering::Relaxed)) {
                        let found = complaints(expected);
                        let _ = writeln!(std::io::stderr(), "{} {found:?}", expected.program);
                        all.extend(found);
                    }
                    all
                })
            })
            .collect();
        workers
            .into_iter()
            .flat_map(|worker| worker.join().unwrap())
            .collect()
    });
    assert!(complaints.is_empty(), "{complaints:#?}");
}

/// Each program is in the table, and in the README.
#[test]
fn the_table_is_complete() {
    let readme = include_str!("README.md");
    let dir = program("x").with_file_name("");
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap();
        let is_case = name.as_bytes().get(1).is_some_and(u8::is_ascii_digit);
        if is_case && path.extension().is_some_and(|ending| ending == "py") {
            assert!(
                EXPECTED.iter().any(|expected| expected.program == name),
                "{name}"
            );
            assert!(readme.contains(&format!("| `{name}` |")), "{name}");
        }
    }
}
