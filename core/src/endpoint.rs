//! A whole connection in either role: bytes in at any chunking, events and bytes out.
//!
//! The endpoint reads the opening handshake, then frames; answers pings and Close; and does about every
//! [`Violation`] what its [`Policy`] says. It owns no socket: hand it what was received, send what
//! [`take_output`](Endpoint::take_output) gives, and end the transport once
//! [`wants_end`](Endpoint::wants_end) says so and the output is sent.
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

use std::collections::VecDeque;
use std::fmt;
use std::mem;

use crate::Role;
use crate::close::{CloseCode, split_body};
use crate::deflate::emit::TAIL;
use crate::deflate::message::{Context, Deflator};
use crate::deflate::negotiation::{self, Parameters, Support};
use crate::frame::{DEFAULT_MAX_MESSAGE, FrameWriter, MessageKind, Opcode};
use crate::handshake::{
    DEFAULT_MAX_HEAD, Extension, HeadReader, HeadWriter, Offered, Request, accept_for, encode_key,
};
use crate::message::{Incoming, MessageReader};
use crate::policy::{Policy, Reaction};
use crate::violation::{Answer, Fault, Violation};

/// RSV1, the mark of a compressed message (RFC 7692 §6).
const RSV1: u8 = 4;

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

/// What was agreed in the opening handshake.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Opened {
    /// The request target.
    pub target: String,
    /// The Host field of the request.
    pub host: String,
    /// The subprotocol, if one was agreed on.
    pub subprotocol: Option<String>,
    /// The subprotocols the client offered.
    pub offered: Vec<String>,
    /// The Sec-WebSocket-Accept value that answers the key.
    pub accept: String,
    /// The parameters of permessage-deflate, if it was agreed on.
    pub compression: Option<Parameters>,
}

/// How far the connection has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Phase {
    /// In the opening handshake.
    Connecting,
    /// Messages flow.
    Open,
    /// This endpoint has sent its Close frame and waits for the peer's.
    Closing,
    /// Nothing more is read: both Close frames have gone, the connection was failed, or the transport ended.
    Closed,
}

/// How a server is set up.
#[derive(Debug, Clone)]
pub struct ServerConfig {
    /// What to do about violations.
    pub policy: Policy,
    /// Largest message, in bytes.
    pub max_message: u64,
    /// Largest request head, in bytes.
    pub max_head: usize,
    /// Subprotocols this server speaks, in its order of preference.
    pub subprotocols: Vec<String>,
    /// What it takes on of permessage-deflate; `None` declines every offer.
    pub compression: Option<Support>,
}

impl Default for ServerConfig {
    fn default() -> Self {
        ServerConfig {
            policy: Policy::rfc(),
            max_message: DEFAULT_MAX_MESSAGE,
            max_head: DEFAULT_MAX_HEAD,
            subprotocols: Vec::new(),
            compression: None,
        }
    }
}

/// How a client is set up.
#[derive(Debug, Clone)]
pub struct ClientConfig {
    /// What to do about violations.
    pub policy: Policy,
    /// Largest message, in bytes.
    pub max_message: u64,
    /// Largest response head, in bytes.
    pub max_head: usize,
    /// The Host field.
    pub host: String,
    /// The request target.
    pub target: String,
    /// The Sec-WebSocket-Key.
    pub key: String,
    /// Subprotocols to offer.
    pub subprotocols: Vec<String>,
    /// Offers of permessage-deflate, the best first.
    pub compression: Vec<Parameters>,
}

impl ClientConfig {
    /// A client of `host` whose key is the base64 of `nonce`.
    pub fn new(host: &str, target: &str, nonce: [u8; 16]) -> Self {
        ClientConfig {
            policy: Policy::rfc(),
            max_message: DEFAULT_MAX_MESSAGE,
            max_head: DEFAULT_MAX_HEAD,
            host: host.to_owned(),
            target: target.to_owned(),
            key: encode_key(nonce),
            subprotocols: Vec::new(),
            compression: Vec::new(),
        }
    }
}

/// One end of a connection.
pub struct Endpoint {
    side: Side,
    policy: Policy,
    phase: Phase,
    head: HeadReader,
    reader: MessageReader,
    /// Compresses what is sent, once that was agreed on.
    deflator: Option<Deflator>,
    out: Vec<u8>,
    events: VecDeque<Event>,
    ends: bool,
    /// Set by [`Reaction::Stall`].
    stalled: bool,
}

enum Side {
    Server {
        subprotocols: Vec<String>,
        compression: Option<Support>,
    },
    Client {
        config: Box<ClientConfig>,
        keys: Box<dyn FnMut() -> [u8; 4] + Send>,
    },
}

impl Endpoint {
    /// A server that waits for a request.
    pub fn server(config: ServerConfig) -> Endpoint {
        let side = Side::Server {
            subprotocols: config.subprotocols,
            compression: config.compression,
        };
        Self::new(
            side,
            config.policy,
            config.max_message,
            HeadReader::request().max_head(config.max_head),
        )
    }

    /// A client; its request is the first output. `keys` gives a fresh masking key for each frame.
    pub fn client(
        config: ClientConfig,
        keys: impl FnMut() -> [u8; 4] + Send + 'static,
    ) -> Endpoint {
        let mut head = HeadWriter::new(format!("GET {} HTTP/1.1", config.target))
            .field("Host", &config.host)
            .field("Upgrade", "websocket")
            .field("Connection", "Upgrade")
            .field("Sec-WebSocket-Key", &config.key)
            .field("Sec-WebSocket-Version", "13");
        if !config.subprotocols.is_empty() {
            head = head.field("Sec-WebSocket-Protocol", config.subprotocols.join(", "));
        }
        if !config.compression.is_empty() {
            let offers: Vec<String> = config
                .compression
                .iter()
                .map(Parameters::to_string)
                .collect();
            head = head.field("Sec-WebSocket-Extensions", offers.join(", "));
        }
        let (policy, max_message) = (config.policy.clone(), config.max_message);
        let reader = HeadReader::response().max_head(config.max_head);
        let mut endpoint = Self::new(
            Side::Client {
                config: Box::new(config),
                keys: Box::new(keys),
            },
            policy,
            max_message,
            reader,
        );
        endpoint.out = head.finish();
        if let Some((from, to)) = endpoint.policy.output.request_swap {
            endpoint.out = String::from_utf8_lossy(&endpoint.out)
                .replace(from, to)
                .into_bytes();
        }
        endpoint
    }

    fn new(side: Side, policy: Policy, max_message: u64, head: HeadReader) -> Endpoint {
        let role = match side {
            Side::Server { .. } => Role::Server,
            Side::Client { .. } => Role::Client,
        };
        let ignored = policy.ignored();
        Endpoint {
            side,
            phase: Phase::Connecting,
            head: head.tolerating(ignored),
            reader: MessageReader::new(role)
                .max_message(max_message)
                .tolerating(ignored),
            deflator: None,
            policy,
            out: Vec::new(),
            events: VecDeque::new(),
            ends: false,
            stalled: false,
        }
    }

    /// The endpoint as it is after an opening handshake whose bytes are not of interest; offsets then count
    /// from the first frame.
    #[must_use]
    pub fn already_open(mut self) -> Endpoint {
        self.phase = Phase::Open;
        self.out.clear();
        self
    }

    /// The endpoint with permessage-deflate as these parameters say, whatever the opening handshake said.
    #[must_use]
    pub fn agreeing(mut self, parameters: Parameters) -> Endpoint {
        self.agree(parameters);
        self
    }

    /// The role.
    pub fn role(&self) -> Role {
        match self.side {
            Side::Server { .. } => Role::Server,
            Side::Client { .. } => Role::Client,
        }
    }

    /// How far the connection has come.
    pub fn phase(&self) -> Phase {
        self.phase
    }

    /// Whether the transport should be ended once all output is sent.
    pub fn wants_end(&self) -> bool {
        self.ends
    }

    /// Takes the bytes to send.
    pub fn take_output(&mut self) -> Vec<u8> {
        mem::take(&mut self.out)
    }

    /// Takes the next event.
    pub fn poll(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    /// Takes what the peer sent. The bytes are unmasked in place.
    pub fn receive(&mut self, bytes: &mut [u8]) {
        let mut input = bytes;
        if self.phase == Phase::Connecting && !self.stalled {
            let mut head: &[u8] = input;
            let whole = self.head.read(&mut head);
            let used = input.len() - head.len();
            input = &mut input[used..];
            match whole {
                Ok(true) => self.opened(),
                Ok(false) => {}
                Err(fault) => self.unreadable(fault),
            }
        }
        while matches!(self.phase, Phase::Open | Phase::Closing)
            && !self.stalled
            && self.read_on(&mut input)
        {}
    }

    /// The peer has ended the transport.
    pub fn receive_end(&mut self) {
        if self.phase == Phase::Connecting && !self.stalled && !self.head.bytes().is_empty() {
            let last = self.head.bytes().len() as u64 - 1;
            self.events.push_back(Event::Broken(
                Violation::EndInHead.at(last),
                Reaction::Right,
            ));
        }
        self.phase = Phase::Closed;
        self.events.push_back(Event::Ended);
        self.ends = true;
    }

    /// Sends a message in one frame, compressed where that was agreed on. Nothing is sent unless the connection is
    /// open.
    pub fn send(&mut self, kind: MessageKind, payload: &[u8]) {
        if self.phase != Phase::Open {
            return;
        }
        match &mut self.deflator {
            Some(deflator) => {
                let mut compressed = deflator.message(payload);
                if self.policy.output.tail_kept {
                    compressed.extend(TAIL);
                }
                let rsv = if self.policy.output.no_rsv1 { 0 } else { RSV1 };
                self.write_frame(kind.opcode(), true, rsv, &compressed);
            }
            None => self.write(kind.opcode(), payload),
        }
    }

    /// Sends one frame as it is, for who cuts messages into fragments and compresses them himself. Nothing is checked,
    /// and nothing is sent unless the connection is open.
    pub fn send_frame(&mut self, opcode: Opcode, fin: bool, rsv: u8, payload: &[u8]) {
        if self.phase == Phase::Open {
            self.write_frame(opcode, fin, rsv, payload);
        }
    }

    /// Sends a ping.
    pub fn ping(&mut self, payload: &[u8]) {
        if self.phase == Phase::Open {
            self.write(Opcode::PING, payload);
        }
    }

    /// Begins the closing handshake.
    pub fn close(&mut self, code: CloseCode, reason: &str) {
        if self.phase == Phase::Open {
            self.write_close(code, reason);
            self.phase = Phase::Closing;
        }
    }

    fn agree(&mut self, parameters: Parameters) {
        let (own, peer) = (self.role(), self.role().peer());
        self.reader = self
            .reader
            .clone()
            .compression(Some(parameters.context(peer)));
        let (agreed, output) = (parameters.context(own), &self.policy.output);
        self.deflator = Some(Deflator::new(Context {
            takeover: agreed.takeover || output.context_kept,
            window_bits: if output.window_exceeded {
                15
            } else {
                agreed.window_bits
            },
        }));
    }

    fn write(&mut self, opcode: Opcode, payload: &[u8]) {
        self.write_frame(opcode, true, 0, payload);
    }

    fn write_frame(&mut self, opcode: Opcode, fin: bool, rsv: u8, payload: &[u8]) {
        let key = match &mut self.side {
            Side::Client { keys, .. } if !self.policy.output.wrong_mask => Some(keys()),
            Side::Server { .. } if self.policy.output.wrong_mask => Some([0x37, 0xfa, 0x21, 0x3d]),
            _ => None,
        };
        FrameWriter::new(opcode, payload)
            .fin(fin)
            .rsv(rsv)
            .mask(key)
            .write(&mut self.out);
    }

    fn write_close(&mut self, code: CloseCode, reason: &str) {
        let mut body = code.0.to_be_bytes().to_vec();
        body.extend_from_slice(reason.as_bytes());
        self.write(Opcode::CLOSE, &body);
    }

    /// The head is whole: judges it and answers.
    fn opened(&mut self) {
        let end = self.head.bytes().len() as u64;
        let head = mem::replace(&mut self.head, HeadReader::request());
        let judged = match &self.side {
            Side::Server { .. } => head
                .parse_request()
                .map(|r| (r.violations(), self.answer(&r))),
            Side::Client { config, .. } => head.parse_response().map(|response| {
                let extensions: Vec<Extension> = config
                    .compression
                    .iter()
                    .map(|p| Extension::from(*p))
                    .collect();
                let offered = Offered {
                    key: &config.key,
                    subprotocols: &config.subprotocols,
                    extensions: &extensions,
                };
                let opened = Opened {
                    target: config.target.clone(),
                    host: config.host.clone(),
                    subprotocol: response.subprotocol().map(str::to_owned),
                    offered: config.subprotocols.clone(),
                    accept: accept_for(&config.key),
                    compression: negotiation::judge(&response.extensions(), &extensions).0,
                };
                (response.violations(&offered), (opened, Vec::new()))
            }),
        };
        let (violations, (opened, answer)) = match judged {
            Ok(judged) => judged,
            Err(fault) => return self.unreadable(fault),
        };
        for violation in violations {
            if violation.answer() == Answer::Nothing {
                continue;
            }
            self.broken(violation.at(end - 1));
            if self.phase == Phase::Closed || self.stalled {
                return;
            }
        }
        self.out.extend_from_slice(&answer);
        self.phase = Phase::Open;
        self.reader = self.reader.clone().starting_at(end);
        if let Some(parameters) = opened.compression {
            self.agree(parameters);
        }
        self.events.push_back(Event::Opened(opened));
        if self.policy.output.drop_after_open {
            self.phase = Phase::Closed;
            self.ends = true;
        }
    }

    /// What a server agrees to, and the 101 that says so.
    fn answer(&self, request: &Request<'_>) -> (Opened, Vec<u8>) {
        let Side::Server {
            subprotocols,
            compression,
        } = &self.side
        else {
            return Default::default();
        };
        let offered: Vec<String> = request.subprotocols().map(str::to_owned).collect();
        let accept = accept_for(request.key().unwrap_or_default());
        let opened = Opened {
            target: request.target.to_owned(),
            host: request.fields.get("host").unwrap_or_default().to_owned(),
            subprotocol: subprotocols.iter().find(|p| offered.contains(p)).cloned(),
            offered,
            accept: accept.clone(),
            compression: compression
                .and_then(|support| self.choose(support, &request.extensions())),
        };
        let sent = if self.policy.output.wrong_accept {
            accept_for(&accept)
        } else {
            accept
        };
        let mut head = HeadWriter::new("HTTP/1.1 101 Switching Protocols")
            .field("Upgrade", "websocket")
            .field("Connection", "Upgrade")
            .field("Sec-WebSocket-Accept", sent);
        if let Some(subprotocol) = &opened.subprotocol {
            head = head.field("Sec-WebSocket-Protocol", subprotocol);
        }
        if let Some(parameters) = &opened.compression {
            let offer = request
                .fields
                .get("sec-websocket-extensions")
                .filter(|_| self.policy.output.offer_echoed);
            head = head.field(
                "Sec-WebSocket-Extensions",
                offer.map_or(parameters.to_string(), str::to_owned),
            );
        }
        (opened, head.finish())
    }

    /// What a server makes of offers of permessage-deflate.
    fn choose(&self, support: Support, offered: &[Extension]) -> Option<Parameters> {
        let output = &self.policy.output;
        let lax = (output.any_offer || output.offer_echoed)
            && offered.iter().any(|e| e.name == negotiation::NAME);
        let chosen = support.choose(offered).or(lax.then(Parameters::default))?;
        Some(if output.plain_answer {
            Parameters::default()
        } else {
            chosen
        })
    }

    /// Reads up to the next thing that is whole. `false` when there is nothing more to read now.
    fn read_on(&mut self, input: &mut &mut [u8]) -> bool {
        let read = self.reader.read(input);
        for fault in self.reader.noted() {
            self.events
                .push_back(Event::Broken(fault, Reaction::Ignore));
        }
        let event = match read {
            Ok(None) => return false,
            Err(fault) => {
                self.broken(fault);
                return false;
            }
            Ok(Some(Incoming::Reserved(..))) => return true,
            Ok(Some(Incoming::Message(kind, payload))) => {
                if self.policy.output.window_forgotten && self.deflator.is_some() {
                    self.reader = self.reader.clone().compression(Some(Context::default()));
                }
                Event::Message(kind, payload)
            }
            Ok(Some(Incoming::Pong(payload))) => Event::Pong(payload),
            Ok(Some(Incoming::Ping(payload))) => {
                // Also behind our own Close: only data frames are forbidden there (RFC 6455 §5.5.1, §5.5.2).
                if !self.policy.output.no_pong {
                    self.write(Opcode::PONG, &payload);
                }
                Event::Ping(payload)
            }
            Ok(Some(Incoming::Close(body))) => {
                self.closed(&body);
                Event::Close(body)
            }
        };
        self.events.push_back(event);
        true
    }

    /// The peer's Close has come: answers it with its own code, and ends the transport as a server.
    fn closed(&mut self, body: &[u8]) {
        if self.policy.output.no_close {
            return;
        }
        if self.phase == Phase::Open {
            let code = split_body(body).filter(|(code, _)| code.violation().is_none());
            self.write(
                Opcode::CLOSE,
                &code.map_or(Vec::new(), |(code, _)| code.0.to_be_bytes().to_vec()),
            );
        }
        self.phase = Phase::Closed;
        self.ends = self.role() == Role::Server;
    }

    /// Does about a fault what the policy says.
    fn broken(&mut self, fault: Fault) {
        self.answer_fault(fault, self.policy.reaction(fault.violation));
    }

    /// The same for a head that cannot be read at all: there is nothing to go on with, so nothing to ignore.
    fn unreadable(&mut self, fault: Fault) {
        let reaction = match self.policy.reaction(fault.violation) {
            Reaction::Ignore => Reaction::Right,
            other => other,
        };
        self.answer_fault(fault, reaction);
    }

    fn answer_fault(&mut self, fault: Fault, reaction: Reaction) {
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
        match answer {
            Answer::Close(code) if self.phase == Phase::Open => {
                self.write_close(CloseCode(code), fault.violation.name());
            }
            Answer::Status(status) if self.role() == Role::Server => self.refuse(status, fault),
            _ => {}
        }
        self.phase = Phase::Closed;
        self.ends = true;
    }

    fn refuse(&mut self, status: u16, fault: Fault) {
        let reason = match status {
            405 => "Method Not Allowed",
            426 => "Upgrade Required",
            431 => "Request Header Fields Too Large",
            _ => "Bad Request",
        };
        let body = format!("{fault}\n");
        let mut head = HeadWriter::new(format!("HTTP/1.1 {status} {reason}"))
            .field(
                "Connection",
                if status == 426 {
                    "Upgrade, close"
                } else {
                    "close"
                },
            )
            .field("Content-Type", "text/plain")
            .field("Content-Length", body.len().to_string())
            .field("Sec-WebSocket-Version", "13");
        match status {
            405 => head = head.field("Allow", "GET"),
            426 => head = head.field("Upgrade", "websocket"),
            _ => {}
        }
        self.out.extend_from_slice(&head.finish());
        self.out.extend_from_slice(body.as_bytes());
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Endpoint")
            .field("role", &self.role())
            .field("phase", &self.phase)
            .finish_non_exhaustive()
    }
}
