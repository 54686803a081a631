//! `-m fuzzingclient` and the modes around it: servers are under test.

use std::collections::BTreeSet;
use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::symlink;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use wsspec_vectors::autobahn;

use crate::common::{KEYS, Served, fuzz, fuzz_text, keys, read, scratch, wsspec};

#[test]
fn a_conforming_server_gets_every_id_and_autobahns_verdicts() {
    let (dir, server) = (scratch("conforming"), Served::echo(&[]));
    let spec = json!({
        "outdir": "./out", "options": {"failByDrop": false}, "webport": 8080, "nonsense": {"a": 1},
        "servers": [{"agent": "Mine <b>/1", "url": server.url, "options": {"version": 18}}],
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
    // Autobahn sorts the keys as strings.
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
        let conforming = if informational { "INFORMATIONAL" } else { "OK" };
        // A server may or may not echo the message right before a violation.
        let echo_before = row["behavior"] == "NON-STRICT" && id.starts_with(['3', '4', '5']);
        assert!(row["behavior"] == conforming || echo_before, "{id}: {row}");
        assert_eq!((id, &row["behaviorClose"]), (id, &json!(conforming)));
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
    let spec = json!({"outdir": "out", "servers": [{"agent": "a", "url": server.url}], "cases": ["1.1.*", "2.1"]});
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
fn a_server_may_lack_compression_and_a_name() {
    let (dir, server) = (
        scratch("plain"),
        Served::echo(&["--form", "no-compression"]),
    );
    let spec =
        json!({"outdir": "out", "servers": [{"url": server.url}], "cases": ["12.1.1", "1.1.1"]});
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
fn what_is_wrong_with_the_end_is_in_behavior_close() {
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
            json!({"outdir": "out", "servers": [{"agent": "a", "url": server.url}], "cases": [id]});
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
fn a_cut_payload_is_marked_and_a_missing_reason_is_null() {
    let (dir, server) = (scratch("cut"), Served::echo(&[]));
    let spec = json!({"outdir": "out", "servers": [{"agent": "a", "url": server.url}], "cases": ["1.1.2", "9.1.3"]});
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
    // The end of a large transcript is cut off, but it is known who closed first.
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
fn agents_with_equal_file_names_are_kept_apart() {
    let (dir, server) = (scratch("collision"), Served::echo(&[]));
    let servers =
        json!([{"agent": "A b-1", "url": server.url}, {"agent": "a_b_1", "url": server.url}]);
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
    assert!(code == Some(0) && said.contains("cannot connect"), "{said}");
}

#[test]
fn an_unreachable_server_leaves_an_empty_report() {
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
        json!({"outdir": "out", "servers": [{"agent": "a", "url": server.url}], "cases": ["*"]});
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

/// Configurations as they are found in repositories: the choice of cases in the file, how many it
/// selects, and a word that is said because something has no effect.
#[test]
fn configurations_are_read_as_autobahn_reads_them() {
    let server = Served::echo(&[]);
    let dir = scratch("configurations");
    for (choice, wanted, named) in [
        (
            r#""cases": ["(1|2).1*"], "exclude-cases": ["2.1[01]*"]"#,
            9,
            "",
        ),
        (r#""cases": ["[2-4].1*"], "exclude-agent-cases": []"#, 9, ""),
        (
            r#""cases": "*", "exclude-cases": ["[2-9]*", "1[0-3].*"]"#,
            16,
            "",
        ),
        (r#""cases": ["9.*"], "cases": ["1.1.1"]"#, 1, "\"cases\""),
        (
            r#""cases": ["1.1.*"], "exclude-cases": ["1"]"#,
            8,
            "\"1.*\"",
        ),
        (
            r#""cases": ["1.1.*"], "excluded-cases": ["1.*"]"#,
            8,
            "exclude-cases",
        ),
    ] {
        let text = format!(
            r#"{{"outdir": "out", "servers": [{{"agent": "a", "url": "{}"}}], {choice}}}"#,
            server.url
        );
        let (code, said) = fuzz_text(&dir, &text, &[]);
        assert_eq!(code, Some(0), "{choice}: {said}");
        let index = read(&dir.join("out/index.json"));
        assert_eq!(keys(&index["a"]).len(), wanted, "{choice}: {said}");
        assert!(said.contains(named), "{choice}: {said}");
    }
}

#[test]
fn a_configuration_that_cannot_be_read_ends_with_2_and_its_place() {
    let dir = scratch("unreadable");
    for (text, named) in [
        (
            "{\n  // the server\n  \"cases\": [\"*\"]\n}",
            "fuzzingclient.json:2:3",
        ),
        ("{\"cases\": [\"*\",]}", "fuzzingclient.json:1:16"),
        (
            "{\"cases\": [\"(1.*\"], \"servers\": [{\"url\": \"ws://127.0.0.1:1\"}]}",
            "(1.*",
        ),
        ("{\"cases\": [7]}", "cases"),
        (
            "{\"cases\": [\"[2-4].1\"], \"servers\": [{\"url\": \"ws://127.0.0.1:1\"}]}",
            "[2-4].1.*",
        ),
        (
            "{\"cases\": [\"*\"], \"exclude-agent-cases\": [\"a\"]}",
            "exclude-agent-cases",
        ),
    ] {
        let (code, said) = fuzz_text(&dir, text, &[]);
        assert_eq!(code, Some(2), "{text}: {said}");
        assert!(said.contains(named), "{text}: {said}");
    }
}

#[test]
fn it_runs_under_the_name_wstest_with_a_file_it_makes() {
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
    let unknown = run(&["--mode", "serializer"]);
    assert_eq!(unknown.status.code(), Some(2));
    let offered = String::from_utf8(unknown.stderr).unwrap();
    assert!(offered.contains("fuzzingclient") && !offered.contains("broadcast"));
    assert_eq!(
        run(&["-m", "echoclient", "-w", &server.url]).status.code(),
        Some(0)
    );
    let spec = json!({
        "options": {"connections": 30, "batchsize": 20, "batchdelay": 10, "retrydelay": 10},
        "servers": [{"name": "mine", "uri": server.url, "desc": ""}],
    });
    fs::write(dir.join("mass.json"), spec.to_string()).unwrap();
    let mass = run(&["-m", "massconnect", "-s", "mass.json", "--strict-exit"]);
    assert!(
        mass.status.success()
            && String::from_utf8(mass.stdout)
                .unwrap()
                .contains("mine: 30 connections opened")
    );
    // No server is there: this is about the file it makes.
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
