//! The properties of a whole endpoint.

use std::borrow::Cow;
use std::mem;

use crate::Role;
use crate::close::CloseCode;
use crate::deflate::negotiation::{Parameters, Support};
use crate::endpoint::{AutoReply, ClientConfig, Endpoint, Event, Phase, ReadBuffer, ServerConfig};
use crate::frame::{Decoder, MessageKind, Sequence};
use crate::message::MessageReader;
use crate::policy::{Policy, Reaction};
use crate::properties::decoded::{Decoded, Item};
use crate::properties::heads::{check_request, check_response};
use crate::properties::{Cut, Input};
use crate::random::SplitMix64;
use crate::violation::{Violation, ViolationSet};

/// The nonce of the sample key in RFC 6455 §1.3.
pub(super) const NONCE: [u8; 16] = *b"the sample nonce";

/// Feeds any bytes to a server, which may send in between, and ends the stream.
///
/// - Any chunking gives the same events, the same output and the same phase, whether the events are
///   lent, lent from a [`ReadBuffer`], or queued.
/// - By the RFC's policy, a server sends a conforming response and conforming frames, as a strict
///   reader sees them.
/// - By the RFC's policy, nothing follows a broken rule.
/// - Without the opening handshake and without compression, the events are those of the frame
///   decoder, strict or tolerant.
/// - No message is longer than allowed, whatever the policy.
pub fn endpoint_server(data: &[u8]) {
    endpoint(data, Role::Server);
}

/// Feeds any bytes to a client with the sample key of RFC 6455 §1.3. The properties are those of
/// [`endpoint_server`].
pub fn endpoint_client(data: &[u8]) {
    endpoint(data, Role::Client);
}

pub(super) fn endpoint(data: &[u8], role: Role) {
    let Input {
        settings,
        seed,
        stream,
    } = Input::new(data);
    let plan = Plan::new(settings, seed, role, stream.len());
    let whole = plan.run(stream, Cut::Whole, queued);
    let cuts = || [Cut::Whole, Cut::Single, Cut::Mixed(SplitMix64(seed))];
    for feed in [queued, lent] {
        for cut in cuts() {
            assert_eq!(plan.run(stream, cut, feed), whole);
        }
    }
    // What the endpoint sends of its own accord would come before what it says of a frame that waits.
    if plan.actions.is_empty() {
        for cut in cuts() {
            let mut buffer = ReadBuffer::new();
            let buffered = plan.run(stream, cut, |endpoint, bytes, events| {
                from_buffer(&mut buffer, endpoint, bytes, events);
            });
            assert_eq!(buffered, whole);
        }
    }
    plan.check_sizes(&whole);
    if plan.speaks_right() {
        plan.check_output(&whole);
    }
    if plan.policy == Policy::rfc() && plan.auto_reply == AutoReply::default() {
        let broken = whole
            .events
            .iter()
            .position(|e| matches!(e, Event::Broken(..)));
        assert!(
            broken.is_none_or(|at| whole.events[at + 1..] == [Event::Ended]),
            "{:?}",
            whole.events
        );
    }
    if plan.open && plan.actions.is_empty() && plan.goes_on() && plan.compression.is_none() {
        let reported = |event: &&Event| !matches!(event, Event::Broken(_, Reaction::Ignore));
        assert!(
            whole
                .events
                .iter()
                .filter(reported)
                .eq(&plan.decoded(stream)),
            "{:?}",
            whole.events
        );
    }
}

/// The setup of an endpoint, and when it sends of its own accord.
struct Plan {
    role: Role,
    open: bool,
    policy: Policy,
    auto_reply: AutoReply,
    max_message: u64,
    max_head: usize,
    subprotocols: Vec<String>,
    /// What a client offers and a server is asked for.
    compression: Option<Parameters>,
    /// Offsets in what it receives, and what it does there.
    actions: Vec<(usize, Action)>,
}

#[derive(Debug, Clone, Copy)]
enum Action {
    Send(MessageKind, u8),
    Ping(u8),
    Close,
}

/// The result.
#[derive(Debug, PartialEq, Eq)]
struct Run {
    events: Vec<Event>,
    output: Vec<u8>,
    /// Before the end of the stream.
    phase: Phase,
    wants_end: bool,
}

/// Feeds an endpoint through a buffer, or, without bytes, what was left unread there.
fn from_buffer(
    buffer: &mut ReadBuffer,
    endpoint: &mut Endpoint,
    mut bytes: &[u8],
    events: &mut Vec<Event>,
) {
    if bytes.is_empty() {
        queued(endpoint, mem::take(buffer).unread(), events);
    }
    while !bytes.is_empty() {
        let space = buffer.space();
        let read = space.len().min(bytes.len());
        let (now, rest) = bytes.split_at(read);
        space[..read].copy_from_slice(now);
        buffer.filled(read);
        endpoint.read_from(buffer, |event| events.push(event.map(Cow::into_owned)));
        bytes = rest;
    }
}

fn queued(endpoint: &mut Endpoint, bytes: &mut [u8], events: &mut Vec<Event>) {
    endpoint.receive(bytes);
    events.extend(std::iter::from_fn(|| endpoint.poll()));
}

fn lent(endpoint: &mut Endpoint, mut bytes: &mut [u8], events: &mut Vec<Event>) {
    while let Some(event) = endpoint.read(&mut bytes) {
        events.push(event.map(Cow::into_owned));
    }
    assert_eq!(endpoint.poll(), None, "an event was not lent");
}

impl Plan {
    fn new(settings: u8, seed: u64, role: Role, length: usize) -> Plan {
        let small = settings & 0x10 != 0;
        let mute = settings >> 1 & 7 == 7;
        let mut random = SplitMix64(seed);
        let mut actions: Vec<_> = (0..settings >> 5 & 3)
            .map(|_| (random.below(length + 1), Action::arbitrary(&mut random)))
            .collect();
        actions.sort_by_key(|(at, _)| *at);
        Plan {
            role,
            open: settings & 1 != 0,
            policy: policy(settings >> 1 & 7),
            auto_reply: AutoReply {
                pong: !mute,
                close: !mute,
            },
            max_message: if small { 50 } else { 1 << 20 },
            max_head: if small { 200 } else { 1 << 16 },
            subprotocols: if settings & 0x80 == 0 {
                Vec::new()
            } else {
                vec!["chat".into(), "superchat".into()]
            },
            compression: (settings & 0x80 != 0).then(|| parameters(seed >> 4)),
            actions,
        }
    }

    fn endpoint(&self) -> Endpoint {
        let (policy, subprotocols) = (self.policy.clone(), self.subprotocols.clone());
        let (max_message, max_head) = (self.max_message, self.max_head);
        let auto_reply = self.auto_reply;
        let endpoint = match self.role {
            Role::Server => {
                let compression = self.compression.map(|_| Support::default());
                Endpoint::server(ServerConfig {
                    policy,
                    max_message,
                    max_head,
                    subprotocols,
                    compression,
                    auto_reply,
                    ..ServerConfig::default()
                })
            }
            Role::Client => {
                let config = ClientConfig {
                    policy,
                    max_message,
                    max_head,
                    subprotocols,
                    compression: self.compression.into_iter().collect(),
                    auto_reply,
                    ..ClientConfig::new("example.org", "/chat", NONCE)
                };
                let mut keys = SplitMix64(0);
                Endpoint::client(config, move || keys.key())
            }
        };
        match (self.open, &self.compression) {
            (true, Some(parameters)) => endpoint.already_open().agreeing(*parameters),
            (true, None) => endpoint.already_open(),
            (false, _) => endpoint,
        }
    }

    /// Feeds the stream, and at last nothing.
    fn run(
        &self,
        stream: &[u8],
        mut cut: Cut,
        mut feed: impl FnMut(&mut Endpoint, &mut [u8], &mut Vec<Event>),
    ) -> Run {
        let mut endpoint = self.endpoint();
        let mut run = Run {
            events: Vec::new(),
            output: Vec::new(),
            phase: Phase::Connecting,
            wants_end: false,
        };
        let mut actions = self.actions.as_slice();
        let mut input = stream.to_vec();
        let mut fed = 0;
        loop {
            while let [(at, action), rest @ ..] = actions
                && *at == fed
            {
                action.perform(&mut endpoint);
                actions = rest;
            }
            run.take_from(&mut endpoint);
            if fed == stream.len() {
                feed(&mut endpoint, &mut [], &mut run.events);
                run.take_from(&mut endpoint);
                break;
            }
            let until = actions.first().map_or(stream.len(), |(at, _)| *at);
            let size = cut.next(until - fed);
            feed(&mut endpoint, &mut input[fed..fed + size], &mut run.events);
            fed += size;
        }
        (run.phase, run.wants_end) = (endpoint.phase(), endpoint.wants_end());
        endpoint.receive_end();
        run.take_from(&mut endpoint);
        assert_eq!(endpoint.phase(), Phase::Closed);
        run
    }

    fn check_sizes(&self, run: &Run) {
        let bounded = self.policy.reaction(Violation::MessageTooBig) != Reaction::Ignore;
        for event in &run.events {
            if let Event::Message(_, payload) = event {
                assert!(
                    !bounded || payload.len() as u64 <= self.max_message,
                    "a message of {} bytes",
                    payload.len()
                );
            }
        }
    }

    /// Whether the policy leaves the endpoint's output conforming.
    fn speaks_right(&self) -> bool {
        !Violation::ALL
            .iter()
            .any(|v| self.policy.reaction(*v) == Reaction::Ignore)
    }

    fn check_output(&self, run: &Run) {
        let mut frames = run.output.as_slice();
        if !self.open && !frames.is_empty() {
            let opened = match self.role {
                Role::Client => check_request(&mut frames),
                Role::Server => check_response(&mut frames, run.events.first()),
            };
            if !opened {
                return;
            }
        }
        let agreed = run.events.iter().find_map(|event| match event {
            Event::Opened(opened) => Some(opened.compression),
            _ => None,
        });
        let agreed = agreed.unwrap_or(self.compression.filter(|_| self.open));
        let mut reader = MessageReader::new(self.role.peer())
            .tolerating(ViolationSet::NONE.with(Violation::DataAfterClose))
            .compression(agreed.map(|p| p.context(self.role)));
        let mut copy = frames.to_vec();
        let mut input = copy.as_mut_slice();
        while reader
            .read(&mut input)
            .unwrap_or_else(|fault| panic!("{fault} in {frames:02x?}"))
            .is_some()
        {}
        let whole = reader.at_boundary() && reader.sequence() != Sequence::InMessage;
        assert_eq!(
            reader.take_tolerated(),
            [],
            "data after Close in {frames:02x?}"
        );
        assert!(
            whole && input.is_empty(),
            "{input:02x?} after {frames:02x?}"
        );
    }

    /// Whether the policy answers every broken rule as required or ignores it, and Close is
    /// answered.
    fn goes_on(&self) -> bool {
        let reactions = [Reaction::Conforming, Reaction::Ignore];
        self.auto_reply.close
            && Violation::ALL
                .iter()
                .all(|v| reactions.contains(&self.policy.reaction(*v)))
    }

    /// Returns the events of a bare decoder up to Close, without tolerated faults.
    fn decoded(&self, stream: &[u8]) -> Vec<Event> {
        let mut seen = Decoded::default();
        let decoder = Decoder::new(self.role)
            .max_message(self.max_message)
            .tolerating(self.policy.ignored());
        seen.read(&decoder, stream, Cut::Whole, &mut Vec::new());
        let mut events: Vec<Event> = seen
            .items()
            .filter_map(|(what, bytes)| {
                let bytes = bytes.to_vec();
                Some(match what {
                    Item::Message(kind) => Event::Message(kind, bytes),
                    Item::Ping => Event::Ping(bytes),
                    Item::Pong => Event::Pong(bytes),
                    Item::Close => Event::Close(bytes),
                    Item::Dropped(_) | Item::Reserved(_) => return None,
                })
            })
            .collect();
        let close = events
            .iter()
            .position(|event| matches!(event, Event::Close(_)));
        match close {
            Some(close) => events.truncate(close + 1),
            None => events.extend(
                seen.fault
                    .map(|fault| Event::Broken(fault, Reaction::Conforming)),
            ),
        }
        events.push(Event::Ended);
        events
    }
}

/// Returns parameters of permessage-deflate.
pub(super) fn parameters(bits: u64) -> Parameters {
    Parameters {
        server_no_context_takeover: bits & 1 != 0,
        client_no_context_takeover: bits & 2 != 0,
        server_max_window_bits: (bits & 4 != 0).then_some(8),
        client_max_window_bits: (bits & 8 != 0).then_some(Some(9)),
    }
}

fn policy(number: u8) -> Policy {
    match number {
        0 => Policy::rfc(),
        1 => Policy::always(Reaction::Ignore),
        2 => Policy::always(Reaction::Ignore).with(Violation::MessageTooBig, Reaction::Conforming),
        3 => Policy::always(Reaction::Stall),
        4 => Policy::always(Reaction::Drop),
        5 => Policy::always(Reaction::WrongCode(1008)),
        6 => Policy::always(Reaction::WrongStatus(403)),
        _ => Policy::rfc(),
    }
}

impl Action {
    fn arbitrary(random: &mut SplitMix64) -> Action {
        let size = random.below(126) as u8;
        match random.below(8) {
            0 => Action::Close,
            1 | 2 => Action::Ping(size),
            3 | 4 => Action::Send(MessageKind::Binary, size),
            _ => Action::Send(MessageKind::Text, size),
        }
    }

    fn perform(self, endpoint: &mut Endpoint) {
        match self {
            Action::Send(kind, size) => endpoint.send(kind, &vec![b'a'; size.into()]),
            Action::Ping(size) => endpoint.ping(&vec![b'p'; size.into()]),
            Action::Close => endpoint.close(CloseCode::GOING_AWAY, "bye"),
        }
    }
}

impl Run {
    fn take_from(&mut self, endpoint: &mut Endpoint) {
        self.output.append(&mut endpoint.take_output());
        self.events.extend(std::iter::from_fn(|| endpoint.poll()));
    }
}
