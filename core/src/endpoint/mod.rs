//! A whole connection in either role: bytes in at any chunking, events and bytes out.
//!
//! The endpoint reads the opening handshake, then frames; it answers pings and Close, and does
//! about every [`Violation`](crate::Violation) what its [`Policy`] says. It owns no socket: hand it
//! what was received, send what [`take_output`](Endpoint::take_output) returns, and end the
//! transport once [`wants_end`](Endpoint::wants_end) says so and the output is sent.
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

mod config;
mod connection;
mod opening;
mod states;

use std::collections::VecDeque;
use std::fmt;
use std::mem;

use crate::Role;
use crate::close::CloseCode;
use crate::deflate::message::Context;
use crate::deflate::negotiation::Parameters;
use crate::frame::{MessageKind, Opcode};
use crate::message::{Incoming, MessageReader};
use crate::policy::{Policy, Reaction};
use crate::violation::{Answer, Fault};

pub use config::{AutoReply, ChooseOffer, ClientConfig, ServerConfig};
pub use opening::Opened;
pub use states::{Action, ConnectionEvent, ConnectionState, Ends, OpeningEvent, OpeningState};

use connection::{Connection, Keys};
use opening::{Judged, Opening};

/// What happened on the connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// The opening handshake is done.
    Opened(Opened),
    /// A whole message.
    Message(MessageKind, Vec<u8>),
    /// A ping; it has been answered.
    Ping(Vec<u8>),
    /// A pong.
    Pong(Vec<u8>),
    /// A Close frame with its body, empty or code and reason; it has been answered.
    Close(Vec<u8>),
    /// The peer broke a rule, and this is what was done about it.
    Broken(Fault, Reaction),
    /// The peer ended the transport.
    Ended,
}

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
    /// Of use once the opening is done.
    connection: Connection,
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
        let mut connection = Connection::new(role, reader, keys, auto_reply);
        connection.out = opening.request();
        Endpoint {
            policy,
            opening,
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
        self.connection.agree(parameters);
        self
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
        self.connection.inflate_as(context);
    }

    /// Whether the transport should be ended once all output is sent.
    pub fn wants_end(&self) -> bool {
        self.ends
    }

    /// Takes the bytes to send.
    pub fn take_output(&mut self) -> Vec<u8> {
        mem::take(&mut self.connection.out)
    }

    /// Takes the next event.
    pub fn poll(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    /// Takes what the peer sent. The bytes are unmasked in place.
    pub fn receive(&mut self, bytes: &mut [u8]) {
        let mut input = bytes;
        if self.phase() == Phase::Connecting && !self.stalled {
            match self.opening.read(&mut input) {
                Ok(Some(judged)) => self.head_read(judged),
                Ok(None) => {}
                Err(fault) => self.head_unreadable(fault),
            }
        }
        while matches!(self.phase(), Phase::Open | Phase::Closing)
            && !self.stalled
            && self.read_frames(&mut input)
        {}
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

    /// Answers a whole head.
    fn head_read(&mut self, judged: Judged) {
        for violation in judged.violations {
            if violation.answer() == Answer::Nothing {
                continue;
            }
            let fault = violation.at(judged.length - 1);
            self.react(fault, self.policy.reaction(violation));
            if self.phase() == Phase::Closed || self.stalled {
                return;
            }
        }
        if self.opening.happens(OpeningEvent::Accepted).sends {
            self.connection.out.extend_from_slice(&judged.answer);
        }
        self.connection.reader.set_offset(judged.length);
        if let Some(parameters) = judged.opened.compression {
            self.connection.agree(parameters);
        }
        self.events.push_back(Event::Opened(judged.opened));
    }

    /// Reacts to a head that cannot be read. There is nothing to go on with, so the fault cannot be
    /// ignored.
    fn head_unreadable(&mut self, fault: Fault) {
        let reaction = match self.policy.reaction(fault.violation) {
            Reaction::Ignore => Reaction::Conforming,
            other => other,
        };
        self.react(fault, reaction);
    }

    /// Reads up to the end of the next message or control frame. `false` when there is nothing more
    /// to read now.
    fn read_frames(&mut self, input: &mut &mut [u8]) -> bool {
        let read = self.connection.reader.read(input);
        for fault in self.connection.reader.take_tolerated() {
            self.events
                .push_back(Event::Broken(fault, Reaction::Ignore));
        }
        let incoming = match read {
            Ok(Some(incoming)) => incoming,
            Ok(None) => return false,
            Err(fault) => {
                self.react(fault, self.policy.reaction(fault.violation));
                return false;
            }
        };
        self.ends |= self.connection.answer(&incoming);
        self.events.extend(match incoming {
            Incoming::Message(kind, payload) => Some(Event::Message(kind, payload)),
            Incoming::Ping(payload) => Some(Event::Ping(payload)),
            Incoming::Pong(payload) => Some(Event::Pong(payload)),
            Incoming::Close(body) => Some(Event::Close(body)),
            Incoming::Reserved(..) => None,
        });
        true
    }

    /// Does about a fault what `reaction` says.
    fn react(&mut self, fault: Fault, reaction: Reaction) {
        self.events.push_back(Event::Broken(fault, reaction));
        let answer = match (reaction, fault.violation.answer()) {
            (Reaction::Ignore, _) => return,
            (Reaction::Stall, _) => {
                self.stalled = true;
                return;
            }
            (Reaction::Drop, _) => Answer::Nothing,
            (Reaction::WrongCode(code), Answer::Close(_)) => Answer::Close(code),
            (Reaction::WrongStatus(status), Answer::Status(_)) => Answer::Status(status),
            (_, answer) => answer,
        };
        let action = if self.opening.state == OpeningState::Reading {
            if let (Role::Server, Answer::Status(status)) = (self.role(), answer) {
                let refusal = opening::refusal(status, fault);
                self.connection.out.extend_from_slice(&refusal);
            }
            self.opening.happens(OpeningEvent::Rejected)
        } else {
            let code = match answer {
                Answer::Close(code) => Some(CloseCode(code)),
                _ => None,
            };
            self.connection.fail(code, fault.violation.name())
        };
        self.end_after(action);
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
