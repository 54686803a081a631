//! Runs the commands of the README against a conforming server and client.
#![cfg(unix)]

#[path = "common/echo.rs"]
mod echo;

use std::io::{BufRead, BufReader};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::{env, fs};

use echo::Echo;

const WSSPEC: &str = env!("CARGO_BIN_EXE_wsspec");

/// The URL of the server in the README.
const URL: &str = "ws://127.0.0.1:9001/";

/// A filter for commands that would run all cases.
const FEW: &str = " --filter 'close.code.*'";

/// Whether this test runs the command. The gate runs the others itself, in a faster build.
fn is_ours(command: &str) -> bool {
    command.starts_with("wsspec ")
        && !["wsspec vectors check", "wsspec vectors seeds"].contains(&command)
}

/// Every command of the README: the lines of indented blocks, and what is between backticks. Flags
/// in tables become arguments of a run.
fn commands(readme: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut fenced = false;
    for line in readme.lines() {
        if line.starts_with("```") {
            fenced = !fenced;
        } else if let Some(block) = line.strip_prefix("    ").filter(|_| !fenced) {
            found.push(block.split(" #").next().unwrap_or(block).trim().to_owned());
        } else if !fenced {
            let quoted = line.split('`').skip(1).step_by(2);
            found.extend(quoted.map(|code| match code.strip_prefix('-') {
                Some(flag) if line.starts_with('|') && !flag.is_empty() => {
                    format!("wsspec {URL} {code}")
                }
                _ => code.to_owned(),
            }));
        }
    }
    found.retain(|command| is_ours(command));
    found
}

/// A folder with the files and programs that the commands use.
fn folder(url: &str) -> PathBuf {
    let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join("readme");
    let _ = fs::remove_dir_all(&dir);
    fs::create_dir_all(dir.join("DIR")).unwrap();
    let write = |name: &str, text: &str| fs::write(dir.join(name), text).unwrap();
    let program = |name: &str, text: &str| {
        write(name, &format!("#!/bin/sh\n{text}\n"));
        fs::set_permissions(dir.join(name), fs::Permissions::from_mode(0o755)).unwrap();
    };
    program("wsspec", &format!("exec '{WSSPEC}' \"$@\""));
    program("echo-client", &format!("exec '{WSSPEC}' dial \"$@\""));
    program(
        "echo-server",
        &format!("exec '{WSSPEC}' echo --listen \"127.0.0.1:$1\""),
    );
    // The persistent client.
    program("python3", &format!("exec '{WSSPEC}' dial"));
    write(
        "fuzzingclient.json",
        &format!(r#"{{"servers": [{{"url": "{url}"}}], "cases": ["1.*"]}}"#),
    );
    dir
}

/// Runs a command to its end, or a server until it listens.
///
/// # Errors
/// What it printed, if it failed.
fn run(dir: &Path, command: &str) -> Result<(), String> {
    let path = env::join_paths(
        [dir.to_owned()]
            .into_iter()
            .chain(env::split_paths(&env::var_os("PATH").unwrap())),
    );
    let mut shell = Command::new("sh");
    shell
        .current_dir(dir)
        .env("PATH", path.unwrap())
        .env("NO_COLOR", "1");
    let words: Vec<&str> = command.split_whitespace().collect();
    if matches!(words[1], "echo" | "serve" | "proxy")
        && !command.ends_with("--faults")
        && !command.ends_with("--variants")
    {
        let serving = format!("exec {command} --listen 127.0.0.1:0");
        let mut child: Child = shell
            .args(["-c", &serving])
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stderr.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
        return if line.starts_with("ws://127.0.0.1:") {
            Ok(())
        } else {
            Err(line)
        };
    }
    let output = shell.args(["-c", command]).output().unwrap();
    if output.status.success() {
        return Ok(());
    }
    let printed = [output.stdout, output.stderr].concat();
    Err(String::from_utf8_lossy(&printed).into_owned())
}

#[test]
fn every_command_in_the_readme_works() {
    let readme = include_str!("../../README.md");
    let echo = Echo::with(&[]);
    let url = echo.url();
    let dir = folder(url);
    run(&dir, "wsspec vectors new own > DIR/own.json").unwrap();
    fs::create_dir(dir.join("findings")).unwrap();
    run(
        &dir,
        "wsspec vectors new finding-001 > findings/finding-001.json",
    )
    .unwrap();
    for stored in ["run.json", "old.json", "new.json", "1.json", "2.json"] {
        let shard = if stored.starts_with(['1', '2']) {
            format!(" --shard {}/2", &stored[..1])
        } else {
            String::new()
        };
        run(&dir, &format!("wsspec {url}{FEW}{shard} --json {stored}")).unwrap();
    }
    // One case of it failed.
    let stored = fs::read_to_string(dir.join("run.json")).unwrap();
    let failed = stored.replacen(r#""verdict": "pass""#, r#""verdict": "fail""#, 1);
    assert_ne!(stored, failed);
    fs::write(dir.join("failed.json"), failed).unwrap();
    let other = Echo::with(&[]);
    fs::write(dir.join("servers.txt"), format!("other {}\n", other.url())).unwrap();
    let commands = commands(readme);
    assert!(commands.len() > 40, "{commands:?}");
    let mut wrong = Vec::new();
    for command in commands {
        // An earlier command may have overwritten them.
        for known in ["known.json", "FILE"] {
            fs::write(dir.join(known), r#"{"known": []}"#).unwrap();
        }
        let mut here = command.replace(URL, url);
        if command.contains("--rerun-failed") {
            fs::copy(dir.join("failed.json"), dir.join("report.json")).unwrap();
        }
        let runs = [&format!("wsspec {URL}"), "wsspec client", "wsspec server"]
            .into_iter()
            .any(|start| command.starts_with(start));
        if runs && command.contains("--profile robust") {
            here += " --filter 'robustness.fuzz.noise-*'";
        } else if runs && !command.contains("--filter") {
            here = match here.split_once(" -- ") {
                Some((before, client)) => format!("{before}{FEW} -- {client}"),
                None => here + FEW,
            };
        } else if command == "wsspec mutants" {
            here += " --fault 'mask*'";
        } else if command.starts_with("wsspec fuzz") {
            here = here
                .replace(" --time 600", "")
                .replace("wsspec fuzz", "wsspec fuzz --time 1");
        }
        if let Err(printed) = run(&dir, &here) {
            wrong.push(format!("{command}\n  as {here}\n  {printed}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
