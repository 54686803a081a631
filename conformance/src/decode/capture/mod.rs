//! Captured packets: files of pcap and pcapng, and single packets in any other notation.
//!
//! The segments of a TCP connection are put in order, and what was sent again is used once. Where bytes are
//! missing, a side ends, and a note says how many and before which packet.

mod flows;
mod half;
mod packet;

use std::time::Duration;

use pcap_parser::traits::PcapNGPacketBlock;
use pcap_parser::{Block, LegacyPcapSlice, Linktype, PcapBlockOwned, PcapNGSlice, SecretsType};

use super::Notation;
use super::outcome::{Broken, Content, Found, Note, Problem, Read, Reading, Unreadable};
use super::tls::KeyLog;

pub use flows::{Connection, Event};

use flows::Flows;
use packet::{Link, Packet};

/// What pcap files begin with: two byte orders, microseconds, nanoseconds, and a variant.
const PCAP: [[u8; 4]; 6] = [
    [0xa1, 0xb2, 0xc3, 0xd4],
    [0xd4, 0xc3, 0xb2, 0xa1],
    [0xa1, 0xb2, 0x3c, 0x4d],
    [0x4d, 0x3c, 0xb2, 0xa1],
    [0xa1, 0xb2, 0xcd, 0x34],
    [0x34, 0xcd, 0xb2, 0xa1],
];

/// What pcapng files begin with, in either byte order.
const PCAPNG: [u8; 4] = [0x0a, 0x0d, 0x0d, 0x0a];

/// Reads a pcap file.
pub(super) fn pcap(input: &[u8]) -> Reading {
    if !PCAP.iter().any(|magic| input.starts_with(magic)) {
        return Ok(Vec::new());
    }
    legacy(input)?.found()
}

/// Reads a pcapng file.
pub(super) fn pcapng(input: &[u8]) -> Reading {
    if !input.starts_with(&PCAPNG) {
        return Ok(Vec::new());
    }
    next_generation(input)?.found()
}

/// Whether a file that begins with these four bytes is a pcap or pcapng file.
pub fn is_capture(first: &[u8; 4]) -> bool {
    PCAP.contains(first) || *first == PCAPNG
}

/// Returns the TCP connections of a capture, each as it went over the wire.
///
/// # Errors
/// If `input` is neither a pcap nor a pcapng file, or has no TCP in it.
pub fn connections(input: &[u8]) -> Result<(Vec<Connection>, Vec<Note>), Unreadable> {
    let (notation, capture) = if input.starts_with(&PCAPNG) {
        (Notation::Pcapng, next_generation(input))
    } else if PCAP.iter().any(|magic| input.starts_with(magic)) {
        (Notation::Pcap, legacy(input))
    } else {
        return Err(Unreadable::NotThat(Notation::Pcap));
    };
    let connections = capture.and_then(Capture::connections);
    connections.map_err(|broken| Unreadable::Broken(notation, broken))
}

/// The secrets of TLS in a pcapng file (Decryption Secrets Blocks).
pub fn key_log(input: &[u8]) -> KeyLog {
    let mut keys = KeyLog::default();
    if !input.starts_with(&PCAPNG) {
        return keys;
    }
    let Ok(file) = PcapNGSlice::from_slice(input) else {
        return keys;
    };
    for block in file.map_while(Result::ok) {
        if let PcapBlockOwned::NG(Block::DecryptionSecrets(block)) = block
            && block.secrets_type == SecretsType::TlsKeyLog
        {
            keys.extend(KeyLog::read(&String::from_utf8_lossy(block.data)));
        }
    }
    keys
}

fn legacy(input: &[u8]) -> Result<Capture, Broken> {
    let file = LegacyPcapSlice::from_slice(input).map_err(|_| bad_capture())?;
    let link = file.header.network;
    let fractions = if file.header.is_nanosecond_precision() {
        1_000_000_000
    } else {
        1_000_000
    };
    let mut capture = Capture::default();
    for block in file {
        let Ok(PcapBlockOwned::Legacy(block)) = block else {
            capture.cut = true;
            break;
        };
        let ticks = u64::from(block.ts_sec) * fractions + u64::from(block.ts_usec);
        capture.add(link, block.data, block.origlen, time(ticks, fractions));
    }
    Ok(capture)
}

fn next_generation(input: &[u8]) -> Result<Capture, Broken> {
    let file = PcapNGSlice::from_slice(input).map_err(|_| bad_capture())?;
    let mut capture = Capture::default();
    let mut interfaces: Vec<(Linktype, u64)> = Vec::new();
    for block in file {
        match block {
            Ok(PcapBlockOwned::NG(Block::SectionHeader(_))) => interfaces.clear(),
            Ok(PcapBlockOwned::NG(Block::InterfaceDescription(block))) => {
                let ticks_per_second = block.ts_resolution().unwrap_or(1_000_000);
                interfaces.push((block.linktype, ticks_per_second));
            }
            Ok(PcapBlockOwned::NG(Block::EnhancedPacket(block))) => {
                match interfaces.get(block.if_id as usize) {
                    Some((link, per_second)) => {
                        let ticks = u64::from(block.ts_high) << 32 | u64::from(block.ts_low);
                        let at = time(ticks, *per_second);
                        capture.add(*link, block.packet_data(), block.origlen, at);
                    }
                    None => capture.skip(),
                }
            }
            Ok(PcapBlockOwned::NG(Block::SimplePacket(block))) => match interfaces.first() {
                // It has no time.
                Some((link, _)) => {
                    capture.add(*link, block.packet_data(), block.origlen, Duration::ZERO);
                }
                None => capture.skip(),
            },
            Ok(_) => {}
            Err(_) => {
                capture.cut = true;
                break;
            }
        }
    }
    Ok(capture)
}

/// A time that is counted in fractions of a second.
fn time(ticks: u64, per_second: u64) -> Duration {
    let per_second = per_second.max(1);
    let nanos = u128::from(ticks % per_second) * 1_000_000_000 / u128::from(per_second);
    Duration::new(ticks / per_second, nanos as u32)
}

/// A capture while it is read.
#[derive(Default)]
struct Capture {
    flows: Flows,
    packets: usize,
    /// Packets of which nothing was used.
    others: usize,
    /// The file ends within a packet.
    cut: bool,
}

impl Capture {
    /// Adds a packet that had `size` bytes on the wire.
    fn add(&mut self, link: Linktype, data: &[u8], size: u32, at: Duration) {
        self.packets += 1;
        match Link::of(link).and_then(|link| link.packet(data)) {
            Some(packet) => self.flows.add(&Packet {
                number: self.packets,
                short: (size as usize) > data.len(),
                at,
                ..packet
            }),
            None => self.others += 1,
        }
    }

    fn skip(&mut self) {
        self.packets += 1;
        self.others += 1;
    }

    fn found(self) -> Reading {
        let notes = self.notes();
        let streams = self.flows.streams();
        if streams.is_empty() {
            return Err(Broken::new(1, Problem::NoTcp));
        }
        Ok(vec![Found::streams(streams).note(notes)])
    }

    fn connections(self) -> Result<(Vec<Connection>, Vec<Note>), Broken> {
        let notes = self.notes();
        let connections = self.flows.connections();
        if connections.is_empty() {
            return Err(Broken::new(1, Problem::NoTcp));
        }
        Ok((connections, notes))
    }

    /// What to know of what was read.
    fn notes(&self) -> Vec<Note> {
        let others = (self.others > 0).then_some(Note::OtherPackets(self.others));
        let cut = self.cut.then_some(Note::CutFile);
        self.flows
            .notes()
            .into_iter()
            .chain(others)
            .chain(cut)
            .collect()
    }
}

/// Takes the headers off, if what was read are IP packets and nothing else: those of a capture that
/// was printed.
pub(super) fn without_packets(read: Read) -> Read {
    let Content::Streams(streams) = &read.content else {
        return read;
    };
    let mut flows = Flows::default();
    for (n, stream) in streams.iter().enumerate() {
        let [side] = &stream.sides[..] else {
            return read;
        };
        let Some(packet) = packet::whole(&side.bytes) else {
            return read;
        };
        flows.add(&Packet {
            number: n + 1,
            ..packet
        });
    }
    let packets = Note::Packets(streams.len());
    let notes = flows.notes();
    let streams = flows.streams();
    if streams.is_empty() {
        return read;
    }
    let before = read.notes.into_iter();
    Read {
        content: Content::Streams(streams),
        notes: before.chain([packets]).chain(notes).collect(),
        ..read
    }
}

/// What calls itself a capture and is none.
fn bad_capture() -> Broken {
    Broken::new(1, Problem::BadCapture)
}

#[cfg(test)]
mod tests;
