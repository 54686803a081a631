//! Reports from outside: files in every form, shards, baselines, and what is done with stored ones.

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

/// Few cases of several families, some with passive findings to merge.
const FEW: [&str; 4] = ["--filter", "close.*", "--filter", "frame.mask.*"];

fn run(args: &[&str]) -> (Option<i32>, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_wsspec"));
    let Output {
        status,
        stdout,
        stderr,
    } = command.env("NO_COLOR", "1").args(args).output().unwrap();
    (
        status.code(),
        String::from_utf8([stdout, stderr].concat()).unwrap(),
    )
}

fn scratch(name: &str) -> PathBuf {
    let dir = Path::new(env!("CARGO_TARGET_TMPDIR"))
        .join("reports")
        .join(name);
    let _ = fs::remove_dir_all(&dir);
    fs::create_dir_all(&dir).unwrap();
    dir
}

fn read(path: &Path) -> Value {
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// A `wsspec echo` with a fault, ended when dropped.
struct Echo(Child, String);

impl Echo {
    fn with(fault: &str) -> Echo {
        let mut command = Command::new(env!("CARGO_BIN_EXE_wsspec"));
        command
            .args(["echo", "--listen", "127.0.0.1:0", "--fault", fault])
            .stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stderr.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        Echo(child, line.split_whitespace().next().unwrap().to_owned())
    }
}

impl Drop for Echo {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn one_run_writes_every_form_and_a_stored_report_gives_the_same() {
    let dir = scratch("forms");
    let forms = ["json", "html", "junit", "sarif", "markdown", "badge"];
    let files = |suffix: &str| -> Vec<String> {
        forms
            .iter()
            .flat_map(|form| {
                [
                    format!("--{form}"),
                    dir.join(format!("{form}{suffix}")).display().to_string(),
                ]
            })
            .collect()
    };
    let first = files("");
    let first: Vec<&str> = first.iter().map(String::as_str).collect();
    let (code, said) = run(&[&FEW[..], &first].concat());
    assert_eq!(code, Some(0), "{said}");
    let second = files(".again");
    let second: Vec<&str> = second.iter().map(String::as_str).collect();
    let (code, said) = run(&[&["report", text(&dir.join("json"))], &second[..]].concat());
    assert_eq!(code, Some(0), "{said}");
    for form in forms {
        let (one, two) = (
            fs::read(dir.join(form)).unwrap(),
            fs::read(dir.join(format!("{form}.again"))).unwrap(),
        );
        assert!(one == two, "{form}");
    }
}

#[test]
fn files_are_made_before_anybody_is_dialled() {
    let dir = scratch("early");
    let html = dir.join("no-such-folder/x.html");
    let (code, said) = run(&["ws://127.0.0.1:1/", "--html", text(&html)]);
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("no-such-folder"), "{said}");
    let (code, said) = run(&["--json", "-", "--junit", "-"]);
    assert_eq!(
        (code, said.trim()),
        (Some(2), "wsspec: only one report can go to stdout")
    );
}

#[test]
fn shards_merge_to_the_whole() {
    let dir = scratch("shards");
    let whole = dir.join("whole.json");
    run(&[&FEW[..], &["--json", text(&whole)]].concat());
    let shards: Vec<PathBuf> = (1..=8).map(|i| dir.join(format!("{i}.json"))).collect();
    for (i, shard) in shards.iter().enumerate() {
        let (code, said) = run(&[
            &FEW[..],
            &["--shard", &format!("{}/8", i + 1), "--json", text(shard)],
        ]
        .concat());
        assert_eq!(code, Some(0), "{said}");
    }
    // The embedded server has another port each time.
    for path in shards.iter().chain([&whole]) {
        let mut report = read(path);
        report["targets"][0]["url"] = "ws://127.0.0.1:1/".into();
        report["targets"][0]["again"] = "".into();
        fs::write(path, report.to_string()).unwrap();
    }
    let merged = dir.join("merged.json");
    let files: Vec<&str> = shards.iter().map(|path| text(path)).collect();
    let (code, said) = run(&[&["merge"], &files[..], &["--json", text(&merged)]].concat());
    assert_eq!(code, Some(0), "{said}");
    // What depends on time and on how TCP cut the bytes is left out.
    let timeless = |path: &Path| {
        let mut report = read(path);
        for key in ["started", "duration_ms"] {
            report[key] = Value::Null;
        }
        report["targets"][0]["probe"]["round_trip_us"] = Value::Null;
        for case in report["targets"][0]["cases"].as_array_mut().unwrap() {
            for key in ["duration_ms", "transcript"] {
                case[key] = Value::Null;
            }
        }
        report.to_string()
    };
    assert!(timeless(&whole) == timeless(&merged));
    let (code, said) = run(&["diff", text(&whole), text(&merged)]);
    assert_eq!((code, said.as_str()), (Some(0), "no verdict changed\n"));

    // One that got lost is missed, unless that is meant: then it may come later.
    assert_eq!(
        read(&shards[2])["targets"][0]["shards"]["parts"].to_string(),
        "[3]"
    );
    let some = dir.join("some.json");
    let without = [
        &["merge"],
        &files[..2],
        &files[3..],
        &["--json", text(&some)],
    ]
    .concat();
    let (code, said) = run(&without);
    assert!(
        code == Some(2) && said.contains("the report of shard 3/8 is missing"),
        "{said}"
    );
    assert!(!some.exists());
    assert_eq!(run(&[&without[..], &["--partial"]].concat()).0, Some(0));
    let (code, said) = run(&["merge", text(&some), files[2], "--json", text(&merged)]);
    assert_eq!(code, Some(0), "{said}");
    assert!(timeless(&whole) == timeless(&merged));
    let (code, said) = run(&["merge", text(&some), text(&whole), "--json", text(&merged)]);
    assert!(
        code == Some(2) && said.contains("different numbers of shards"),
        "{said}"
    );
}

#[test]
fn a_pattern_of_the_baseline_is_for_the_whole_to_keep() {
    let dir = scratch("shards-baseline");
    let echo = Echo::with("mask-ignored");
    let known = dir.join("known.json");
    // In most parts all cases of the pattern pass: only one of them fails.
    let cases = [
        "--filter",
        "frame.mask.wrong-text-empty",
        "--filter",
        "frame.mask.own-*",
        "--filter",
        "frame.mask.key-0*",
    ];
    let parts = |pattern: &str, exact: &str| {
        let entries =
            [pattern, exact].map(|case| format!(r#"{{"case": "{case}", "reason": "r"}}"#));
        fs::write(&known, format!(r#"{{"known": [{}]}}"#, entries.join(", "))).unwrap();
        let run_part = |i: usize| {
            let part = dir.join(format!("{i}.json"));
            // Counted as array jobs do, and from one.
            let (zero, one) = (
                format!("--shard-from-zero={}/8", i - 1),
                format!("--shard={i}/8"),
            );
            let shard = if i.is_multiple_of(2) { zero } else { one };
            let files = ["--baseline", text(&known), "--json", text(&part)];
            let (code, said) = run(&[&[&echo.1, shard.as_str()], &cases[..], &files].concat());
            (code, said, part)
        };
        let parts: Vec<_> = (1..=8).map(run_part).collect();
        let codes: Vec<Option<i32>> = parts.iter().map(|(code, ..)| *code).collect();
        let files: Vec<&str> = parts.iter().map(|(_, _, part)| text(part)).collect();
        let (out, merged) = (["--baseline", text(&known), "--markdown", "-"], ["merge"]);
        let (code, said) = run(&[&merged[..], &files, &out].concat());
        (codes, code, said)
    };
    let (codes, code, said) = parts("frame.mask.*", "frame.mask.wrong-text-empty");
    assert_eq!((codes, code), (vec![Some(0); 8], Some(0)), "{said}");
    let (codes, code, said) = parts("frame.mask.{wrong,own-close}*", "frame.mask.wrong-*");
    assert_eq!((codes, code), (vec![Some(0); 8], Some(0)), "{said}");
    // All of the pattern passes, which only the whole knows.
    let (codes, code, said) = parts("frame.mask.own-*", "frame.mask.wrong-text-empty");
    assert_eq!((codes, code), (vec![Some(0); 8], Some(1)), "{said}");
    assert!(said.contains("own-\\* passes now"), "{said}");
    // There is no such case, which every part knows.
    let (codes, code, said) = parts("no.such.*", "frame.mask.wrong-text-empty");
    assert_eq!((codes, code), (vec![Some(1); 8], Some(1)), "{said}");
    // An id that passes is found by the part that has it.
    let (codes, code, said) = parts("frame.mask.own-close", "frame.mask.wrong-text-empty");
    assert_eq!(
        (codes.iter().filter(|code| **code == Some(1)).count(), code),
        (1, Some(1)),
        "{said}"
    );
}

#[test]
fn a_stored_report_ends_as_its_run_did() {
    let dir = scratch("ends");
    let free = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let url = format!("ws://{free}/");
    let forms = ["json", "html", "junit", "sarif", "markdown", "badge"];
    let file = |name: &str, form: &str| dir.join(format!("{name}.{form}"));
    let files: Vec<String> = forms
        .map(|form| format!("--{form}={}", file("nowhere", form).display()))
        .into();
    let files: Vec<&str> = files.iter().map(String::as_str).collect();
    assert_eq!(
        run(&[&[url.as_str()], &FEW[..], &files].concat()).0,
        Some(3)
    );
    let nowhere = file("nowhere", "json");
    let ended = &read(&nowhere)["targets"][0]["ended"];
    assert_eq!(ended["how"], "unreachable");
    assert!(
        ended["reason"].as_str().unwrap().contains("cannot connect"),
        "{ended}"
    );
    for form in ["html", "junit", "sarif", "markdown"] {
        assert!(
            fs::read_to_string(file("nowhere", form))
                .unwrap()
                .contains("could not be reached"),
            "{form}"
        );
    }

    // A name that leads nowhere beside a server that is there.
    let echo = Echo::with("mask-ignored");
    let lost = dir.join("lost.json");
    let (code, said) = run(&[
        &["ws://no-such-host.invalid/", &echo.1],
        &FEW[..],
        &["--json", text(&lost)],
    ]
    .concat());
    assert_eq!(code, Some(3), "{said}");
    assert!(
        said.contains("cannot resolve no-such-host.invalid"),
        "{said}"
    );
    let targets = &read(&lost)["targets"];
    assert_eq!(
        (&targets[0]["ended"]["how"], &targets[1]["ended"]["how"]),
        (&"unreachable".into(), &"complete".into())
    );

    let echo = Echo::with("dies");
    let died = dir.join("died.json");
    assert_eq!(
        run(&[&[echo.1.as_str()], &FEW[..], &["--json", text(&died)]].concat()).0,
        Some(3)
    );
    assert_eq!(read(&died)["targets"][0]["ended"]["how"], "died");

    let whole = dir.join("whole.json");
    assert_eq!(
        run(&[&FEW[..], &["--json", text(&whole)]].concat()).0,
        Some(0)
    );
    assert_eq!(read(&whole)["targets"][0]["ended"]["how"], "complete");
    let merged = dir.join("merged.json");
    let known = dir.join("known.json");
    for lost in [&nowhere, &died] {
        for args in [
            &["report", text(lost)][..],
            &["report", text(lost), "--fail-on", "never"],
            &["merge", text(lost), text(&whole), "--json", text(&merged)],
            &["report", text(&merged)],
            &["diff", text(&whole), text(lost)],
            &["baseline", "update", text(lost), "--baseline", text(&known)],
        ] {
            let (code, said) = run(args);
            assert_eq!(code, Some(3), "{args:?}: {said}");
            assert!(
                said.contains("could not be reached") || said.contains("died"),
                "{args:?}: {said}"
            );
        }
    }
    // A report of a version that did not say it.
    let mut before = read(&whole);
    before["targets"][0]
        .as_object_mut()
        .unwrap()
        .remove("ended");
    fs::write(&whole, before.to_string()).unwrap();
    assert_eq!(run(&["report", text(&whole)]).0, Some(0));
}

#[test]
fn stored_reports_are_as_strict_as_asked_for() {
    let dir = scratch("strict");
    let echo = Echo::with("mask-ignored");
    let (stored, merged) = (dir.join("run.json"), dir.join("merged.json"));
    let few = ["--filter", "frame.mask.wrong-text-*"];
    let (code, said) = run(&[
        &[echo.1.as_str()],
        &few[..],
        &["--fail-on", "never", "--json", text(&stored)],
    ]
    .concat());
    assert_eq!(code, Some(0), "{said}");
    let mut report = read(&stored);
    let with = |fail_on: &str| {
        let codes = [
            &["report", text(&stored)][..],
            &["merge", text(&stored), "--json", text(&merged)],
        ]
        .map(|command| run(&[command, &["--fail-on", fail_on]].concat()).0);
        assert_eq!(codes[0], codes[1]);
        codes[0]
    };
    assert_eq!(
        (with("fail"), with("non-strict"), with("never")),
        (Some(1), Some(1), Some(0))
    );
    for case in report["targets"][0]["cases"].as_array_mut().unwrap() {
        case["verdict"] = "non-strict".into();
    }
    fs::write(&stored, report.to_string()).unwrap();
    assert_eq!(
        (with("fail"), with("non-strict"), with("never")),
        (Some(0), Some(1), Some(0))
    );
}

#[test]
fn secrets_in_fields_and_queries_are_in_no_report() {
    let dir = scratch("secrets");
    let echo = Echo::with("mask-ignored");
    let files: Vec<String> = [
        "json", "jsonl", "html", "junit", "sarif", "markdown", "autobahn",
    ]
    .map(|form| format!("--{form}={}", dir.join(form).display()))
    .into();
    let files: Vec<&str> = files.iter().map(String::as_str).collect();
    let fields = [
        "-H",
        "Authorization: Bearer s3cr3t-v4lue",
        "-H",
        "x-api-key: 7",
        "-H",
        "X-Open: shown",
    ];
    // Some stand for cases of Autobahn, the others fail.
    let cases = [
        "--filter",
        "frame.mask.wrong-text-*",
        "--filter",
        "autobahn:1.1.1",
        "-v",
    ];
    let url = format!("{}?page=2&access_token=s3cr3t-t0ken", echo.1);
    let (code, said) = run(&[&[url.as_str()], &fields[..], &cases, &files].concat());
    assert_eq!(code, Some(1), "{said}");
    let hex = |text: &str| wsspec_core::dissect::hex_digits(text.as_bytes());
    let mut told = vec![said];
    let mut folders = vec![dir.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
            if entry.path().is_dir() {
                folders.push(entry.path());
            } else {
                told.push(fs::read_to_string(entry.path()).unwrap());
            }
        }
    }
    assert!(told.len() > 8, "{}", told.len());
    for text in &told {
        assert!(
            !text.contains("s3cr3t") && !text.to_lowercase().contains(&hex("s3cr3t")),
            "{text}"
        );
    }
    let report = read(&dir.join("json"));
    assert!(
        report["targets"][0]["url"]
            .as_str()
            .unwrap()
            .ends_with("/?page=2&access_token=…"),
        "{report}"
    );
    let again = report["targets"][0]["again"].as_str().unwrap();
    assert!(
        again.contains("-H 'Authorization: …' -H 'x-api-key: …' -H 'X-Open: shown'"),
        "{again}"
    );
    let cases = report["targets"][0]["cases"].as_array().unwrap();
    let failed = cases
        .iter()
        .find(|case| case["id"] == "frame.mask.wrong-text-empty")
        .unwrap();
    let request = failed["transcript"]["entries"][0]["data"].as_str().unwrap();
    for line in [
        "?page=2&access_token=************ HTTP/1.1\r\n",
        "Authorization: *******************\r\n",
        "x-api-key: *\r\n",
        "X-Open: shown\r\n",
    ] {
        assert!(request.contains(&hex(line)), "{line:?}");
    }
}

#[test]
fn a_shard_may_be_empty_where_the_whole_is_not() {
    let stored = scratch("empty-shard").join("run.json");
    // The one case is in one of the two.
    let counts = ["1/2", "2/2"].map(|shard| {
        let (code, said) = run(&[
            "--filter",
            "message.text-1000",
            "--shard",
            shard,
            "--json",
            text(&stored),
        ]);
        assert_eq!(code, Some(0), "{said}");
        let cases = read(&stored)["targets"][0]["cases"]
            .as_array()
            .unwrap()
            .clone();
        cases
            .iter()
            .filter(|case| case["id"] == "message.text-1000")
            .count()
    });
    assert_eq!(counts.iter().sum::<usize>(), 1);
    assert_eq!(run(&["--filter", "no.such", "--shard", "1/2"]).0, Some(2));
}

#[test]
fn a_run_writes_the_reports_of_the_incumbent_beside_its_own() {
    let dir = scratch("autobahn");
    let folder = dir.join("servers");
    let (code, said) = run(&["--filter", "autobahn:1.*", "--autobahn", text(&folder)]);
    assert_eq!(code, Some(0), "{said}");
    let index = read(&folder.join("index.json"));
    let agent = index["embedded reference server"].as_object().unwrap();
    assert_eq!(agent.len(), 16);
    for (id, row) in agent {
        assert_eq!(
            (&row["behavior"], &row["behaviorClose"]),
            (&"OK".into(), &"OK".into()),
            "{id}"
        );
        let case = read(&folder.join(row["reportfile"].as_str().unwrap()));
        assert!(
            case["id"] == id.as_str() && case["wirelog"].as_array().unwrap().len() > 4,
            "{case}"
        );
    }
    let (code, said) = run(&["--filter", "handshake.*", "--autobahn", text(&folder)]);
    assert!(
        code == Some(2) && said.contains("list --autobahn"),
        "{said}"
    );
}

#[test]
fn a_baseline_turns_a_failing_run_green_and_an_unexpected_pass_red() {
    let dir = scratch("baseline");
    let stored = dir.join("run.json");
    run(&["--filter", "close.code.*", "--json", text(&stored)]);
    let mut report = read(&stored);
    let case = &mut report["targets"][0]["cases"][0];
    case["verdict"] = "fail".into();
    let id = case["id"].as_str().unwrap().to_owned();
    fs::write(&stored, report.to_string()).unwrap();
    assert_eq!(run(&["report", text(&stored)]).0, Some(1));

    let known = dir.join("known.json");
    let (code, said) = run(&[
        "baseline",
        "update",
        text(&stored),
        "--baseline",
        text(&known),
        "--reason",
        "issue 7",
    ]);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.ends_with("1 known, 1 came in, 0 went\n"), "{said}");
    assert_eq!(read(&known)["known"][0]["case"], id.as_str());
    let (code, said) = run(&["report", text(&stored), "--baseline", text(&known)]);
    assert_eq!(code, Some(0), "{said}");

    let (code, said) = run(&["--filter", "close.code.*", "--baseline", text(&known)]);
    assert_eq!(code, Some(1), "{said}");
    assert!(
        said.contains(&format!("{id} passes now (known: issue 7)")),
        "{said}"
    );
    fs::write(&known, r#"{"known": [{"case": "no.such", "reason": "r"}]}"#).unwrap();
    let (code, said) = run(&["--filter", "close.code.*", "--baseline", text(&known)]);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("no.such names no case"), "{said}");
    // What failed may be among what was left out.
    fs::write(&known, r#"{"known": [{"case": "close.*", "reason": "r"}]}"#).unwrap();
    let (code, said) = run(&["--filter", "close.code.*", "--baseline", text(&known)]);
    assert_eq!(code, Some(0), "{said}");
}

#[test]
fn a_killed_run_leaves_every_finished_case() {
    let dir = scratch("killed");
    let (json, lines) = (dir.join("run.json"), dir.join("run.jsonl"));
    let mut command = Command::new(env!("CARGO_BIN_EXE_wsspec"));
    let mut child = command
        .args(["--quiet", "--json", text(&json), "--jsonl", text(&lines)])
        .spawn()
        .unwrap();
    // As soon as something was written, in the middle of it.
    let began = Instant::now();
    while fs::read_to_string(&lines).map_or(0, |said| said.lines().count()) < 100 {
        assert!(began.elapsed() < Duration::from_secs(60));
        std::thread::sleep(Duration::from_millis(5));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let report = read(&json);
    assert_eq!(report["complete"], false);
    let said = fs::read_to_string(&lines).unwrap();
    assert!(said.ends_with('\n'));
    let lines: Vec<Value> = said
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let finished = lines.len();
    let stored = report["targets"]
        .as_array()
        .unwrap()
        .first()
        .map_or(0, |t| t["cases"].as_array().unwrap().len());
    assert!(
        finished >= 100 && stored <= finished,
        "{finished} and {stored}"
    );
    let (code, said) = run(&["report", text(&json)]);
    assert!(stored == 0 || code == Some(130), "{said}");
}
