//! A peer's end of a connection of bytes, over whatever transport. Over HTTP/3, where a connection has
//! many streams of bytes, its [`Carried`] is used directly.

use wsspec_core::Role;
use wsspec_core::violation::ViolationSet;
use wsspec_reports::Transport;
use wsspec_vectors::{Case, Dial, Tell};

use super::gateway::Carried;
use super::proxied::{Destination, Proxied, ProxyFault, Tunnelling};
use super::{PeerConnection, ReferencePeer};
use crate::exchange::Setup;

/// The channel of the connection itself, over HTTP/2.
const CHANNEL: u32 = 1;

/// A peer's end of a connection. Bytes from the wire go in, bytes for the wire come out.
#[derive(Debug)]
pub enum Party {
    /// The connection is the conversation.
    Direct(Box<PeerConnection>),
    /// The connection carries conversations as streams.
    Carried(Carried),
    /// The connection is that to the proxy of a client.
    Proxied(Box<Proxied>),
}

/// Calls a method that both kinds have.
macro_rules! either {
    ($party:expr, $inner:ident => $call:expr) => {
        match $party {
            Party::Direct($inner) => $call,
            Party::Carried($inner) => $call,
            Party::Proxied($inner) => $call,
        }
    };
}

impl Party {
    /// A server over this transport.
    pub fn server(peer: &ReferencePeer, over: Transport, seed: u64) -> Party {
        match over {
            Transport::H2 | Transport::H3 => Party::Carried(Carried::server(peer, over, seed)),
            Transport::Tcp | Transport::Tls | Transport::Unix => {
                Party::Direct(Box::new(peer.connection(Role::Server, seed)))
            }
        }
    }

    /// The client of a case, on its connection `on`. `None` if it refuses what it is told to dial, or
    /// does not dial so often.
    pub(crate) fn client(
        peer: &ReferencePeer,
        case: &Case,
        setup: &Setup,
        seed: u64,
    ) -> Option<Party> {
        let dial = case.dial.as_ref();
        if let Some(dial) = dial.filter(|dial| dial.proxy) {
            return Party::proxied(peer, dial, setup, seed);
        }
        let inner = match dial {
            Some(dial) => peer.dialing(dial, &setup.host, setup.secure, seed)?,
            None => peer.connection(Role::Client, seed),
        };
        let url = dial.and_then(|dial| dial.url.as_deref());
        let secure = url.map_or(setup.secure, |url| url.starts_with("wss:"));
        Some(Party::dialling(peer, inner, (setup.over, secure)))
    }

    /// A client with this connection, over this transport, with or without TLS below it.
    pub fn dialling(
        peer: &ReferencePeer,
        inner: PeerConnection,
        (over, secure): (Transport, bool),
    ) -> Party {
        if !over.has_streams() {
            return Party::Direct(Box::new(inner));
        }
        let scheme = if secure { "https" } else { "http" };
        Party::Carried(Carried::client(peer, over, vec![inner], scheme))
    }

    /// A client that is configured with a proxy.
    fn proxied(peer: &ReferencePeer, dial: &Dial, setup: &Setup, seed: u64) -> Option<Party> {
        if peer.proxy == Some(ProxyFault::IgnoresProxy) {
            return None;
        }
        let to = Destination::of(&dial.resolved(&setup.host, "/"))?;
        let inner = peer.dialing(dial, &setup.host, true, seed)?;
        let tunnelling = match setup.over {
            Transport::H2 => Tunnelling::http2(&to, peer.proxy),
            _ => Tunnelling::http1(&to, peer.proxy),
        };
        let proxied = Proxied::new(tunnelling, inner, to);
        Some(Party::Proxied(Box::new(proxied)))
    }

    /// The client that uses a proxy, if it is one.
    pub(crate) fn as_proxied(&self) -> Option<&Proxied> {
        match self {
            Party::Proxied(proxied) => Some(proxied),
            Party::Direct(_) | Party::Carried(_) => None,
        }
    }

    /// Takes bytes that the other side sent.
    pub fn receive(&mut self, bytes: &mut [u8]) {
        match self {
            Party::Direct(inner) => inner.receive(bytes),
            Party::Carried(inner) => inner.receive(CHANNEL, bytes),
            Party::Proxied(inner) => inner.receive(bytes),
        }
    }

    /// The streams of a connection that has any.
    pub fn into_carried(self) -> Option<Carried> {
        match self {
            Party::Direct(_) | Party::Proxied(_) => None,
            Party::Carried(carried) => Some(carried),
        }
    }

    /// Notes that the other side ended the transport.
    pub fn receive_end(&mut self) {
        either!(self, inner => inner.receive_end());
    }

    /// Notes that the other side reset the connection.
    pub fn receive_reset(&mut self) {
        either!(self, inner => inner.receive_reset());
    }

    /// Gives the application an instruction.
    pub fn tell(&mut self, tell: &Tell) {
        either!(self, inner => inner.tell(tell));
    }

    /// Whether the peer still serves other connections after what happened on this one.
    pub fn serves_others(&self) -> bool {
        either!(self, inner => inner.serves_others())
    }

    /// The violations seen so far.
    pub(super) fn violations(&self) -> ViolationSet {
        either!(self, inner => inner.violations())
    }

    /// Takes the bytes to send.
    pub fn take_output(&mut self) -> Vec<u8> {
        match self {
            Party::Direct(inner) => inner.take_output(),
            Party::Carried(inner) => inner.take_bytes(),
            Party::Proxied(inner) => inner.take_output(),
        }
    }

    /// Whether the transport should be ended once all output is sent.
    pub fn wants_end(&self) -> bool {
        either!(self, inner => inner.wants_end())
    }

    /// Whether it has output that it sends as time passes; see [`tick`](Self::tick).
    pub fn has_delayed_output(&self) -> bool {
        either!(self, inner => inner.has_delayed_output())
    }

    /// Lets a short time pass, after which some of the delayed output is ready.
    pub fn tick(&mut self) {
        either!(self, inner => inner.tick());
    }
}
