//! Runs over TLS, HTTP/2, HTTP/3 and Unix sockets, through proxies, and of clients over HTTP/2 and HTTP/3.

use std::io::{BufRead, BufReader, Lines};
use std::process::{Child, ChildStderr, Stdio};

use serde_json::Value;

use super::rows::text;
use super::{run, wsspec};

/// `wsspec echo` over a transport with certificates, until it is dropped.
struct Secure {
    url: String,
    _echo: Echo,
    authority: String,
}

impl Secure {
    fn start(transport: &str) -> Secure {
        let mut echo = Echo::start(&["--transport", transport]);
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
        &["tcp", "tls", "h2", "unix", "h3"]
    } else {
        &["tcp", "tls", "h2", "h3"]
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

/// UDP has no handshake: a closed port, or one of another protocol, does not answer.
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

/// It is no endpoint for what was asked of it, as a server without HTTP/2 is none.
#[test]
fn a_client_that_chooses_http1_is_not_judged() {
    for transport in ["h2", "h2c"] {
        let (code, stdout, stderr) = client_over_http2(transport, &[]);
        assert_eq!(code, Some(3), "{transport}: {stderr}");
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

/// A case: its id, its verdict, and the key of the reason.
type Row = (String, String, String);

/// Runs cases with the reference client. Returns the exit code and the cases.
fn with_client(options: &[&str], dial: &[&str]) -> (Option<i32>, Vec<Row>) {
    let ours = env!("CARGO_BIN_EXE_wsspec");
    let start = ["client", "-q", "--jsonl", "-"];
    let (code, stdout, stderr) = run(&[&start, options, &["--", ours, "dial"], dial].concat());
    let rows = stdout.lines().map(|line| -> serde_json::Value {
        serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}{stderr}"))
    });
    let cases = rows.map(|row| {
        let [id, verdict, key] =
            ["id", "verdict", "reason_key"].map(|key| text(&row, key).to_owned());
        (id, verdict, key)
    });
    let cases = cases.filter(|(id, ..)| !id.starts_with("passive."));
    (code, cases.collect())
}

/// Runs a few cases with the reference client over HTTP/3.
fn client_over_http3(options: &[&str], dial: &[&str]) -> (Option<i32>, Vec<Row>) {
    let cases = ["--filter", "h3.*", "--filter", "close.code.legal-*"];
    let start = [&["--transport", "h3"][..], options, &cases].concat();
    let over = ["--transport", "h3", "--cacert", "{cacert}"];
    with_client(&start, &[&over[..], dial].concat())
}

#[test]
fn a_client_over_http3_is_tested() {
    for (options, dial) in [(&[][..], &["{url}"][..]), (&["--keep"], &[])] {
        let (code, cases) = client_over_http3(options, dial);
        let of_http3 = |(id, verdict, _): &&Row| id.starts_with("h3.") && verdict == "pass";
        assert_eq!(code, Some(0), "{cases:?}");
        assert!(cases.iter().filter(of_http3).count() > 20, "{cases:?}");
    }
}

#[test]
fn a_client_over_http3_that_breaks_a_rule_fails_the_case_about_it() {
    let asks_unannounced = ["--fault", "h3-asks-unannounced", "{url}"];
    let (code, cases) = client_over_http3(&[], &asks_unannounced);
    assert_eq!(code, Some(1));
    let failed = cases.iter().filter(|(_, verdict, _)| verdict == "fail");
    let mut ids = failed.map(|(id, ..)| id.as_str());
    assert!(ids.all(|id| id.starts_with("h3.settings.")), "{cases:?}");
}

#[test]
fn an_http_proxy_has_no_tunnel_for_http3() {
    for command in [
        &["client", "--transport", "h3", "--proxy", "--", "true"][..],
        &[
            "dial",
            "--transport",
            "h3",
            "--proxy",
            "http://127.0.0.1:1",
            "wss://127.0.0.1:1/",
        ],
    ] {
        assert_eq!(run(command).0, Some(2), "{command:?}");
    }
}

const OF_PROXIES: [&str; 2] = ["--filter", "client.proxy.*"];

/// The reference client takes part in every case about proxies, TLS in the tunnel included.
#[test]
fn a_client_uses_its_proxy() {
    let (code, cases) = with_client(&OF_PROXIES, &["--proxy", "{proxy}", "{url}"]);
    assert_eq!(code, Some(0), "{cases:?}");
    let others: Vec<_> = cases
        .iter()
        .filter(|(_, verdict, _)| verdict != "pass")
        .collect();
    assert!(cases.len() > 20 && others.is_empty(), "{others:?}");
}

#[test]
fn a_client_that_goes_on_without_its_tunnel_fails() {
    let faulty = [
        "--fault",
        "proxy-refusal-taken",
        "--proxy",
        "{proxy}",
        "{url}",
    ];
    let (code, cases) = with_client(&OF_PROXIES, &faulty);
    let fails = |(_, verdict, _): &&Row| verdict == "fail";
    assert_eq!(code, Some(1));
    assert_eq!(cases.iter().filter(fails).count(), 7, "{cases:?}");
}

/// A client that ignores the proxy in its environment is skipped, not failed.
#[test]
fn a_client_without_a_proxy_is_skipped() {
    let (_, cases) = with_client(&OF_PROXIES, &["{url}"]);
    let skipped = |(_, verdict, key): &Row| verdict == "skipped" && key == "needs.proxy";
    assert!(!cases.is_empty() && cases.iter().all(skipped), "{cases:?}");
}

/// Ids and verdicts are the same through a proxy.
#[test]
fn cases_run_through_a_proxy_as_well() {
    let few = ["--filter", "close.code.*"];
    for transport in ["tcp", "tls"] {
        let over = [&few[..], &["--transport", transport]].concat();
        let trust = ["--insecure", "{url}"];
        let (code, direct) = with_client(&over, &trust);
        assert_eq!(code, Some(0), "{direct:?}");
        let through = [&over[..], &["--proxy"]].concat();
        let mut told = vec!["--proxy", "{proxy}"];
        told.extend(trust);
        let (code, mut proxied) = with_client(&through, &told);
        assert_eq!(code, Some(0), "{proxied:?}");
        let mut direct = direct;
        direct.sort();
        proxied.sort();
        assert_eq!(proxied, direct, "{transport}");
    }
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
