//! Cases as scripts in other languages.

mod common;
#[path = "common/echo.rs"]
mod echo;
#[path = "common/program.rs"]
mod program;

use std::fs;
use std::process::Command;

use common::scratch;
use echo::Echo;
use program::run;

const LANGUAGES: [(&str, &str); 2] = [("python", "python3"), ("node", "node")];

/// Lines of a script, at most.
const LINES: usize = 40;

/// What a script prints about a server with these arguments.
fn printed(case: &str, server: &[&str], language: (&str, &str)) -> String {
    let echo = Echo::with(server);
    let file = scratch(&format!("{case}-{}", language.0)).join("script");
    let path = file.to_str().unwrap();
    let (code, output) = run(&[
        "repro",
        case,
        echo.url(),
        "--as",
        language.0,
        "--output",
        path,
    ]);
    assert_eq!(code, Some(0), "{output}");
    let lines = fs::read_to_string(&file).unwrap().lines().count();
    assert!(lines <= LINES, "{case}: {lines} lines of {}", language.0);
    let ran = Command::new(language.1).arg(&file).output().unwrap();
    assert!(ran.status.success(), "{case}: {ran:?}");
    String::from_utf8(ran.stdout).unwrap().replace(' ', "")
}

/// The echo of an empty message, which a right server does not send to a client that masks nothing.
#[test]
fn a_script_shows_the_fault() {
    for language in LANGUAGES {
        let case = "frame.mask.wrong-text-empty";
        let last = |text: &str| text.lines().last().unwrap_or_default().to_owned();
        assert_eq!(
            last(&printed(case, &["--fault", "mask-ignored"], language)),
            "<8100"
        );
        let right = printed(case, &[], language);
        assert!(
            last(&right).starts_with("<88") && right.contains("03ea"),
            "{right}"
        );
    }
}

/// Over TLS the script speaks TLS.
#[test]
fn a_script_speaks_tls_with_a_server_at_wss() {
    for language in LANGUAGES {
        let shown = printed("control.ping-0", &["--transport", "tls"], language);
        assert!(shown.contains("<8a00\n"), "{shown}");
    }
}

/// Compressed messages, and heads that are written as text.
#[test]
fn scripts_speak_of_all_layers() {
    for language in LANGUAGES {
        let deflate = printed("deflate.data.ping-between-1", &[], language);
        assert!(
            deflate.contains("Sec-WebSocket-Extensions:permessage-deflate"),
            "{deflate}"
        );
        assert!(deflate.contains("880203e8"), "{deflate}");
    }
}

/// What no script shows is refused with the reason.
#[test]
fn every_case_is_a_script_or_says_why_not() {
    let (_, ids) = run(&["list", "--filter", "*-1"]);
    let mut scripts = 0;
    for id in ids
        .lines()
        .filter_map(|line| line.split_whitespace().next())
    {
        let (code, output) = run(&["repro", id, "--as", "node"]);
        match code {
            Some(0) => {
                scripts += 1;
                assert!(output.lines().count() <= LINES, "{id}: {output}");
            }
            _ => assert_eq!(code, Some(2), "{id}: {output}"),
        }
    }
    assert!(scripts > 20, "{scripts}");
}
