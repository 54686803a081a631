//! A capture of a conversation is judged like the conversation itself.

use std::time::Duration;

use wsspec::check;
use wsspec::decode::{Connection, connections};
use wsspec::peer::{FAULTS, ReferencePeer};
use wsspec::referee::{Conversation, Limits, Payloads, Tally, Traffic, judge_captured};
use wsspec::wire::memory::{self, Chunking};
use wsspec_core::Role;
use wsspec_core::random::SplitMix64;
use wsspec_reports::{Transcript, Transport, What, pcap};
use wsspec_vectors::Corpus;

const LIMITS: Limits = Limits {
    max_message: 1 << 20,
    payloads: Payloads::Kept,
};

/// Cases that send at least this number of bytes are left out.
const LARGE: u64 = 100 << 10;

/// The headers of the file, and of a packet.
const FILE: usize = 24;
const PACKET: usize = 16;

/// What a referee says of the only conversation of a transcript.
fn live(transcript: &Transcript) -> Traffic {
    let mut conversation = Conversation::new(LIMITS);
    let mut sent = [0; 2];
    for entry in &transcript.entries {
        let role = if entry.who == transcript.target_role.server(entry.on) {
            Role::Server
        } else {
            Role::Client
        };
        match &entry.what {
            What::Bytes(bytes) => {
                sent[usize::from(role == Role::Server)] += bytes.len() as u64;
                conversation.received(role, &mut bytes.clone(), Duration::ZERO);
            }
            What::Fin | What::Rst => conversation.ended(role, entry.what.clone(), Duration::ZERO),
            _ => {}
        }
    }
    let mut tally = Tally::default();
    tally.add(1, &conversation, sent);
    tally.traffic
}

fn captured(file: &[u8]) -> (Vec<Connection>, Traffic) {
    let (connections, _) = connections(file).unwrap();
    let tally = judge_captured(&connections, LIMITS, |_| {});
    (connections, tally.traffic)
}

/// What was judged. How much was not depends on where the bytes are cut.
fn judged(mut traffic: Traffic) -> Traffic {
    for side in [&mut traffic.client, &mut traffic.server] {
        side.unjudged.clear();
    }
    traffic
}

/// The packets of a pcap file, each with its header.
fn packets(file: &[u8]) -> Vec<&[u8]> {
    let mut rest = &file[FILE..];
    let mut packets = Vec::new();
    while !rest.is_empty() {
        let size = u32::from_le_bytes(rest[8..12].try_into().unwrap()) as usize;
        let (packet, others) = rest.split_at(PACKET + size);
        packets.push(packet);
        rest = others;
    }
    packets
}

/// The same capture with some packets later than they were sent, and some twice.
fn disordered(file: &[u8], random: &mut SplitMix64) -> Vec<u8> {
    let mut packets = packets(file);
    // The opening of TCP stays where it is.
    for n in 3..packets.len() {
        if random.below(4) == 0 {
            let later = (n + 1 + random.below(3)).min(packets.len() - 1);
            packets.swap(n, later);
        }
        if random.below(8) == 0 {
            packets.push(packets[n]);
        }
    }
    [&file[..FILE]]
        .into_iter()
        .chain(packets)
        .collect::<Vec<_>>()
        .concat()
}

/// Calls `see` with the transcript of each case that is one conversation over HTTP/1.1.
fn each(peer: &ReferencePeer, role: Role, mut see: impl FnMut(&str, &Transcript)) {
    let corpus = Corpus::embedded().unwrap_or_else(|e| panic!("{e:?}"));
    let cases = corpus.cases.iter().filter(|case| {
        case.roles.contains(&role)
            && case.weight() < LARGE
            && case.wants_beyond(memory::ABILITIES).is_none()
    });
    // A part of them tells as much.
    for case in cases.step_by(7) {
        let conclusion = check::in_memory(case, role, peer, Chunking::Whole);
        let transcript = &conclusion.transcript;
        let over = transcript.circumstances.as_ref().map(|known| known.over);
        let single = transcript.entries.iter().all(|entry| entry.on == 1);
        let any = transcript
            .entries
            .iter()
            .any(|e| matches!(e.what, What::Bytes(_)));
        if over == Some(Transport::Tcp) && single && any {
            see(&case.id, transcript);
        }
    }
}

#[test]
fn captures_are_judged_like_what_they_captured() {
    let mut random = SplitMix64(20);
    let mut broken = 0;
    for name in ["rsv2-set", "close-code-lost", "mask-ignored"] {
        let Some(fault) = FAULTS.iter().find(|fault| fault.name == name) else {
            continue;
        };
        for role in fault.roles {
            each(&fault.peer(), *role, |id, transcript| {
                let expected = judged(live(transcript));
                broken += expected.client.broken.len() + expected.server.broken.len();
                let file = pcap(transcript).unwrap();
                let (connections, in_order) = captured(&file);
                assert_eq!(judged(in_order), expected, "{id}");
                let file = disordered(&file, &mut random);
                let again = captured(&file).0;
                let sent = |connections: &[Connection], side: Role| {
                    let events = connections[0].events.iter().filter(|e| e.from == side);
                    let bytes = events.filter_map(|e| match &e.what {
                        What::Bytes(bytes) => Some(bytes.clone()),
                        _ => None,
                    });
                    bytes.collect::<Vec<_>>().concat()
                };
                for side in [Role::Client, Role::Server] {
                    assert_eq!(sent(&again, side), sent(&connections, side), "{id}");
                }
            });
        }
    }
    assert!(broken > 100, "{broken}");
}
