//! One packet: where it goes, and its TCP payload.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use etherparse::{LaxNetSlice, LaxSlicedPacket, TransportSlice};
use pcap_parser::Linktype;

/// A TCP segment.
#[derive(Debug, Clone, Copy)]
pub(super) struct Packet<'a> {
    /// Its number in the capture, from 1.
    pub(super) number: usize,
    pub(super) from: SocketAddr,
    pub(super) to: SocketAddr,
    pub(super) sequence: u32,
    pub(super) syn: bool,
    pub(super) ack: bool,
    pub(super) fin: bool,
    pub(super) rst: bool,
    pub(super) payload: &'a [u8],
    /// Only its first bytes were captured.
    pub(super) short: bool,
    /// When it was captured, by the clock of the capture.
    pub(super) at: Duration,
}

/// What stands before the IP header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Link {
    Ethernet,
    /// So many bytes that do not matter here.
    Bytes(usize),
}

/// Link types that the table of pcap-parser does not name: <https://www.tcpdump.org/linktypes.html>.
const RAW_OF_BSD: [Linktype; 2] = [Linktype(12), Linktype(14)];
const LINUX_SLL2: Linktype = Linktype(276);

impl Link {
    /// The link of a capture, if it is one that is read.
    pub(super) fn of(link: Linktype) -> Option<Link> {
        match link {
            Linktype::ETHERNET => Some(Link::Ethernet),
            Linktype::NULL | Linktype::LOOP => Some(Link::Bytes(4)),
            Linktype::RAW | Linktype::IPV4 | Linktype::IPV6 => Some(Link::Bytes(0)),
            Linktype::LINUX_SLL => Some(Link::Bytes(16)),
            LINUX_SLL2 => Some(Link::Bytes(20)),
            _ => RAW_OF_BSD.contains(&link).then_some(Link::Bytes(0)),
        }
    }

    /// Returns a packet on this link, if it is TCP and no fragment.
    pub(super) fn packet(self, data: &[u8]) -> Option<Packet<'_>> {
        let sliced = match self {
            Link::Ethernet => LaxSlicedPacket::from_ethernet(data).ok()?,
            Link::Bytes(skipped) => LaxSlicedPacket::from_ip(data.get(skipped..)?).ok()?,
        };
        let (from, to): (IpAddr, IpAddr) = match sliced.net? {
            LaxNetSlice::Ipv4(ip) => (
                ip.header().source_addr().into(),
                ip.header().destination_addr().into(),
            ),
            LaxNetSlice::Ipv6(ip) => (
                ip.header().source_addr().into(),
                ip.header().destination_addr().into(),
            ),
            LaxNetSlice::Arp(_) => return None,
        };
        let Some(TransportSlice::Tcp(tcp)) = sliced.transport else {
            return None;
        };
        Some(Packet {
            number: 0,
            from: SocketAddr::new(from, tcp.source_port()),
            to: SocketAddr::new(to, tcp.destination_port()),
            sequence: tcp.sequence_number(),
            syn: tcp.syn(),
            ack: tcp.ack(),
            fin: tcp.fin(),
            rst: tcp.rst(),
            payload: tcp.payload(),
            short: false,
            at: Duration::ZERO,
        })
    }
}

/// Bytes before the IP header of a packet that was printed: none, the family of a loopback
/// interface, Ethernet, and Linux cooked.
const PRINTED: [usize; 5] = [0, 4, 14, 16, 20];

/// Returns the packet that `data` is, if its headers and their lengths fit it exactly. No frame
/// begins like an IP header and keeps the rules: 0x45 is opcode 5, which is reserved, and 0x6 in the
/// upper four bits sets RSV1 and RSV2.
pub(super) fn whole(data: &[u8]) -> Option<Packet<'_>> {
    let link = PRINTED
        .into_iter()
        .find(|skipped| data.get(*skipped..).is_some_and(is_ip_of_size))?;
    Link::Bytes(link).packet(data)
}

/// Whether `ip` is a packet of IPv4 without options or IPv6 without extensions, of exactly the size that it says, with TCP inside.
fn is_ip_of_size(ip: &[u8]) -> bool {
    const TCP: u8 = 6;
    let size = |at: usize| usize::from(u16::from_be_bytes([ip[at], ip[at + 1]]));
    match ip {
        [0x45, rest @ ..] if rest.len() > 38 => size(2) == ip.len() && ip[9] == TCP,
        [0x60..=0x6f, rest @ ..] if rest.len() > 58 => size(4) + 40 == ip.len() && ip[6] == TCP,
        _ => false,
    }
}
