//! The reference peer over HTTP/2: a gateway between streams and the endpoint of HTTP/1.1.
//!
//! Each extended CONNECT becomes an upgrade towards a [`PeerConnection`] of its own, and the answer to
//! it an answer to the CONNECT (RFC 8441 §5). What is in DATA is passed on. So everything that a peer
//! can be, conforming or not, it can be on a stream as well; what only a stream has is planted here.

mod client;
mod fault;
mod heads;
mod server;

use wsspec_core::Role;
use wsspec_core::http2::{Auto, Connection, ErrorCode, Found, Options, Scope, frame};
use wsspec_core::violation::ViolationSet;
use wsspec_vectors::Tell;

use super::ReferencePeer;
use super::connection::PeerConnection;
pub use fault::GatewayFault;

pub(super) use client::Client;
pub(super) use server::Server;

/// What either role of a gateway has.
#[derive(Debug)]
struct Gateway {
    connection: Connection,
    fault: Option<GatewayFault>,
    streams: Vec<Stream>,
    output: Vec<u8>,
    /// The connection is to be ended once everything is sent.
    ends: bool,
    /// The highest stream of the other side.
    highest: u32,
    /// Streams that were reset, since what came on them is malformed.
    malformed: Vec<u32>,
}

/// A stream, and the connection behind it.
#[derive(Debug)]
struct Stream {
    id: u32,
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
    fn new(role: Role, fault: Option<GatewayFault>) -> Gateway {
        let usual = Options::default();
        let options = Options {
            auto: Auto {
                window_credit: fault != Some(GatewayFault::WindowNeverOpened),
                ..usual.auto
            },
            ..usual
        };
        Gateway {
            connection: Connection::new(role, options),
            fault,
            streams: Vec::new(),
            output: Vec::new(),
            ends: false,
            highest: 0,
            malformed: Vec::new(),
        }
    }

    fn has(&self, fault: GatewayFault) -> bool {
        self.fault == Some(fault)
    }

    fn at(&self, id: u32) -> Option<usize> {
        let mut streams = self.streams.iter();
        streams.position(|stream| stream.id == id && !stream.gone)
    }

    /// Reacts to what is wrong as RFC 9113 §5.4 asks: a stream is reset once, a connection ends.
    fn answer(&mut self, found: Found) {
        let Found {
            violation, stream, ..
        } = found;
        match (violation.scope(), stream) {
            (Scope::Nothing, _) | (Scope::Stream, None) => {}
            (Scope::Connection, _) => self.abort(violation.code()),
            (Scope::Stream, Some(stream)) if self.malformed.contains(&stream) => {}
            (Scope::Stream, Some(stream)) => {
                self.connection.reset(stream, violation.code());
                self.malformed.push(stream);
                self.lose(stream);
            }
        }
    }

    /// A stream was reset.
    fn lose(&mut self, id: u32) {
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

    /// A GOAWAY came. Without an error, streams go on.
    fn goaway(&mut self, code: ErrorCode) {
        if code != ErrorCode::NO_ERROR {
            self.ends = true;
        } else if self.has(GatewayFault::GoawayEndsStreams) {
            self.abort(ErrorCode::NO_ERROR);
        }
    }

    /// A frame came that may cross the end of its stream.
    fn crossed(&mut self, id: u32) {
        let kills = self.has(GatewayFault::FrameBehindEndKills);
        if kills && self.at(id).is_some_and(|at| self.streams[at].heard_end) {
            self.abort(ErrorCode::STREAM_CLOSED);
        }
    }

    /// Ends our direction of a stream.
    fn finish(&mut self, id: u32) {
        if self.has(GatewayFault::EndOvertakesData) {
            self.connection.raw(frame::DATA, frame::END_STREAM, id, &[]);
        } else {
            self.connection.finish(id);
        }
    }

    /// Ends the whole connection with an error.
    fn abort(&mut self, code: ErrorCode) {
        self.connection.goaway(self.highest, code);
        self.ends = true;
    }

    fn collect(&mut self) {
        self.output.extend(self.connection.output());
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
    pub(super) fn server(peer: &ReferencePeer, seed: u64) -> Carried {
        Carried::Server(Box::new(Server::new(peer.clone(), seed)))
    }

    /// A client that opens a stream for each of these connections.
    pub(super) fn client(
        peer: &ReferencePeer,
        inner: Vec<PeerConnection>,
        scheme: &str,
    ) -> Carried {
        Carried::Client(Box::new(Client::new(peer.gateway, inner, scheme)))
    }

    /// Takes bytes that the other side sent.
    pub fn receive(&mut self, bytes: &[u8]) {
        match self {
            Carried::Server(server) => server.receive(bytes),
            Carried::Client(client) => client.receive(bytes),
        }
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

    /// Takes the bytes to send.
    pub fn take_output(&mut self) -> Vec<u8> {
        let gateway = self.gateway_mut();
        gateway.collect();
        std::mem::take(&mut gateway.output)
    }

    /// Whether the transport should be ended once all output is sent.
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
