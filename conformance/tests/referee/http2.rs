//! Conversations over HTTP/2, judged by the referee, and a proxy that passes ALPN on.

use std::collections::BTreeSet;
use std::net::Ipv4Addr;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;
use wsspec::check;
use wsspec::exchange::{Conclusion, Setup};
use wsspec::peer::{FAULTS, ReferencePeer};
use wsspec::proxy::Proxy;
use wsspec::referee::{Conversation, Found, Limits, Payloads, Rule, Tally, Unjudged};
use wsspec::run::{Target, runs_over};
use wsspec::tls::{Acceptor, Authority, Connector, Trust};
use wsspec::wire::listen::Listener;
use wsspec::wire::memory::{self, Chunking};
use wsspec::wire::stream::Stream;
use wsspec_core::Role::{self, Client, Server};
use wsspec_core::Violation;
use wsspec_core::http2::{self, Connection, Options, PREFACE, settings};
use wsspec_reports::{Transport, Verdict, What};
use wsspec_vectors::{Case, Certificate, Corpus, Over};

use crate::material::{LIMITS, Sent, conversations_over, corpus, is_of, rules};
use crate::{judge, recut};

/// Cases that send this number of bytes, or more, are left out.
const LARGE: u64 = 4 << 10;

fn cases(corpus: &Corpus, role: Role) -> impl Iterator<Item = &Case> {
    let cases = corpus.cases.iter().map(AsRef::as_ref);
    cases.filter(move |case: &&Case| {
        let over =
            case.over == Over::H2 || case.over == Over::Tcp && runs_over(case, Transport::H2);
        over && case.roles.contains(&role) && case.weight() < LARGE
    })
}

fn run(case: &Case, role: Role, peer: &ReferencePeer) -> Conclusion {
    let mut setup = Setup::new(role, "wsspec.invalid", "/");
    setup.over = Transport::H2;
    memory::run(case, &setup, peer, Chunking::Whole)
}

fn conversations(conclusion: &Conclusion, role: Role) -> Vec<Sent> {
    conversations_over(&conclusion.transcript, role, Transport::H2)
}

fn found_in(conclusion: &Conclusion, role: Role) -> Vec<Found> {
    let conversations = conversations(conclusion, role);
    conversations.iter().flat_map(|sent| judge(sent)).collect()
}

#[test]
fn a_conforming_peer_is_never_accused() {
    let corpus = corpus();
    let (mut judged, mut opened) = (0, 0);
    for role in [Server, Client] {
        for case in cases(&corpus, role) {
            let conclusion = run(case, role, &check::conforming(case));
            let found = found_in(&conclusion, role);
            let own: Vec<&Found> = found.iter().filter(|found| found.side == role).collect();
            assert!(own.is_empty(), "{} as a {}: {own:?}", case.id, role.name());
            judged += 1;
            opened += usize::from(conclusion.opening.opens);
        }
    }
    assert!(judged > 1000 && opened > 500, "{judged}, {opened}");
}

#[test]
fn planted_faults_are_named_with_their_side() {
    let corpus = corpus();
    let mut named = BTreeSet::new();
    for fault in FAULTS.iter().filter(|fault| fault.worst == Verdict::Fail) {
        for role in fault.roles {
            // Heads are others over HTTP/2.
            if rules(fault, *role).iter().all(|rule| rule.is_of_a_head()) {
                continue;
            }
            let peer = fault.peer();
            let shows = cases(&corpus, *role).any(|case| {
                let found = found_in(&run(case, *role, &peer), *role);
                found.iter().any(|found| is_of(found, fault, *role))
            });
            named.extend(shows.then_some((*role == Server, &*fault.name)));
        }
    }
    for side in [false, true] {
        let of_side = named.iter().filter(|(server, _)| *server == side).count();
        assert!(of_side > 20, "{of_side}: {named:?}");
    }
}

#[test]
fn however_it_is_cut_the_same_rules_are_broken() {
    let corpus = corpus();
    let mut broken = 0;
    for (number, case) in cases(&corpus, Server).step_by(5).enumerate() {
        let conclusion = run(case, Server, &check::conforming(case));
        for sent in conversations(&conclusion, Server) {
            let whole = judge(&sent);
            broken += usize::from(!whole.is_empty());
            let cut: Sent = sent
                .iter()
                .flat_map(|(from, bytes)| bytes.chunks(3).map(|piece| (*from, piece.to_vec())))
                .collect();
            let again = judge(&cut);
            assert_eq!(again, whole, "{}, the {number}th", case.id);
        }
    }
    assert!(broken > 10, "{broken}");
}

/// Both ends of a connection, whose bytes are judged as they come.
struct Ends {
    client: Connection,
    server: Connection,
    conversation: Conversation,
}

impl Ends {
    fn new(limits: Limits) -> Ends {
        let mut ends = Ends {
            client: Connection::new(Client, Options::default()),
            server: Connection::new(Server, Options::default()),
            conversation: Conversation::new(limits),
        };
        ends.client.preface();
        ends.client.settings(&[]);
        ends.server
            .settings(&[(settings::ENABLE_CONNECT_PROTOCOL, 1)]);
        ends.pass();
        ends
    }

    fn pass(&mut self) {
        for _ in 0..3 {
            let bytes = self.server.output();
            self.client.receive(&bytes);
            self.judge(Server, bytes);
            let bytes = self.client.output();
            self.server.receive(&bytes);
            self.judge(Client, bytes);
        }
    }

    fn judge(&mut self, from: Role, mut bytes: Vec<u8>) {
        self.conversation.received(from, &mut bytes, Duration::ZERO);
    }

    /// Asks for a WebSocket with this field more.
    fn ask(&mut self, stream: u32, field: (&str, &str)) {
        let fields = [
            (":method", "CONNECT"),
            (":protocol", "websocket"),
            (":scheme", "http"),
            (":path", "/?token=abcdefgh"),
            (":authority", "a"),
            ("sec-websocket-version", "13"),
            field,
        ];
        self.client.headers(stream, &owned(&fields), false);
        self.pass();
    }

    fn answer(&mut self, stream: u32, fields: &[(&str, &str)]) {
        self.server.headers(stream, &owned(fields), false);
        self.pass();
    }

    /// The rules that were broken: by whom, on which stream, at which offset.
    fn found(&mut self) -> Vec<(Role, Option<u32>, u64, Rule)> {
        let found = self.conversation.take_found().into_iter();
        found
            .map(|found| (found.side, found.stream, found.offset, found.rule))
            .collect()
    }
}

fn owned(fields: &[(&str, &str)]) -> Vec<http2::Field> {
    let fields = fields.iter();
    fields.map(|(n, v)| ((*n).into(), (*v).into())).collect()
}

const DEFLATE: (&str, &str) = ("sec-websocket-extensions", "permessage-deflate");

#[test]
fn each_stream_is_a_conversation_of_its_own() {
    let mut ends = Ends::new(LIMITS);
    for stream in [1, 3, 5, 7] {
        ends.ask(stream, DEFLATE);
    }
    ends.answer(1, &[(":status", "200")]);
    ends.answer(3, &[(":status", "200"), DEFLATE]);
    ends.answer(5, &[(":status", "403")]);
    ends.answer(
        7,
        &[(":status", "200"), ("sec-websocket-extensions", "other")],
    );
    assert_eq!(
        ends.found(),
        [(
            Server,
            Some(7),
            0,
            Rule::WebSocket(Violation::ExtensionUnoffered)
        )]
    );
    // RSV1, on a stream where it has a meaning and on one where it has none; padding is no frame.
    let compressed = b"\xc1\x07\xf2\x48\xcd\xc9\xc9\x07\x00".to_vec();
    ends.server.data(3, compressed.clone(), Some(9));
    ends.server.data(1, b"\x81\x01a".to_vec(), None);
    ends.server.data(1, compressed.clone(), None);
    ends.server.data(7, compressed, None);
    ends.client.data(3, b"\x81\x01a".to_vec(), None);
    ends.client.headers(
        9,
        &owned(&[(":method", "GET"), (":scheme", "http"), (":path", "/")]),
        true,
    );
    ends.pass();
    assert_eq!(
        ends.found(),
        [
            (Server, Some(1), 3, Rule::WebSocket(Violation::RsvSet)),
            (Client, Some(3), 1, Rule::WebSocket(Violation::MaskMissing)),
        ]
    );
    assert_eq!(
        ends.conversation.unjudged(Server),
        [(Unjudged::OtherExtension, 9)]
    );
    ends.client.finish(3);
    ends.server.finish(3);
    ends.client.reset(1, http2::ErrorCode::CANCEL);
    ends.pass();
    let mut tally = Tally::default();
    tally.add(1, &ends.conversation, [0, 0]);
    let traffic = &tally.traffic;
    assert_eq!((traffic.opened, traffic.refused, traffic.plain), (2, 1, 1));
    assert_eq!(traffic.server.messages, 3);
    assert_eq!(traffic.client.messages, 1);
    assert_eq!(ends.found(), []);
}

#[test]
fn rules_of_http2_are_judged_and_secrets_are_not_kept() {
    for (payloads, kept) in [(Payloads::Kept, true), (Payloads::Redacted, false)] {
        let mut ends = Ends::new(Limits { payloads, ..LIMITS });
        ends.ask(1, ("cookie", "id=12345678"));
        ends.answer(1, &[(":status", "200")]);
        ends.server.window_update(1, 0);
        ends.server.data(1, b"\x81\x07payload".to_vec(), None);
        ends.pass();
        let rule = Rule::Carrier(wsspec::binding::CarrierRule::H2(
            http2::Violation::StreamIncrementZero,
        ));
        let found = ends.found();
        assert!(matches!(found[..], [(Server, Some(1), _, broken)] if broken == rule));
        let mut tally = Tally::default();
        tally.add(1, &ends.conversation, [0, 0]);
        let rows = tally.rows(Server);
        let row = rows
            .iter()
            .find(|row| row.verdict == Verdict::Fail)
            .unwrap();
        assert_eq!(row.id, "passive.h2-stream-increment-zero");
        let entries = &row.transcript.as_ref().unwrap().entries;
        let bytes = entries.iter().filter_map(|entry| match &entry.what {
            What::Bytes(bytes) => Some(bytes.as_slice()),
            _ => None,
        });
        let bytes = bytes.collect::<Vec<_>>().concat();
        let has = |text: &[u8]| bytes.windows(text.len()).any(|part| part == text);
        assert!(has(PREFACE));
        assert!(!has(b"abcdefgh") && !has(b"12345678"));
        assert_eq!(has(b"payload"), kept);
    }
}

#[test]
fn what_is_missing_ends_the_judging_of_both_sides() {
    let mut ends = Ends::new(LIMITS);
    ends.ask(1, DEFLATE);
    ends.answer(1, &[(":status", "200")]);
    ends.conversation.missed(Server, Unjudged::Backlog, 100);
    ends.server.data(1, b"\xc1\x00".to_vec(), None);
    ends.client.data(1, b"\xc1\x00".to_vec(), None);
    ends.pass();
    assert_eq!(ends.found(), []);
    for (side, least) in [(Server, 100 + 11), (Client, 11)] {
        let unjudged = ends.conversation.unjudged(side);
        let counted = matches!(unjudged[..], [(Unjudged::Backlog, bytes)] if bytes >= least);
        assert!(counted, "{side:?}: {unjudged:?}");
    }
}

#[test]
fn what_is_not_the_preface_is_http1_however_it_is_cut() {
    let upgrade = b"PRI * HTTP/1.1\r\nHost: a\r\n\r\n".to_vec();
    for sent in [
        vec![(Client, upgrade.clone())],
        recut(&[(Client, upgrade)], 3, 1),
    ] {
        let mut conversation = Conversation::new(LIMITS);
        for (from, bytes) in &sent {
            conversation.received(*from, &mut bytes.clone(), Duration::ZERO);
        }
        let mut tally = Tally::default();
        tally.add(1, &conversation, [0, 0]);
        assert_eq!((tally.traffic.plain, tally.traffic.opened), (1, 0));
    }
}

async fn bound() -> TcpListener {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap()
}

fn acceptor(authority: &Authority, protocols: &[&[u8]]) -> Acceptor {
    Acceptor::new(authority, Certificate::Valid, protocols).unwrap()
}

/// The protocol that ALPN chose.
fn protocol(stream: &Stream) -> Option<Vec<u8>> {
    stream.protocol().map(<[u8]>::to_vec)
}

/// What a client that offers `offered` agrees on through a proxy with a server that chooses among `known`, and
/// what the server was offered last. `None`: the side is without TLS.
async fn agreed(
    offered: Option<&[&[u8]]>,
    known: Option<&[&[u8]]>,
) -> Option<(Option<Vec<u8>>, Option<Vec<u8>>)> {
    let authority = Authority::new(&[]).unwrap();
    let (listener, upstream) = (bound().await, bound().await);
    let near = listener.local_addr().unwrap();
    let scheme = known.map_or("ws", |_| "wss");
    let url = format!("{scheme}://{}/", upstream.local_addr().unwrap());
    let trust = match known {
        Some(_) => authority.trust(),
        None => Trust::default(),
    };
    let target = Target::trusting(&url, Vec::new(), &trust, None).unwrap();
    let listener = match offered {
        Some(_) => Listener::Tls(listener, acceptor(&authority, &[])),
        None => listener.into(),
    };
    let proxy = Proxy::new(listener, target, LIMITS).most(Some(1));
    let proxy = tokio::spawn(proxy.run(std::future::pending(), |_| {}));
    let serving = known.map(|protocols| acceptor(&authority, protocols));
    let server = tokio::spawn(async move {
        let (stream, _) = upstream.accept().await.unwrap();
        match serving {
            Some(acceptor) => acceptor.accept(stream).await.ok(),
            None => Some(stream.into()),
        }
    });
    let stream = TcpStream::connect(near).await.unwrap();
    let mut client: wsspec::wire::stream::Stream = match offered {
        Some(offered) => {
            let connector = Connector::new(&authority.trust(), offered).unwrap();
            connector.connect(stream, "127.0.0.1").await.ok()?
        }
        None => stream.into(),
    };
    if offered.is_none() {
        client.send(PREFACE).await.unwrap();
    }
    let server = server.await.unwrap();
    let found = (protocol(&client), server.as_ref().and_then(protocol));
    drop((client, server));
    proxy.await.unwrap().unwrap();
    Some(found)
}

#[test]
fn what_the_client_offers_is_offered_and_what_the_server_chooses_is_answered() {
    let runtime = Runtime::new().unwrap();
    let (h1, h2): (&[u8], &[u8]) = (b"http/1.1", b"h2");
    for (offered, known, expected) in [
        (
            Some(&[h2, h1][..]),
            Some(&[h2, h1][..]),
            (Some(h2.to_vec()), Some(h2.to_vec())),
        ),
        (
            Some(&[h2, h1]),
            Some(&[h1]),
            (Some(h1.to_vec()), Some(h1.to_vec())),
        ),
        (
            Some(&[h1]),
            Some(&[h2, h1]),
            (Some(h1.to_vec()), Some(h1.to_vec())),
        ),
        (Some(&[]), Some(&[h2, h1]), (None, None)),
        (Some(&[h2]), Some(&[]), (None, None)),
        // A server without TLS is not asked.
        (Some(&[h2, h1]), None, (Some(h1.to_vec()), None)),
        (Some(&[h2]), None, (Some(h2.to_vec()), None)),
        // A client without TLS is known by its preface.
        (None, Some(&[h1, h2]), (None, Some(h2.to_vec()))),
        (None, None, (None, None)),
    ] {
        let found = runtime.block_on(agreed(offered, known));
        assert_eq!(found, Some(expected), "{offered:?}, {known:?}");
    }
    // What they have not in common fails on both sides.
    let found = runtime.block_on(agreed(Some(&[h2]), Some(&[h1])));
    assert_eq!(found, None);
}
