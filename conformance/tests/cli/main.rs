//! The command line as a process: exit codes, messages, and the files after an interrupt.

#[path = "../common/mod.rs"]
mod common;
#[path = "../common/echo.rs"]
mod echo;
#[path = "../common/rows.rs"]
mod rows;
#[path = "../common/schema.rs"]
mod schema;

mod captures;
mod limits;
mod looking_up;
mod selecting;
mod traffic;
mod transports;

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use common::scratch;
use echo::Echo;
use schema::Schema;

fn wsspec() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_wsspec"));
    command.env("NO_COLOR", "1").env("COLUMNS", "100");
    command
}

fn run(args: &[&str]) -> (Option<i32>, String, String) {
    let Output {
        status,
        stdout,
        stderr,
    } = wsspec().args(args).output().unwrap();
    (
        status.code(),
        String::from_utf8(stdout).unwrap(),
        String::from_utf8(stderr).unwrap(),
    )
}

#[test]
fn the_embedded_server_passes_and_the_report_matches_its_schema() {
    let json = scratch("embedded").join("report.json");
    let (code, stdout, stderr) = run(&["--json", json.to_str().unwrap()]);
    assert_eq!(code, Some(0), "{stdout}{stderr}");
    assert!(
        stdout.lines().last().unwrap().contains(" 0 fail"),
        "{stdout}"
    );
    let report: Value = serde_json::from_str(&std::fs::read_to_string(&json).unwrap()).unwrap();
    let schema: Value = serde_json::from_str(include_str!("../../../reports/schema.json")).unwrap();
    assert_eq!(Schema::new(&schema).complaint(&report), None);
    let target = &report["targets"][0];
    assert_eq!(report["complete"], true);
    assert!(target["cases"].as_array().unwrap().len() >= 350);
    assert_eq!(target["summary"]["fail"], 0);
    assert_eq!(target["summary"]["error"], 0);
    // No --allowed-origin is given.
    let cases = target["cases"].as_array().unwrap().iter();
    let others: Vec<&Value> = cases
        .filter(|case| case["verdict"] == "skipped")
        .filter(|case| case["reason_key"] != "needs.allowed-origin")
        .collect();
    assert!(others.is_empty(), "{others:?}");
}

#[test]
fn a_faulty_server_exits_1_with_the_clause_and_the_command() {
    let echo = Echo::with(&["--fault", "mask-ignored"]);
    let (code, stdout, stderr) = run(&[echo.url(), "--filter", "frame.mask.*"]);
    assert!(
        stderr.ends_with(" cases failed\n") && stderr.contains("exit 1: "),
        "{stderr}"
    );
    assert_eq!(code, Some(1), "{stdout}");
    for part in [
        "FAIL frame.mask.",
        "RFC 6455 §5.1 MUST",
        "expected",
        "received",
        "wire",
        "a frame from the client is not masked",
        "--filter 'frame.mask.",
        "wsspec explain RFC6455-5.1-2",
    ] {
        assert!(stdout.contains(part), "no {part:?} in:\n{stdout}");
    }
}

#[test]
fn a_refused_port_exits_3_with_one_line() {
    let free = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let (code, stdout, stderr) = run(&[&format!("ws://{free}/")]);
    assert_eq!(
        (code, stdout.as_str(), stderr.lines().count()),
        (Some(3), "", 1),
        "{stderr}"
    );
    assert!(
        stderr.contains("cannot connect") && stderr.contains(&free.to_string()),
        "{stderr}"
    );
}

#[test]
fn a_hung_target_is_an_error_in_bounded_time() {
    let echo = Echo::with(&["--fault", "hangs"]);
    let began = Instant::now();
    let (code, stdout, _) = run(&[echo.url(), "--timeout", "0.5"]);
    assert_eq!(code, Some(3), "{stdout}");
    assert!(
        stdout.contains("No plain connection works") && stdout.contains(" 0 pass")
            || !stdout.contains(" 1 pass"),
        "{stdout}"
    );
    assert!(began.elapsed() < Duration::from_secs(20));
}

#[test]
fn nothing_judged_is_never_green() {
    let echo = Echo::with(&[]);
    let needs_echo = [
        echo.url(),
        "--peer",
        "silent",
        "--filter",
        "message.plain-*",
    ];
    for more in [
        &[][..],
        &["--fail-on", "never"],
        &["--filter", "control.ping-1", "--min-judged", "50%"],
    ] {
        let (code, stdout, stderr) = run(&[&needs_echo[..], more].concat());
        assert_eq!(code, Some(2), "{stdout}{stderr}");
        assert!(!stderr.is_empty());
    }
    // Some of them were judged.
    let (code, stdout, _) = run(&[&needs_echo[..], &["--filter", "control.ping-1"]].concat());
    assert_eq!(code, Some(0), "{stdout}");
}

/// If stdout is on a full disk, that is one line and exit 2; a reader that closes the pipe is no failure.
#[cfg(target_os = "linux")]
#[test]
fn a_stdout_that_takes_nothing_ends_no_command_with_a_backtrace() {
    for args in [
        &["list"][..],
        &["show", "control.ping-text"],
        &["explain", "RFC6455-5.1"],
        &["decode", "81 85 37fa213d 7f9f4d5158"],
        &["--filter", "message.plain-*"],
        &["--filter", "message.plain-*", "--json", "-"],
        &["echo", "--faults"],
        &["mutants", "--fault", "no-pong"],
        &["completions", "bash"],
        &["man"],
    ] {
        let full = std::fs::OpenOptions::new().write(true).open("/dev/full");
        let output = wsspec().args(args).stdout(full.unwrap()).output().unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{args:?}: {stderr}");
        assert!(
            stderr.contains("stdout") && !stderr.contains("panicked"),
            "{args:?}: {stderr}"
        );
        let (reader, writer) = io::pipe().unwrap();
        drop(reader);
        let output = wsspec().args(args).stdout(writer).output().unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr);
        // The report was not written.
        let code = if args.contains(&"--json") { 2 } else { 0 };
        assert_eq!(output.status.code(), Some(code), "{args:?}: {stderr}");
        assert!(!stderr.contains("panicked"), "{args:?}: {stderr}");
    }
}

#[test]
fn two_reports_in_one_file_are_refused() {
    let file = scratch("same").join("report");
    let file = file.to_str().unwrap();
    let (code, _, stderr) = run(&[
        "--json",
        file,
        "--html",
        file,
        "--filter",
        "message.plain-*",
    ]);
    assert_eq!(code, Some(2), "{stderr}");
    assert!(
        stderr.contains("--json") && stderr.contains("--html"),
        "{stderr}"
    );
    assert!(!Path::new(file).exists());
}

#[test]
fn bad_usage_exits_2() {
    for args in [
        &["--no-such-flag"][..],
        &["ftp://127.0.0.1/"],
        &["wss://127.0.0.1/", "--cacert", "no/such.pem"],
        &["ws://127.0.0.1/", "--insecure"],
        &["ws://127.0.0.1/", "--transport", "tls"],
        &["ws://"],
        &["ws://user:password@127.0.0.1/"],
        &["ws://127.0.0.1/#fragment"],
        &["echo", "--fault", "none"],
        &["echo", "--application", "none"],
        &["echo", "--application", "chat", "--variant", "fragments"],
        &["echo", "--application", "chat", "--fault", "floods-later"],
        &["--jobs", "0"],
    ] {
        assert_eq!(run(args).0, Some(2), "{args:?}");
    }
}

#[test]
fn a_broken_vector_exits_2_with_file_case_and_field() {
    let dir = scratch("broken");
    let file = dir.join("mine.json");
    let run_steps = |steps: &str| {
        let text = format!(
            r#"{{"family": "mine", "kind": "exchange", "about": "A family of my own.", "impact": "interop", "cases": [
                {{"id": "one-{{n}}", "about": "Something that is long enough.", "requirements": ["RFC6455-5.6-2"], "matrix": {{"n": [1]}}, "steps": {steps}}}]}}"#
        );
        std::fs::write(&file, text).unwrap();
        run(&["--vectors", dir.to_str().unwrap()])
    };
    for (steps, field) in [
        (r#"[{"send": {"text": "a", "masq": "wrong"}}]"#, "steps[0]"),
        (
            r#"[{"send": {"text": "a"}}, {"expect": {"failed": "never"}}]"#,
            "steps[1]",
        ),
        (
            r#"[{"expect": {"alive": true, "verdict": "non-strict"}}]"#,
            "steps[0]",
        ),
        (r#"[{"send": {"text": "{m}"}}]"#, "steps[0]"),
    ] {
        let (code, stdout, stderr) = run_steps(steps);
        assert_eq!(code, Some(2), "{stdout}");
        assert!(
            stderr.contains("mine.one-1") && stderr.contains(field),
            "{stderr}"
        );
    }
    assert_eq!(
        run_steps(r#"[{"send": {"text": "a"}}, {"expect": "echo"}]"#).0,
        Some(0)
    );
    std::fs::write(&file, r#"{"family": "mine""#).unwrap();
    let (code, _, stderr) = run(&["--vectors", dir.to_str().unwrap()]);
    assert_eq!(code, Some(2));
    assert!(stderr.contains("mine.json"), "{stderr}");
}

#[test]
fn an_interrupt_exits_130_and_keeps_the_results_so_far() {
    interrupted_by("-INT");
}

#[test]
fn sigterm_does_the_same() {
    interrupted_by("-TERM");
    // A server that is told to stop has done its work.
    let mut echo = Echo::with(&[]);
    Command::new("kill")
        .args(["-TERM", &echo.child.id().to_string()])
        .status()
        .unwrap();
    assert_eq!(echo.child.wait().unwrap().code(), Some(0));
}

fn interrupted_by(signal: &str) {
    let echo = Echo::with(&["--fault", "stalls-always"]);
    let dir = scratch(&format!("interrupt{signal}"));
    let (json, lines) = (dir.join("report.json"), dir.join("results.jsonl"));
    let mut child = wsspec()
        .args([
            echo.url(),
            "--jobs",
            "4",
            "--json",
            json.to_str().unwrap(),
            "--jsonl",
            lines.to_str().unwrap(),
        ])
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let deadline = Instant::now() + Duration::from_secs(20);
    while line_count(&lines) < 5 && Instant::now() < deadline {
        std::thread::sleep(Duration::from_millis(20));
    }
    Command::new("kill")
        .args([signal, &child.id().to_string()])
        .status()
        .unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130));
    let report: Value = serde_json::from_str(&std::fs::read_to_string(&json).unwrap()).unwrap();
    assert_eq!(
        (&report["complete"], &report["targets"][0]["ended"]["how"]),
        (&false.into(), &"interrupted".into())
    );
    assert!(report["targets"][0]["cases"].as_array().unwrap().len() >= 5);
    assert_eq!(run(&["report", json.to_str().unwrap()]).0, Some(130));
    assert!(line_count(&lines) >= 5);
}

/// The number of lines in a file; 0 if there is none.
fn line_count(path: &Path) -> usize {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    text.lines().count()
}

/// What the suite sent in a case after the opening request, which has the port in it.
fn sent(case: &Value) -> Vec<String> {
    let entries = case["transcript"]["entries"].as_array();
    let entries = entries.into_iter().flatten();
    entries
        .filter(|entry| entry["who"] == "suite")
        .skip(1)
        .map(|entry| entry["data"].to_string())
        .collect()
}

#[test]
fn the_same_seed_sends_the_same_bytes() {
    fn bytes() -> Vec<Vec<String>> {
        let echo = Echo::with(&["--fault", "wrong-bytes"]);
        let json = scratch("seed").join("report.json");
        run(&[
            echo.url(),
            "--peer",
            "echo",
            "--filter",
            "message.*",
            "--exclude",
            "message.large.*",
            "--seed",
            "9",
            "--json",
            json.to_str().unwrap(),
        ]);
        let report: Value = serde_json::from_str(&std::fs::read_to_string(&json).unwrap()).unwrap();
        let cases = report["targets"][0]["cases"].as_array().unwrap().clone();
        cases.iter().map(sent).collect()
    }
    let first = bytes();
    assert!(first.iter().any(|c| !c.is_empty()));
    assert_eq!(first, bytes());
}

/// Passes connections on to `to` and counts them.
fn counting_relay(to: String) -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("ws://{}/", listener.local_addr().unwrap());
    let count = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&count);
    thread::spawn(move || {
        for client in listener.incoming().flatten() {
            counter.fetch_add(1, Ordering::Relaxed);
            let server = TcpStream::connect(&to).unwrap();
            let (client2, server2) = (client.try_clone().unwrap(), server.try_clone().unwrap());
            thread::spawn(move || pipe(client, server));
            thread::spawn(move || pipe(server2, client2));
        }
    });
    (url, count)
}

/// The connections that a relay has carried. It takes them in their order, so that ours, once it is
/// answered, comes after all of them.
fn carried(url: &str, count: &AtomicUsize) -> usize {
    let address = url.trim_start_matches("ws://").trim_end_matches('/');
    let mut ours = TcpStream::connect(address).unwrap();
    ours.write_all(b"GET / HTTP/1.1\r\n\r\n").unwrap();
    assert_ne!(ours.read(&mut [0; 64]).unwrap(), 0);
    count.load(Ordering::Relaxed) - 1
}

fn pipe(mut from: TcpStream, mut to: TcpStream) {
    let _ = io::copy(&mut from, &mut to);
    let _ = to.shutdown(Shutdown::Write);
}

/// Connections of a run of one failing case, with this many retries.
fn connections_with(retries: &str, address: &str) -> usize {
    let (url, count) = counting_relay(address.to_owned());
    let options = ["--filter", "control.ping-1", "--timeout", "1", "--retries"];
    let (code, stdout, _) = run(&[&[&*url], &options[..], &[retries]].concat());
    assert_eq!(code, Some(1), "{stdout}");
    assert!(
        stdout.contains("FAIL control.ping-1"),
        "{retries}: {stdout}"
    );
    carried(&url, &count)
}

/// What fails alone, too, is weighed in two conversations. On a busy machine, a run may need one more to
/// find out what the server is: then it is tried again.
#[test]
fn a_failed_case_is_retried_as_often_as_asked() {
    let echo = Echo::with(&["--fault", "pong-empty"]);
    let address = echo.url().trim_start_matches("ws://").trim_end_matches('/');
    let mut seen = Vec::new();
    let is_exact = (0..3).any(|_| {
        let [none, one, four] = ["0", "1", "4"].map(|retries| connections_with(retries, address));
        seen.push([none, one, four]);
        (one, four) == (none + 3, none + 6)
    });
    assert!(is_exact, "{seen:?}");
}

#[test]
fn the_command_to_run_again_has_what_was_asked_for() {
    let echo = Echo::with(&["--fault", "mask-ignored"]);
    let url = format!("{}?token=secret", echo.url());
    let arguments = [
        &*url,
        "--filter",
        "frame.mask.wrong-text-empty",
        "--peer",
        "echo",
        "--timeout",
        "2.5",
        "--seed",
        "7",
        "-H",
        "X-Token: secret",
        "--origin",
        "http://a.example",
    ];
    let (_, stdout, _) = run(&arguments);
    let words: Vec<&str> = stdout.split_whitespace().collect();
    let expected = format!(
        "wsspec \"{}?token=${{WSSPEC_TOKEN}}\" -H \"X-Token: ${{WSSPEC_X_TOKEN}}\" --origin http://a.example \
         --filter 'frame.mask.wrong-text-empty' --peer echo --timeout 2.5 --seed 7 -v",
        echo.url()
    );
    assert!(words.join(" ").contains(&expected), "{expected}\n{stdout}");
    assert!(!stdout.contains("secret"), "{stdout}");
}
