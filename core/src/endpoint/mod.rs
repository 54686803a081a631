//! A whole connection in either role: bytes in at any chunking, events and bytes out.
//!
//! The endpoint reads the opening handshake, then frames; it answers pings and Close, and does
//! about every [`Violation`](crate::Violation) what its [`Policy`] says. It owns no socket: hand it
//! what was received, send what [`take_output`](Endpoint::take_output) returns, and end the
//! transport once [`wants_end`](Endpoint::wants_end) says so and the output is sent.
//!
//! There are two ways to hand it what was received: [`receive`](Endpoint::receive) takes all of it,
//! and [`poll`](Endpoint::poll) returns the events, to keep; [`read`](Endpoint::read) lends one event
//! after the other; [`read_from`](Endpoint::read_from) does so from a [`ReadBuffer`], in which a
//! message that several reads have divided is one piece.
//!
//! It always sends what the RFC allows. Whoever wants an endpoint that does not, rewrites its
//! output or uses the hooks: [`AutoReply`], [`ChooseOffer`],
//! [`compress_as`](Endpoint::compress_as), [`inflate_as`](Endpoint::inflate_as).
//!
//! ```
//! use wsspec_core::endpoint::{ClientConfig, Endpoint, Event, ServerConfig};
//! use wsspec_core::frame::MessageKind;
//!
//! let mut client = Endpoint::client(ClientConfig::new("example.org", "/", [7; 16]), || [1, 2, 3, 4]);
//! let mut server = Endpoint::server(ServerConfig::default());
//! server.receive(&mut client.take_output());
//! client.receive(&mut server.take_output());
//! client.send(MessageKind::Text, b"Hello");
//! server.receive(&mut client.take_output());
//! assert!(matches!(server.poll(), Some(Event::Opened(_))));
//! assert_eq!(server.poll(), Some(Event::Message(MessageKind::Text, b"Hello".to_vec())));
//! ```

mod buffer;
mod config;
mod connection;
mod event;
mod opening;
mod read;
mod states;

use std::collections::VecDeque;
use std::fmt;
use std::mem;

use crate::Role;
use crate::close::CloseCode;
use crate::deflate::message::Context;
use crate::deflate::negotiation::Parameters;
use crate::frame::{MessageKind, Opcode};
use crate::message::MessageReader;
use crate::policy::{Policy, Reaction};

pub use buffer::ReadBuffer;
pub use config::{AutoReply, ChooseOffer, ClientConfig, ServerConfig};
pub use event::Event;
pub use opening::Opened;
pub use states::{Action, ConnectionEvent, ConnectionState, Ends, OpeningEvent, OpeningState};

use connection::{Connection, Keys};
use opening::Opening;

/// How far the connection has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Phase {
    /// In the opening handshake: [`OpeningState::Reading`].
    Connecting,
    /// Messages flow: [`ConnectionState::Open`].
    Open,
    /// This endpoint has sent its Close frame and waits for the peer's:
    /// [`ConnectionState::Closing`].
    Closing,
    /// Nothing more is read: [`OpeningState::Aborted`] or [`ConnectionState::Closed`].
    Closed,
}

/// One end of a connection.
pub struct Endpoint {
    policy: Policy,
    opening: Opening,
    /// Reads what comes once the opening is done.
    reader: MessageReader,
    /// Of use once the opening is done.
    connection: Connection,
    /// Events that were not handed out when they happened.
    events: VecDeque<Event>,
    /// The transport is to be ended.
    ends: bool,
    /// Nothing more is read or answered, after [`Reaction::Stall`].
    stalled: bool,
}

impl Endpoint {
    /// A server that waits for a request.
    pub fn server(config: ServerConfig) -> Endpoint {
        let (max_message, auto_reply) = (config.max_message, config.auto_reply);
        let policy = config.policy.clone();
        Self::new(
            policy,
            Opening::of_server(config),
            max_message,
            auto_reply,
            None,
        )
    }

    /// A client; its request is the first output. `keys` returns a fresh masking key for each
    /// frame.
    pub fn client(
        config: ClientConfig,
        keys: impl FnMut() -> [u8; 4] + Send + 'static,
    ) -> Endpoint {
        let (max_message, auto_reply) = (config.max_message, config.auto_reply);
        let policy = config.policy.clone();
        let (opening, keys) = (Opening::of_client(config), Box::new(keys));
        Self::new(policy, opening, max_message, auto_reply, Some(keys))
    }

    fn new(
        policy: Policy,
        opening: Opening,
        max_message: u64,
        auto_reply: AutoReply,
        keys: Option<Keys>,
    ) -> Endpoint {
        let role = opening.role();
        let reader = MessageReader::new(role)
            .max_message(max_message)
            .tolerating(policy.ignored());
        let mut connection = Connection::new(role, keys, auto_reply);
        connection.out = opening.request();
        Endpoint {
            policy,
            opening,
            reader,
            connection,
            events: VecDeque::new(),
            ends: false,
            stalled: false,
        }
    }

    /// The endpoint as it is after an opening handshake whose bytes are not of interest. Offsets
    /// count from the first frame.
    #[must_use]
    pub fn already_open(mut self) -> Endpoint {
        self.opening.state = OpeningState::Done;
        self.connection.out.clear();
        self
    }

    /// The endpoint with permessage-deflate as these parameters say, whatever the opening handshake
    /// said.
    #[must_use]
    pub fn agreeing(mut self, parameters: Parameters) -> Endpoint {
        self.agree(parameters);
        self
    }

    fn agree(&mut self, parameters: Parameters) {
        self.connection.agree(parameters);
        self.inflate_as(parameters.context(self.role().peer()));
    }

    /// The role.
    pub fn role(&self) -> Role {
        self.opening.role()
    }

    /// How far the connection has come.
    pub fn phase(&self) -> Phase {
        match (self.opening.state, self.connection.state) {
            (OpeningState::Reading, _) => Phase::Connecting,
            (OpeningState::Done, ConnectionState::Open) => Phase::Open,
            (OpeningState::Done, ConnectionState::Closing) => Phase::Closing,
            (OpeningState::Aborted, _) | (_, ConnectionState::Closed) => Phase::Closed,
        }
    }

    /// The parameters of permessage-deflate, once it was agreed on.
    pub fn compression(&self) -> Option<Parameters> {
        self.connection.agreed
    }

    /// Compresses messages like this from the next one on, whatever was agreed. The peer can read
    /// it only if it asks for no more than was agreed: a smaller window, or no context takeover.
    pub fn compress_as(&mut self, context: Context) {
        self.connection.compress_as(context);
    }

    /// Expects the peer to compress like this from its next message on, whatever was agreed.
    pub fn inflate_as(&mut self, context: Context) {
        self.reader.set_compression(Some(context));
    }

    /// Whether the transport should be ended once all output is sent.
    pub fn wants_end(&self) -> bool {
        self.ends
    }

    /// Takes the bytes to send.
    pub fn take_output(&mut self) -> Vec<u8> {
        mem::take(&mut self.connection.out)
    }

    /// The peer has ended the transport.
    pub fn receive_end(&mut self) {
        if self.phase() == Phase::Connecting {
            let fault = self.opening.end().filter(|_| !self.stalled);
            let broken = fault.map(|fault| Event::Broken(fault, Reaction::Conforming));
            self.events.extend(broken);
        }
        let opening = self.opening.happens(OpeningEvent::TransportEnded);
        let connection = self.connection.happens(ConnectionEvent::TransportEnded);
        self.end_after(opening);
        self.end_after(connection);
        self.events.push_back(Event::Ended);
    }

    /// Sends a message in one frame, compressed where that was agreed on. Nothing is sent unless
    /// the connection is open.
    pub fn send(&mut self, kind: MessageKind, payload: &[u8]) {
        if self.phase() == Phase::Open {
            self.connection.send_message(kind, payload);
        }
    }

    /// Sends one frame as it is, for callers that fragment and compress messages themselves.
    /// Nothing is checked, and nothing is sent unless the connection is open.
    pub fn send_frame(&mut self, opcode: Opcode, fin: bool, rsv: u8, payload: &[u8]) {
        if self.phase() == Phase::Open {
            self.connection.send_frame(opcode, fin, rsv, payload);
        }
    }

    /// Sends a ping. Nothing is sent unless the connection is open.
    pub fn ping(&mut self, payload: &[u8]) {
        if self.phase() == Phase::Open {
            self.connection.send(Opcode::PING, payload);
        }
    }

    /// Begins the closing handshake. Nothing is sent unless the connection is open.
    pub fn close(&mut self, code: CloseCode, reason: &str) {
        if self.phase() == Phase::Open {
            self.connection.close(code, reason);
        }
    }

    fn end_after(&mut self, action: Action) {
        self.ends |= action.ends.applies_to(self.role());
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Endpoint")
            .field("role", &self.role())
            .field("phase", &self.phase())
            .finish_non_exhaustive()
    }
}
