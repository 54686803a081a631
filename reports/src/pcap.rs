//! A conversation as a capture file, for Wireshark and `wsspec decode`.
//!
//! The bytes are those of the transcript, which lie above TLS; TCP is made up around them. The target is 192.0.2.2
//! and the suite 192.0.2.1 (addresses for documentation, RFC 5737); the server listens on port 80, and conversation
//! *n* has port 49151 + *n* on the client.

use std::collections::BTreeMap;

use etherparse::PacketBuilder;

use crate::{Entry, Transcript, Transport, What, Who};

const SUITE: [u8; 4] = [192, 0, 2, 1];
const TARGET: [u8; 4] = [192, 0, 2, 2];
const SERVER_PORT: u16 = 80;
/// One below the first port of a client.
const CLIENT_PORTS: u16 = 49151;
/// Most bytes in a packet: IP counts 65,535 with its header and that of TCP.
const SEGMENT: usize = 65_000;
/// The header of a pcap file: microseconds, version 2.4, packets of 256 KiB at most, raw IP (link type 101).
const HEADER: [u8; 24] = [
    0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 101, 0, 0, 0,
];

/// Returns the conversation as a pcap file; `None` of HTTP/3, whose streams are no TCP.
///
/// A direction of which bytes were left out ([`What::Left`]) has a gap in its sequence numbers.
pub fn pcap(transcript: &Transcript) -> Option<Vec<u8>> {
    let circumstances = transcript.circumstances.as_ref();
    if circumstances.is_some_and(|known| known.over == Transport::H3) {
        return None;
    }
    let mut connections: BTreeMap<u32, Connection> = BTreeMap::new();
    let mut file = HEADER.to_vec();
    for entry in &transcript.entries {
        connections
            .entry(entry.on)
            .or_insert_with(|| {
                Connection::open(entry, transcript.target_role.server(entry.on), &mut file)
            })
            .add(entry, &mut file);
    }
    Some(file)
}

/// A TCP connection of the capture.
struct Connection {
    server: Who,
    client_port: u16,
    /// The sequence numbers of the next byte of the suite and of the target.
    next: [u32; 2],
}

/// What a packet says beside its bytes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Flag {
    Syn,
    Push,
    Fin,
    Rst,
    None,
}

impl Connection {
    /// Writes the opening of TCP, which the transcript does not have, at the time of `first`.
    fn open(first: &Entry, server: Who, file: &mut Vec<u8>) -> Connection {
        let mut connection = Connection {
            server,
            client_port: CLIENT_PORTS.saturating_add(first.on.try_into().unwrap_or(u16::MAX)),
            next: [0; 2],
        };
        let client = other(server);
        connection.write(first.at_us, client, Flag::Syn, &[], file);
        connection.write(first.at_us, server, Flag::Syn, &[], file);
        connection.write(first.at_us, client, Flag::None, &[], file);
        connection
    }

    fn add(&mut self, entry: &Entry, file: &mut Vec<u8>) {
        match &entry.what {
            What::Bytes(bytes) => {
                for segment in bytes.chunks(SEGMENT) {
                    self.write(entry.at_us, entry.who, Flag::Push, segment, file);
                }
            }
            What::Left(bytes) => {
                let next = &mut self.next[side(entry.who)];
                *next = next.wrapping_add(*bytes as u32);
            }
            What::Fin | What::Truncated => {
                self.write(entry.at_us, entry.who, Flag::Fin, &[], file);
            }
            What::Rst => self.write(entry.at_us, entry.who, Flag::Rst, &[], file),
            What::Hello(_)
            | What::Alert(_)
            | What::StreamReset(_)
            | What::Fields(_)
            | What::StreamStopped(_)
            | What::ConnectionClosed(_)
            | What::TimedOut
            | What::ServesAnother(_) => {}
        }
    }

    /// Writes a packet. Each acknowledges all that the other side sent.
    fn write(&mut self, at_us: u64, from: Who, flag: Flag, payload: &[u8], file: &mut Vec<u8>) {
        let (source, destination) = match from {
            Who::Suite => (SUITE, TARGET),
            Who::Target => (TARGET, SUITE),
        };
        let (source_port, destination_port) = if from == self.server {
            (SERVER_PORT, self.client_port)
        } else {
            (self.client_port, SERVER_PORT)
        };
        let sequence = self.next[side(from)];
        let window = u16::MAX;
        let builder = PacketBuilder::ipv4(source, destination, 64);
        let builder = builder.tcp(source_port, destination_port, sequence, window);
        let first = flag == Flag::Syn && from != self.server;
        let builder = if first {
            builder
        } else {
            builder.ack(self.next[side(other(from))])
        };
        let builder = match flag {
            Flag::Syn => builder.syn(),
            Flag::Push => builder.psh(),
            Flag::Fin => builder.fin(),
            Flag::Rst => builder.rst(),
            Flag::None => builder,
        };
        let size = builder.size(payload.len());
        let [seconds, micros] = [at_us / 1_000_000, at_us % 1_000_000];
        for number in [seconds, micros, size as u64, size as u64] {
            file.extend((number as u32).to_le_bytes());
        }
        builder
            .write(file, payload)
            .expect("a segment fits a packet, and memory takes it");
        let counted = payload.len() as u32 + u32::from(matches!(flag, Flag::Syn | Flag::Fin));
        self.next[side(from)] = sequence.wrapping_add(counted);
    }
}

fn side(who: Who) -> usize {
    usize::from(who == Who::Target)
}

fn other(who: Who) -> Who {
    match who {
        Who::Suite => Who::Target,
        Who::Target => Who::Suite,
    }
}
