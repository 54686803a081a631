//! `wsspec serve`: what drivers written for Autobahn|Testsuite rely on, and that no client can
//! break it.

mod common;
#[path = "../common/schema.rs"]
mod schema;
#[path = "../common/mod.rs"]
mod shared;

use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use common::{Serve, ask, echo, get, interrupt, raw, read, rows, send};
use schema::Schema;
use shared::scratch;

#[test]
fn a_driver_can_count_the_cases_run_them_and_ask_for_its_report() {
    let json = scratch("count").join("report.json");
    let serve = Serve::few(&["--agents", "1", "--json", json.to_str().unwrap()]);
    let count = serve.count();
    assert!(count > 10);
    let last: Value =
        serde_json::from_str(ask(serve.address, &format!("/getCaseInfo?case={count}")).text())
            .unwrap();
    for n in 1..=count {
        let ran = echo(
            serve.address,
            &format!("/runCase?case={n}&agent=A%20%26+B%2f1"),
        );
        assert!(ran.opened || n == count, "{ran:?}");
    }
    let answer = ask(serve.address, "/updateReports?agent=A%20%26+B%2f1");
    assert!(
        answer.opened && answer.messages.is_empty() && answer.close == Some(Vec::new()),
        "{answer:?}"
    );
    let (code, stdout, stderr) = serve.end();
    assert_eq!((code, stderr.as_str()), (Some(0), ""), "{stdout}");
    let report = read(&json);
    let schema: Value = serde_json::from_str(include_str!("../../../reports/schema.json")).unwrap();
    assert_eq!(Schema::new(&schema).complaint(&report), None);
    let target = &report["targets"][0];
    assert_eq!(
        (&report["complete"], &target["name"], &target["role"]),
        (&true.into(), &"A & B/1".into(), &"client".into())
    );
    assert_eq!(rows(target).len(), count);
    // The case that a driver may not survive comes last.
    assert_eq!(last["id"], "client.response.accept-missing");
    assert!(
        rows(target).iter().all(|row| row["verdict"] == "pass"),
        "{stdout}"
    );
}

#[test]
fn a_driver_can_use_ids_and_ask_for_each_status() {
    let serve = Serve::few(&[]);
    let at = serve.address;
    let mut ids = BTreeSet::new();
    for n in 1..=serve.count() {
        let answer = ask(at, &format!("/getCaseInfo?case={n}"));
        let info: Value = serde_json::from_str(answer.text()).unwrap();
        assert!(
            info["description"]
                .as_str()
                .is_some_and(|text| text.len() > 10)
        );
        let id = info["id"].as_str().unwrap().to_owned();
        assert_eq!(
            ask(at, &format!("/getCaseInfo?casetuple={id}")).text(),
            answer.text()
        );
        let silent = id.ends_with("-1000");
        // In this case the client sends nothing back.
        let target = format!("/runCase?casetuple={id}&agent=mine");
        if silent {
            ask(at, &target)
        } else {
            echo(at, &target)
        };
        let status = ask(at, &format!("/getCaseStatus?casetuple={id}&agent=mine"));
        let status: Value = serde_json::from_str(status.text()).unwrap();
        let words = if silent {
            ("FAILED", "fail")
        } else {
            ("OK", "pass")
        };
        assert_eq!(
            (status["behavior"].as_str(), status["verdict"].as_str()),
            (Some(words.0), Some(words.1)),
            "{id}"
        );
        ids.insert(id);
    }
    assert!(
        ids.len() > 10 && ids.contains("message.text-1000"),
        "{ids:?}"
    );
    let answer = ask(at, "/updateReports?agent=mine&shutdownOnComplete=true");
    assert!(answer.opened && answer.messages.is_empty(), "{answer:?}");
    let (code, stdout, _) = serve.end();
    assert_eq!(code, Some(1));
    assert!(
        stdout.contains("FAIL message.text-1000")
            && stdout.contains("wsspec serve --agents 1 --listen 127.0.0.1:0 --filter 'message."),
        "{stdout}"
    );
}

/// Cases for clients over HTTP/2.
const OVER_HTTP2: &[&str] = &["control.ping-*", "message.text-1000", "h2.connect.accept-*"];

/// The reference client calls a function over HTTP/2 or HTTP/3.
fn call_over(transport: &str, serve: &Serve, path: &str) {
    let scheme = if transport == "h3" { "wss" } else { "ws" };
    let url = format!("{scheme}://{}{path}", serve.address);
    let called = Command::new(env!("CARGO_BIN_EXE_wsspec"))
        .args(["dial", "--insecure", "--transport", transport, &url])
        .status()
        .unwrap();
    assert!(called.success(), "{path}");
}

/// Runs cases over HTTP/3, with calls of functions in between.
#[test]
fn a_driver_can_run_the_cases_over_http3() {
    let ids = [
        "control.ping-0",
        "message.text-1000",
        "h3.connect.accept-bogus",
    ];
    let json = scratch("http3").join("report.json");
    let args = ["--transport", "h3", "--agents", "1", "--json"];
    let serve = Serve::cases(&ids, &[&args[..], &[json.to_str().unwrap()]].concat());
    call_over("h3", &serve, "/getCaseCount");
    for id in ids {
        call_over("h3", &serve, &format!("/runCase?casetuple={id}&agent=A"));
        call_over(
            "h3",
            &serve,
            &format!("/getCaseStatus?casetuple={id}&agent=A"),
        );
    }
    call_over("h3", &serve, "/updateReports?agent=A");
    let (code, stdout, stderr) = serve.end();
    assert_eq!(code, Some(0), "{stdout}{stderr}");
    let report = read(&json);
    let target = &report["targets"][0];
    let rows = rows(target);
    assert_eq!((&target["over"], rows.len()), (&"h3".into(), ids.len()));
    assert!(rows.iter().all(|row| row["verdict"] == "pass"), "{stdout}");
}

/// Over HTTP/2 too, a client runs the cases one after another and asks for its report.
#[test]
fn a_driver_can_run_the_cases_over_http2() {
    let json = scratch("http2").join("report.json");
    let args = ["--transport", "h2c", "--agents", "1", "--json"];
    let serve = Serve::cases(OVER_HTTP2, &[&args[..], &[json.to_str().unwrap()]].concat());
    // The functions are there over HTTP/1.1 as well.
    let count = serve.count();
    call_over("h2", &serve, "/getCaseCount");
    for n in 1..=count {
        call_over("h2", &serve, &format!("/runCase?case={n}&agent=A"));
    }
    call_over("h2", &serve, "/updateReports?agent=A");
    let (code, stdout, stderr) = serve.end();
    assert_eq!(code, Some(0), "{stdout}{stderr}");
    let report = read(&json);
    let target = &report["targets"][0];
    assert_eq!((&target["over"], rows(target).len()), (&"h2".into(), count));
    assert!(
        rows(target).iter().all(|row| row["verdict"] == "pass"),
        "{stdout}"
    );
}

/// The connection of a client that comes over HTTP/1.1 for such a case is closed.
#[test]
fn a_case_over_http2_is_skipped_for_a_client_over_http1() {
    let json = scratch("http1").join("report.json");
    let args = ["--transport", "h2c", "--agents", "1", "--json"];
    let serve = Serve::cases(OVER_HTTP2, &[&args[..], &[json.to_str().unwrap()]].concat());
    assert!(!echo(serve.address, "/runCase?case=1&agent=A").opened);
    ask(serve.address, "/updateReports?agent=A");
    serve.end();
    let report = read(&json);
    let rows = rows(&report["targets"][0]);
    assert!(
        rows.iter().all(|row| row["reason_key"] == "needs.http2") && rows.len() == 1,
        "{rows:?}"
    );
}

#[test]
fn concurrent_clients_are_told_apart() {
    let json = scratch("many").join("report.json");
    let serve = Serve::few(&["--json", json.to_str().unwrap()]);
    let (at, count) = (serve.address, serve.count());
    // The status is not answered before there is one.
    let early = thread::spawn(move || {
        (
            ask(at, "/getCaseStatus?case=2&agent=b").text().to_owned(),
            Instant::now(),
        )
    });
    thread::sleep(Duration::from_millis(200));
    let before = Instant::now();
    let drivers = ["a", "b", "c", "d"].map(|agent| {
        thread::spawn(move || {
            let targets = (1..=count).map(|n| format!("/runCase?agent={agent}&case={n}"));
            let running: Vec<_> = targets
                .map(|target| thread::spawn(move || echo(at, &target)))
                .collect();
            running
                .into_iter()
                .for_each(|talk| drop(talk.join().unwrap()));
        })
    });
    drivers
        .into_iter()
        .for_each(|driver| driver.join().unwrap());
    let (status, answered_at) = early.join().unwrap();
    assert!(status.contains("OK") && answered_at > before);
    let stopped = ask(at, "/stopServer");
    assert!(
        stopped.opened && stopped.messages.is_empty() && stopped.close == Some(Vec::new()),
        "{stopped:?}"
    );
    let (code, stdout, _) = serve.end();
    assert_eq!(code, Some(0), "{stdout}");
    let report = read(&json);
    let targets = report["targets"].as_array().unwrap();
    assert_eq!(
        targets
            .iter()
            .map(|target| target["name"].as_str().unwrap())
            .collect::<Vec<_>>(),
        ["a", "b", "c", "d"]
    );
    assert!(targets.iter().all(|target| rows(target).len() == count));
}

#[test]
fn a_browser_gets_a_page_and_its_data() {
    let serve = Serve::few(&[]);
    let (at, count) = (serve.address, serve.count());
    let (head, page) = get(at, "/");
    assert!(
        head.starts_with("HTTP/1.1 200") && head.contains("text/html; charset=utf-8"),
        "{head}"
    );
    // It loads nothing from other hosts.
    assert!(page.contains("/runCase?") && !page.contains("http://") && !page.contains("https://"));
    let cases: Value = serde_json::from_str(&get(at, "/cases.json").1).unwrap();
    let listed = cases.as_array().unwrap();
    assert_eq!((listed.len(), &listed[0]["number"]), (count, &1.into()));
    echo(at, "/runCase?case=1&agent=%F0%9F%A6%8A%22%3Cb%3E");
    // The status is answered once there is a result.
    ask(at, "/getCaseStatus?case=1&agent=%F0%9F%A6%8A%22%3Cb%3E");
    let results: Value =
        serde_json::from_str(&get(at, "/results.json?agent=%F0%9F%A6%8A%22%3Cb%3E").1).unwrap();
    assert_eq!(
        (&results[0]["id"], &results[0]["verdict"]),
        (&listed[0]["id"], &"pass".into())
    );
    assert_eq!(get(at, "/results.json?agent=nobody").1, "[]");
    for (target, status) in [
        ("/nothing", "404"),
        ("/results.json", "500"),
        ("/runCase?case=1", "500"),
    ] {
        assert!(
            get(at, target)
                .0
                .starts_with(&format!("HTTP/1.1 {status} ")),
            "{target}"
        );
    }
}

#[test]
fn wrong_parameters_are_refused_and_not_reported() {
    let json = scratch("wrong").join("report.json");
    let serve = Serve::few(&["--json", json.to_str().unwrap()]);
    let at = serve.address;
    for target in [
        "/runCase?case=1",
        "/runCase?case=1&agent=",
        "/runCase?agent=x",
        "/runCase?case=0&agent=x",
        "/runCase?case=99999&agent=x",
        "/runCase?case=-1&agent=x",
        "/runCase?case=18446744073709551617&agent=x",
        "/runCase?casetuple=no.such.case&agent=x",
        "/getCaseInfo",
        "/getCaseStatus?case=1",
        "/updateReports",
    ] {
        assert_eq!(ask(at, target).status(), Some(500), "{target}");
    }
    assert_eq!(ask(at, "/").status(), Some(404));
    serve.run_all("conforming");
    ask(at, "/updateReports?agent=conforming");
    ask(at, "/stopServer");
    assert_eq!(serve.end().0, Some(0));
    let report = read(&json);
    assert_eq!(report["targets"].as_array().unwrap().len(), 1);
}

#[test]
fn without_clients_to_wait_for_it_ends_when_it_is_idle() {
    let serve = Serve::few(&["--idle", "0.3"]);
    drop(echo(serve.address, "/runCase?case=1&agent=mine"));
    // One of the cases is missing.
    assert_eq!(serve.end().0, Some(3));
}

/// What is claimed for a client is judged, in the order of the cases: time-outs come last.
#[test]
fn a_time_out_claimed_for_clients_is_judged() {
    let json = scratch("claimed").join("report.json");
    let serve = Serve::cases(
        &["robustness.time-outs.idle", "message.text-1000"],
        &[
            "--profile",
            "all",
            "--idle-timeout",
            "0.001",
            "--agents",
            "1",
            "--json",
            json.to_str().unwrap(),
        ],
    );
    serve.run_all("mine");
    ask(serve.address, "/updateReports?agent=mine");
    assert_eq!(serve.end().0, Some(1));
    let report = read(&json);
    let judged: Vec<(&Value, &Value)> = rows(&report["targets"][0])
        .into_iter()
        .map(|row| (&row["id"], &row["reason_key"]))
        .collect();
    assert_eq!(judged[0].0, "message.text-1000");
    assert_eq!(judged[1].0, "robustness.time-outs.idle");
    assert_eq!(judged[1].1, "limit.beyond-idle-timeout");
}

#[test]
fn a_client_that_does_not_come_back_fails_the_run() {
    let json = scratch("gone").join("report.json");
    let serve = Serve::few(&[
        "--agents",
        "1",
        "--idle",
        "0.3",
        "--json",
        json.to_str().unwrap(),
    ]);
    (1..=3).for_each(|n| {
        drop(echo(
            serve.address,
            &format!("/runCase?case={n}&agent=mine"),
        ));
    });
    let count = serve.count();
    let (code, _, stderr) = serve.end();
    let report = read(&json);
    let third = rows(&report["targets"][0])[2]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    assert_eq!(
        (code, &report["complete"]),
        (Some(3), &false.into()),
        "{stderr}"
    );
    assert!(
        stderr.contains(&format!("mine ran 3 of {count} cases")) && stderr.contains(&third),
        "{stderr}"
    );
    // The stored report gives the same exit code.
    let stored = Command::new(env!("CARGO_BIN_EXE_wsspec"))
        .arg("report")
        .arg(&json)
        .output()
        .unwrap();
    assert_eq!(
        (stored.status.code(), &report["targets"][0]["ended"]["how"]),
        (Some(3), &"died".into())
    );

    // A client may want only some of the cases, and asks for its report then.
    let serve = Serve::few(&["--agents", "1"]);
    echo(serve.address, "/runCase?case=1&agent=mine");
    ask(serve.address, "/updateReports?agent=mine");
    let (code, _, stderr) = serve.end();
    assert!(code == Some(0) && stderr.contains("after 1 of"), "{stderr}");

    let serve = Serve::few(&[]);
    echo(serve.address, "/runCase?case=1&agent=mine");
    interrupt(&serve);
    assert_eq!(serve.end().0, Some(130));

    let serve = Serve::few(&[]);
    echo(serve.address, "/runCase?case=1&agent=mine");
    send("-TERM", &serve);
    assert_eq!(serve.end().0, Some(130));

    let serve = Serve::few(&[]);
    serve.count();
    interrupt(&serve);
    assert_eq!(serve.end().0, Some(3));
}

#[test]
fn a_client_that_vanishes_spoils_no_other_case() {
    let serve = Serve::cases(&["message.text-1000", "control.ping-0"], &["--jsonl", "-"]);
    let at = serve.address;
    let request = |n: u8| {
        format!(
            "GET /runCase?case={n}&agent=gone HTTP/1.1\r\nHost: {at}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
             Sec-WebSocket-Key: AAECAwQFBgcICQoLDA0O{n}w==\r\nSec-WebSocket-Version: 13\r\n\r\n"
        )
    };
    for n in 1..=2 {
        let mut stream = TcpStream::connect(at).unwrap();
        stream.write_all(request(n).as_bytes()).unwrap();
        let mut some = [0; 16];
        stream.read_exact(&mut some).unwrap();
        assert!(some.starts_with(b"HTTP/1.1 101"));
    }
    // Both cases are judged at once, and other clients are served.
    let began = Instant::now();
    for n in 1..=2 {
        let status = ask(at, &format!("/getCaseStatus?case={n}&agent=gone"));
        assert!(status.text().contains("FAILED"), "{status:?}");
        echo(at, &format!("/runCase?case={n}&agent=there"));
    }
    assert!(began.elapsed() < Duration::from_secs(30));
    ask(at, "/stopServer");
    let (code, stdout, _) = serve.end();
    assert_eq!(code, Some(3), "{stdout}");
    let lines: Vec<Value> = stdout
        .lines()
        .filter_map(|line| serde_json::from_str(line).ok())
        .collect();
    let gone: Vec<&Value> = lines
        .iter()
        .filter(|line| line["target"] == "gone")
        .take(2)
        .collect();
    assert!(
        gone.iter().all(|line| line["verdict"] == "error"),
        "{gone:?}"
    );
    let there = lines.iter().filter(|line| line["target"] == "there");
    assert!(
        there.clone().count() > 2 && there.clone().all(|line| line["verdict"] == "pass"),
        "{stdout}"
    );
}

/// After an answer other than 101, a client may send its next request on the same connection. That
/// is not a frame, and belongs to the next case.
#[test]
fn an_http_connection_is_reused() {
    let serve = Serve::cases(
        &[
            "client.response.status-20[01]",
            "client.response.status-40[34]",
        ],
        &["--jsonl", "-"],
    );
    let (at, count) = (serve.address, serve.count());
    assert_eq!(count, 4);
    let mut stream = TcpStream::connect(at).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_secs(20)))
        .unwrap();
    let began = Instant::now();
    for n in 1..=count {
        let request = format!(
            "GET /runCase?case={n}&agent=pooled HTTP/1.1\r\nHost: {at}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
             Sec-WebSocket-Key: AAECAwQFBgcICQoLDA0O{n}w==\r\nSec-WebSocket-Version: 13\r\n\r\n"
        );
        stream.write_all(request.as_bytes()).unwrap();
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            stream.read_exact(&mut byte).unwrap();
            head.extend(byte);
        }
        assert!(
            head.starts_with(b"HTTP/1.1 20") || head.starts_with(b"HTTP/1.1 40"),
            "{head:?}"
        );
    }
    drop(stream);
    ask(at, "/updateReports?agent=pooled");
    assert!(began.elapsed() < Duration::from_secs(30));
    ask(at, "/stopServer");
    let (code, stdout, _) = serve.end();
    assert_eq!(code, Some(0), "{stdout}");
    let lines: Vec<Value> = stdout
        .lines()
        .filter_map(|line| serde_json::from_str(line).ok())
        .collect();
    let verdicts: Vec<&str> = lines
        .iter()
        .take(count)
        .map(|line| line["verdict"].as_str().unwrap())
        .collect();
    assert_eq!(
        verdicts,
        ["informational", "informational", "informational", "pass"]
    );
    assert!(
        lines[count..].iter().all(|line| line["verdict"] == "pass"),
        "{stdout}"
    );
}

#[test]
fn hostile_requests_use_bounded_resources() {
    let serve = Serve::few(&["--timeout", "0.5"]);
    let at = serve.address;
    // Idle connections and an endless request head are open all the time.
    let _silent: Vec<TcpStream> = (0..20).map(|_| TcpStream::connect(at).unwrap()).collect();
    let mut slow = TcpStream::connect(at).unwrap();
    slow.write_all(b"GET /runCase?case=1&agent=slow HTTP/1.1\r\nHost:")
        .unwrap();
    drop(TcpStream::connect(at).unwrap());
    let long = "a".repeat(200 << 10);
    for bytes in [
        b"\r\n\r\n".to_vec(),
        b"GET\r\n\r\n".to_vec(),
        b"GET  HTTP/1.1\r\n\r\n".to_vec(),
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n".to_vec(),
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec(),
        vec![0xff; 100 << 10],
        format!("GET /{long} HTTP/1.1\r\n\r\n").into_bytes(),
        format!("GET /runCase?case=1&agent={long} HTTP/1.1\r\n\r\n").into_bytes(),
        format!("GET / HTTP/1.1\r\nUpgrade: websocket\r\nX: {long}\r\n\r\n").into_bytes(),
        b"GET http://[ HTTP/1.1\r\n\r\n".to_vec(),
        b"GET /runCase?case=1&agent=%ff%00%1b[31m HTTP/1.1\r\n\r\n".to_vec(),
        b"DELETE /runCase?case=2&agent=x HTTP/0.9\nUpgrade\n\n\r\n\r\n".to_vec(),
    ] {
        let answer = raw(at, &bytes);
        assert!(
            answer.is_empty() || answer.starts_with("HTTP/1.1 "),
            "{answer}"
        );
    }
    // The number of clients with results is bounded, and no control character reaches the terminal.
    for n in 0..100 {
        echo(at, &format!("/runCase?case=1&agent=%1b[2J{n}"));
    }
    serve.run_all("%1b[31mred%07");
    let began = Instant::now();
    let answer = ask(at, "/getCaseCount");
    assert!(!answer.text().is_empty() && began.elapsed() < Duration::from_secs(10));
    ask(at, "/stopServer");
    let (_, stdout, stderr) = serve.end();
    assert!(
        !stdout.contains(['\u{1b}', '\u{7}']) && !stderr.contains(['\u{1b}', '\u{7}']),
        "{stdout:?}"
    );
    assert!(stdout.lines().count() < 5000, "{}", stdout.lines().count());
}
