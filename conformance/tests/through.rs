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
use wsspec_vectors::{Corpus, End, OpensBy, ThroughCase};

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

/// Whether a case is about connections that open like these.
fn applies(case: &ThroughCase, opens: [OpensBy; 2]) -> bool {
    let ends = [End::Client, End::Server].into_iter().zip(opens);
    ends.into_iter()
        .all(|(end, by)| case.opens.at(end).is_none_or(|wanted| wanted == by))
}

/// A case is skipped where the connections open otherwise than it is about, and nowhere else.
#[test]
fn a_case_is_for_the_connections_that_it_names() {
    use OpensBy::{Connect, Upgrade};
    let all = [
        [Upgrade; 2],
        [Connect, Upgrade],
        [Upgrade, Connect],
        [Connect; 2],
    ];
    for case in cases() {
        for opens in all {
            let conclusion = in_memory(&case, Gateway::between(opens, Kind::Http, None));
            let applies = applies(&case, opens);
            let (id, verdict) = (&case.id, conclusion.verdict);
            // Where the gateway refuses, what it would have said to the server is not known.
            let expected = (verdict == Verdict::Skipped) != applies || conclusion.reason.is_none();
            assert!(expected, "{id} {opens:?}: {verdict:?}");
        }
    }
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

/// A relay of TCP passes everything plainly, and changes nothing. What is about HTTP/2 and HTTP/3 is none
/// of its business.
#[test]
fn a_relay_passes_all_and_changes_nothing() {
    for case in cases()
        .iter()
        .filter(|case| applies(case, [OpensBy::Upgrade; 2]))
    {
        let conclusion = in_memory(case, Gateway::new(Kind::Relay, None));
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
fn changes_of(gateway: impl Fn() -> Gateway) -> BTreeSet<Change> {
    cases()
        .iter()
        .flat_map(|case| in_memory(case, gateway()).changes)
        .collect()
}

/// What becomes of the opening handshake and of the ends of a conversation that is translated.
#[test]
fn what_a_gateway_translates_is_told() {
    let plain = translated(None);
    assert!(plain.contains(&Change::Key), "{plain:?}");
    assert!(plain.contains(&Change::Status(200)), "{plain:?}");
    let lost = plain.iter().find(|change| {
        matches!(
            change,
            Change::RequestRemoved(_) | Change::ResponseAdded(_) | Change::FieldOfUpgrade(_)
        )
    });
    assert_eq!(lost, None);
    let left = Change::FieldOfUpgrade("sec-websocket-accept".into());
    assert!(translated(Some(Habit::LeavesAccept)).contains(&left));
    assert!(translated(Some(Habit::EndsInOrder)).contains(&Change::ResetAsEnd));
}

/// What is seen of a gateway from HTTP/2 to HTTP/1.1 with a habit.
fn translated(habit: Option<Habit>) -> BTreeSet<Change> {
    changes_of(|| Gateway::between(FROM_CONNECT, Kind::Http, habit))
}

/// From HTTP/2 or HTTP/3 to HTTP/1.1.
const FROM_CONNECT: [OpensBy; 2] = [OpensBy::Connect, OpensBy::Upgrade];

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
        let told = changes_of(|| Gateway::new(kind, Some(habit)));
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
        timeout: Duration::from_secs(20),
        ..Options::default()
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
    let mut odd = not_passed(&report);
    odd.retain(|(id, verdict, _)| {
        *verdict != Verdict::Skipped || !id.starts_with("through.translate.")
    });
    // What copies bytes knows no reset.
    odd.retain(|(id, ..)| *id != "trait.through.reset-as-end");
    assert_eq!(odd, []);
    let judged = report
        .cases
        .iter()
        .filter(|row| row.id.starts_with("through."));
    assert_eq!(judged.count(), cases().len());
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
