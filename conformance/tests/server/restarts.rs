//! Servers that cannot be started, or that somebody else starts again.

use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};

use super::run::{WSSPEC, kill, killers, wsspec};

/// A process whose group ends with this.
struct Ends(Child);

impl Drop for Ends {
    fn drop(&mut self) {
        let group = format!("-{}", self.0.id());
        let _ = Command::new("kill").args(["-KILL", "--", &group]).output();
        let _ = self.0.wait();
    }
}

/// Starts a planted killer at a free port. `guard` starts it again whenever it ends.
fn started(kind: &str, guarded: bool) -> (Ends, String) {
    let program = killers();
    let program = program.to_str().unwrap();
    let port = std::net::TcpListener::bind("127.0.0.1:0")
        .and_then(|listener| listener.local_addr())
        .unwrap()
        .port()
        .to_string();
    let again = "while :; do python3 \"$0\" \"$1\" \"$2\"; done";
    let once = "exec python3 \"$0\" \"$1\" \"$2\"";
    let script = format!("echo up; {}", if guarded { again } else { once });
    let mut child = Command::new("sh")
        .args(["-c", &script, program, kind, &port])
        .process_group(0)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap())
        .read_line(&mut line)
        .unwrap();
    while std::net::TcpStream::connect(format!("127.0.0.1:{port}")).is_err() {
        std::thread::yield_now();
    }
    (Ends(child), format!("ws://127.0.0.1:{port}/"))
}

#[test]
fn a_server_that_never_listens_is_told_with_its_last_words() {
    let ends = wsspec(
        "ends",
        &["server", "--filter", "control.ping-0"],
        &["--", "sh", "-c", "echo no such module >&2; exit 7"],
    );
    assert_eq!(ends.code, Some(3), "{}", ends.output);
    assert!(ends.output.contains("no such module"), "{}", ends.output);
    let mute = wsspec(
        "mute",
        &[
            "server",
            "--filter",
            "control.ping-0",
            "--start-timeout",
            "0.2",
        ],
        &["--", "sh", "-c", "echo elsewhere >&2; exec sleep 60"],
    );
    assert_eq!(mute.code, Some(3), "{}", mute.output);
    let missing = wsspec(
        "missing",
        &["server", "--filter", "control.ping-0"],
        &["--", "./no-such-program"],
    );
    assert_eq!(missing.code, Some(2), "{}", missing.output);
}

/// Without anything that starts it again, no case is blamed, and each that ran is named.
#[test]
fn the_death_of_a_server_at_a_url_is_charged_to_no_case() {
    let (_server, url) = started("field", false);
    let ran = wsspec("url", &[&url, "--filter", "handshake.key.*"], &[]);
    assert_eq!((ran.code, ran.ended()), (Some(3), "died"), "{}", ran.output);
    let lives = ran.row("passive.server-lives");
    assert_eq!(lives["verdict"], "error");
    assert_eq!(lives["reason_key"], "death-unexplained.gone");
    let keys: Vec<&str> = ran.troubled().into_values().collect();
    assert!(!keys.contains(&"death.gone"), "{keys:?}");
}

/// With a command that starts it again, the case is named.
#[test]
fn a_server_at_a_url_is_started_again() {
    let (_server, url) = started("field", false);
    let port = url
        .trim_end_matches('/')
        .rsplit(':')
        .next()
        .unwrap()
        .to_owned();
    let program = killers();
    let restart = format!(
        "python3 '{}' field {port} >/dev/null 2>&1 & echo $! >> \"$WSSPEC_TEST_PIDS\"",
        program.display()
    );
    let pids = super::shared::scratch("restart-pids").join("pids");
    let report = super::shared::scratch("restart").join("report.json");
    let output = Command::new(WSSPEC)
        .args([&url, "--filter", "handshake.key.*", "--restart", &restart])
        .args(["--json", report.to_str().unwrap()])
        .env("NO_COLOR", "1")
        .env("WSSPEC_TEST_PIDS", &pids)
        .output()
        .unwrap();
    for pid in std::fs::read_to_string(&pids).unwrap_or_default().lines() {
        let _ = Command::new("kill").arg(pid).output();
    }
    let report: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(report).unwrap()).unwrap();
    let target = &report["targets"][0];
    let failed: Vec<(&str, &str)> = target["cases"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|row| row["verdict"] == "fail" || row["verdict"] == "error")
        .map(|row| (text(row, "id"), text(row, "reason_key")))
        .collect();
    assert_eq!(
        failed,
        [
            ("handshake.key.twice-different", "death.gone"),
            ("handshake.key.twice-same", "death.gone"),
        ],
        "{}",
        String::from_utf8_lossy(&output.stdout)
    );
    assert_eq!(target["ended"]["how"], "complete");
}

fn text<'a>(row: &'a serde_json::Value, key: &str) -> &'a str {
    row[key].as_str().unwrap_or_default()
}

/// Somebody else starts it again: its end is one finding, and what it hit is judged.
#[test]
fn a_restart_by_others_is_one_finding() {
    let (_server, url) = started("field", true);
    let patterns = ["--filter", "handshake.key.*", "--filter", "control.*"];
    let command: Vec<&str> = [url.as_str()].into_iter().chain(patterns).collect();
    let ran = wsspec("outside", &command, &[]);
    assert_eq!(ran.ended(), "complete", "{}", ran.output);
    let troubled = ran.troubled();
    assert!(
        troubled.contains_key("passive.server-lives"),
        "{troubled:?}"
    );
    let other = troubled
        .keys()
        .filter(|id| !id.starts_with("handshake.key.twice-") && !id.starts_with("passive."))
        .count();
    assert_eq!(other, 0, "{troubled:?}");
}

#[test]
fn a_server_that_dies_of_everything_ends_the_run() {
    let ran = kill(
        "everything",
        "everything",
        &["*"],
        &["--exclude", "deflate.*"],
    );
    assert_eq!((ran.code, ran.ended()), (Some(3), "died"), "{}", ran.output);
}
