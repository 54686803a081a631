//! Runs the commands of `docs/ci.md` and `docs/many-machines.md` as they stand there, in an empty folder. `.ci/static` runs what
//! it shows as YAML.
#![cfg(unix)]

mod common;
#[path = "common/echo.rs"]
mod echo;

use std::fs;
use std::path::Path;
use std::process::Command;

use common::scratch;
use echo::Echo;

const WSSPEC: &str = env!("CARGO_BIN_EXE_wsspec");

/// The URL of the server on the page.
const URL: &str = "ws://127.0.0.1:9001/";

/// The commands of wsspec on a page, in the section with this heading.
fn commands(page: &str, heading: &str) -> Vec<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs");
    let page = fs::read_to_string(path.join(page)).unwrap();
    let section = page.split("\n## ").find(|part| part.starts_with(heading));
    let lines = section.unwrap().lines();
    let blocks = lines.filter_map(|line| line.strip_prefix("    "));
    blocks
        .filter(|line| line.starts_with("wsspec "))
        .map(str::to_owned)
        .collect()
}

/// Runs a command in `dir`, against this server, with few cases; its exit code.
fn run(dir: &Path, command: &str, server: &Echo) -> Option<i32> {
    let few = format!("{} --filter 'frame.mask'", server.url());
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
    let commands = commands("ci.md", "A baseline");
    let [first, update, obey] = commands.as_slice() else {
        panic!("{commands:?}");
    };
    let dir = scratch("baseline");
    let known = dir.join("wsspec-baseline.json");
    let faulty = Echo::with(&["--fault", "mask-ignored"]);
    assert_eq!(run(&dir, obey, &faulty), Some(2));
    assert_eq!(run(&dir, first, &faulty), Some(1));
    assert_eq!(run(&dir, update, &faulty), Some(0));
    assert!(known.is_file());
    assert_eq!(run(&dir, obey, &faulty), Some(0));

    let repaired = Echo::with(&[]);
    assert_eq!(run(&dir, obey, &repaired), Some(1));
    assert_eq!(run(&dir, first, &repaired), Some(0));
    assert_eq!(run(&dir, update, &repaired), Some(0));
    assert_eq!(run(&dir, obey, &repaired), Some(0));
    // What is not in the file fails the run.
    assert_eq!(run(&dir, obey, &faulty), Some(1));
}

#[test]
fn the_parts_of_a_run_are_merged_and_the_merge_judges_them() {
    let commands = commands("many-machines.md", "A run in parts");
    let parts = &commands[..3];
    let faulty = Echo::with(&["--fault", "mask-ignored"]);
    for (name, server, verdict) in [("parts", Echo::with(&[]), 0), ("faulty", faulty, 1)] {
        let dir = scratch(name);
        let codes: Vec<_> = parts.iter().map(|part| run(&dir, part, &server)).collect();
        assert_eq!(codes, [Some(0), Some(0), Some(verdict)]);
        assert!(dir.join("run.json").is_file() && dir.join("run.html").is_file());
    }
}
