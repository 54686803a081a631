//! Running the program, and reading what it wrote.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;

pub(crate) use super::shared::scratch;

/// The keys of a per-case file.
pub(crate) const KEYS: [&str; 39] = [
    "agent",
    "behavior",
    "behaviorClose",
    "case",
    "closedByMe",
    "createStats",
    "createWirelog",
    "description",
    "droppedByMe",
    "duration",
    "expectation",
    "expected",
    "expectedClose",
    "failedByMe",
    "httpRequest",
    "httpResponse",
    "id",
    "isServer",
    "localCloseCode",
    "localCloseReason",
    "received",
    "remoteCloseCode",
    "remoteCloseReason",
    "reportCompressionRatio",
    "reportTime",
    "result",
    "resultClose",
    "rxFrameStats",
    "rxOctetStats",
    "started",
    "trafficStats",
    "txFrameStats",
    "txOctetStats",
    "wasClean",
    "wasCloseHandshakeTimeout",
    "wasNotCleanReason",
    "wasOpenHandshakeTimeout",
    "wasServerConnectionDropTimeout",
    "wirelog",
];

pub(crate) fn wsspec() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_wsspec"));
    command.env("NO_COLOR", "1");
    command
}

/// A server of our own, ended when dropped.
pub(crate) struct Served {
    child: Child,
    pub(crate) url: String,
}

impl Served {
    pub(crate) fn with(args: &[&str]) -> Served {
        let mut child = wsspec().args(args).stderr(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stderr.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let url = line.split_whitespace().next().unwrap().to_owned();
        Served { child, url }
    }

    pub(crate) fn echo(args: &[&str]) -> Served {
        Served::with(&[&["echo", "--listen", "127.0.0.1:0"], args].concat())
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Writes `spec` with `servers` into `dir` and runs it there.
pub(crate) fn fuzz(dir: &Path, spec: &Value, args: &[&str]) -> (Option<i32>, String) {
    fuzz_text(dir, &spec.to_string(), args)
}

/// The same for the text of a file.
pub(crate) fn fuzz_text(dir: &Path, spec: &str, args: &[&str]) -> (Option<i32>, String) {
    fs::write(dir.join("fuzzingclient.json"), spec).unwrap();
    let Output {
        status,
        stdout,
        stderr,
    } = wsspec()
        .args(["wstest", "-m", "fuzzingclient"])
        .args(args)
        .current_dir(dir)
        .output()
        .unwrap();
    let said = [stdout, stderr].concat();
    (status.code(), String::from_utf8(said).unwrap())
}

pub(crate) fn read(path: &Path) -> Value {
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

pub(crate) fn keys(object: &Value) -> Vec<&str> {
    object
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect()
}
