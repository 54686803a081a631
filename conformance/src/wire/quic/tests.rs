use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustls::RootCertStore;
use rustls::crypto::ring::default_provider;
use rustls::pki_types::PrivateKeyDer;
use wsspec_core::Role;
use wsspec_core::http3::{self, ErrorCode, Event, Output, settings};
use wsspec_reports::Verdict;
use wsspec_vectors::Over;

use super::*;
use crate::exchange::{Needs, Reason, Setup};
use crate::wire::link::{self, Link};
use crate::wire::tcp::NoFurther;

/// Far more than anything here takes: no test depends on it.
const PATIENCE: Duration = Duration::from_secs(30);
const CODE: ErrorCode = ErrorCode::REQUEST_CANCELLED;

/// TLS of a server called `localhost`, and of a client that trusts it.
fn tls() -> (rustls::ServerConfig, rustls::ClientConfig) {
    let CertifiedKey { cert, signing_key } =
        generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let key = PrivateKeyDer::Pkcs8(signing_key.serialize_der().into());
    let provider = Arc::new(default_provider());
    let server = rustls::ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_protocol_versions(&[&rustls::version::TLS13])
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![cert.der().clone()], key)
        .unwrap();
    let mut roots = RootCertStore::empty();
    roots.add(cert.der().clone()).unwrap();
    let client = rustls::ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13])
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    (server, client)
}

struct Ends {
    client: Connection,
    server: Connection,
    _dialer: Dialer,
    _listener: Listener,
}

async fn ends(limits: Limits) -> Ends {
    let (server, client) = tls();
    let local = (Ipv4Addr::LOCALHOST, 0).into();
    let listener = Listener::bind(local, server, limits).unwrap();
    let address = listener.local_addr().unwrap();
    let dialer = Dialer::new(address, client, limits).unwrap();
    let accept = async {
        let attempt = listener.accept().await.unwrap();
        attempt.connect(PATIENCE).await.unwrap()
    };
    let (client, server) = tokio::join!(dialer.connect(address, "localhost", PATIENCE), accept);
    Ends {
        client: client.unwrap(),
        server,
        _dialer: dialer,
        _listener: listener,
    }
}

async fn next(connection: &mut Connection) -> Arrival {
    timeout(PATIENCE, connection.next()).await.unwrap()
}

/// The next arrivals until one that is no bytes; bytes are joined, all on one stream.
async fn until_other(connection: &mut Connection) -> (Vec<u8>, Arrival) {
    let mut all = Vec::new();
    loop {
        match next(connection).await {
            Arrival::Bytes(_, bytes) => all.extend(bytes),
            other => return (all, other),
        }
    }
}

#[tokio::test]
async fn streams_have_the_numbers_of_quic_and_go_both_ways() {
    let mut ends = ends(Limits::default()).await;
    ends.client.write(2, b"control".to_vec());
    let bytes = Arrival::Bytes(2, b"control".to_vec());
    assert_eq!(next(&mut ends.server).await, bytes);
    // Stream 8 opens 0 and 4 as well, on which nothing comes.
    ends.client.write(8, b"third".to_vec());
    ends.client.finish(8);
    let (bytes, end) = until_other(&mut ends.server).await;
    assert_eq!((&bytes[..], end), (&b"third"[..], Arrival::Finished(8)));
    ends.server.write(8, b"answer".to_vec());
    ends.server.write(3, b"control".to_vec());
    ends.server.finish(8);
    let mut seen = Vec::new();
    while seen.len() < 3 {
        seen.push(next(&mut ends.client).await);
    }
    for expected in [
        Arrival::Bytes(8, b"answer".to_vec()),
        Arrival::Finished(8),
        Arrival::Bytes(3, b"control".to_vec()),
    ] {
        assert!(seen.contains(&expected), "{expected:?} in {seen:?}");
    }
    // Streams that do not exist: nothing is done.
    ends.client.write(1, b"lost".to_vec());
    assert_eq!(ends.client.unsent(), 0);
}

#[tokio::test]
async fn resets_and_stops_have_codes() {
    let mut ends = ends(Limits::default()).await;
    ends.client.write(0, b"x".to_vec());
    assert_eq!(
        next(&mut ends.server).await,
        Arrival::Bytes(0, b"x".to_vec())
    );
    ends.server.stop(0, CODE);
    assert_eq!(next(&mut ends.client).await, Arrival::Stopped(0, CODE));
    ends.server.reset(0, ErrorCode(0x3fff_ffff_ffff));
    let reset = Arrival::Reset(0, ErrorCode(0x3fff_ffff_ffff));
    assert_eq!(next(&mut ends.client).await, reset);
}

#[tokio::test]
async fn what_came_is_told_before_the_end_of_the_connection() {
    let mut ends = ends(Limits::default()).await;
    ends.client.write(0, b"x".to_vec());
    assert_eq!(
        next(&mut ends.server).await,
        Arrival::Bytes(0, b"x".to_vec())
    );
    ends.server.close(ErrorCode::MISSING_SETTINGS);
    let closed = Closed::ByPeer {
        code: ErrorCode::MISSING_SETTINGS,
        reason: Vec::new(),
    };
    assert_eq!(
        next(&mut ends.client).await,
        Arrival::Closed(closed.clone())
    );
    assert_eq!(ends.client.closed(), Some(closed));
    assert_eq!(next(&mut ends.server).await, Arrival::Closed(Closed::ByUs));
    // Nothing can be done any more, and nothing waits.
    ends.client.write(0, b"late".to_vec());
    ends.client.write(4, b"late".to_vec());
    assert_eq!(next(&mut ends.client).await, {
        let code = ErrorCode::MISSING_SETTINGS;
        Arrival::Closed(Closed::ByPeer {
            code,
            reason: Vec::new(),
        })
    });
}

#[tokio::test]
async fn a_held_stream_holds_its_writer() {
    let limits = Limits {
        stream_window: 1000,
        ..Limits::default()
    };
    let mut ends = ends(limits).await;
    ends.client.write(0, vec![1; 10]);
    assert_eq!(next(&mut ends.server).await, Arrival::Bytes(0, vec![1; 10]));
    ends.server.hold(0);
    ends.client.write(0, vec![2; 100_000]);
    ends.client.finish(0);
    // Another stream is not held.
    ends.client.write(4, b"other".to_vec());
    assert_eq!(
        next(&mut ends.server).await,
        Arrival::Bytes(4, b"other".to_vec())
    );
    assert!(ends.client.unsent() >= 90_000, "{}", ends.client.unsent());
    ends.server.resume(0);
    let (bytes, end) = until_other(&mut ends.server).await;
    assert_eq!((bytes.len(), end), (100_000, Arrival::Finished(0)));
    assert_eq!(ends.client.unsent(), 0);
    // A reset overtakes what cannot go.
    ends.server.hold(4);
    ends.client.write(4, vec![3; 100_000]);
    ends.client.reset(4, CODE);
    ends.server.resume(4);
    let (bytes, end) = until_other(&mut ends.server).await;
    assert!(bytes.len() < 100_000);
    assert_eq!(end, Arrival::Reset(4, CODE));
    assert_eq!(ends.client.unsent(), 0);
}

#[tokio::test]
async fn streams_beyond_what_the_peer_allows_wait() {
    let limits = Limits {
        bidirectional: 2,
        ..Limits::default()
    };
    let mut ends = ends(limits).await;
    for stream in [0, 4, 8] {
        ends.client.write(stream, b"x".to_vec());
        ends.client.finish(stream);
    }
    let mut first = Vec::new();
    while first.len() < 4 {
        first.push(next(&mut ends.server).await);
    }
    assert!(first.contains(&Arrival::Finished(0)) && first.contains(&Arrival::Finished(4)));
    assert_eq!(ends.client.unsent(), 1);
    // An ended stream makes room.
    ends.server.finish(0);
    assert_eq!(
        next(&mut ends.server).await,
        Arrival::Bytes(8, b"x".to_vec())
    );
}

#[tokio::test]
async fn streams_that_are_over_are_dropped() {
    let mut ends = ends(Limits::default()).await;
    for stream in (2..).step_by(4).take(500) {
        ends.client.write(stream, b"x".to_vec());
        ends.client.finish(stream);
        let (bytes, end) = until_other(&mut ends.server).await;
        assert_eq!((&bytes[..], end), (&b"x"[..], Arrival::Finished(stream)));
    }
    assert!(ends.server.kept() <= connection::KEPT);
}

#[tokio::test]
async fn why_there_is_no_connection() {
    let (server, client) = tls();
    let local = (Ipv4Addr::LOCALHOST, 0).into();
    let listener = Listener::bind(local, server, Limits::default()).unwrap();
    let address = listener.local_addr().unwrap();
    let accepting = tokio::spawn(async move {
        while let Some(attempt) = listener.accept().await {
            // The client refuses.
            let _ = attempt.connect(PATIENCE).await;
        }
    });
    let dialer = Dialer::new(address, client, Limits::default()).unwrap();
    let wrong_name = dialer.connect(address, "example.org", PATIENCE).await;
    let Err(DialError::Closed(Closed::ForTransport { code, .. })) = wrong_name else {
        panic!("{wrong_name:?}");
    };
    // bad_certificate
    assert_eq!(code, 0x100 + 42);
    let no_name = dialer.connect(address, "a b", PATIENCE).await;
    assert!(matches!(no_name, Err(DialError::Impossible(_))));
    assert!(answers(address, PATIENCE).await);
    accepting.abort();
}

/// QUIC would wait for its timeout; the operating system reports a closed port at once.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_closed_port_is_reported_at_once() {
    let free = std::net::UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = free.local_addr().unwrap();
    drop(free);
    assert!(!answers(address, PATIENCE).await);
    let dialer = Dialer::new(address, tls().1, Limits::default()).unwrap();
    let refused = dialer.connect(address, "localhost", PATIENCE).await;
    assert!(matches!(refused, Err(DialError::Refused)), "{refused:?}");
}

/// The engine on both sides, over QUIC: a WebSocket is opened and echoed.
#[tokio::test]
async fn http3_over_it() {
    let mut ends = ends(Limits::default()).await;
    let serve = async {
        let mut engine = http3::Connection::new(Role::Server, http3::Options::default());
        engine.start(&[(settings::ENABLE_CONNECT_PROTOCOL, 1)]);
        loop {
            engine
                .output()
                .into_iter()
                .for_each(|output| act(&mut ends.server, output));
            let Some(events) = into_engine(&mut engine, next(&mut ends.server).await) else {
                return;
            };
            for event in events {
                match event {
                    Event::Headers { stream, .. } => {
                        engine.headers(stream, &[(b":status".to_vec(), b"200".to_vec())]);
                    }
                    Event::Data { stream, bytes } => engine.data(stream, &bytes),
                    Event::End { stream } => engine.finish(stream),
                    Event::Settings(_) => {}
                    other => panic!("{other:?}"),
                }
            }
        }
    };
    let dial = async {
        let mut engine = http3::Connection::new(Role::Client, http3::Options::default());
        engine.start(&[]);
        let stream = engine.open_bidirectional();
        let field = |row: (&str, &str)| (row.0.into(), row.1.into());
        let fields = [
            (":method", "CONNECT"),
            (":protocol", "websocket"),
            (":scheme", "https"),
            (":path", "/"),
            (":authority", "localhost"),
        ];
        engine.headers(stream, &fields.map(field));
        engine.data(stream, b"frames");
        engine.finish(stream);
        let mut echoed = Vec::new();
        let mut ended = false;
        while !ended {
            engine
                .output()
                .into_iter()
                .for_each(|output| act(&mut ends.client, output));
            let events = into_engine(&mut engine, next(&mut ends.client).await);
            for event in events.unwrap() {
                match event {
                    Event::Data { bytes, .. } => echoed.extend(bytes),
                    Event::End { .. } => ended = true,
                    Event::Headers { .. } | Event::Settings(_) => {}
                    other => panic!("{other:?}"),
                }
            }
        }
        ends.client.close(ErrorCode::NO_ERROR);
        echoed
    };
    let ((), echoed) = tokio::join!(serve, dial);
    assert_eq!(echoed, b"frames");
}

/// Settings never come, but bytes of reserved streams without end: what is read of them is not kept, and
/// the exchange ends.
#[tokio::test]
async fn a_peer_that_opens_streams_without_end_is_read_to_the_deadline() {
    let Ends {
        client, mut server, ..
    } = ends(Limits::default()).await;
    let flood = tokio::spawn(async move {
        for stream in (3..).step_by(4) {
            server.write(stream, vec![0x21; 4 << 10]);
            server.finish(stream);
            while server.unsent() > 1 << 20 && server.closed().is_none() {
                sleep(Duration::from_millis(1)).await;
            }
        }
    });
    let mut setup = Setup::new(Role::Server, "localhost", "/");
    setup.reach(Over::H3);
    setup.timing.deadline = Duration::from_millis(300);
    let case = crate::run::plain_case();
    let conclusion = link::run(&case, &setup, Link::from(client), &NoFurther).await;
    assert_eq!(conclusion.verdict, Verdict::Skipped);
    assert!(matches!(
        conclusion.reason,
        Some(Reason::Needs(Needs::OtherTransport))
    ));
    flood.abort();
}

/// Does what the engine asks for.
fn act(connection: &mut Connection, output: Output) {
    match output {
        Output::Write { stream, bytes } => connection.write(stream, bytes),
        Output::Finish { stream } => connection.finish(stream),
        Output::Reset { stream, code } => connection.reset(stream, code),
        Output::Stop { stream, code } => connection.stop(stream, code),
        Output::Close { code } => connection.close(code),
    }
}

/// What an arrival means to the engine; `None` at the end.
fn into_engine(engine: &mut http3::Connection, arrival: Arrival) -> Option<Vec<Event>> {
    Some(match arrival {
        Arrival::Bytes(stream, bytes) => engine.receive(stream, &bytes, false),
        Arrival::Finished(stream) => engine.receive(stream, &[], true),
        Arrival::Reset(stream, code) => engine.was_reset(stream, code),
        Arrival::Stopped(stream, code) => engine.was_stopped(stream, code),
        Arrival::Closed(_) => return None,
    })
}
