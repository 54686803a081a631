//! `wsspec load`, against the reference server: right, with planted faults, and with one that shows only from a certain
//! number of connections on.

#[path = "common/echo.rs"]
mod echo;

use std::io::{self, Read, Write};
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

/// A relay to a right server, and from its connection with this number on, of each `of`, to one that changes
/// what it echoes. Returns its URL, and the servers.
fn wrong_from(right: u64, of: u64) -> (String, [Echo; 2]) {
    let servers = [Echo::with(&[]), Echo::with(&["--fault", "wrong-bytes"])];
    let addresses = servers.each_ref().map(|echo| {
        let url = url::Url::parse(echo.url()).unwrap();
        url.socket_addrs(|| None).unwrap()[0]
    });
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("ws://{}/", listener.local_addr().unwrap());
    thread::spawn(move || {
        for (number, client) in (0..).zip(listener.incoming()) {
            let client = client.unwrap();
            let server = TcpStream::connect(addresses[usize::from(number % of >= right)]).unwrap();
            copy(&client, &server);
            copy(&server, &client);
        }
    });
    (url, servers)
}

#[test]
fn a_fault_of_many_connections_is_found() {
    let (url, _servers) = wrong_from(60, 100);
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

/// A fault that shows only above a thousand connections. Both ends of the relay are open files of this process.
#[cfg(unix)]
#[test]
fn a_fault_above_a_thousand_connections_is_found() {
    use rustix::process::{Resource, getrlimit, setrlimit};
    if std::env::var_os("WSSPEC_LONG").is_none() {
        return;
    }
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    setrlimit(Resource::Nofile, limit).unwrap();
    let (url, _servers) = wrong_from(1001, u64::MAX);
    // The first connection of a load is for its first message.
    let few = load(&url, &["--connections", "900", "--messages", "2"]);
    assert_eq!(few.0, Some(0), "{}", few.1);
    let (url, _servers) = wrong_from(1001, u64::MAX);
    let many = load(&url, &["--connections", "1010", "--messages", "2"]);
    assert_eq!(
        (many.0, trouble(&many.1)),
        (Some(1), vec!["echo.differs"]),
        "{}",
        many.1
    );
    assert_eq!(many.1["trouble"][0]["count"], 20, "{}", many.1);
}

/// Streams of HTTP/2 and HTTP/3 are WebSockets like others: right, with a planted fault, and refused.
#[test]
fn streams_carry_a_load() {
    for (transport, more) in [("h2", &[][..]), ("h3", &["--insecure"])] {
        let over = [&["--transport", transport], more].concat();
        let right = Echo::with(&["--transport", transport]);
        let many = ["--connections", "25", "--streams", "10", "--messages", "4"];
        let (code, result) = load(right.url(), &[&over[..], &many].concat());
        assert_eq!(code, Some(0), "{result}");
        assert_eq!(
            (&result["opened"], &result["echoed"]),
            (&25.into(), &100.into())
        );
        assert_eq!(result["over"], transport);
        let deflated = [
            "--connections",
            "2",
            "--messages",
            "3",
            "--size",
            "9000",
            "--deflate",
        ];
        let (code, result) = load(right.url(), &[&over[..], &deflated].concat());
        assert_eq!(code, Some(0), "{result}");
        let wrong = Echo::with(&["--transport", transport, "--fault", "rsv2-set"]);
        let few = ["--connections", "2", "--messages", "3"];
        let (code, result) = load(wrong.url(), &[&over[..], &few].concat());
        let found = (code, trouble(&result));
        assert_eq!(found, (Some(1), vec!["broke.rsv-set"]), "{result}");
    }
}

/// A server of HTTP/2 that does not offer extended CONNECT is told as such.
#[test]
fn a_server_without_extended_connect_is_named() {
    const EMPTY_SETTINGS: [u8; 9] = [0, 0, 0, 4, 0, 0, 0, 0, 0];
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            stream.write_all(&EMPTY_SETTINGS).unwrap();
            let _ = stream.read_to_end(&mut Vec::new());
        }
    });
    let (code, said) = load(&format!("ws://{address}/"), &["--transport", "h2"]);
    let named = said
        .as_str()
        .is_some_and(|said| said.contains("extended CONNECT"));
    assert!(code == Some(3) && named, "{said}");
}
