//! Captured packets: files of pcap and pcapng, and single packets in any other notation.
//!
//! The segments of a TCP connection are put in order, and what was sent again is used once. Where bytes are
//! missing, a side ends, and a note says how many and before which packet.

mod flows;
mod half;
mod packet;

use pcap_parser::traits::PcapNGPacketBlock;
use pcap_parser::{Block, LegacyPcapSlice, Linktype, PcapBlockOwned, PcapNGSlice};

use super::outcome::{Broken, Content, Found, Note, Problem, Read, Reading};

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
    let file = LegacyPcapSlice::from_slice(input).map_err(|_| bad_capture())?;
    let link = file.header.network;
    let mut capture = Capture::default();
    for block in file {
        let Ok(PcapBlockOwned::Legacy(block)) = block else {
            capture.cut = true;
            break;
        };
        capture.add(link, block.data, block.origlen);
    }
    capture.found()
}

/// Reads a pcapng file.
pub(super) fn pcapng(input: &[u8]) -> Reading {
    if !input.starts_with(&PCAPNG) {
        return Ok(Vec::new());
    }
    let file = PcapNGSlice::from_slice(input).map_err(|_| bad_capture())?;
    let mut capture = Capture::default();
    let mut interfaces: Vec<Linktype> = Vec::new();
    for block in file {
        match block {
            Ok(PcapBlockOwned::NG(Block::SectionHeader(_))) => interfaces.clear(),
            Ok(PcapBlockOwned::NG(Block::InterfaceDescription(block))) => {
                interfaces.push(block.linktype);
            }
            Ok(PcapBlockOwned::NG(Block::EnhancedPacket(block))) => {
                match interfaces.get(block.if_id as usize) {
                    Some(link) => capture.add(*link, block.packet_data(), block.origlen),
                    None => capture.skip(),
                }
            }
            Ok(PcapBlockOwned::NG(Block::SimplePacket(block))) => match interfaces.first() {
                Some(link) => capture.add(*link, block.packet_data(), block.origlen),
                None => capture.skip(),
            },
            Ok(_) => {}
            Err(_) => {
                capture.cut = true;
                break;
            }
        }
    }
    capture.found()
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
    fn add(&mut self, link: Linktype, data: &[u8], size: u32) {
        self.packets += 1;
        match Link::of(link).and_then(|link| link.packet(data)) {
            Some(packet) => self.flows.add(&Packet {
                number: self.packets,
                short: (size as usize) > data.len(),
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
        let (streams, notes) = self.flows.streams();
        if streams.is_empty() {
            return Err(Broken::new(1, Problem::NoTcp));
        }
        let others = (self.others > 0).then_some(Note::OtherPackets(self.others));
        let cut = self.cut.then_some(Note::CutFile);
        Ok(vec![
            Found::streams(streams).note(notes).note(others).note(cut),
        ])
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
    let (streams, notes) = flows.streams();
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
