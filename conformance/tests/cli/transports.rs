//! Runs over TLS, over Unix sockets and over HTTP/2.

use std::io::{BufRead, BufReader, Lines};
use std::process::{Child, ChildStderr, Stdio};

use super::{run, wsspec};

/// `wsspec echo --transport tls`, until it is dropped.
struct Secure {
    url: String,
    _echo: Echo,
    authority: String,
}

impl Secure {
    fn start() -> Secure {
        let mut echo = Echo::start(&["--transport", "tls"]);
        let authority = echo.line().rsplit(' ').next().unwrap().to_owned();
        Secure {
            url: echo.url.clone(),
            _echo: echo,
            authority,
        }
    }
}

impl Drop for Secure {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.authority);
    }
}

/// `wsspec echo` with more arguments, until it is dropped.
struct Echo {
    child: Child,
    lines: Lines<BufReader<ChildStderr>>,
    url: String,
}

impl Echo {
    fn start(more: &[&str]) -> Echo {
        let mut child = wsspec()
            .args(["echo", "--listen", "127.0.0.1:0"])
            .args(more)
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let first = lines.next().unwrap().unwrap();
        let url = first.split(' ').next().unwrap().to_owned();
        Echo { child, lines, url }
    }

    fn line(&mut self) -> String {
        self.lines.next().unwrap().unwrap()
    }
}

impl Drop for Echo {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

const FEW: [&str; 2] = ["--filter", "close.code.*"];

#[test]
fn the_embedded_server_passes_over_every_transport() {
    let transports: &[&str] = if cfg!(unix) {
        &["tcp", "tls", "h2", "unix"]
    } else {
        &["tcp", "tls", "h2"]
    };
    for transport in transports {
        let (code, stdout, stderr) = run(&[&["--transport", transport, "-q"][..], &FEW].concat());
        assert_eq!(code, Some(0), "{transport}: {stdout}{stderr}");
    }
}

#[test]
fn a_certificate_is_trusted_when_the_user_says_so() {
    let secure = Secure::start();
    let url = secure.url.as_str();
    let trusted = |trust: &[&str]| run(&[&[url, "-q"][..], &FEW, trust].concat());
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

#[test]
fn what_stands_in_place_of_tls_opens_nothing() {
    let (code, stdout, stderr) = run(&["--transport", "tls", "-q", "--filter", "tls.*"]);
    assert_eq!(code, Some(0), "{stdout}{stderr}");
}

#[test]
fn a_port_is_declared_to_take_tls_only() {
    let secure = Secure::start();
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

/// A server without extended CONNECT makes neither an error nor a failure, and is no endpoint for what
/// was asked.
#[test]
fn a_server_without_extended_connect_is_skipped() {
    let echo = Echo::start(&["--transport", "h2", "--fault", "connect-not-announced"]);
    let over_h2 = [echo.url.as_str(), "--transport", "h2", "--json", "-"];
    let (code, stdout, stderr) = run(&[&over_h2[..], &FEW].concat());
    assert_eq!(code, Some(3), "{stderr}");
    let report: serde_json::Value = serde_json::from_str(&stdout).unwrap();
    let cases = report["targets"][0]["cases"].as_array().unwrap();
    let needs = serde_json::json!("needs.extended-connect");
    assert!(
        cases.iter().all(|case| case["reason_key"] == needs),
        "{stdout}"
    );
}
