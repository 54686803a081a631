//! A running `wsspec serve`, and the clients that drive it.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use serde_json::Value;
use wsspec_core::endpoint::{ClientConfig, Endpoint, Event};
use wsspec_vectors::SplitMix64;

/// Small cases of several kinds, one of them with an invalid 101 response.
const FEW: &[&str] = &[
    "control.ping-*",
    "message.text-is-kept-*",
    "message.text-1000",
    "client.response.accept-missing",
];

/// A running `wsspec serve`. Dropping it ends the process.
pub(crate) struct Serve {
    pub(crate) child: Child,
    pub(crate) address: SocketAddr,
    stderr: Option<JoinHandle<String>>,
}

impl Serve {
    /// Serves the cases of these patterns.
    pub(crate) fn cases(patterns: &[&str], args: &[&str]) -> Serve {
        let filters = patterns.iter().flat_map(|pattern| ["--filter", pattern]);
        let mut child = Command::new(env!("CARGO_BIN_EXE_wsspec"))
            .args(["serve", "--listen", "127.0.0.1:0"])
            .args(filters)
            .args(args)
            .env("NO_COLOR", "1")
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stderr = BufReader::new(child.stderr.take().unwrap());
        let mut line = String::new();
        stderr.read_line(&mut line).unwrap();
        let address = line
            .split_whitespace()
            .next()
            .and_then(|url| url.split_once("://"))
            .map(|(_, address)| address);
        let address = address.unwrap_or_else(|| panic!("{line}")).parse().unwrap();
        let stderr = thread::spawn(move || {
            let mut rest = String::new();
            stderr.read_to_string(&mut rest).unwrap();
            rest
        });
        Serve {
            child,
            address,
            stderr: Some(stderr),
        }
    }

    pub(crate) fn few(args: &[&str]) -> Serve {
        Serve::cases(FEW, args)
    }

    /// Waits for its end. Returns the exit code, standard output, and standard error after the
    /// first line.
    pub(crate) fn end(mut self) -> (Option<i32>, String, String) {
        let mut stdout = String::new();
        self.child
            .stdout
            .take()
            .unwrap()
            .read_to_string(&mut stdout)
            .unwrap();
        let code = self.child.wait().unwrap().code();
        (code, stdout, self.stderr.take().unwrap().join().unwrap())
    }

    pub(crate) fn count(&self) -> usize {
        let talk = ask(self.address, "/getCaseCount");
        talk.text().parse().unwrap_or_else(|_| panic!("{talk:?}"))
    }

    pub(crate) fn run_all(&self, agent: &str) {
        (1..=self.count()).for_each(|n| {
            drop(echo(
                self.address,
                &format!("/runCase?case={n}&agent={agent}"),
            ));
        });
    }
}

impl Drop for Serve {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What happened on a connection.
#[derive(Debug, Default)]
pub(crate) struct Talk {
    pub(crate) opened: bool,
    pub(crate) messages: Vec<Vec<u8>>,
    /// The body of the Close frame.
    pub(crate) close: Option<Vec<u8>>,
    pub(crate) bytes: Vec<u8>,
}

impl Talk {
    /// The answer of a control function: one message, followed by a Close frame without a code.
    pub(crate) fn text(&self) -> &str {
        assert!(self.opened && self.close == Some(Vec::new()), "{self:?}");
        let [message] = self.messages.as_slice() else {
            panic!("{self:?}")
        };
        str::from_utf8(message).unwrap()
    }

    pub(crate) fn status(&self) -> Option<u16> {
        String::from_utf8_lossy(&self.bytes)
            .split(' ')
            .nth(1)?
            .parse()
            .ok()
    }
}

/// A conforming client that sends no message.
pub(crate) fn ask(address: SocketAddr, target: &str) -> Talk {
    talk(address, target, |_, _| ())
}

/// A conforming client that sends every message back.
pub(crate) fn echo(address: SocketAddr, target: &str) -> Talk {
    talk(address, target, |endpoint, event| {
        if let Event::Message(kind, payload) = event {
            endpoint.send(*kind, payload);
        }
    })
}

fn talk(address: SocketAddr, target: &str, mut app: impl FnMut(&mut Endpoint, &Event)) -> Talk {
    static NUMBER: AtomicU64 = AtomicU64::new(1);
    let mut random = SplitMix64(NUMBER.fetch_add(1, Ordering::Relaxed));
    let mut stream = TcpStream::connect(address).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_secs(20)))
        .unwrap();
    let nonce = [random.next().to_le_bytes(), random.next().to_le_bytes()]
        .concat()
        .try_into()
        .unwrap();
    let config = ClientConfig::new(&address.to_string(), target, nonce);
    let mut endpoint = Endpoint::client(config, move || (random.next() as u32).to_le_bytes());
    let (mut found, mut buffer) = (Talk::default(), vec![0; 64 << 10]);
    loop {
        while let Some(event) = endpoint.poll() {
            app(&mut endpoint, &event);
            match event {
                Event::Opened(_) => found.opened = true,
                Event::Message(_, payload) => found.messages.push(payload),
                Event::Close(body) => found.close = Some(body),
                _ => {}
            }
        }
        let written = stream.write_all(&endpoint.take_output());
        if endpoint.wants_end() {
            return found;
        }
        match stream.read(&mut buffer) {
            Ok(n @ 1..) if written.is_ok() => {
                found.bytes.extend(&buffer[..n]);
                endpoint.receive(&mut buffer[..n]);
            }
            _ => return found,
        }
    }
}

/// The answer to these bytes, until the end of TCP.
pub(crate) fn raw(address: SocketAddr, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_secs(20)))
        .unwrap();
    let _ = stream.write_all(bytes);
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    String::from_utf8_lossy(&answer).into_owned()
}

pub(crate) fn get(address: SocketAddr, target: &str) -> (String, String) {
    let answer = raw(
        address,
        format!("GET {target} HTTP/1.1\r\nHost: {address}\r\n\r\n").as_bytes(),
    );
    let (head, body) = answer
        .split_once("\r\n\r\n")
        .unwrap_or_else(|| panic!("{target}: {answer:?}"));
    (head.to_owned(), body.to_owned())
}

pub(crate) fn read(path: &Path) -> Value {
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

pub(crate) fn rows(target: &Value) -> Vec<&Value> {
    let rows = target["cases"].as_array().unwrap().iter();
    rows.filter(|row| !row["id"].as_str().unwrap().starts_with("passive."))
        .collect()
}

pub(crate) fn interrupt(serve: &Serve) {
    send("-INT", serve);
}

pub(crate) fn send(signal: &str, serve: &Serve) {
    Command::new("kill")
        .args([signal, &serve.child.id().to_string()])
        .status()
        .unwrap();
}
