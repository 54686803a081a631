//! `wsspec load`, against the reference server: right, with planted faults, and with one that shows only from a certain
//! number of connections on.

#[path = "common/echo.rs"]
mod echo;

use std::io;
use std::net::{TcpListener, TcpStream};
use std::process::{Command, Output};
use std::thread;

use serde_json::Value;

use echo::Echo;

/// Returns the exit code and the result.
fn load(url: &str, options: &[&str]) -> (Option<i32>, Value) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_wsspec"));
    command.args(["load", url, "--json", "-"]);
    let Output {
        status,
        stdout,
        stderr,
    } = command.args(options).output().unwrap();
    let result = serde_json::from_slice(&stdout);
    let result = result.unwrap_or_else(|_| Value::String(String::from_utf8_lossy(&stderr).into()));
    (status.code(), result)
}

fn trouble(result: &Value) -> Vec<&str> {
    let trouble = result["trouble"].as_array().unwrap().iter();
    trouble.map(|row| row["key"].as_str().unwrap()).collect()
}

#[test]
fn a_right_server_conforms_under_load() {
    let echo = Echo::with(&[]);
    for options in [
        &["--connections", "50", "--messages", "20"][..],
        &[
            "--connections",
            "3",
            "--messages",
            "9",
            "--size",
            "70000",
            "--in-flight",
            "5",
            "--binary",
        ],
        &[
            "--connections",
            "5",
            "--messages",
            "9",
            "--deflate",
            "--size",
            "2000",
        ],
        &["--connections", "1", "--messages", "3", "--size", "0"],
    ] {
        let (code, result) = load(echo.url(), options);
        assert_eq!(code, Some(0), "{result}");
        assert_eq!(result["clean"], true);
        assert_eq!(result["opened"], result["connections"]);
        assert_eq!(result["sent"], result["echoed"], "{result}");
        let sent: u64 = options[1].parse::<u64>().unwrap() * options[3].parse::<u64>().unwrap();
        assert_eq!(result["sent"], sent);
    }
}

#[test]
fn what_breaks_is_named() {
    for (fault, key) in [
        ("rsv2-set", "broke.rsv-set"),
        ("wrong-bytes", "echo.differs"),
    ] {
        let echo = Echo::with(&["--fault", fault]);
        let (code, result) = load(echo.url(), &["--connections", "2", "--messages", "5"]);
        assert_eq!((code, trouble(&result)), (Some(1), vec![key]), "{result}");
    }
}

#[test]
fn a_server_that_does_not_open_or_echo_is_no_target() {
    let refusing = Echo::with(&["--fault", "drops-after-open"]);
    assert_eq!(
        load(refusing.url(), &["--connections", "2", "--messages", "5"]).0,
        Some(1)
    );
    let free = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    assert_eq!(load(&format!("ws://{free}/"), &[]).0, Some(3));
}

/// Copies what comes from one end to the other.
fn copy(from: &TcpStream, to: &TcpStream) {
    let (mut from, mut to) = (from.try_clone().unwrap(), to.try_clone().unwrap());
    thread::spawn(move || {
        let _ = io::copy(&mut from, &mut to);
        let _ = to.shutdown(std::net::Shutdown::Write);
    });
}

#[test]
fn a_fault_of_many_connections_is_found() {
    const RIGHT: usize = 60;
    let (right, wrong) = (Echo::with(&[]), Echo::with(&["--fault", "wrong-bytes"]));
    let addresses = [&right, &wrong].map(|echo| {
        let url = url::Url::parse(echo.url()).unwrap();
        url.socket_addrs(|| None).unwrap()[0]
    });
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("ws://{}/", listener.local_addr().unwrap());
    thread::spawn(move || {
        for (number, client) in listener.incoming().enumerate() {
            let client = client.unwrap();
            let server = TcpStream::connect(addresses[usize::from(number % 100 >= RIGHT)]).unwrap();
            copy(&client, &server);
            copy(&server, &client);
        }
    });
    // The first connection of a load is for its first message.
    let few = load(&url, &["--connections", "40", "--messages", "2"]);
    assert_eq!(few.0, Some(0), "{}", few.1);
    let many = load(&url, &["--connections", "59", "--messages", "2"]);
    assert_eq!(
        (many.0, trouble(&many.1)),
        (Some(1), vec!["echo.differs"]),
        "{}",
        many.1
    );
}
