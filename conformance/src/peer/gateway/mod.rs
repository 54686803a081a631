//! The reference peer over HTTP/2 and HTTP/3: a gateway between streams and the endpoint of HTTP/1.1.
//!
//! Each extended CONNECT becomes an upgrade towards a [`PeerConnection`] of its own, and the answer to
//! it an answer to the CONNECT (RFC 8441 §5). What is in DATA is passed on. So everything that a peer
//! can be, conforming or not, it can be on a stream as well; what only a stream has is planted here.

mod client;
mod fault;
mod heads;
mod lenient;
mod link;
mod raw;
mod server;

use wsspec_core::Role;
use wsspec_core::violation::ViolationSet;
use wsspec_reports::Transport;
use wsspec_vectors::Tell;

use super::ReferencePeer;
use super::connection::PeerConnection;
use crate::binding::carrier::OnChannel;
use crate::binding::http3::CONNECTION;
use crate::binding::{Breach, EndOfStream, ErrorNumber};
use crate::exchange::WireAction;
pub use fault::GatewayFault;
use link::{Event, Link, Reach, Why, reach};

pub(super) use client::Client;
pub(super) use server::Server;

/// What either role of a gateway has.
#[derive(Debug)]
struct Gateway {
    link: Link,
    fault: Option<GatewayFault>,
    streams: Vec<Stream>,
    /// The connection is to be ended once everything is sent.
    ends: bool,
    /// The highest stream of the other side.
    highest: u64,
    /// Streams that were reset, since what came on them is malformed.
    malformed: Vec<u64>,
}

/// A stream, and the connection behind it.
#[derive(Debug)]
struct Stream {
    id: u64,
    inner: PeerConnection,
    /// Reads the head that the inner connection sends.
    head: heads::Head,
    /// Our direction is ended.
    ended: bool,
    /// Theirs is.
    heard_end: bool,
    /// Nothing is passed on any more.
    gone: bool,
}

impl Gateway {
    fn new(role: Role, over: Transport, planted: Option<(GatewayFault, Transport)>) -> Gateway {
        let here = planted.filter(|(_, planted_over)| *planted_over == over);
        let fault = here.map(|(fault, _)| fault);
        Gateway {
            link: Link::new(role, over, fault),
            fault,
            streams: Vec::new(),
            ends: false,
            highest: 0,
            malformed: Vec::new(),
        }
    }

    fn has(&self, fault: GatewayFault) -> bool {
        self.fault == Some(fault)
    }

    fn at(&self, id: u64) -> Option<usize> {
        let mut streams = self.streams.iter();
        streams.position(|stream| stream.id == id && !stream.gone)
    }

    /// Reacts to what is wrong as RFC 9113 §5.4 and RFC 9114 §8 ask: a stream is reset once, a
    /// connection ends.
    fn answer(&mut self, breach: Breach) {
        let Breach { rule, stream, .. } = breach;
        if self.fault.is_some_and(|fault| lenient::takes(fault, rule)) {
            return;
        }
        match (reach(rule), stream) {
            (Reach::Nothing, _) | (Reach::Stream, None) => {}
            (Reach::Connection, _) => self.abort(Why::Broke(rule)),
            (Reach::Stream, Some(stream)) if self.malformed.contains(&stream) => {}
            (Reach::Stream, Some(stream)) => {
                self.link.reset(stream, Why::Broke(rule));
                self.malformed.push(stream);
                self.lose(stream);
            }
        }
    }

    /// A stream was reset.
    fn lose(&mut self, id: u64) {
        if let Some(at) = self.at(id) {
            let stream = &mut self.streams[at];
            stream.inner.receive_reset();
            stream.gone = true;
        }
    }

    /// Passes on content of the stream at a place.
    fn content(&mut self, at: usize, mut bytes: Vec<u8>, end: bool) {
        let stream = &mut self.streams[at];
        if !bytes.is_empty() {
            stream.inner.receive(&mut bytes);
        }
        if end {
            stream.heard_end = true;
            stream.inner.receive_end();
        }
    }

    /// The other side will leave; streams go on.
    fn leaving(&mut self) {
        if self.has(GatewayFault::GoawayEndsStreams) {
            self.abort(Why::NoError);
        }
    }

    /// A frame came that may cross the end of its stream.
    fn crossed(&mut self, id: u64) {
        let kills = self.has(GatewayFault::FrameBehindEndKills);
        if kills && self.at(id).is_some_and(|at| self.streams[at].heard_end) {
            self.abort(Why::Protocol);
        }
    }

    /// Ends the whole connection.
    fn abort(&mut self, why: Why) {
        if !std::mem::replace(&mut self.ends, true) {
            self.link.abort(self.highest, why);
        }
    }
}

/// One end of a connection that carries streams.
#[derive(Debug)]
pub enum Carried {
    /// A server.
    Server(Box<Server>),
    /// A client.
    Client(Box<Client>),
}

impl Carried {
    /// A server whose endpoints are those of `peer`.
    pub(super) fn server(peer: &ReferencePeer, over: Transport, seed: u64) -> Carried {
        Carried::Server(Box::new(Server::new(peer.clone(), over, seed)))
    }

    /// A client that opens a stream for each of these connections.
    pub(super) fn client(
        peer: &ReferencePeer,
        over: Transport,
        inner: Vec<PeerConnection>,
        scheme: &str,
    ) -> Carried {
        Carried::Client(Box::new(Client::new(peer.gateway, over, inner, scheme)))
    }

    /// Takes bytes that the other side sent on a channel.
    pub fn receive(&mut self, channel: u32, bytes: &[u8]) {
        let events = self.gateway_mut().link.receive(channel, bytes);
        self.events(events);
    }

    /// Takes the end of a channel of HTTP/3, or of the connection.
    pub fn ended(&mut self, channel: u32, end: EndOfStream) {
        match (channel, end) {
            (CONNECTION, EndOfStream::Aborted(Some(code))) if !code.is_none() => {
                self.receive_reset();
            }
            (CONNECTION, _) => self.receive_end(),
            _ => {
                let events = self.gateway_mut().link.ended(channel, end);
                self.events(events);
            }
        }
    }

    /// Takes that the other side wants no more on a channel of HTTP/3.
    pub fn stopped(&mut self, channel: u32, code: ErrorNumber) {
        let events = self.gateway_mut().link.stopped(channel, code);
        self.events(events);
    }

    fn events(&mut self, events: Vec<Event>) {
        for event in events {
            if self.gateway().ends {
                break;
            }
            match self {
                Carried::Server(server) => server.event(event),
                Carried::Client(client) => client.event(event),
            }
        }
        self.respond();
    }

    fn gateway(&self) -> &Gateway {
        match self {
            Carried::Server(server) => &server.gateway,
            Carried::Client(client) => &client.gateway,
        }
    }

    fn gateway_mut(&mut self) -> &mut Gateway {
        match self {
            Carried::Server(server) => &mut server.gateway,
            Carried::Client(client) => &mut client.gateway,
        }
    }

    /// Passes on what the endpoints have to say.
    fn respond(&mut self) {
        match self {
            Carried::Server(server) => server.respond(),
            Carried::Client(client) => client.respond(),
        }
    }

    /// Notes that the other side ended the connection.
    pub fn receive_end(&mut self) {
        for stream in &mut self.gateway_mut().streams {
            stream.inner.receive_end();
        }
        self.gateway_mut().ends = true;
        self.respond();
    }

    /// Notes that the other side reset the connection.
    pub fn receive_reset(&mut self) {
        for stream in &mut self.gateway_mut().streams {
            stream.inner.receive_reset();
        }
        self.gateway_mut().ends = true;
        self.respond();
    }

    /// Gives the first application an instruction.
    pub fn tell(&mut self, tell: &Tell) {
        if let Some(stream) = self.gateway_mut().streams.first_mut() {
            stream.inner.tell(tell);
        }
        self.respond();
    }

    /// Whether the peer still serves other connections after what happened on this one.
    pub fn serves_others(&self) -> bool {
        let mut streams = self.gateway().streams.iter();
        streams.all(|stream| stream.inner.serves_others())
    }

    /// The violations that the endpoints saw so far.
    pub(super) fn violations(&self) -> ViolationSet {
        let streams = self.gateway().streams.iter();
        streams.fold(ViolationSet::NONE, |all, stream| {
            all.union(stream.inner.violations())
        })
    }

    /// Takes what is to be done on the channels.
    pub fn take_output(&mut self) -> Vec<OnChannel> {
        self.gateway_mut().link.output()
    }

    /// Takes the bytes to send on the one channel of HTTP/2.
    pub(super) fn take_bytes(&mut self) -> Vec<u8> {
        let writes = self.take_output().into_iter();
        writes
            .filter_map(|(_, action)| match action {
                WireAction::Write(bytes) => Some(bytes),
                _ => None,
            })
            .flatten()
            .collect()
    }

    /// Whether the transport should be ended once all output is sent. Over HTTP/3 that is part of it.
    pub fn wants_end(&self) -> bool {
        self.gateway().ends
    }

    /// Whether it has output that it sends as time passes.
    pub fn has_delayed_output(&self) -> bool {
        let mut streams = self.gateway().streams.iter();
        streams.any(|stream| stream.inner.has_delayed_output())
    }

    /// Lets a short time pass.
    pub fn tick(&mut self) {
        for stream in &mut self.gateway_mut().streams {
            if stream.inner.has_delayed_output() {
                stream.inner.tick();
            }
        }
        self.respond();
    }
}
