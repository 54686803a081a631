//! TCP connections, put together from packets.

use std::collections::HashMap;
use std::net::SocketAddr;

use wsspec_core::Role;

use super::super::outcome::{Note, Side, Stream};
use super::half::Half;
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
        let halves = || self.flows.iter().flat_map(|flow| &flow.halves);
        let early = halves().map(|half| half.disorder.early).sum();
        let repeated = halves().map(|half| half.disorder.repeated).sum();
        let disorder = (early + repeated > 0).then_some(Note::Disorder { early, repeated });
        let notes = disorder
            .into_iter()
            .chain(halves().filter_map(Half::missing));
        let notes = notes.collect();
        let flows = self.flows.into_iter().filter(Flow::has_data);
        (flows.map(Flow::stream).collect(), notes)
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
            if first.bytes.starts_with(b"GET ") || second.bytes.starts_with(b"HTTP/") {
                Some(first.address)
            } else if second.bytes.starts_with(b"GET ") || first.bytes.starts_with(b"HTTP/") {
                Some(second.address)
            } else {
                None
            }
        })
    }

    fn stream(mut self) -> Stream {
        let client = self.client();
        if client == Some(self.halves[1].address) {
            self.halves.swap(0, 1);
        }
        let label = format!("{} → {}", self.halves[0].address, self.halves[1].address);
        let mut sides = Vec::new();
        for half in self.halves {
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
