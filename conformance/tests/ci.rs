//! Runs the commands of `docs/ci.md` as they stand there, in an empty folder. `.ci/static` runs what
//! it shows as YAML.
#![cfg(unix)]

mod common;

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use common::scratch;

const WSSPEC: &str = env!("CARGO_BIN_EXE_wsspec");

/// The URL of the server on the page.
const URL: &str = "ws://127.0.0.1:9001/";

/// A reference server and its URL; it ends when it is dropped.
struct Served(Child, String);

impl Served {
    fn with(args: &[&str]) -> Served {
        let mut child = Command::new(WSSPEC)
            .args(["echo", "--listen", "127.0.0.1:0"])
            .args(args)
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let mut said = BufReader::new(child.stderr.take().unwrap());
        said.read_line(&mut line).unwrap();
        Served(child, line.split_whitespace().next().unwrap().to_owned())
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The commands of wsspec in the section with this heading.
fn commands(page: &str, heading: &str) -> Vec<String> {
    let section = page.split("\n## ").find(|part| part.starts_with(heading));
    let lines = section.unwrap().lines();
    let blocks = lines.filter_map(|line| line.strip_prefix("    "));
    blocks
        .filter(|line| line.starts_with("wsspec "))
        .map(str::to_owned)
        .collect()
}

/// Runs a command in `dir`, against this server, with few cases; its exit code.
fn run(dir: &Path, command: &str, server: &Served) -> Option<i32> {
    let few = format!("{} --filter 'frame.mask'", server.1);
    let command = command
        .replace(URL, &few)
        .replacen("wsspec", &format!("'{WSSPEC}'"), 1);
    let done = Command::new("sh")
        .args(["-c", &command])
        .current_dir(dir)
        .output()
        .unwrap();
    done.status.code()
}

#[test]
fn a_baseline_begins_with_the_first_run_and_is_obeyed() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/ci.md");
    let page = fs::read_to_string(page).unwrap();
    let commands = commands(&page, "A baseline");
    let [first, update, obey] = commands.as_slice() else {
        panic!("{commands:?}");
    };
    let dir = scratch("baseline");
    let known = dir.join("wsspec-baseline.json");
    let faulty = Served::with(&["--fault", "mask-ignored"]);
    assert_eq!(run(&dir, obey, &faulty), Some(2));
    assert_eq!(run(&dir, first, &faulty), Some(1));
    assert_eq!(run(&dir, update, &faulty), Some(0));
    assert!(known.is_file());
    assert_eq!(run(&dir, obey, &faulty), Some(0));

    let repaired = Served::with(&[]);
    assert_eq!(run(&dir, obey, &repaired), Some(1));
    assert_eq!(run(&dir, first, &repaired), Some(0));
    assert_eq!(run(&dir, update, &repaired), Some(0));
    assert_eq!(run(&dir, obey, &repaired), Some(0));
    // What is not in the file fails the run.
    assert_eq!(run(&dir, obey, &faulty), Some(1));
}
