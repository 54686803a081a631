//! `wsspec wstest`: what scripts around Autobahn|Testsuite rely on.

use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use wsspec_core::close::CloseCode;
use wsspec_core::endpoint::{ClientConfig, Endpoint, Event, ServerConfig};
use wsspec_core::frame::MessageKind;
use wsspec_vectors::autobahn;

/// The keys of a per-case file.
const KEYS: [&str; 39] = [
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

fn wsspec() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_wsspec"));
    command.env("NO_COLOR", "1");
    command
}

fn scratch(name: &str) -> PathBuf {
    let dir = Path::new(env!("CARGO_TARGET_TMPDIR"))
        .join("wstest")
        .join(name);
    let _ = fs::remove_dir_all(&dir);
    fs::create_dir_all(&dir).unwrap();
    dir
}

/// A server of our own, ended when dropped.
struct Served(Child, String);

impl Served {
    fn with(args: &[&str]) -> Served {
        let mut child = wsspec().args(args).stderr(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stderr.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        Served(child, line.split_whitespace().next().unwrap().to_owned())
    }

    fn echo(args: &[&str]) -> Served {
        Served::with(&[&["echo", "--listen", "127.0.0.1:0"], args].concat())
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Writes `spec` with `servers` into `dir` and runs it there.
fn fuzz(dir: &Path, spec: &Value, args: &[&str]) -> (Option<i32>, String) {
    fs::write(dir.join("fuzzingclient.json"), spec.to_string()).unwrap();
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

fn read(path: &Path) -> Value {
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

fn keys(object: &Value) -> Vec<&str> {
    object
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect()
}

#[test]
fn a_right_server_gets_every_id_and_the_incumbents_words() {
    let (dir, server) = (scratch("right"), Served::echo(&[]));
    let spec = json!({
        "outdir": "./out", "options": {"failByDrop": false}, "webport": 8080, "nonsense": {"a": 1},
        "servers": [{"agent": "Mine <b>/1", "url": server.1, "options": {"version": 18}}],
        "cases": ["*"], "exclude-cases": ["8.*", "9.*", "12.*", "13.1*"], "exclude-agent-cases": {"Mine*": ["13.2.*"]},
    });
    let (code, said) = fuzz(
        &dir,
        &spec,
        &["--spec", "fuzzingclient.json", "--strict-exit"],
    );
    assert_eq!(code, Some(0), "{said}");
    let out = dir.join("out");
    let index = read(&out.join("index.json"));
    assert_eq!(keys(&index), ["Mine <b>/1"]);
    let rows = index["Mine <b>/1"].as_object().unwrap();
    let skipped = ["9.", "12.", "13.1.", "13.2."];
    let wanted: BTreeSet<String> = autobahn::ids()
        .filter(|id| !skipped.iter().any(|s| id.starts_with(s)))
        .collect();
    // The order is that of the strings, as the incumbent sorts keys.
    assert_eq!(
        rows.keys().collect::<Vec<_>>(),
        wanted.iter().collect::<Vec<_>>()
    );
    for (id, row) in rows {
        assert_eq!(
            keys(row),
            [
                "behavior",
                "behaviorClose",
                "duration",
                "remoteCloseCode",
                "reportfile"
            ]
        );
        let informational = ["7.1.6", "7.13.1", "7.13.2"].contains(&id.as_str());
        let right = if informational { "INFORMATIONAL" } else { "OK" };
        // Whether what came before a violation in the same breath is still echoed is up to the server.
        let echo_before = row["behavior"] == "NON-STRICT" && id.starts_with(['3', '4', '5']);
        assert!(row["behavior"] == right || echo_before, "{id}: {row}");
        assert_eq!((id, &row["behaviorClose"]), (id, &json!(right)));
        assert!(row["duration"].is_u64(), "{id}");
        assert_eq!(
            row["reportfile"],
            format!("mine__b__1_case_{}.json", id.replace('.', "_"))
        );
    }
    let case = read(&out.join("mine__b__1_case_7_7_2.json"));
    assert_eq!(keys(&case), KEYS);
    assert_eq!(
        (&case["case"], &case["id"], &case["isServer"]),
        (&json!(224), &json!("7.7.2"), &json!(false))
    );
    assert_eq!(
        (
            &case["remoteCloseCode"],
            &case["wasClean"],
            &case["closedByMe"]
        ),
        (&json!(1001), &json!(true), &json!(true))
    );
    assert_eq!(case["expectedClose"]["closeCode"], json!([1000, 1001]));
    assert!(
        case["httpRequest"]
            .as_str()
            .unwrap()
            .starts_with("GET / HTTP/1.1\r\n")
    );
    assert!(
        case["httpResponse"]
            .as_str()
            .unwrap()
            .starts_with("HTTP/1.1 101")
    );
    assert!(
        case["wirelog"]
            .as_array()
            .unwrap()
            .iter()
            .any(|row| row[0] == "RF")
    );
    let deflated = read(&out.join("mine__b__1_case_13_7_1.json"));
    assert_eq!(
        deflated["trafficStats"].as_object().unwrap().len(),
        16,
        "{}",
        deflated["trafficStats"]
    );
    for name in ["index.html", "mine__b__1_case_1_1_1.html"] {
        let page = fs::read_to_string(out.join(name)).unwrap();
        assert!(
            page.contains("Mine &lt;b&gt;/1")
                && !page.contains("<b>/1")
                && !page.contains("http://"),
            "{name}"
        );
    }
    assert!(
        fs::read_dir(&out).unwrap().all(|file| !file
            .unwrap()
            .file_name()
            .to_string_lossy()
            .starts_with('.'))
    );
}

#[test]
fn failures_exit_0_unless_asked_otherwise() {
    let (dir, server) = (scratch("faulty"), Served::echo(&["--fault", "wrong-bytes"]));
    let spec = json!({"outdir": "out", "servers": [{"agent": "a", "url": server.1}], "cases": ["1.1.*", "2.1"]});
    assert_eq!(fuzz(&dir, &spec, &[]).0, Some(0));
    assert_eq!(fuzz(&dir, &spec, &["--strict-exit"]).0, Some(1));
    let index = read(&dir.join("out/index.json"));
    assert_eq!(
        (
            &index["a"]["1.1.2"]["behavior"],
            &index["a"]["2.1"]["behavior"]
        ),
        (&json!("FAILED"), &json!("OK"))
    );
    assert_eq!(
        read(&dir.join("out/a_case_1_1_2.json"))["expected"]["OK"][0][0],
        "message"
    );
}

#[test]
fn no_compression_is_unimplemented_and_a_server_without_name_unknown() {
    let (dir, server) = (
        scratch("plain"),
        Served::echo(&["--form", "no-compression"]),
    );
    let spec =
        json!({"outdir": "out", "servers": [{"url": server.1}], "cases": ["12.1.1", "1.1.1"]});
    let (code, said) = fuzz(&dir, &spec, &["--strict-exit"]);
    assert_eq!(code, Some(0), "{said}");
    let index = read(&dir.join("out/index.json"));
    assert_eq!(keys(&index), ["UnknownServer"], "{said}");
    let row = &index["UnknownServer"]["12.1.1"];
    assert_eq!(
        (&row["behavior"], &row["behaviorClose"]),
        (&json!("UNIMPLEMENTED"), &json!("OK"))
    );
}

#[test]
fn complaints_about_the_end_stand_in_behavior_close() {
    for (args, id, words) in [
        (
            ["--form", "close-fails-private"],
            "3.1",
            ["OK", "WRONG CODE"],
        ),
        (
            ["--fault", "utf8-wrong-code"],
            "6.3.1",
            ["OK", "WRONG CODE"],
        ),
        (
            ["--fault", "close-reason-ignored"],
            "7.5.1",
            ["NON-STRICT", "WRONG CODE"],
        ),
        (
            ["--fault", "message-limit-60000"],
            "9.1.1",
            ["INFORMATIONAL", "INFORMATIONAL"],
        ),
        (
            ["--fault", "message-limit-60000"],
            "9.1.3",
            ["INFORMATIONAL", "INFORMATIONAL"],
        ),
        (
            ["--fault", "tcp-left-open"],
            "1.1.1",
            ["OK", "FAILED BY CLIENT"],
        ),
    ] {
        let (dir, server) = (scratch(&format!("end-{id}")), Served::echo(&args));
        let spec =
            json!({"outdir": "out", "servers": [{"agent": "a", "url": server.1}], "cases": [id]});
        let (code, said) = fuzz(&dir, &spec, &["--strict-exit"]);
        let row = &read(&dir.join("out/index.json"))["a"][id];
        assert_eq!(
            [&row["behavior"], &row["behaviorClose"]],
            words,
            "{id} {said}"
        );
        assert_eq!(code, Some(0), "{id} {said}");
    }
}

#[test]
fn what_is_cut_says_so_and_no_reason_is_null() {
    let (dir, server) = (scratch("cut"), Served::echo(&[]));
    let spec = json!({"outdir": "out", "servers": [{"agent": "a", "url": server.1}], "cases": ["1.1.2", "9.1.3"]});
    assert_eq!(fuzz(&dir, &spec, &[]).0, Some(0));
    let case = read(&dir.join("out/a_case_1_1_2.json"));
    assert_eq!(
        (&case["remoteCloseReason"], &case["localCloseReason"]),
        (&Value::Null, &Value::Null)
    );
    let message = case["received"][0][1].as_str().unwrap();
    assert!(
        message.ends_with(" ...") && message.len() == 68,
        "{message}"
    );
    assert_eq!(case["received"], case["expected"]["OK"]);
    let wirelog = case["wirelog"].as_array().unwrap();
    assert!(wirelog[0][1][1].as_str().unwrap().ends_with(" ..."));
    // Of a large conversation it is not kept who closed first, yet told.
    let large = read(&dir.join("out/a_case_9_1_3.json"));
    assert_eq!(
        (&large["closedByMe"], &large["wasClean"]),
        (&json!(true), &json!(true))
    );
    assert_eq!(
        (&large["remoteCloseCode"], &large["localCloseCode"]),
        (&json!(1000), &json!(1000))
    );
}

#[test]
fn agents_with_the_same_file_name_keep_apart() {
    let (dir, server) = (scratch("collision"), Served::echo(&[]));
    let servers = json!([{"agent": "A b-1", "url": server.1}, {"agent": "a_b_1", "url": server.1}]);
    let spec = json!({"outdir": "out", "servers": servers, "cases": ["1.1.1"]});
    assert_eq!(fuzz(&dir, &spec, &[]).0, Some(0));
    let index = read(&dir.join("out/index.json"));
    for (agent, file) in [
        ("A b-1", "a_b_1_case_1_1_1.json"),
        ("a_b_1", "a_b_1_2_case_1_1_1.json"),
    ] {
        assert_eq!(index[agent]["1.1.1"]["reportfile"], file);
        assert_eq!(read(&dir.join("out").join(file))["agent"], agent);
    }
}

#[test]
fn bad_files_and_flags_exit_2() {
    let dir = scratch("usage");
    let spec = |cases: Value| json!({"outdir": "out", "servers": [{"url": "ws://127.0.0.1:1"}], "cases": cases});
    for (cases, word) in [
        (json!(["1.1.99"]), "1.1.99"),
        (json!(["7.1"]), "7.1"),
        (json!(["8.*"]), "no case"),
        (json!(null), "cases"),
    ] {
        let (code, said) = fuzz(&dir, &spec(cases), &[]);
        assert!(code == Some(2) && said.contains(word), "{code:?} {said}");
    }
    for args in [
        &["-k", "key.pem"][..],
        &["-c", "cert.pem"],
        &["-s", "none.json"],
    ] {
        assert_eq!(fuzz(&dir, &spec(json!(["*"])), args).0, Some(2), "{args:?}");
    }
    let secure = json!({"servers": [{"url": "wss://127.0.0.1:1"}], "cases": ["*"]});
    let (code, said) = fuzz(&dir, &secure, &[]);
    assert!(code == Some(2) && said.contains("TLS"), "{said}");
}

#[test]
fn nobody_there_leaves_an_empty_report() {
    let dir = scratch("refused");
    let free = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let spec = json!({"outdir": "out", "servers": [{"agent": "a", "url": format!("ws://{free}")}], "cases": ["1.*"]});
    let (code, said) = fuzz(&dir, &spec, &[]);
    assert!(code == Some(0) && said.contains("cannot connect"), "{said}");
    assert_eq!(read(&dir.join("out/index.json")), json!({}));
    assert_eq!(fuzz(&dir, &spec, &["--strict-exit"]).0, Some(3));
}

#[test]
fn a_run_that_is_killed_leaves_a_whole_index() {
    let (dir, server) = (
        scratch("killed"),
        Served::echo(&["--fault", "stalls-always"]),
    );
    let spec =
        json!({"outdir": "out", "servers": [{"agent": "a", "url": server.1}], "cases": ["*"]});
    fs::write(dir.join("mine.json"), spec.to_string()).unwrap();
    let mut child = wsspec()
        .args([
            "wstest",
            "-m",
            "fuzzingclient",
            "-s",
            "mine.json",
            "-j",
            "4",
        ])
        .current_dir(&dir)
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let index = || read(&dir.join("out/index.json"));
    let deadline = Instant::now() + Duration::from_secs(30);
    while !dir.join("out/index.json").exists()
        || index()["a"].as_object().is_none_or(|rows| rows.len() < 3)
    {
        assert!(Instant::now() < deadline && child.try_wait().unwrap().is_none());
        std::thread::sleep(Duration::from_millis(10));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let index = index();
    let rows = index["a"].as_object().unwrap();
    assert!((3..517).contains(&rows.len()));
    for row in rows.values() {
        assert_eq!(
            keys(&read(
                &dir.join("out").join(row["reportfile"].as_str().unwrap())
            )),
            KEYS
        );
    }
}

#[test]
fn by_the_name_wstest_with_a_file_of_its_own_making() {
    let (dir, server) = (
        scratch("name"),
        Served::with(&["wstest", "-m", "echoserver", "-w", "ws://127.0.0.1:0"]),
    );
    let name = dir.join("wstest");
    symlink(env!("CARGO_BIN_EXE_wsspec"), &name).unwrap();
    let run = |args: &[&str]| {
        Command::new(&name)
            .args(args)
            .current_dir(&dir)
            .output()
            .unwrap()
    };
    assert!(run(&["-a"]).status.success() && run(&["--version"]).status.success());
    assert_eq!(run(&["--mode", "serializer"]).status.code(), Some(2));
    assert_eq!(
        run(&["-m", "echoclient", "-w", &server.1]).status.code(),
        Some(0)
    );
    let spec = json!({
        "options": {"connections": 30, "batchsize": 20, "batchdelay": 10, "retrydelay": 10},
        "servers": [{"name": "mine", "uri": server.1, "desc": ""}],
    });
    fs::write(dir.join("mass.json"), spec.to_string()).unwrap();
    let mass = run(&["-m", "massconnect", "-s", "mass.json", "--strict-exit"]);
    assert!(
        mass.status.success()
            && String::from_utf8(mass.stdout)
                .unwrap()
                .contains("mine: 30 connections opened")
    );
    // Nobody is there; what counts is the file it makes.
    assert_eq!(
        run(&["-m", "fuzzingclient", "-w", "ws://127.0.0.1:1"])
            .status
            .code(),
        Some(0)
    );
    let made = read(&dir.join("fuzzingclient.json"));
    assert_eq!(
        (&made["cases"], &made["servers"][0]["url"]),
        (&json!(["*"]), &json!("ws://127.0.0.1:1"))
    );
}

/// A fuzzing server of two cases, which only counts the echoes: serves connections until the reports are asked for.
fn two_cases(listener: &TcpListener) -> Vec<String> {
    let mut seen = Vec::new();
    while !seen
        .last()
        .is_some_and(|target: &String| target.starts_with("/updateReports"))
    {
        let (mut stream, _) = listener.accept().unwrap();
        let (mut server, mut buffer) = (Endpoint::server(ServerConfig::default()), [0; 4096]);
        while !server.wants_end() {
            let n = stream.read(&mut buffer).unwrap();
            if n == 0 {
                break;
            }
            server.receive(&mut buffer[..n]);
            while let Some(event) = server.poll() {
                match event {
                    Event::Opened(opened) => {
                        let message = if opened.target == "/getCaseCount" {
                            "2"
                        } else {
                            "come back"
                        };
                        if opened.target.starts_with("/updateReports") {
                            server.close(CloseCode::NORMAL, "");
                        } else {
                            server.send(MessageKind::Text, message.as_bytes());
                        }
                        seen.push(opened.target);
                    }
                    Event::Message(_, payload) => {
                        assert_eq!(payload, b"come back");
                        server.close(CloseCode::NORMAL, "");
                    }
                    _ => {}
                }
            }
            stream.write_all(&server.take_output()).unwrap();
        }
    }
    seen
}

#[test]
fn the_testee_client_runs_every_case_and_asks_for_the_reports() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("ws://{}/", listener.local_addr().unwrap());
    let serving = std::thread::spawn(move || two_cases(&listener));
    let Output {
        status,
        stdout,
        stderr,
    } = wsspec()
        .args(["wstest", "-m", "testeeclient", "-w", &url, "-i", "A & B"])
        .output()
        .unwrap();
    assert!(status.success(), "{}", String::from_utf8_lossy(&stderr));
    assert!(
        String::from_utf8(stdout)
            .unwrap()
            .contains("ran 2 cases as A & B")
    );
    let agent = "agent=A+%26+B";
    assert_eq!(
        serving.join().unwrap(),
        [
            "/getCaseCount".to_owned(),
            format!("/runCase?case=1&{agent}"),
            format!("/runCase?case=2&{agent}"),
            format!("/updateReports?{agent}")
        ]
    );
}

/// Serves one connection whose every byte is `said` after the answer to the request, and resets it.
fn resets(listener: &TcpListener, message: &[u8]) {
    let (mut stream, _) = listener.accept().unwrap();
    let (mut server, mut buffer) = (Endpoint::server(ServerConfig::default()), [0; 4096]);
    while server.poll().is_none() {
        let n = stream.read(&mut buffer).unwrap();
        server.receive(&mut buffer[..n]);
    }
    server.send(MessageKind::Text, message);
    server.close(CloseCode::NORMAL, "");
    stream.write_all(&server.take_output()).unwrap();
    // What the client answers stays unread, which makes a reset of the end.
    let mut first = [0];
    stream.peek(&mut first).unwrap();
}

#[test]
fn the_testee_client_lives_with_a_reset_behind_the_answer() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("ws://{}/", listener.local_addr().unwrap());
    let serving = std::thread::spawn(move || {
        resets(&listener, b"1");
        resets(&listener, b"a message of the case");
        resets(&listener, b"");
    });
    let Output {
        status,
        stdout,
        stderr,
    } = wsspec()
        .args(["wstest", "-m", "testeeclient", "-w", &url])
        .output()
        .unwrap();
    assert!(status.success(), "{}", String::from_utf8_lossy(&stderr));
    assert!(
        String::from_utf8(stdout).unwrap().contains("ran 1 cases"),
        "{}",
        String::from_utf8_lossy(&stderr)
    );
    serving.join().unwrap();
}

/// A client without permessage-deflate that echoes until the end; the body of the Close it got.
fn plain_client(address: &str, target: &str) -> Option<Vec<u8>> {
    let mut stream = TcpStream::connect(address).unwrap();
    let mut client = Endpoint::client(ClientConfig::new(address, target, [7; 16]), || [1, 2, 3, 4]);
    let (mut buffer, mut closed) = ([0; 4096], None);
    loop {
        stream.write_all(&client.take_output()).unwrap();
        while let Some(event) = client.poll() {
            match event {
                Event::Message(kind, payload) => client.send(kind, &payload),
                Event::Close(body) => closed = Some(body),
                _ => {}
            }
        }
        stream.write_all(&client.take_output()).unwrap();
        match stream.read(&mut buffer).unwrap() {
            0 => return closed,
            n => client.receive(&mut buffer[..n]),
        }
    }
}

#[test]
fn the_fuzzing_server_parts_politely_from_a_client_without_compression() {
    let dir = scratch("server");
    let spec = json!({"url": "ws://127.0.0.1:0", "outdir": dir.join("out"), "cases": ["1.1.2", "2.5", "12.1.1"]});
    let file = dir.join("mine.json");
    fs::write(&file, spec.to_string()).unwrap();
    let server = Served::with(&[
        "wstest",
        "-m",
        "fuzzingserver",
        "-s",
        file.to_str().unwrap(),
        "-u",
        "0",
    ]);
    let address = server.1.trim_start_matches("ws://");
    for n in 1..=3 {
        let closed = plain_client(address, &format!("/runCase?case={n}&agent=plain"));
        assert!(
            n == 2 || closed.as_deref() == Some(&[3, 232]),
            "case {n}: {closed:?}"
        );
    }
    plain_client(address, "/updateReports?agent=plain");
    let index = read(&dir.join("out/index.json"));
    let words = |id: &str| {
        (
            index["plain"][id]["behavior"].clone(),
            index["plain"][id]["behaviorClose"].clone(),
        )
    };
    assert_eq!(words("1.1.2"), (json!("OK"), json!("OK")));
    assert_eq!(words("2.5"), (json!("OK"), json!("OK")));
    assert_eq!(words("12.1.1"), (json!("UNIMPLEMENTED"), json!("OK")));
    assert_eq!(index["plain"]["12.1.1"]["remoteCloseCode"], 1000);
    let case = read(&dir.join("out/plain_case_12_1_1.json"));
    assert_eq!(
        (&case["case"], &case["isServer"]),
        (&json!(3), &json!(true))
    );
}
