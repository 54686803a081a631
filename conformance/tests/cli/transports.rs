//! Runs over TLS, HTTP/3 and Unix sockets, and of clients over HTTP/2.

use std::io::{BufRead, BufReader};
use std::process::{Child, Stdio};

use serde_json::Value;

use super::{run, wsspec};

/// `wsspec echo` over a transport with certificates, until it is dropped.
struct Secure {
    child: Child,
    url: String,
    authority: String,
}

impl Secure {
    fn start(transport: &str) -> Secure {
        let mut child = wsspec()
            .args(["echo", "--transport", transport, "--listen", "127.0.0.1:0"])
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let mut line = || lines.next().unwrap().unwrap();
        let url = line().split(' ').next().unwrap().to_owned();
        let authority = line().rsplit(' ').next().unwrap().to_owned();
        Secure {
            child,
            url,
            authority,
        }
    }
}

impl Drop for Secure {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = std::fs::remove_file(&self.authority);
    }
}

const FEW: [&str; 2] = ["--filter", "close.code.*"];

#[test]
fn the_embedded_server_passes_over_every_transport() {
    let transports: &[&str] = if cfg!(unix) {
        &["tcp", "tls", "unix", "h3"]
    } else {
        &["tcp", "tls", "h3"]
    };
    for transport in transports {
        let (code, stdout, stderr) = run(&[&["--transport", transport, "-q"][..], &FEW].concat());
        assert_eq!(code, Some(0), "{transport}: {stdout}{stderr}");
    }
}

#[test]
fn a_certificate_is_trusted_when_the_user_says_so() {
    for transport in ["tls", "h3"] {
        trusts_as_told(transport);
    }
}

fn trusts_as_told(transport: &str) {
    let secure = Secure::start(transport);
    let url = [secure.url.as_str(), "--transport", transport, "-q"];
    let trusted = |trust: &[&str]| run(&[&url[..], &FEW, trust].concat());
    assert_eq!(trusted(&["--cacert", &secure.authority]).0, Some(0));
    assert_eq!(trusted(&["--insecure"]).0, Some(0));
    let named = ["--cacert", &secure.authority, "--sni", "ws.wsspec.test"];
    assert_eq!(trusted(&named).0, Some(0));
    let other = ["--cacert", &secure.authority, "--sni", "other.example"];
    let (code, _, stderr) = trusted(&other);
    assert!(code == Some(3) && stderr.contains("--sni"), "{stderr}");
    let (code, _, stderr) = trusted(&[]);
    assert!(code == Some(3) && stderr.contains("--cacert"), "{stderr}");
}

/// Over UDP nobody says that a port is closed, or that it is one of another protocol.
#[test]
fn a_server_without_http3_is_named_in_one_line() {
    let secure = Secure::start("tls");
    let h3 = ["--transport", "h3", "--insecure"];
    let (code, _, stderr) = run(&[&[secure.url.as_str()][..], &h3].concat());
    assert!(code == Some(3) && stderr.contains("HTTP/3"), "{stderr}");
    assert_eq!(stderr.lines().count(), 1, "{stderr}");
    let clear = secure.url.replace("wss:", "ws:");
    let (code, _, stderr) = run(&[&[clear.as_str()][..], &h3].concat());
    assert!(code == Some(2) && stderr.contains("wss://"), "{stderr}");
}

/// The reference client, which trusts whom the environment says, takes part in every case about TLS
/// but for those whose host names do not resolve; one that verifies nothing fails.
#[test]
fn a_client_over_tls_is_told_whom_to_trust() {
    let client = |dial: &[&str]| {
        let ours = env!("CARGO_BIN_EXE_wsspec");
        let start = [
            "client",
            "--transport",
            "tls",
            "-q",
            "--filter",
            "tls.*",
            "--",
        ];
        run(&[&start[..], &[ours, "dial"], dial, &["{url}"]].concat())
    };
    for trusting in [&[][..], &["--cacert", "{cacert}"]] {
        let (code, stdout, stderr) = client(trusting);
        assert_eq!(code, Some(0), "{stdout}{stderr}");
    }
    for lax in [&["--insecure"][..], &["--fault", "tls-any-certificate"]] {
        assert_eq!(client(lax).0, Some(1), "{lax:?}");
    }
}

/// Runs a few cases with a client that has to come over HTTP/2.
fn client_over_http2(transport: &str, dial: &[&str]) -> (Option<i32>, String, String) {
    let start = ["client", "--transport", transport, "--jsonl", "-"];
    let cases = ["--filter", "h2.*", "--filter", "close.code.legal-*", "--"];
    let dial = [&[env!("CARGO_BIN_EXE_wsspec"), "dial"], dial, &["{url}"]].concat();
    run(&[&start[..], &cases, &dial].concat())
}

/// By ALPN, and with prior knowledge.
#[test]
fn a_client_over_http2_is_tested() {
    for transport in ["h2", "h2c"] {
        let (code, stdout, stderr) = client_over_http2(transport, &["--transport", "h2"]);
        assert_eq!(code, Some(0), "{transport}: {stdout}{stderr}");
    }
    let faulty = ["--transport", "h2", "--fault", "asks-unannounced"];
    assert_eq!(client_over_http2("h2", &faulty).0, Some(1));
}

#[test]
fn a_client_that_chooses_http1_is_not_judged() {
    for transport in ["h2", "h2c"] {
        let (code, stdout, stderr) = client_over_http2(transport, &[]);
        assert_eq!(code, Some(2), "{transport}: {stderr}");
        let mut rows = stdout
            .lines()
            .filter_map(|line| serde_json::from_str::<Value>(line).ok());
        assert!(
            rows.all(|row| row["reason_key"] == "needs.http2"),
            "{stdout}"
        );
    }
}

#[test]
fn what_stands_in_place_of_tls_opens_nothing() {
    let (code, stdout, stderr) = run(&["--transport", "tls", "-q", "--filter", "tls.*"]);
    assert_eq!(code, Some(0), "{stdout}{stderr}");
}

#[test]
fn a_port_is_declared_to_take_tls_only() {
    let secure = Secure::start("tls");
    let declared = [
        "--insecure",
        "--tls-only",
        "--filter",
        "tls.wss.clear-text-tls-only",
        "-q",
    ];
    let (code, stdout, stderr) = run(&[&[secure.url.as_str()][..], &declared].concat());
    assert_eq!(code, Some(0), "{stdout}{stderr}");
}
