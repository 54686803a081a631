//! `-m testeeclient` and `-m fuzzingserver`: clients are under test.

use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::Output;

use serde_json::json;
use wsspec_core::close::CloseCode;
use wsspec_core::endpoint::{ClientConfig, Endpoint, Event, ServerConfig};
use wsspec_core::frame::MessageKind;

use crate::common::{Served, read, scratch, wsspec};

/// A fuzzing server of two cases that checks the echoes. Returns the request targets, up to that
/// for the reports.
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

/// Serves one connection: sends a message and a Close right after the response, and resets the
/// connection.
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
    // The answer of the client stays unread, which makes the end of the connection a reset.
    let mut first = [0];
    stream.peek(&mut first).unwrap();
}

#[test]
fn the_testee_client_accepts_a_reset_after_the_last_byte() {
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
        String::from_utf8(stdout).unwrap().contains("ran 1 case"),
        "{}",
        String::from_utf8_lossy(&stderr)
    );
    serving.join().unwrap();
}

/// A client without permessage-deflate that echoes until the end. Returns the body of the Close it
/// got.
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
fn the_fuzzing_server_closes_cleanly_on_a_client_without_compression() {
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
    let address = server.url.trim_start_matches("ws://");
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
