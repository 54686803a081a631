//! TCP connections, put together from packets.

use std::collections::HashMap;
use std::mem;
use std::net::SocketAddr;
use std::time::Duration;

use wsspec_core::Role;
use wsspec_core::http2::PREFACE;
use wsspec_reports::What;

use super::super::outcome::{Note, Side, Stream};
use super::super::tls;
use super::half::Half;
use super::packet::Packet;

/// Whether a side begins with a request, the preface of HTTP/2, or the first message of TLS.
fn begins_as_client(half: &Half) -> bool {
    let bytes = &half.bytes;
    bytes.starts_with(b"GET ") || bytes.starts_with(PREFACE) || tls::begins_as_client(bytes)
}

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
    /// What happened, in the order of the capture: by which half.
    events: Vec<(usize, Duration, Happened)>,
}

/// What a packet brought.
enum Happened {
    /// The bytes of its half are complete up to here.
    Bytes(usize),
    Ended(What),
}

/// A TCP connection as it went over the wire.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Connection {
    /// The addresses of client and server.
    pub label: String,
    /// What each side did, in the order in which it was captured, repaired where TCP repairs it.
    pub events: Vec<Event>,
}

/// What a side of a connection did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// The side.
    pub from: Role,
    /// When, after the first packet of the connection.
    pub at: Duration,
    /// [`What::Bytes`], [`What::Fin`] or [`What::Rst`]; [`What::Left`] at the end of a side counts bytes that were
    /// captured behind missing ones.
    pub what: What,
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

    /// What to know of them.
    pub(super) fn notes(&self) -> Vec<Note> {
        let halves = || self.flows.iter().flat_map(|flow| &flow.halves);
        let early = halves().map(|half| half.disorder.early).sum();
        let repeated = halves().map(|half| half.disorder.repeated).sum();
        let disorder = (early + repeated > 0).then_some(Note::Disorder { early, repeated });
        let missing = halves().filter_map(Half::missing);
        disorder.into_iter().chain(missing).collect()
    }

    /// The connections that carried something, with all that each side sent.
    pub(super) fn streams(self) -> Vec<Stream> {
        let flows = self.flows.into_iter().filter(Flow::has_data);
        flows.map(Flow::stream).collect()
    }

    /// The connections that carried something, as it went to and fro. Where nothing says which side is the client, it
    /// is the one that sent the first packet.
    pub(super) fn connections(self) -> Vec<Connection> {
        let flows = self.flows.into_iter().filter(Flow::has_data);
        flows.map(Flow::connection).collect()
    }
}

impl Flow {
    fn new(from: SocketAddr, to: SocketAddr) -> Flow {
        Flow {
            halves: [Half::new(from), Half::new(to)],
            client: None,
            events: Vec::new(),
        }
    }

    fn has_data(&self) -> bool {
        self.halves.iter().any(|half| !half.bytes.is_empty())
    }

    fn add(&mut self, packet: &Packet<'_>) {
        if packet.syn {
            self.client = Some(if packet.ack { packet.to } else { packet.from });
        }
        let Some(n) = self
            .halves
            .iter()
            .position(|half| half.address == packet.from)
        else {
            return;
        };
        let half = &mut self.halves[n];
        let (before, was_ended) = (half.bytes.len(), half.is_ended());
        half.add(packet);
        let after = half.bytes.len();
        let bytes = (after > before).then_some(Happened::Bytes(after));
        let end = if packet.rst {
            Some(Happened::Ended(What::Rst))
        } else if half.is_ended() && !was_ended {
            Some(Happened::Ended(What::Fin))
        } else {
            None
        };
        let happened = bytes.into_iter().chain(end);
        self.events
            .extend(happened.map(|what| (n, packet.at, what)));
    }

    /// The client, and why we think so: TCP was opened by it, or it sent a request.
    fn client(&self) -> Option<SocketAddr> {
        let [first, second] = &self.halves;
        self.client.or_else(|| {
            if begins_as_client(first) || second.bytes.starts_with(b"HTTP/") {
                Some(first.address)
            } else if begins_as_client(second) || first.bytes.starts_with(b"HTTP/") {
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

    fn connection(self) -> Connection {
        let [first, second] = &self.halves;
        let roles = if self.client() == Some(second.address) {
            [Role::Server, Role::Client]
        } else {
            [Role::Client, Role::Server]
        };
        let label = match roles {
            [Role::Client, _] => format!("{} → {}", first.address, second.address),
            _ => format!("{} → {}", second.address, first.address),
        };
        let began = self.events.first().map_or(Duration::ZERO, |event| event.1);
        let mut used = [0; 2];
        let mut events = Vec::new();
        for (n, at, happened) in self.events {
            let what = match happened {
                Happened::Bytes(end) => {
                    let begin = mem::replace(&mut used[n], end);
                    What::Bytes(self.halves[n].bytes[begin..end].to_vec())
                }
                Happened::Ended(how) => how,
            };
            events.push(Event {
                from: roles[n],
                at: at.saturating_sub(began),
                what,
            });
        }
        let last = events.last().map_or(Duration::ZERO, |event| event.at);
        for (half, from) in self.halves.iter().zip(roles) {
            let left = Some(half.unused()).filter(|bytes| *bytes > 0);
            events.extend(left.map(|bytes| Event {
                from,
                at: last,
                what: What::Left(bytes),
            }));
        }
        Connection { label, events }
    }
}
