//! The suite as a library, as `cargo test` uses it.

use std::fs;
use std::net::Ipv4Addr;
use std::panic::catch_unwind;
use std::path::Path;
use std::time::Duration;

use tokio::runtime::Runtime;
use wsspec::peer::{PlantedFault, ReferencePeer, tcp::Server};
use wsspec::run::Options;
use wsspec::suite::{Suite, SuiteOutcome};
use wsspec_reports::{Format, Verdict};

const WSSPEC: &str = env!("CARGO_BIN_EXE_wsspec");

/// Runs a suite against the reference server with this peer.
fn against(peer: ReferencePeer, suite: impl FnOnce(Suite) -> Suite) -> SuiteOutcome {
    let runtime = Runtime::new().unwrap();
    let url = runtime.block_on(async {
        let server = Server::bind((Ipv4Addr::LOCALHOST, 0).into(), peer)
            .await
            .unwrap();
        let url = format!("ws://{}/", server.address().unwrap());
        tokio::spawn(server.serve());
        url
    });
    suite(Suite::server(&url)).run().unwrap()
}

/// Three cases about pings. What is not answered is not waited for long.
fn few(suite: Suite) -> Suite {
    let options = Options {
        timeout: Duration::from_secs(1),
        ..Options::default()
    };
    suite.filter("control.ping-1*").options(options)
}

#[test]
fn a_conforming_server_passes_and_a_faulty_one_does_not() {
    let conforming = against(ReferencePeer::conforming(), |suite| {
        suite.filter("control.*")
    });
    conforming.assert();
    assert!(conforming.target().cases.len() > 20 && conforming.report.complete);

    let peer = || PlantedFault::named("pong-empty").unwrap().peer();
    // Cases that would rest on a simpler one, if that were among them.
    let faulty = against(peer(), few);
    let failing: Vec<_> = faulty.failing().map(|case| case.id.clone()).collect();
    assert_eq!(
        failing,
        ["control.ping-1", "control.ping-124", "control.ping-125"]
    );
    let message = *catch_unwind(|| faulty.assert())
        .unwrap_err()
        .downcast::<String>()
        .unwrap();
    assert!(
        message.contains("FAIL control.ping") && message.contains("RFC 6455 §5.5"),
        "{message}"
    );

    // A known failure is accepted, and must not pass any more.
    let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join("suite");
    fs::create_dir_all(&dir).unwrap();
    let (known, page) = (dir.join("known.json"), dir.join("run.html"));
    let entries: Vec<String> = failing
        .iter()
        .map(|id| format!(r#"{{"case": "{id}", "reason": "pongs are empty"}}"#))
        .collect();
    fs::write(&known, format!(r#"{{"known": [{}]}}"#, entries.join(","))).unwrap();
    let suite = |suite: Suite| few(suite).baseline(&known);
    let excused = against(peer(), suite);
    excused.assert();
    excused.write(Format::Html, &page).unwrap();
    assert!(fs::read_to_string(&page).unwrap().contains("<html"));
    let mended = against(ReferencePeer::conforming(), suite);
    assert!(!mended.passed() && mended.target().broken_baseline.len() == failing.len());
}

#[test]
fn a_client_is_a_command() {
    Suite::client([WSSPEC, "dial", "{url}"])
        .filter("message.text-1*")
        .run()
        .unwrap()
        .assert();
    let faulty = Suite::persistent_client([WSSPEC, "dial", "--fault", "pong-empty"])
        .filter("control.ping-text")
        .run();
    assert_eq!(
        faulty.unwrap().failing().next().unwrap().verdict,
        Verdict::Fail
    );
}

fn error(suite: Suite) -> String {
    suite.run().unwrap_err().to_string()
}

#[test]
fn a_suite_that_cannot_run_is_an_error() {
    assert!(error(Suite::server("ws://127.0.0.1:1/")).contains("cannot connect"));
    assert!(error(Suite::server("wss://127.0.0.1:1/")).contains("cannot connect"));
    assert!(
        error(Suite::server("ws://127.0.0.1:1/").filter("no.such")).contains("matches no case")
    );
    assert!(
        error(Suite::server("ws://127.0.0.1:1/").baseline("no/such.json")).contains("no/such.json")
    );
    assert!(error(Suite::client(["wsspec-no-such-command"])).contains("cannot start"));
}
