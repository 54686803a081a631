//! No false positives on a slow or unusual network: the conforming server behind a relay that
//! delays, cuts and throttles what passes through it. Each test runs some of the corpus, or every
//! small case if WSSPEC_LONG is set.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep, sleep_until};
use wsspec::check;
use wsspec::peer::{ReferencePeer, tcp::Server};
use wsspec::run::{self, Options, Subject, Target};
use wsspec_core::Role;
use wsspec_reports::{Ending, Transport, Verdict};
use wsspec_vectors::{Case, Corpus, SplitMix64};

/// The network between the suite and the server.
#[derive(Debug, Clone, Copy)]
struct Wire {
    /// Delay in each direction.
    latency: Duration,
    /// Bytes a second; 0 for no limit.
    rate: u64,
    /// Largest segment in bytes. Each segment has a random size up to this.
    segment: usize,
    /// Longest pause between two segments in milliseconds. Each pause is random up to this.
    jitter: u64,
    no_delay: bool,
}

const PLAIN: Wire = Wire {
    latency: Duration::ZERO,
    rate: 0,
    segment: usize::MAX,
    jitter: 0,
    no_delay: true,
};

/// Listens, and passes everything on to `server` and back.
async fn relay(server: SocketAddr, wire: Wire) -> SocketAddr {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let mut seed = 0;
        while let Ok((near, _)) = listener.accept().await {
            let Ok(far) = TcpStream::connect(server).await else {
                continue;
            };
            near.set_nodelay(wire.no_delay).unwrap();
            far.set_nodelay(wire.no_delay).unwrap();
            let ((from_near, to_near), (from_far, to_far)) = (near.into_split(), far.into_split());
            seed += 2;
            pass(from_near, to_far, wire, seed);
            pass(from_far, to_near, wire, seed + 1);
        }
    });
    address
}

/// Passes one direction on, in order.
fn pass(mut from: OwnedReadHalf, to: OwnedWriteHalf, wire: Wire, seed: u64) {
    let (sender, receiver) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        let mut buffer = vec![0; 16 << 10];
        while let Ok(n @ 1..) = from.read(&mut buffer).await {
            if sender
                .send((Instant::now() + wire.latency, buffer[..n].to_vec()))
                .is_err()
            {
                return;
            }
        }
        let _ = sender.send((Instant::now() + wire.latency, Vec::new()));
    });
    tokio::spawn(deliver(receiver, to, wire, seed));
}

async fn deliver(
    mut receiver: mpsc::UnboundedReceiver<(Instant, Vec<u8>)>,
    mut to: OwnedWriteHalf,
    wire: Wire,
    seed: u64,
) {
    let mut random = SplitMix64(seed);
    while let Some((at, bytes)) = receiver.recv().await {
        sleep_until(at).await;
        let mut rest = bytes.as_slice();
        while !rest.is_empty() {
            let size = 1 + (random.next() >> 8) as usize % rest.len().min(wire.segment);
            let (segment, left) = rest.split_at(size);
            if wire.jitter > 0 {
                sleep(Duration::from_millis(random.next() % (wire.jitter + 1))).await;
            }
            if let Some(time) = (segment.len() as u64 * 1_000_000).checked_div(wire.rate) {
                sleep(Duration::from_micros(time)).await;
            }
            if to.write_all(segment).await.is_err() {
                return;
            }
            rest = left;
        }
    }
    let _ = to.shutdown().await;
}

/// Runs every `stride`th case that sends at most `weight` bytes through `wire`.
async fn no_false_positive(wire: Wire, weight: u64, stride: usize) {
    let corpus = Corpus::embedded().unwrap_or_else(|e| panic!("{e:?}"));
    let stride = if std::env::var_os("WSSPEC_LONG").is_some() {
        1
    } else {
        stride
    };
    let small = check::small_cases(&corpus)
        .into_iter()
        .filter(|case| case.weight() <= weight && case.roles.contains(&Role::Server))
        .filter(|case| run::runs_over(case, Transport::Tcp));
    let cases: Vec<Arc<Case>> = small.step_by(stride).collect();
    let server = Server::bind((Ipv4Addr::LOCALHOST, 0).into(), ReferencePeer::conforming())
        .await
        .unwrap();
    let address = relay(server.address().unwrap(), wire).await;
    tokio::spawn(server.serve());
    let target = Subject::Server(Target::new(&format!("ws://{address}/"), Vec::new()).unwrap());
    let options = Options {
        jobs: 64,
        ..Options::default()
    };
    let report = run::run(&cases, &target, &options, std::future::pending(), |_| ()).await;
    assert_eq!(report.ended, Ending::Complete);
    let false_positives: Vec<String> = report
        .cases
        .iter()
        .filter(|case| case.verdict > Verdict::Skipped)
        .map(|case| format!("{} {}: {}", case.verdict.name(), case.id, case.reason))
        .collect();
    assert!(
        false_positives.is_empty(),
        "{} of {}, {:?}:\n{}",
        false_positives.len(),
        cases.len(),
        report.probe,
        false_positives.join("\n")
    );
    let passed = report
        .cases
        .iter()
        .filter(|case| case.verdict == Verdict::Pass)
        .count();
    assert!(
        passed * 4 > cases.len(),
        "{passed} of {} passed",
        cases.len()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn latency_of_200_ms() {
    no_false_positive(
        Wire {
            latency: Duration::from_millis(100),
            ..PLAIN
        },
        10_000,
        24,
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rate_of_1_kib_a_second() {
    no_false_positive(
        Wire {
            rate: 1024,
            segment: 64,
            ..PLAIN
        },
        200,
        40,
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn random_segments_with_pauses_up_to_30_ms() {
    no_false_positive(
        Wire {
            segment: 400,
            jitter: 30,
            ..PLAIN
        },
        2_000,
        24,
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn segments_of_1_byte() {
    no_false_positive(
        Wire {
            segment: 1,
            ..PLAIN
        },
        2_000,
        12,
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_tcp_nodelay() {
    no_false_positive(
        Wire {
            segment: 200,
            no_delay: false,
            ..PLAIN
        },
        10_000,
        12,
    )
    .await;
}
