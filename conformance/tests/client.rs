//! `wsspec client`: clients that are launched per case, persistent, or in batches; faults are
//! caught over TCP as well.

use std::collections::BTreeMap;
use std::env;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::io::{Read, Write, stdin};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Command, Output};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;
use url::{Position, Url};
use wsspec_core::endpoint::{ClientConfig, Endpoint, Event};
use wsspec_vectors::SplitMix64;

/// Small cases of every kind.
const FEW: &[&str] = &[
    "control.*",
    "close.code.*",
    "frame.rsv.*",
    "client.response.accept-*",
    "deflate.data.size-12*",
];

/// Faults of the reference client, and a prefix of the ids of cases that have to fail because of
/// each.
const FAULTS: &[(&str, &str)] = &[
    ("masked-accepted", "frame.mask.wrong-"),
    ("rsv-ignored", "frame.rsv.1-"),
    ("opcode-ignored", "frame.opcode.3-"),
    ("control-length-ignored", "control.too-long-"),
    ("interleaving-accepted", "fragmentation.interleaved-"),
    ("utf8-ignored", "utf8.former-"),
    ("no-pong", "control.ping-0"),
    ("wrong-bytes", "message.text-1000"),
    ("echoes-twice", "message.text-1000"),
    ("accept-ignored", "client.response.accept-"),
    ("asks-no-key", "client.key."),
    ("asks-version-8", "client.version."),
    (
        "deflate-unknown-taken",
        "deflate.negotiation.client-refuses-unknown",
    ),
    ("deflate-invalid-ignored", "deflate.data.invalid-"),
    ("rsv1-misplaced-ignored", "deflate.rsv1.ping-"),
    ("wrong-mask", "passive.mask-missing"),
    ("deflate-tail-kept", "passive.deflate-unfinished"),
];

/// Variants of the reference client that the standard allows; those of one row are used together.
const VARIANTS: &[&[&str]] = &[
    &[
        "fragments-tiny",
        "pings-unasked",
        "no-compression",
        "header-order-random",
        "header-case-lower",
    ],
    &[
        "pings-between-fragments",
        "offers-several-lines",
        "stored-blocks",
        "close-bare",
        "connection-two-lines",
    ],
    &[
        "pongs-latest-only",
        "compresses-some",
        "no-takeover",
        "close-fails-1008",
        "close-empty-answer",
        "browser-headers",
    ],
    &[
        "late-echoes",
        "offers-no-takeover",
        "final-blocks",
        "client-ends-tcp",
        "header-whitespace",
        "extensions-quoted",
    ],
];

const WSSPEC: &str = env!("CARGO_BIN_EXE_wsspec");

/// Exit code, results by id, and standard error.
struct Ran {
    code: Option<i32>,
    results: BTreeMap<String, Value>,
    stderr: String,
}

impl Ran {
    fn verdict(&self, id: &str) -> &str {
        self.results
            .get(id)
            .and_then(|row| row["verdict"].as_str())
            .unwrap_or_else(|| panic!("{id}: {}", self.stderr))
    }

    fn verdicts(&self) -> BTreeMap<&str, &str> {
        self.results
            .keys()
            .map(|id| (id.as_str(), self.verdict(id)))
            .collect()
    }

    fn failing(&self) -> Vec<&str> {
        self.results
            .keys()
            .map(String::as_str)
            .filter(|id| self.verdict(id) == "fail")
            .collect()
    }
}

fn client(patterns: &[&str], args: &[&str], command: &[&str]) -> Ran {
    let filters = patterns.iter().flat_map(|pattern| ["--filter", pattern]);
    let mut run = Command::new(WSSPEC);
    run.args(["client", "--jsonl", "-"])
        .args(filters)
        .args(args)
        .arg("--")
        .args(command)
        .env("NO_COLOR", "1");
    let Output {
        status,
        stdout,
        stderr,
    } = run.output().unwrap();
    let lines = String::from_utf8(stdout).unwrap();
    let rows = lines
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let results = rows
        .map(|row| (row["id"].as_str().unwrap().to_owned(), row))
        .collect();
    Ran {
        code: status.code(),
        results,
        stderr: String::from_utf8(stderr).unwrap(),
    }
}

/// The reference client, persistent.
fn persistent(patterns: &[&str], command: &[&str]) -> Ran {
    client(
        patterns,
        &["--keep"],
        &[&[WSSPEC, "dial"], command].concat(),
    )
}

/// What a client says on its standard error is in the rows that it fails, and in no others.
#[test]
#[cfg(unix)]
fn the_last_words_of_a_failing_client_are_kept() {
    let script = format!("echo 'bad day' >&2; exec '{WSSPEC}' dial --fault no-pong \"$0\"");
    let ran = client(
        &["control.ping-0", "message.text-1000"],
        &[],
        &["sh", "-c", &script, "{url}"],
    );
    assert_eq!(ran.verdict("control.ping-0"), "fail", "{}", ran.stderr);
    assert_eq!(ran.results["control.ping-0"]["stderr"][0], "bad day");
    assert_eq!(ran.results["message.text-1000"]["stderr"], Value::Null);
}

#[test]
fn verdicts_do_not_depend_on_how_a_client_is_launched() {
    let each = client(FEW, &[], &[WSSPEC, "dial", "{url}"]);
    assert_eq!(each.code, Some(0), "{}", each.stderr);
    assert!(each.results.len() > 150 && each.verdict("control.ping-0") == "pass");
    // Without a placeholder, the URL is the last argument.
    for (args, command) in [
        (&["--keep", "--jobs", "1"][..], &[WSSPEC, "dial"][..]),
        (&["--keep", "--jobs", "9"], &[WSSPEC, "dial"]),
        (&["--batch", "7"], &[WSSPEC, "dial", "{urls}"]),
        (&["--batch", "1000", "--jobs", "2"], &[WSSPEC, "dial"]),
    ] {
        let other = client(FEW, args, command);
        assert_eq!(other.code, Some(0), "{args:?} {}", other.stderr);
        assert_eq!(other.verdicts(), each.verdicts(), "{args:?}");
    }
}

#[test]
fn subprotocols_are_offered_if_the_command_has_a_placeholder() {
    let ids = ["client.subprotocol.offer*", "client.subprotocol.chosen*"];
    let with_placeholder = client(
        &ids,
        &[],
        &[WSSPEC, "dial", "--subprotocols", "{subprotocols}", "{url}"],
    );
    let without_placeholder = client(&ids, &[], &[WSSPEC, "dial", "{url}"]);
    assert_eq!(
        (with_placeholder.code, without_placeholder.code),
        (Some(0), Some(0)),
        "{}{}",
        with_placeholder.stderr,
        without_placeholder.stderr
    );
    let skipped = |ran: &Ran| {
        ran.verdicts()
            .values()
            .filter(|verdict| **verdict == "skipped")
            .count()
    };
    assert!(
        skipped(&with_placeholder) < skipped(&without_placeholder),
        "{:?}",
        with_placeholder.verdicts()
    );
}

#[test]
fn a_url_with_a_line_break_is_not_handed_over_as_several_lines() {
    let ran = persistent(&["client.uri.injects-*", "client.uri.fragment"], &[]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert!(
        ran.verdict("client.uri.injects-path") == "skipped"
            && ran.verdict("client.uri.fragment") == "pass"
    );
}

#[test]
fn faults_are_caught_over_tcp() {
    let one = |(fault, prefix): &(&str, &str)| {
        let pattern = if prefix.starts_with("passive.") {
            "deflate.data.size-12*"
        } else {
            &format!("{prefix}*")
        };
        // None of these cases is slow.
        let args = [
            "--keep",
            "--jobs",
            "2",
            "--retries",
            "0",
            "--timeout",
            "0.5",
            "--peer",
            "echo",
        ];
        let ran = client(&[pattern], &args, &[WSSPEC, "dial", "--fault", fault]);
        let failing = ran.failing();
        assert!(
            failing.iter().any(|id| id.starts_with(prefix)),
            "{fault}: {failing:?}\n{}",
            ran.stderr
        );
        assert_eq!(ran.code, Some(1), "{fault}: {}", ran.stderr);
    };
    thread::scope(|scope| {
        FAULTS
            .iter()
            .for_each(|fault| drop(scope.spawn(|| one(fault))));
    });
}

#[test]
fn a_conforming_client_has_no_false_positive_in_any_variant() {
    for variants in VARIANTS {
        let command: Vec<&str> = variants.iter().flat_map(|name| ["--form", name]).collect();
        let patterns = [
            FEW,
            &[
                "fragmentation.*",
                "utf8.word*",
                "frame.mask.*",
                "client.request.*",
            ],
        ]
        .concat();
        let ran = persistent(&patterns, &command);
        assert_eq!(
            (ran.code, ran.failing()),
            (Some(0), Vec::new()),
            "{variants:?}: {}",
            ran.stderr
        );
        assert!(
            ran.results
                .values()
                .filter(|row| row["verdict"] == "pass")
                .count()
                > 200,
            "{variants:?}: {}",
            ran.stderr
        );
    }
}

#[test]
fn a_client_that_cannot_be_tested_is_an_error_with_its_reason() {
    let began = Instant::now();
    let absent = client(FEW, &[], &["wsspec-no-such-command", "{url}"]);
    assert_eq!((absent.code, absent.results.len()), (Some(3), 0));
    assert!(
        absent
            .stderr
            .contains("cannot start wsspec-no-such-command"),
        "{}",
        absent.stderr
    );
    for (script, reason) in [
        ("exit 0", "ended without connecting: exit status: 0"),
        (
            "echo 'no such module: sockets' >&2; exit 4",
            "exit status: 4; its stderr says: no such module: sockets",
        ),
        (
            "echo 'TypeError: no' >&2; echo; echo 'Runtime v1' >&2; exit 1",
            "its stderr says: TypeError: no",
        ),
        ("kill -SEGV $$", "signal: 11"),
    ] {
        for launch in [&[][..], &["--keep"], &["--batch", "5"]] {
            let ran = client(&["control.*"], launch, &["sh", "-c", script]);
            assert_eq!(ran.code, Some(3), "{launch:?} {script}: {}", ran.stderr);
            assert!(
                ran.stderr.contains(reason),
                "{launch:?} {script}: {}",
                ran.stderr
            );
            assert!(
                ran.results.values().all(|row| row["verdict"] == "error"),
                "{launch:?} {script}"
            );
        }
    }
    assert!(began.elapsed() < Duration::from_secs(60));
    for wrong in [
        &["client"][..],
        &["client", "--"],
        &["client", "--keep", "--batch", "3", "--", "true"],
    ] {
        assert_eq!(
            Command::new(WSSPEC)
                .args(wrong)
                .output()
                .unwrap()
                .status
                .code(),
            Some(2),
            "{wrong:?}"
        );
    }
    assert_eq!(client(&["handshake.*"], &[], &["true"]).code, Some(2));
}

#[test]
fn the_command_to_run_again_works_in_a_shell() {
    let command = [
        "sh",
        "-c",
        "exec \"$0\" dial --fault $1 # it's so",
        WSSPEC,
        "pong-empty",
    ];
    let run = Command::new(WSSPEC)
        .args(["client", "--keep", "--filter", "control.ping-text", "--"])
        .args(command)
        .env("NO_COLOR", "1")
        .env("COLUMNS", "160")
        .output()
        .unwrap();
    let shown = String::from_utf8(run.stdout).unwrap();
    let (_, rest) = shown
        .split_once("again")
        .unwrap_or_else(|| panic!("{shown}"));
    let again: Vec<&str> = rest
        .lines()
        .take_while(|line| !line.trim().is_empty())
        .map(str::trim)
        .collect();
    let again = again.join(" ").replacen("wsspec", WSSPEC, 1);
    assert!(
        again.contains(" client --keep --filter 'control.ping-text' -v -- "),
        "{again}"
    );
    let second = Command::new("sh").args(["-c", &again]).output().unwrap();
    let shown = String::from_utf8(second.stdout).unwrap();
    assert!(
        second.status.code() == Some(1) && shown.contains("FAIL control.ping-text"),
        "{again}\n{shown}"
    );
}

/// This test program as a client that crashes when it gets a message of 1000 bytes.
#[test]
#[ignore = "is started by another test"]
fn crashing_client() {
    echo(
        &env::var("WSSPEC_URL").expect("started by wsspec client"),
        || std::process::abort(),
    );
}

/// This test program as a persistent client that reads no further URL after a message of 1000
/// bytes.
#[test]
#[ignore = "is started by another test"]
fn stuck_client() {
    let mut stuck = false;
    for url in stdin().lines() {
        echo(&url.unwrap(), || stuck = true);
        if stuck {
            thread::sleep(Duration::from_secs(60));
        }
    }
}

/// This test program as a persistent client that ends with its input, whatever it is doing.
#[test]
#[ignore = "is started by another test"]
fn hasty_client() {
    for url in stdin().lines() {
        let url = url.unwrap();
        thread::spawn(move || {
            thread::sleep(Duration::from_millis(50));
            echo(&url, || {});
        });
    }
    std::process::exit(0);
}

/// Sends all messages back, and calls `on_long` for one of 1000 bytes.
fn echo(url: &str, mut on_long: impl FnMut()) {
    let url = Url::parse(url).unwrap();
    let mut stream = TcpStream::connect(url.socket_addrs(|| None).unwrap()[0]).unwrap();
    let mut random = SplitMix64(RandomState::new().build_hasher().finish());
    let nonce = [random.next().to_le_bytes(), random.next().to_le_bytes()]
        .concat()
        .try_into()
        .unwrap();
    let config = ClientConfig::new(
        &url[Position::BeforeHost..Position::AfterPort],
        &url[Position::BeforePath..Position::AfterQuery],
        nonce,
    );
    let mut endpoint = Endpoint::client(config, move || (random.next() as u32).to_le_bytes());
    let mut buffer = [0; 4096];
    loop {
        while let Some(event) = endpoint.poll() {
            if let Event::Message(kind, payload) = event {
                if payload.len() == 1000 {
                    on_long();
                }
                endpoint.send(kind, &payload);
            }
        }
        let written = stream.write_all(&endpoint.take_output());
        match stream.read(&mut buffer) {
            Ok(n @ 1..) if written.is_ok() => endpoint.receive(&mut buffer[..n]),
            _ => return,
        }
    }
}

/// The command that starts one of these clients.
fn own(program: &Path, name: &'static str) -> [&'static str; 5] {
    let program: &'static str = program.to_str().unwrap().to_owned().leak();
    [program, "--exact", name, "--include-ignored", "--nocapture"]
}

#[test]
fn a_client_that_is_stuck_after_a_case_spoils_no_other_case() {
    let command = own(&env::current_exe().unwrap(), "stuck_client");
    let ran = client(
        &["message.text-*", "control.ping-?"],
        &["--keep", "--jobs", "1"],
        &command,
    );
    assert!(
        ran.verdict("message.text-1000") == "pass" && ran.code == Some(0),
        "{}",
        ran.stderr
    );
}

#[test]
fn a_client_that_ends_with_its_input_has_its_conversation_first() {
    let command = own(&env::current_exe().unwrap(), "hasty_client");
    let ran = client(&["client.request.target-*"], &["--keep"], &command);
    assert_eq!(ran.verdict("client.request.target-query"), "pass");
    assert!(ran.failing().is_empty(), "{}", ran.stderr);
}

#[test]
fn a_client_that_crashes_in_a_case_fails_it() {
    let command = own(&env::current_exe().unwrap(), "crashing_client");
    let ran = client(
        &[
            "message.text-*",
            "message.types-kept",
            "message.lock-step-text-1*",
        ],
        &[],
        &command,
    );
    assert_eq!(ran.code, Some(1), "{}", ran.stderr);
    let failing = ran.failing();
    assert_eq!(
        failing,
        ["message.lock-step-text-1000", "message.text-1000"],
        "{}",
        ran.stderr
    );
    for id in failing {
        let reason = ran.results[id]["reason"].as_str().unwrap();
        assert!(
            reason.contains("the client crashed") && reason.contains("signal"),
            "{reason}"
        );
    }
    assert!(
        ran.results
            .values()
            .all(|row| row["verdict"] != "error" && row["verdict"] != "flaky"),
        "{}",
        ran.stderr
    );
}
