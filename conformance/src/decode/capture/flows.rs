//! TCP connections, put together from packets in order.

use std::collections::HashMap;
use std::net::SocketAddr;

use wsspec_core::Role;

use super::super::outcome::{Note, Side, Stream};
use super::packet::Packet;

/// All connections of a capture, in the order in which they began.
#[derive(Default)]
pub(super) struct Flows {
    flows: Vec<Flow>,
    /// The last connection between two addresses, the lower address first.
    latest: HashMap<(SocketAddr, SocketAddr), usize>,
}

/// A connection.
struct Flow {
    /// The sender of the first packet, then the other side.
    halves: [Half; 2],
    /// The address of the client, if an opening of TCP was seen.
    client: Option<SocketAddr>,
}

/// What one side sent.
struct Half {
    address: SocketAddr,
    /// The sequence number of the next byte.
    next: Option<u32>,
    bytes: Vec<u8>,
    /// Why reading ended before the capture did.
    stopped: Option<Note>,
}

impl Flows {
    /// Adds a packet.
    pub(super) fn add(&mut self, packet: &Packet<'_>) {
        let (from, to) = (packet.from, packet.to);
        let key = (from.min(to), from.max(to));
        let opens = packet.syn && !packet.ack;
        let known = self.latest.get(&key).copied();
        let known = known.filter(|n| !(opens && self.flows[*n].has_data()));
        let n = known.unwrap_or_else(|| {
            self.flows.push(Flow::new(from, to));
            self.flows.len() - 1
        });
        self.latest.insert(key, n);
        self.flows[n].add(packet);
    }

    /// The connections that carried something, and what to know of them.
    pub(super) fn streams(self) -> (Vec<Stream>, Vec<Note>) {
        let mut notes = Vec::new();
        let flows = self.flows.into_iter().filter(Flow::has_data);
        let streams = flows.map(|flow| flow.stream(&mut notes)).collect();
        (streams, notes)
    }
}

impl Flow {
    fn new(from: SocketAddr, to: SocketAddr) -> Flow {
        Flow {
            halves: [Half::new(from), Half::new(to)],
            client: None,
        }
    }

    fn has_data(&self) -> bool {
        self.halves.iter().any(|half| !half.bytes.is_empty())
    }

    fn add(&mut self, packet: &Packet<'_>) {
        if packet.syn {
            self.client = Some(if packet.ack { packet.to } else { packet.from });
        }
        let half = self
            .halves
            .iter_mut()
            .find(|half| half.address == packet.from);
        if let Some(half) = half {
            half.add(packet);
        }
    }

    /// The client, and why we think so: TCP was opened by it, or it sent a request.
    fn client(&self) -> Option<SocketAddr> {
        let [first, second] = &self.halves;
        self.client.or_else(|| {
            if first.begins(b"GET ") || second.begins(b"HTTP/") {
                Some(first.address)
            } else if second.begins(b"GET ") || first.begins(b"HTTP/") {
                Some(second.address)
            } else {
                None
            }
        })
    }

    fn stream(mut self, notes: &mut Vec<Note>) -> Stream {
        let client = self.client();
        if client == Some(self.halves[1].address) {
            self.halves.swap(0, 1);
        }
        let label = format!("{} → {}", self.halves[0].address, self.halves[1].address);
        let mut sides = Vec::new();
        for half in self.halves {
            notes.extend(half.stopped);
            if !half.bytes.is_empty() {
                sides.push(Side {
                    sender: client.map(|client| {
                        if client == half.address {
                            Role::Client
                        } else {
                            Role::Server
                        }
                    }),
                    label: half.address.to_string(),
                    bytes: half.bytes,
                });
            }
        }
        Stream { label, sides }
    }
}

impl Half {
    /// Of which nothing was captured yet.
    fn new(address: SocketAddr) -> Half {
        Half {
            address,
            next: None,
            bytes: Vec::new(),
            stopped: None,
        }
    }

    fn begins(&self, with: &[u8]) -> bool {
        self.bytes.starts_with(with)
    }

    fn add(&mut self, packet: &Packet<'_>) {
        if self.stopped.is_some() {
            return;
        }
        if packet.syn {
            self.next = Some(packet.sequence.wrapping_add(1));
            return;
        }
        let next = *self.next.get_or_insert(packet.sequence);
        if packet.payload.is_empty() && !packet.short {
            return;
        }
        // How far before the next byte the packet begins; sequence numbers wrap around.
        let old = next.wrapping_sub(packet.sequence).cast_signed();
        let Ok(old) = usize::try_from(old) else {
            self.stopped = Some(Note::NotInOrder(self.address.to_string(), packet.number));
            return;
        };
        let new = packet.payload.get(old..).unwrap_or_default();
        self.bytes.extend_from_slice(new);
        self.next = Some(next.wrapping_add(new.len() as u32));
        if packet.short {
            self.stopped = Some(Note::ShortPacket(packet.number));
        }
    }
}
