//! What the probe finds out about a target over TCP, and what a run does about it.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use wsspec::peer::{PlantedFault, ReferencePeer, tcp::Server};
use wsspec::run::{self, Options, Subject, Target};
use wsspec_reports::{Application, Ending, MessageBehaviour, Reaction, TargetReport, Verdict};
use wsspec_vectors::Corpus;

async fn serve(peer: ReferencePeer) -> SocketAddr {
    let server = Server::bind((Ipv4Addr::LOCALHOST, 0).into(), peer)
        .await
        .unwrap();
    let address = server.address().unwrap();
    tokio::spawn(server.serve());
    address
}

/// Passes connections on to the server that `chosen` names, given how many are open already, and
/// refuses those for which it names none.
async fn in_front(chosen: impl Fn(usize) -> Option<SocketAddr> + Send + 'static) -> SocketAddr {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    let open = Arc::new(AtomicUsize::new(0));
    tokio::spawn(async move {
        while let Ok((near, _)) = listener.accept().await {
            let open = Arc::clone(&open);
            let server = chosen(open.fetch_add(1, Ordering::SeqCst));
            tokio::spawn(async move {
                let _ = match server {
                    Some(server) => pass(near, server).await,
                    None => refuse(near).await,
                };
                open.fetch_sub(1, Ordering::SeqCst);
            });
        }
    });
    address
}

/// Passes at most `most` connections on at the same time, and refuses the others.
async fn limited(server: SocketAddr, most: usize) -> SocketAddr {
    in_front(move |open| (open < most).then_some(server)).await
}

/// Passes a connection that is alone on to `right`, and others to `wrong`.
async fn right_alone(right: SocketAddr, wrong: SocketAddr) -> SocketAddr {
    in_front(move |open| Some(if open == 0 { right } else { wrong })).await
}

async fn pass(mut near: TcpStream, server: SocketAddr) -> io::Result<()> {
    let mut far = TcpStream::connect(server).await?;
    copy_bidirectional(&mut near, &mut far).await.map(drop)
}

async fn refuse(mut near: TcpStream) -> io::Result<()> {
    let _ = near.read(&mut [0; 4096]).await?;
    near.write_all(b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n")
        .await
}

fn target(address: SocketAddr) -> Target {
    Target::new(&format!("ws://{address}/"), Vec::new()).unwrap()
}

/// Runs the cases about pings.
async fn test(address: SocketAddr) -> TargetReport {
    test_with(target(address), "control.ping-").await
}

/// Runs the cases whose ids begin like this.
async fn test_with(target: Target, prefix: &str) -> TargetReport {
    run_with(target, prefix, Options::default()).await
}

/// What is worse than skipped.
fn accusations(report: &TargetReport) -> Vec<(&str, &str)> {
    let cases = report.cases.iter();
    cases
        .filter(|case| case.verdict > Verdict::Skipped)
        .map(|case| (case.id.as_str(), case.reason.as_str()))
        .collect()
}

fn traits(report: &TargetReport) -> Vec<&str> {
    let ids = report.cases.iter().map(|case| case.id.as_str());
    ids.filter(|id| id.starts_with("trait.")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_echo_has_no_traits() {
    let report = test(serve(ReferencePeer::conforming()).await).await;
    assert_eq!(report.probe.echoes.big, Some(Reaction::Back));
    assert_eq!(traits(&report), [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_limit_of_connections_is_found_and_kept() {
    let address = limited(serve(ReferencePeer::conforming()).await, 3).await;
    let report = test(address).await;
    assert_eq!(report.ended, Ending::Complete);
    assert_eq!(report.probe.max_connections, Some(3));
    assert_eq!(report.probe.echoes.text, Some(Reaction::Back));
    assert_eq!(traits(&report), ["trait.limit.connections"]);
    assert_eq!(accusations(&report), []);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_application_that_answers_nothing_and_greets_is_seen() {
    let silent = PlantedFault::named("silent").unwrap();
    let report = test(serve(silent.peer()).await).await;
    assert_eq!(report.probe.peer, MessageBehaviour::Silent);
    assert_eq!(traits(&report), ["trait.echo.binary", "trait.echo.text"]);
    let greets = PlantedFault::named("greets").unwrap();
    let report = test(serve(greets.peer()).await).await;
    assert_eq!(report.probe.greeting, 1);
    assert_eq!(traits(&report), ["trait.greets"]);
}

/// What a prelude brings about, here its own echo, is no part of a case.
#[tokio::test(flavor = "multi_thread")]
async fn a_prelude_is_settled_before_a_case_begins() {
    let mut target = target(serve(ReferencePeer::conforming()).await);
    target.set_application(Application {
        message: Some("Hello".into()),
        reply: None,
        prelude: Some(r#"[{"send": {"text": "let me in"}}, {"send": {"binary": "now"}}]"#.into()),
    });
    let report = test_with(target, "message.text-").await;
    assert_eq!(accusations(&report), []);
    assert_eq!(report.probe.greeting, 0);
    assert_eq!(report.probe.liked, Some(Reaction::Back));
    assert_eq!(traits(&report), [""; 0]);
}

/// Answers each request with 403, and says what was asked for.
async fn asked_for(server: TcpListener) -> Vec<String> {
    let mut lines = Vec::new();
    while lines.len() < 2 {
        let (mut near, _) = server.accept().await.unwrap();
        let mut request = vec![0; 4096];
        let read = near.read(&mut request).await.unwrap();
        let text = String::from_utf8_lossy(&request[..read]).into_owned();
        lines.extend(text.lines().next().map(str::to_owned));
        let _ = near
            .write_all(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
            .await;
    }
    lines
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn a_command_fills_in_a_ticket_for_each_connection() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let url = format!("ws://{}/?token={{token}}", listener.local_addr().unwrap());
    let mut target = Target::new(&url, Vec::new()).unwrap();
    target.set_each("echo ticket-$$").unwrap();
    // The run goes on until both requests have come.
    let test = async {
        loop {
            test_with(target.clone(), "control.ping-1").await;
        }
    };
    let asked = tokio::select! {
        asked = asked_for(listener) => asked,
        () = test => Vec::new(),
    };
    let [first, second] = &asked[..] else {
        panic!("{asked:?}")
    };
    assert!(first.starts_with("GET /?token=ticket-"), "{first}");
    assert_ne!(first, second, "each has its own");
}

#[tokio::test]
async fn a_command_without_a_name_to_fill_in_is_refused() {
    let mut target = Target::new("ws://127.0.0.1:1/", Vec::new()).unwrap();
    assert_eq!(target.set_each("true"), Err(run::TargetError::NoName));
}

async fn run_with(target: Target, prefix: &str, options: Options) -> TargetReport {
    let corpus = Corpus::embedded().unwrap();
    let cases = corpus.cases.iter();
    let cases: Vec<_> = cases
        .filter(|case| case.id.starts_with(prefix))
        .cloned()
        .collect();
    let subject = Subject::Server(target);
    run::run(&cases, &subject, &options, std::future::pending(), |_| ()).await
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_bytes_among_many_connections_fail() {
    let right = serve(ReferencePeer::conforming()).await;
    let wrong = serve(PlantedFault::named("wrong-bytes").unwrap().peer()).await;
    let address = right_alone(right, wrong).await;
    let options = Options {
        peer: Some(MessageBehaviour::Echo),
        ..Options::default()
    };
    let report = run_with(target(address), "message.text-", options).await;
    let failed = report.cases.iter().filter(|c| c.verdict == Verdict::Fail);
    let keys: Vec<&str> = failed.map(|case| case.reason_key.as_str()).collect();
    assert!(
        keys.contains(&"among-many/message.echo-differs"),
        "{keys:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_there_is_no_time_for_is_skipped() {
    let address = serve(PlantedFault::named("pong-empty").unwrap().peer()).await;
    let options = Options {
        time: std::time::Duration::ZERO,
        ..Options::default()
    };
    let report = run_with(target(address), "control.ping-", options).await;
    assert_eq!(report.ended, Ending::Complete);
    let cases: Vec<_> = report.cases.iter().filter(|row| row.is_case()).collect();
    assert!(!cases.is_empty());
    for case in cases {
        let said = (case.verdict, case.reason_key.as_str());
        assert_eq!(said, (Verdict::Skipped, "needs.time"), "{}", case.id);
        assert!(case.cannot_be_judged());
    }
}
