//! Connections that rustls makes in memory, and their key logs.

use std::io::{Read as _, Write as _};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rustls::crypto::ring::{cipher_suite as suites, default_provider};
use rustls::pki_types::PrivateKeyDer;
use rustls::version::{TLS12, TLS13};
use rustls::{
    ClientConfig, ClientConnection, Connection as Tls, RootCertStore, ServerConfig,
    ServerConnection, SupportedCipherSuite, SupportedProtocolVersion,
};

use super::super::outcome::Side;
use super::*;

#[derive(Debug, Default)]
struct Log(Mutex<String>);

impl rustls::KeyLog for Log {
    fn log(&self, label: &str, random: &[u8], secret: &[u8]) {
        let [random, secret] = [random, secret].map(wsspec_core::dissect::hex_digits);
        let line = format!("{label} {random} {secret}\n");
        self.0.lock().unwrap().push_str(&line);
    }
}

/// Both ends of a connection, and what went over it.
struct Pair {
    ends: [Tls; 2],
    log: Arc<Log>,
    events: Vec<Event>,
}

const ROLES: [Role; 2] = [Role::Client, Role::Server];

impl Pair {
    fn new(suite: SupportedCipherSuite, version: &'static SupportedProtocolVersion) -> Pair {
        let provider = Arc::new(rustls::crypto::CryptoProvider {
            cipher_suites: vec![suite],
            ..default_provider()
        });
        let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
        let certificate = made.cert.der().clone();
        let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
        let mut roots = RootCertStore::empty();
        roots.add(certificate.clone()).unwrap();
        let log = Arc::new(Log::default());
        let mut client = ClientConfig::builder_with_provider(Arc::clone(&provider))
            .with_protocol_versions(&[version])
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        client.key_log = Arc::clone(&log) as _;
        let server = ServerConfig::builder_with_provider(provider)
            .with_protocol_versions(&[version])
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate], key)
            .unwrap();
        let name = "localhost".try_into().unwrap();
        let mut pair = Pair {
            ends: [
                ClientConnection::new(Arc::new(client), name)
                    .unwrap()
                    .into(),
                ServerConnection::new(Arc::new(server)).unwrap().into(),
            ],
            log,
            events: Vec::new(),
        };
        pair.pass();
        pair
    }

    /// Carries everything to and fro, in pieces.
    fn pass(&mut self) {
        for from in ROLES.repeat(3) {
            let mut bytes = Vec::new();
            while self.ends[index(from)].wants_write() {
                self.ends[index(from)].write_tls(&mut bytes).unwrap();
            }
            for piece in bytes.chunks(7) {
                self.events.push(event(from, What::Bytes(piece.to_vec())));
            }
            let mut rest = bytes.as_slice();
            let other = &mut self.ends[index(from.peer())];
            while !rest.is_empty() {
                other.read_tls(&mut rest).unwrap();
                other.process_new_packets().unwrap();
                let _ = other.reader().read_to_end(&mut Vec::new());
            }
        }
    }

    fn send(&mut self, from: Role, bytes: &[u8]) {
        self.ends[index(from)].writer().write_all(bytes).unwrap();
        self.pass();
    }

    fn keys(&self) -> KeyLog {
        KeyLog::read(&self.log.0.lock().unwrap())
    }

    fn connection(&self) -> Connection {
        Connection {
            label: String::new(),
            events: self.events.clone(),
        }
    }
}

fn event(from: Role, what: What) -> Event {
    Event {
        from,
        at: Duration::ZERO,
        what,
    }
}

/// What a side sent, and how it ended.
fn sent(connection: &Connection, role: Role) -> (Vec<u8>, Vec<What>) {
    let (mut bytes, mut ends) = (Vec::new(), Vec::new());
    for event in connection.events.iter().filter(|event| event.from == role) {
        match &event.what {
            What::Bytes(more) => bytes.extend(more),
            end => ends.push(end.clone()),
        }
    }
    (bytes, ends)
}

const SUITES: [SupportedCipherSuite; 3] = [
    suites::TLS13_AES_128_GCM_SHA256,
    suites::TLS13_AES_256_GCM_SHA384,
    suites::TLS13_CHACHA20_POLY1305_SHA256,
];

#[test]
fn each_suite_of_tls_1_3_is_opened() {
    for suite in SUITES {
        let mut pair = Pair::new(suite, &TLS13);
        let long: Vec<u8> = (0..40_000_u32).map(|n| n as u8).collect();
        pair.send(Role::Client, b"from the client");
        pair.send(Role::Server, &long);
        for end in &mut pair.ends {
            end.refresh_traffic_keys().unwrap();
        }
        pair.send(Role::Server, b", with other keys");
        pair.send(Role::Client, b", too");
        pair.ends[1].send_close_notify();
        pair.pass();
        let ends = [
            event(Role::Server, What::Fin),
            event(Role::Client, What::Fin),
        ];
        pair.events.extend(ends);

        let inside = opened(&pair.connection(), &pair.keys()).unwrap().unwrap();
        let client = (b"from the client, too".to_vec(), vec![What::Truncated]);
        assert_eq!(sent(&inside, Role::Client), client);
        let server = ([&long[..], b", with other keys"].concat(), vec![What::Fin]);
        assert_eq!(sent(&inside, Role::Server), server);

        let whole = |role| sent(&pair.connection(), role).0;
        let side = |role: Role| Side {
            sender: Some(role),
            label: String::new(),
            bytes: whole(role),
        };
        let mut content = Content::Streams(vec![Stream {
            label: String::new(),
            sides: ROLES.map(side).to_vec(),
        }]);
        assert_eq!(open(&mut content, &pair.keys()), []);
        let Content::Streams(streams) = content else {
            panic!("{content:?}")
        };
        assert_eq!(streams[0].sides[0].bytes, client.0);
        assert_eq!(streams[0].sides[1].bytes, server.0);
    }
}

/// Why nothing of a connection is read.
fn why(pair: &Pair, keys: &KeyLog) -> Option<Sealed> {
    opened(&pair.connection(), keys).unwrap().err()
}

#[test]
fn what_cannot_be_opened_says_why() {
    let mut pair = Pair::new(SUITES[0], &TLS13);
    pair.send(Role::Client, b"a");
    assert_eq!(why(&pair, &KeyLog::default()), Some(Sealed::NoKeys));
    let log = pair.log.0.lock().unwrap().clone();
    let wrong = log.replace("SERVER_TRAFFIC_SECRET_0", "X");
    assert_eq!(why(&pair, &KeyLog::read(&wrong)), Some(Sealed::NoKeys));
    let random = log.split(' ').nth(1).unwrap().to_owned();
    let zeros = "00".repeat(32);
    let other = format!(
        "CLIENT_TRAFFIC_SECRET_0 {random} {zeros}\nSERVER_TRAFFIC_SECRET_0 {random} {zeros}\n"
    );
    assert_eq!(why(&pair, &KeyLog::read(&other)), Some(Sealed::NotOpened));
    let early = format!("{log}CLIENT_EARLY_TRAFFIC_SECRET {random} {zeros}\n");
    assert_eq!(why(&pair, &KeyLog::read(&early)), Some(Sealed::EarlyData));

    let old = Pair::new(suites::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, &TLS12);
    assert_eq!(why(&old, &old.keys()), Some(Sealed::Version));

    let clear = Connection {
        label: String::new(),
        events: vec![event(Role::Client, What::Bytes(b"GET /".to_vec()))],
    };
    assert_eq!(opened(&clear, &pair.keys()), None);
}

#[test]
fn what_follows_a_damaged_record_is_left_and_counted() {
    let mut pair = Pair::new(SUITES[1], &TLS13);
    pair.send(Role::Client, b"whole");
    let before = pair.events.len();
    pair.send(Role::Client, b"damaged");
    let What::Bytes(bytes) = &mut pair.events[before + 1].what else {
        panic!()
    };
    bytes[0] ^= 1;
    pair.send(Role::Client, b"after");
    let inside = opened(&pair.connection(), &pair.keys()).unwrap().unwrap();
    let (bytes, left) = sent(&inside, Role::Client);
    let left = left.iter().map(|what| match what {
        What::Left(bytes) => *bytes,
        other => panic!("{other:?}"),
    });
    // Header, type and tag.
    let record = |content: &[u8]| content.len() as u64 + 5 + 1 + 16;
    assert_eq!(bytes, b"whole");
    assert_eq!(left.sum::<u64>(), record(b"damaged") + record(b"after"));
}
