//! Captures that are made here, in both formats.

use etherparse::PacketBuilder;
use proptest::prelude::*;
use proptest::sample::Index;
use wsspec_core::Role;
use wsspec_core::random::SplitMix64;
use wsspec_reports::What;

use super::super::outcome::{Side, Stream, Unreadable};
use super::super::{Notation, read};
use super::*;

const CLIENT: ([u8; 4], u16) = ([127, 0, 0, 1], 40000);
const SERVER: ([u8; 4], u16) = ([127, 0, 0, 1], 9001);

/// A packet of the client or the server, at an offset of what it sends.
fn packet(sender: Role, offset: u32, syn: bool, payload: &[u8]) -> Vec<u8> {
    segment(sender, offset, syn, false, payload)
}

fn segment(sender: Role, offset: u32, syn: bool, fin: bool, payload: &[u8]) -> Vec<u8> {
    let (from, to) = match sender {
        Role::Client => (CLIENT, SERVER),
        Role::Server => (SERVER, CLIENT),
    };
    // Near the end, so that sequence numbers wrap around.
    let sequence = (u32::MAX - 3).wrapping_add(offset);
    let builder = PacketBuilder::ipv4(from.0, to.0, 64).tcp(from.1, to.1, sequence, 1024);
    let builder = match (syn, sender) {
        (true, Role::Client) => builder.syn(),
        (true, Role::Server) => builder.syn().ack(1),
        (false, _) => builder.ack(1),
    };
    let builder = if fin { builder.fin() } else { builder };
    let mut packet = Vec::new();
    builder.write(&mut packet, payload).unwrap();
    packet
}

fn pcap_of(packets: &[Vec<u8>]) -> Vec<u8> {
    let mut file = vec![
        0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0,
    ];
    file.extend(101_u32.to_le_bytes());
    for packet in packets {
        let size = (packet.len() as u32).to_le_bytes();
        file.extend([[0; 4], [0; 4], size, size].concat());
        file.extend(packet);
    }
    file
}

fn block(kind: u32, body: &[u8]) -> Vec<u8> {
    let body = [body, &vec![0; body.len().next_multiple_of(4) - body.len()]].concat();
    let size = (body.len() as u32 + 12).to_le_bytes();
    [&kind.to_le_bytes(), &size[..], &body, &size].concat()
}

fn pcapng_of(packets: &[Vec<u8>]) -> Vec<u8> {
    let mut file = block(
        0x0a0d_0d0a,
        &[&[0x4d, 0x3c, 0x2b, 0x1a, 1, 0, 0, 0][..], &[0xff; 8]].concat(),
    );
    file.extend(block(1, &[101, 0, 0, 0, 0, 0, 1, 0]));
    for packet in packets {
        let size = (packet.len() as u32).to_le_bytes();
        file.extend(block(6, &[&[0; 12], &size[..], &size, packet].concat()));
    }
    file
}

/// What is said of [`conversation`].
const REPEATED: Note = Note::Disorder {
    early: 0,
    repeated: 1,
};

fn conversation() -> Vec<Vec<u8>> {
    vec![
        packet(Role::Client, 0, true, b""),
        packet(Role::Server, 0, true, b""),
        packet(Role::Client, 1, false, b"GET / HTTP/1.1\r\n"),
        packet(Role::Client, 17, false, b"\r\n"),
        // Sent again, in full and in part.
        packet(Role::Client, 1, false, b"GET / HTTP/1.1\r\n"),
        packet(Role::Client, 12, false, b"1.1\r\n\r\n!"),
        packet(Role::Server, 1, false, b"\x81\x05He"),
        packet(Role::Server, 5, false, b"llo"),
        packet(Role::Server, 8, false, b""),
    ]
}

fn streams(input: &[u8], notation: Notation) -> (Vec<Stream>, Vec<Note>) {
    let read = read(input, None).unwrap();
    assert_eq!(read.notation, notation);
    let Content::Streams(streams) = read.content else {
        panic!("{:?}", read.content)
    };
    (streams, read.notes)
}

#[test]
fn both_formats_give_both_sides() {
    let expected = vec![Stream {
        label: "127.0.0.1:40000 → 127.0.0.1:9001".into(),
        sides: vec![
            Side {
                sender: Some(Role::Client),
                label: "127.0.0.1:40000".into(),
                bytes: b"GET / HTTP/1.1\r\n\r\n!".to_vec(),
            },
            Side {
                sender: Some(Role::Server),
                label: "127.0.0.1:9001".into(),
                bytes: b"\x81\x05Hello".to_vec(),
            },
        ],
    }];
    let packets = conversation();
    for (file, notation) in [
        (pcap_of(&packets), Notation::Pcap),
        (pcapng_of(&packets), Notation::Pcapng),
    ] {
        assert_eq!(streams(&file, notation), (expected.clone(), vec![REPEATED]));
    }
}

#[test]
fn missing_bytes_end_a_side_and_are_said() {
    let mut packets = conversation();
    packets.remove(6);
    packets.insert(6, packet(Role::Server, 1, false, b"\x81\x05"));
    let (read, notes) = streams(&pcap_of(&packets), Notation::Pcap);
    assert_eq!(read[0].sides[1].bytes, b"\x81\x05");
    let missing = Note::Missing {
        side: "127.0.0.1:9001".into(),
        bytes: 2,
        packet: 8,
    };
    assert_eq!(notes, [REPEATED, missing]);
}

proptest! {
    /// Segments that overlap, repeat and come in any order give the bytes that were sent.
    #[test]
    fn the_order_of_segments_does_not_matter(
        sent in prop::collection::vec(any::<u8>(), 1..200),
        cuts in prop::collection::vec((any::<Index>(), 1usize..40), 0..20),
        order in any::<u64>(),
    ) {
        // The whole in pieces of seven, and others anywhere.
        let pieces = (0..sent.len()).step_by(7).map(|at| (at, 7));
        let others = cuts.iter().map(|(at, size)| (at.index(sent.len()), *size));
        let part = |(at, size): (usize, usize)| {
            let end = (at + size).min(sent.len());
            packet(Role::Server, 1 + at as u32, false, &sent[at..end])
        };
        let mut packets: Vec<Vec<u8>> = pieces.chain(others).map(part).collect();
        packets.push(segment(Role::Server, 1 + sent.len() as u32, false, true, b""));
        let mut random = SplitMix64(order);
        for last in (1..packets.len()).rev() {
            packets.swap(last, random.below(last + 1));
        }
        packets.insert(0, packet(Role::Server, 0, true, b""));
        let file = pcap_of(&packets);
        let (read, notes) = streams(&file, Notation::Pcap);
        prop_assert_eq!(&read[0].sides[0].bytes, &sent);
        let (connections, _) = connections(&file).unwrap();
        let events: Vec<&What> = connections[0].events.iter().map(|event| &event.what).collect();
        let (end, bytes) = events.split_last().unwrap();
        prop_assert_eq!(*end, &What::Fin);
        let bytes = bytes.iter().map(|what| match what {
            What::Bytes(bytes) => bytes.as_slice(),
            other => panic!("{other:?}"),
        });
        prop_assert_eq!(&bytes.collect::<Vec<_>>().concat(), &sent);
        let missing = notes.iter().any(|note| matches!(note, Note::Missing { .. }));
        prop_assert!(!missing);
    }
}

#[test]
fn the_same_ports_are_another_connection_after_a_syn() {
    let packets = [conversation(), conversation()].concat();
    let (read, _) = streams(&pcap_of(&packets), Notation::Pcap);
    assert_eq!(read.len(), 2);
    assert_eq!(read[0].sides, read[1].sides);
}

#[test]
fn a_cut_file_is_read_up_to_there() {
    let file = pcap_of(&conversation());
    let (read, notes) = streams(&file[..file.len() - 60], Notation::Pcap);
    assert_eq!(read[0].sides[1].bytes, b"\x81\x05He");
    assert_eq!(notes, [REPEATED, Note::CutFile]);
    for end in 0..file.len() {
        let _ = read_any(&file[..end]);
    }
    let file = pcapng_of(&conversation());
    for end in 0..file.len() {
        let _ = read_any(&file[..end]);
    }
}

fn read_any(input: &[u8]) -> bool {
    read(input, None).is_ok()
}

#[test]
fn secrets_of_tls_in_a_pcapng_file_are_found() {
    let line = format!("CLIENT_TRAFFIC_SECRET_0 {} 00ff\n", "01".repeat(32));
    for (kind, found) in [(0x544c_534b_u32, true), (1, false)] {
        let size = line.len() as u32;
        let secrets = [
            &kind.to_le_bytes()[..],
            &size.to_le_bytes(),
            line.as_bytes(),
        ]
        .concat();
        let file = [pcapng_of(&conversation()), block(10, &secrets)].concat();
        assert_eq!(!key_log(&file).is_empty(), found);
        assert_eq!(streams(&file, Notation::Pcapng).0.len(), 1);
    }
    assert!(key_log(&pcap_of(&conversation())).is_empty());
}

#[test]
fn what_has_no_tcp_is_said_to_have_none() {
    let file = pcap_of(&[vec![0; 60]]);
    assert_eq!(
        read(&file, None),
        Err(Unreadable::Broken(
            Notation::Pcap,
            Broken::new(1, Problem::NoTcp)
        ))
    );
}

#[test]
fn a_packet_in_hex_is_taken_out_of_its_headers() {
    let packet = packet(Role::Server, 1, false, b"\x81\x05Hello");
    let on = |link: &[u8]| [link, &packet].concat();
    for bytes in [
        on(&[]),
        on(&[2, 0, 0, 0]),
        on(&[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 8, 0]),
    ] {
        let hex = wsspec_core::dissect::hex_digits(&bytes);
        let read = read(hex.as_bytes(), None).unwrap();
        assert_eq!(read.single(), Some(&b"\x81\x05Hello"[..]), "{hex}");
        assert_eq!(read.notes, [Note::Packets(1)]);
    }
}
