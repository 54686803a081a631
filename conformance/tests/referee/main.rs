//! Conversations between two parties, judged by the referee: the vectors, run in memory, give them.

mod http2;
mod live;
mod material;

use std::collections::BTreeSet;
use std::time::Duration;

use wsspec::check;
use wsspec::exchange::Conclusion;
use wsspec::peer::FAULTS;
use wsspec::referee::{Conversation, Found, Limits, Payloads, Rule, Tally, Traffic, Unjudged};
use wsspec::wire::memory::Chunking;
use wsspec_core::Role::{self, Client, Server};
use wsspec_core::Violation;
use wsspec_reports::{Verdict, What};
use wsspec_vectors::SplitMix64;

use material::{LIMITS, cases, conversations, corpus, is_of, rules};

/// A rule that was broken: by whom, which, where, and the requirement.
type Breach = (bool, u64, Rule, &'static str);

fn judge(sent: &[(Role, Vec<u8>)]) -> Vec<Found> {
    let mut conversation = Conversation::new(LIMITS);
    for (from, bytes) in sent {
        conversation.received(*from, &mut bytes.clone(), Duration::ZERO);
    }
    for side in [Client, Server] {
        conversation.ended(side, What::Fin, Duration::ZERO);
    }
    conversation.take_found()
}

fn breaches(sent: &[(Role, Vec<u8>)]) -> BTreeSet<Breach> {
    let found = judge(sent);
    let breaches = found.iter().map(|found| {
        (
            found.side == Server,
            found.offset,
            found.rule,
            found.requirement,
        )
    });
    breaches.collect()
}

fn found_in(conclusion: &Conclusion, target: Role) -> Vec<Found> {
    let conversations = conversations(&conclusion.transcript, target);
    conversations.iter().flat_map(|sent| judge(sent)).collect()
}

#[test]
fn a_conforming_peer_is_never_accused() {
    let corpus = corpus();
    let mut judged = 0;
    for role in [Server, Client] {
        for case in cases(&corpus, role) {
            let peer = check::conforming(case);
            let conclusion = check::in_memory(case, role, &peer, Chunking::Whole);
            let found = found_in(&conclusion, role);
            let own: Vec<&Found> = found.iter().filter(|found| found.side == role).collect();
            assert!(own.is_empty(), "{} as a {}: {own:?}", case.id, role.name());
            judged += 1;
        }
    }
    assert!(judged > 1000, "{judged}");
}

/// Faults whose bytes show another rule, or another requirement, than the one they break; with the role.
#[rustfmt::skip]
const SHOW_ELSEWHERE: &[(&str, Role)] = &[
    // The rule is about the URL, which is not on the wire.
    ("asks-raw-host", Client),
    // An empty body is announced, so that none has to be skipped.
    ("empty-body-announced", Server),
    // Compressed and not marked so, or marked and not compressed: from between, other rules are broken.
    ("rsv1-flipped", Server),
    ("rsv1-flipped", Client),
    // The order of fragments shows as text that is not UTF-8.
    ("fragments-reversed", Server),
    ("fragments-reversed", Client),
    // Over HTTP/2 alone.
    ("connect-length-in-answer", Server),
];

#[test]
fn each_planted_fault_that_shows_in_bytes_is_named_with_its_side() {
    let corpus = corpus();
    let mut named = 0;
    let mut missed = Vec::new();
    for fault in FAULTS.iter().filter(|fault| fault.worst == Verdict::Fail) {
        for role in fault.roles {
            if rules(fault, *role).is_empty() {
                continue;
            }
            let peer = fault.peer();
            let shows = cases(&corpus, *role).any(|case| {
                let conclusion = check::in_memory(case, *role, &peer, Chunking::Whole);
                found_in(&conclusion, *role)
                    .iter()
                    .any(|found| is_of(found, fault, *role))
            });
            named += usize::from(shows);
            missed.extend((!shows).then_some((&*fault.name, *role)));
        }
    }
    assert_eq!(missed, SHOW_ELSEWHERE);
    assert!(named > 60, "{named}");
}

/// The same conversation, cut into pieces of up to `most` bytes and mixed by a seed: what each side sent
/// stays in its order, and nothing else does.
fn recut(sent: &[(Role, Vec<u8>)], most: u64, seed: u64) -> Vec<(Role, Vec<u8>)> {
    let mut random = SplitMix64(seed);
    let mut sides = [Client, Server].map(|side| {
        let own = sent.iter().filter(|(from, _)| *from == side);
        let bytes: Vec<u8> = own.flat_map(|(_, bytes)| bytes.iter().copied()).collect();
        (side, bytes)
    });
    let mut pieces = Vec::new();
    while sides.iter().any(|(_, bytes)| !bytes.is_empty()) {
        let (side, bytes) = &mut sides[(random.next() % 2) as usize];
        let size = (1 + random.next() % most).min(bytes.len() as u64) as usize;
        pieces.push((*side, bytes.drain(..size).collect()));
    }
    pieces
}

#[test]
fn however_both_directions_are_cut_and_mixed_the_same_rules_are_broken() {
    let corpus = corpus();
    let (mut seed, mut broken) = (7, 0);
    for role in [Server, Client] {
        for case in cases(&corpus, role).step_by(3) {
            let conclusion =
                check::in_memory(case, role, &check::conforming(case), Chunking::Whole);
            for sent in conversations(&conclusion.transcript, role) {
                let whole = breaches(&sent);
                broken += usize::from(!whole.is_empty());
                for most in [1, 7, 1 << 16] {
                    seed += 1;
                    let again = breaches(&recut(&sent, most, seed));
                    assert_eq!(
                        again,
                        whole,
                        "{} as a {}, seed {seed}",
                        case.id,
                        role.name()
                    );
                }
            }
        }
    }
    assert!(broken > 100, "{broken}");
}

/// A connection with secrets in its heads and a payload, in which both sides break a rule.
fn with_secrets(payloads: Payloads) -> Tally {
    let sent = [
        (
            Client,
            &b"GET /?token=abcdefgh HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\n\
            Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
            Sec-WebSocket-Version: 13\r\nCookie: id=12345678\r\n\r\n"[..],
        ),
        (
            Server,
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
            Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\nSet-Cookie: id=87654321\r\n\r\n",
        ),
        (Client, b"\x81\x07payload"),
        (Server, b"\xc1\x07payload"),
    ];
    let mut conversation = Conversation::new(Limits { payloads, ..LIMITS });
    for (from, bytes) in sent {
        conversation.received(from, &mut bytes.to_vec(), Duration::ZERO);
    }
    let mut tally = Tally::default();
    tally.add(1, &conversation, [0, 0]);
    tally
}

fn has(bytes: &[u8], text: &[u8]) -> bool {
    bytes.windows(text.len()).any(|part| part == text)
}

#[test]
fn secrets_are_never_kept_and_payloads_only_if_they_may_be() {
    for (payloads, kept) in [(Payloads::Kept, true), (Payloads::Redacted, false)] {
        let tally = with_secrets(payloads);
        assert_eq!(tally.traffic.client.broken["mask-missing"], 1);
        assert_eq!(tally.traffic.server.broken["rsv-set"], 1);
        for side in [Client, Server] {
            let rows = tally.rows(side);
            let transcripts = rows.iter().filter_map(|row| row.transcript.as_ref());
            let bytes = transcripts.flat_map(|transcript| &transcript.entries);
            let bytes = bytes.filter_map(|entry| match &entry.what {
                What::Bytes(bytes) => Some(bytes.as_slice()),
                _ => None,
            });
            let bytes = bytes.collect::<Vec<_>>().concat();
            assert!(has(&bytes, b"Sec-WebSocket-Key: dGhl") && has(&bytes, b" 101 "));
            assert!(
                !has(&bytes, b"abcdefgh") && !has(&bytes, b"12345678") && !has(&bytes, b"87654321")
            );
            assert_eq!(has(&bytes, b"payload"), kept);
        }
    }
}

#[test]
fn requests_for_something_else_are_counted_and_the_next_one_is_judged() {
    let upgrade = "GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
        Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";
    let accepted = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\
        Connection: Upgrade\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";
    let sent: Vec<(Role, Vec<u8>)> = [
        (
            Client,
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n\u{1}\u{2}",
        ),
        (
            Server,
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n",
        ),
        (Client, "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n"),
        (Server, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n"),
        (Client, upgrade),
        (Server, "HTTP/1.1 401 No\r\nContent-Length: 2\r\n\r\nno"),
        (Client, upgrade),
        (Server, "HTTP/1.1 103 Early Hints\r\n\r\n"),
        (Server, accepted),
        (Client, "\u{1}\u{1}a"),
    ]
    .map(|(from, text)| (from, text.as_bytes().to_vec()))
    .to_vec();
    for sent in [sent.clone(), recut(&sent, 3, 1)] {
        let mut conversation = Conversation::new(LIMITS);
        for (from, bytes) in &sent {
            conversation.received(*from, &mut bytes.clone(), Duration::ZERO);
        }
        let mut tally = Tally::default();
        tally.add(1, &conversation, [0, 0]);
        let Traffic {
            opened,
            refused,
            plain,
            ..
        } = tally.traffic;
        assert_eq!((opened, refused, plain), (1, 1, 2));
        let found = conversation.take_found();
        let found: Vec<_> = found.iter().map(|found| (found.side, found.rule)).collect();
        assert_eq!(found, [(Client, Rule::WebSocket(Violation::MaskMissing))]);
    }
}

/// The answer to the sample key of RFC 6455 with this line more.
fn accepted(line: &str) -> Vec<u8> {
    let head = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
        Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n";
    format!("{head}{line}\r\n").into_bytes()
}

#[test]
fn what_cannot_be_judged_is_counted_and_accuses_no_one() {
    let upgrade = b"GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
        Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\
        Sec-WebSocket-Extensions: permessage-bzip2\r\n\r\n";
    let large = [b"\x82\x7f\0\0\0\0\0\x20\0\0".to_vec(), vec![0; 100]].concat();
    for (answer, rest, why, bytes) in [
        (
            accepted("Sec-WebSocket-Extensions: permessage-bzip2\r\n"),
            b"\xc1\x01\xff".to_vec(),
            Unjudged::OtherExtension,
            3,
        ),
        (accepted(""), large, Unjudged::TooBig, 110),
    ] {
        let mut conversation = Conversation::new(LIMITS);
        conversation.received(Client, &mut upgrade.to_vec(), Duration::ZERO);
        conversation.received(Server, &mut answer.clone(), Duration::ZERO);
        conversation.received(Server, &mut rest.clone(), Duration::ZERO);
        assert_eq!(conversation.unjudged(Server), [(why, bytes)]);
        assert_eq!(conversation.take_found(), []);
    }
    let mut conversation = Conversation::new(LIMITS);
    conversation.received(Client, &mut b"SSH-2.0-x\r\n\r\n".to_vec(), Duration::ZERO);
    conversation.received(Server, &mut [0; 9], Duration::ZERO);
    assert_eq!(
        conversation.unjudged(Server),
        [(Unjudged::OtherProtocol, 9)]
    );
    assert_eq!(conversation.take_found(), []);
}
