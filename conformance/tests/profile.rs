//! What the probe finds out about a target over TCP, and what a run does about it.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use wsspec::peer::{PlantedFault, ReferencePeer, tcp::Server};
use wsspec::run::{self, Options, Subject, Target};
use wsspec_reports::{Ending, MessageBehaviour, Reaction, TargetReport, Verdict};
use wsspec_vectors::Corpus;

async fn serve(peer: ReferencePeer) -> SocketAddr {
    let server = Server::bind((Ipv4Addr::LOCALHOST, 0).into(), peer)
        .await
        .unwrap();
    let address = server.address().unwrap();
    tokio::spawn(server.serve());
    address
}

/// Passes at most `most` connections on at the same time, and refuses the others.
async fn limited(server: SocketAddr, most: usize) -> SocketAddr {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    let open = Arc::new(AtomicUsize::new(0));
    tokio::spawn(async move {
        while let Ok((near, _)) = listener.accept().await {
            let open = Arc::clone(&open);
            tokio::spawn(async move {
                let before = open.fetch_add(1, Ordering::SeqCst);
                let _ = if before < most {
                    pass(near, server).await
                } else {
                    refuse(near).await
                };
                open.fetch_sub(1, Ordering::SeqCst);
            });
        }
    });
    address
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

/// Runs the cases about pings.
async fn test(address: SocketAddr) -> TargetReport {
    let corpus = Corpus::embedded().unwrap();
    let cases = corpus.cases.iter();
    let pings: Vec<_> = cases
        .filter(|case| case.id.starts_with("control.ping-"))
        .cloned()
        .collect();
    let subject = Subject::Server(Target::new(&format!("ws://{address}/"), Vec::new()).unwrap());
    let never = std::future::pending();
    run::run(&pings, &subject, &Options::default(), never, |_| ()).await
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
    let wrong: Vec<_> = report
        .cases
        .iter()
        .filter(|case| case.verdict > Verdict::Skipped)
        .map(|case| (&case.id, &case.reason))
        .collect();
    assert!(wrong.is_empty(), "{wrong:?}");
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
