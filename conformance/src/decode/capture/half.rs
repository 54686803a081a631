//! What one side of a TCP connection sent, put together from its segments in whatever order they were captured.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use super::super::outcome::Note;
use super::packet::Packet;

/// One direction of a connection.
pub(super) struct Half {
    pub(super) address: SocketAddr,
    /// All that was sent, up to the first byte that is missing.
    pub(super) bytes: Vec<u8>,
    /// How segments came that were not next in order.
    pub(super) disorder: Disorder,
    /// The sequence number of the byte after `bytes`.
    next: Option<u32>,
    /// Segments beyond a missing one, by the offset at which they begin.
    ahead: BTreeMap<usize, Segment>,
    /// A packet that was captured in part, and the offset at which the part ends.
    short: Option<(usize, usize)>,
    /// The offset at which the direction ends, if a FIN was captured.
    end: Option<usize>,
}

/// A segment that cannot be used yet.
struct Segment {
    /// The number of its packet.
    packet: usize,
    payload: Vec<u8>,
}

/// How many segments were not the next in order.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Disorder {
    /// Segments of which all was there already.
    pub(super) repeated: usize,
    /// Segments that came before one that lies in front of them.
    pub(super) early: usize,
}

impl Half {
    /// Of which nothing was captured yet.
    pub(super) fn new(address: SocketAddr) -> Half {
        Half {
            address,
            bytes: Vec::new(),
            disorder: Disorder::default(),
            next: None,
            ahead: BTreeMap::new(),
            short: None,
            end: None,
        }
    }

    /// Adds a packet that this side sent.
    pub(super) fn add(&mut self, packet: &Packet<'_>) {
        if packet.syn {
            if self.bytes.is_empty() {
                self.next = Some(packet.sequence.wrapping_add(1));
            }
            return;
        }
        let next = *self.next.get_or_insert(packet.sequence);
        // Sequence numbers wrap around (RFC 9293 §3.4).
        let distance = packet.sequence.wrapping_sub(next).cast_signed();
        let known = distance.unsigned_abs() as usize;
        if packet.fin {
            let begin = self.bytes.len().saturating_add_signed(distance as isize);
            self.end.get_or_insert(begin + packet.payload.len());
        }
        if packet.payload.is_empty() && !packet.short {
            return;
        }
        if distance > 0 {
            self.keep(self.bytes.len() + known, packet);
        } else if let Some(new) = packet.payload.get(known..).filter(|new| !new.is_empty()) {
            self.append(new);
            self.note_short(packet);
            self.close_gaps();
        } else if packet.short {
            self.note_short(packet);
        } else {
            self.disorder.repeated += 1;
        }
    }

    /// Why reading ended before the capture did, if something is missing.
    pub(super) fn missing(&self) -> Option<Note> {
        let end = self.bytes.len();
        if let Some((packet, _)) = self.short.filter(|(_, at)| *at == end) {
            return Some(Note::ShortPacket(packet));
        }
        let (offset, segment) = self.ahead.first_key_value()?;
        Some(Note::Missing {
            side: self.address.to_string(),
            bytes: offset - end,
            packet: segment.packet,
        })
    }

    /// Whether the direction ended, and all of it is there.
    pub(super) fn is_ended(&self) -> bool {
        self.end == Some(self.bytes.len())
    }

    /// Number of bytes that were captured beyond missing ones.
    pub(super) fn unused(&self) -> u64 {
        let segments = self.ahead.values();
        segments.map(|segment| segment.payload.len() as u64).sum()
    }

    /// Keeps a segment that begins at `offset`, beyond the end. Of two that begin there, the longer one.
    fn keep(&mut self, offset: usize, packet: &Packet<'_>) {
        let known = self.ahead.get(&offset).map_or(0, |s| s.payload.len());
        if known >= packet.payload.len() {
            self.disorder.repeated += usize::from(known > 0);
            return;
        }
        let segment = Segment {
            packet: packet.number,
            payload: packet.payload.to_vec(),
        };
        self.ahead.insert(offset, segment);
    }

    fn append(&mut self, new: &[u8]) {
        self.bytes.extend_from_slice(new);
        self.next = self.next.map(|next| next.wrapping_add(new.len() as u32));
    }

    fn note_short(&mut self, packet: &Packet<'_>) {
        if packet.short {
            self.short = Some((packet.number, self.bytes.len()));
        }
    }

    /// Appends the segments that are no longer ahead.
    fn close_gaps(&mut self) {
        while let Some(first) = self.ahead.first_entry() {
            let end = self.bytes.len();
            let offset = *first.key();
            if offset > end {
                return;
            }
            let segment = first.remove();
            self.disorder.early += 1;
            if let Some(new) = segment.payload.get(end - offset..) {
                self.append(new);
            }
        }
    }
}
