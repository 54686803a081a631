//! Model gateways: every fault is found by a case that is meant to, and no variant is accused.

use std::collections::BTreeSet;
use std::future::pending;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use wsspec::run::Target;
use wsspec::through::run::{Between, Options, run};

use wsspec::through::gateway::{Gateway, Habit, Kind, PLANTED, VARIANTS};
use wsspec::through::{Change, Conclusion, in_memory};
use wsspec_reports::{Ending, TargetReport, Verdict};
use wsspec_vectors::{Corpus, ThroughCase};

fn cases() -> Vec<Arc<ThroughCase>> {
    Corpus::embedded().unwrap().throughs
}

fn failing(cases: &[Arc<ThroughCase>], gateway: impl Fn() -> Gateway) -> Vec<(String, Conclusion)> {
    cases
        .iter()
        .map(|case| (case.id.clone(), in_memory(case, gateway())))
        .filter(|(_, conclusion)| conclusion.verdict >= Verdict::Flaky)
        .collect()
}

#[test]
fn every_planted_fault_is_found_by_a_case_that_is_meant_to() {
    let cases = cases();
    let mut survivors = Vec::new();
    for planted in PLANTED {
        let failing = failing(&cases, || planted.gateway());
        if !failing.iter().any(|(id, _)| id.starts_with(planted.meant)) {
            let ids: Vec<String> = failing.into_iter().map(|(id, _)| id).collect();
            survivors.push((planted.name, ids));
        }
    }
    assert_eq!(survivors, []);
}

#[test]
fn no_variant_is_accused() {
    let cases = cases();
    let mut accused = Vec::new();
    for variant in VARIANTS {
        for (id, conclusion) in failing(&cases, || variant.gateway()) {
            accused.push((variant.name, id, conclusion.reason));
        }
    }
    assert_eq!(accused, []);
}

#[test]
fn names_of_gateways_are_unique() {
    let names = PLANTED.iter().map(|planted| planted.name);
    let names = names.chain(VARIANTS.iter().map(|variant| variant.name));
    let mut seen = BTreeSet::new();
    for name in names {
        assert!(seen.insert(name), "{name}");
    }
}

/// A relay of TCP passes everything plainly, and changes nothing.
#[test]
fn a_relay_passes_all_and_changes_nothing() {
    for case in cases() {
        let conclusion = in_memory(&case, Gateway::new(Kind::Relay, None));
        let (id, reason) = (&case.id, &conclusion.reason);
        assert_eq!(conclusion.verdict, Verdict::Pass, "{id}: {reason:?}");
        assert!(
            conclusion.changes.is_empty(),
            "{id}: {:?}",
            conclusion.changes
        );
    }
}

/// What the conversations of all cases show of a gateway.
fn changes_of(kind: Kind, habit: Habit) -> BTreeSet<Change> {
    cases()
        .iter()
        .flat_map(|case| in_memory(case, Gateway::new(kind, Some(habit))).changes)
        .collect()
}

#[test]
fn what_a_gateway_changes_is_told() {
    for (kind, habit, change) in [
        (
            Kind::Http,
            Habit::LowersNames,
            Change::RequestAdded("via".into()),
        ),
        (
            Kind::Http,
            Habit::ChangesHost,
            Change::RequestChanged("host".into()),
        ),
        (Kind::Http, Habit::ChangesTarget, Change::Target),
        (Kind::Endpoint, Habit::JoinsFragments, Change::Key),
        (Kind::Endpoint, Habit::JoinsFragments, Change::Masks),
        (Kind::Endpoint, Habit::JoinsFragments, Change::Fragments),
        (Kind::Endpoint, Habit::AnswersPings, Change::AnswersPings),
        (Kind::Endpoint, Habit::Pings, Change::Pings),
    ] {
        let told = changes_of(kind, habit);
        assert!(told.contains(&change), "{change:?} in {told:?}");
    }
}

/// Runs the cases of a family, or all, through what `serve` makes of a listener and our address.
async fn through<F: Future<Output = ()> + Send + 'static>(
    family: &str,
    serve: impl FnOnce(TcpListener, SocketAddr) -> F,
) -> TargetReport {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("ws://{}/", listener.local_addr().unwrap());
    let target = Target::new(&url, Vec::new()).unwrap();
    let free = "127.0.0.1:0".parse().unwrap();
    let between = Arc::new(Between::new(target, free).await.unwrap());
    tokio::spawn(serve(listener, between.address()));
    let all = cases();
    let chosen: Vec<_> = all
        .iter()
        .filter(|case| case.family.starts_with(family))
        .cloned()
        .collect();
    let options = Options {
        jobs: 8,
        retries: 1,
        timeout: Duration::from_secs(20),
        seed: 0,
        rerun: String::new(),
        max_fail: None,
    };
    run(&chosen, &all, &between, &options, pending(), &mut |_| {}).await
}

/// A relay of TCP, each of whose connections begins with what `edit` makes of the first bytes.
async fn relay(listener: TcpListener, to: SocketAddr, edit: fn(&[u8]) -> Vec<u8>) {
    while let Ok((mut client, _)) = listener.accept().await {
        tokio::spawn(async move {
            let mut server = TcpStream::connect(to).await?;
            let mut first = vec![0; 64 << 10];
            let count = client.read(&mut first).await?;
            first.truncate(count);
            server.write_all(&edit(&first)).await?;
            copy_bidirectional(&mut client, &mut server).await
        });
    }
}

fn not_passed(report: &TargetReport) -> Vec<(&str, Verdict, &str)> {
    let rows = report
        .cases
        .iter()
        .filter(|row| row.verdict != Verdict::Pass);
    rows.map(|row| (row.id.as_str(), row.verdict, row.reason.as_str()))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transparent_proxy_passes_all_over_tcp() {
    let report = through("through", |listener, to| {
        relay(listener, to, <[u8]>::to_vec)
    })
    .await;
    assert_eq!(report.ended, Ending::Complete);
    assert_eq!(not_passed(&report), []);
    assert_eq!(report.cases.len(), cases().len());
}

/// Puts other names in the place of those that carry the case.
fn without_token(bytes: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(bytes);
    let text = text.replace("X-Wsspec-Case", "X-Wsspec-Lost");
    text.replace("wsspec-case", "wsspec-lost").into_bytes()
}

/// Where the token is lost, the cases run one at a time, and are judged all the same.
#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_may_lose_the_token() {
    let family = "through.ping";
    let report = through(family, |listener, to| relay(listener, to, without_token)).await;
    assert_eq!(report.ended, Ending::Complete);
    let failed = report
        .cases
        .iter()
        .filter(|row| row.verdict >= Verdict::Flaky);
    assert_eq!(failed.count(), 0, "{:?}", not_passed(&report));
}

async fn answers_502(listener: TcpListener, _: SocketAddr) {
    while let Ok((mut client, _)) = listener.accept().await {
        let mut request = vec![0; 64 << 10];
        if client.read(&mut request).await.is_ok() {
            let answer = b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n";
            let _ = client.write_all(answer).await;
        }
    }
}

/// A gateway that forwards to nowhere cannot be judged.
#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_that_forwards_to_nowhere_is_told() {
    let report = through("through", answers_502).await;
    assert!(
        matches!(report.ended, Ending::Unreachable(_)),
        "{:?}",
        report.ended
    );
    assert!(report.cases.is_empty());
}
