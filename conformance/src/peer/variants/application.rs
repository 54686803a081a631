//! The application of one connection of a peer with variants: it echoes, and edits what the
//! endpoint sends.

use std::collections::VecDeque;
use std::sync::Arc;

use wsspec_core::Role;
use wsspec_core::endpoint::{Endpoint, Event, Phase};
use wsspec_core::frame::{MessageKind, Opcode};
use wsspec_vectors::SplitMix64;

use super::messages::{Frame, Sender};
use super::random::below;
use super::settings::{Delay, Pongs, VariantSettings};
use super::{control, heads};

/// The application of one connection.
#[derive(Debug)]
pub(in crate::peer) struct VariantApplication {
    settings: Arc<VariantSettings>,
    role: Role,
    random: SplitMix64,
    sender: Sender,
    /// Frames ready to be sent, in order.
    queue: VecDeque<Frame>,
    /// The head has been sent.
    past_head: bool,
    /// Payloads of pings whose answers the endpoint is sending, where only the last goes out.
    pings: Vec<Vec<u8>>,
    /// The other side has sent a Close.
    got_close: bool,
    /// The other side broke a rule, for which the endpoint fails the connection.
    failing: bool,
    /// Unsolicited pings and pongs still to be sent as time passes.
    ticks: usize,
}

impl VariantApplication {
    pub(super) fn new(
        settings: Arc<VariantSettings>,
        role: Role,
        random: SplitMix64,
    ) -> VariantApplication {
        let ticks = settings.unsolicited.ticks;
        VariantApplication {
            sender: Sender::default(),
            settings,
            role,
            random,
            queue: VecDeque::new(),
            past_head: false,
            pings: Vec::new(),
            got_close: false,
            failing: false,
            ticks,
        }
    }

    /// Handles every pending event of `endpoint`.
    pub(in crate::peer) fn drive(&mut self, endpoint: &mut Endpoint) {
        while let Some(event) = endpoint.poll() {
            // A pong may answer an unsolicited ping: another ping for it would never end.
            let follows = self.settings.unsolicited.always && !matches!(event, Event::Pong(_));
            match event {
                Event::Opened(opened) => {
                    let agreed = opened
                        .compression
                        .map(|parameters| parameters.context(self.role));
                    self.sender.agreed(agreed, &self.settings);
                    if self.settings.unsolicited.at_open {
                        self.queue_unsolicited();
                    }
                }
                Event::Message(kind, payload) => self.queue_echo(kind, &payload),
                Event::Ping(payload) if self.settings.pongs == Pongs::Twice => {
                    endpoint.send_frame(Opcode::PONG, true, 0, &payload);
                }
                Event::Ping(payload) if self.settings.pongs == Pongs::Latest => {
                    self.pings.push(payload);
                }
                Event::Close(_) => self.got_close = true,
                Event::Broken(..) => self.failing = true,
                _ => {}
            }
            if follows {
                self.queue_unsolicited();
            }
        }
        if self.settings.delay == Delay::None {
            self.send(endpoint, usize::MAX);
        }
    }

    fn queue_echo(&mut self, kind: MessageKind, payload: &[u8]) {
        let unsolicited = self.settings.unsolicited;
        let frames = self
            .sender
            .message(kind.opcode(), payload, &self.settings, &mut self.random);
        let last = frames.len() - 1;
        if unsolicited.around {
            self.queue_unsolicited();
        }
        for (i, frame) in frames.into_iter().enumerate() {
            self.queue.push_back(frame);
            if i < last && unsolicited.between {
                self.queue_unsolicited();
            }
        }
        if unsolicited.around {
            self.queue_unsolicited();
        }
    }

    /// Lets a short time pass: sends some of the queue.
    pub(in crate::peer) fn tick(&mut self, endpoint: &mut Endpoint) {
        if self.queue.is_empty() && self.ticks > 0 {
            self.ticks -= 1;
            self.queue_unsolicited();
        }
        let count = match self.settings.delay {
            Delay::Fragments => 1 + below(&mut self.random, 3),
            Delay::None | Delay::Messages => usize::MAX,
        };
        self.send(endpoint, count);
    }

    /// Whether more is to be sent as time passes.
    pub(in crate::peer) fn has_delayed_output(&self, endpoint: &Endpoint) -> bool {
        endpoint.phase() == Phase::Open && (!self.queue.is_empty() || self.ticks > 0)
    }

    /// Whether it ends TCP where an ordinary endpoint leaves that to the other side.
    pub(in crate::peer) fn ends(&self, endpoint: &Endpoint) -> bool {
        self.settings.ends_tcp && self.got_close && endpoint.phase() == Phase::Closed
    }

    /// The bytes that go out instead of those that the endpoint sends. These are whole frames,
    /// after a whole head.
    pub(in crate::peer) fn outgoing(&mut self, bytes: Vec<u8>) -> Vec<u8> {
        let mut out = Vec::new();
        let mut rest = bytes;
        if !self.past_head
            && let Some(end) = heads::end(&rest)
        {
            let after = rest.split_off(end);
            let edited = heads::edit(&rest, &self.settings.head_edits, &mut self.random);
            self.past_head = true;
            if edited.refuses {
                return [edited.head, edited.body.unwrap_or(after)].concat();
            }
            (out, rest) = (edited.head, after);
        }
        // A Close that the application was told to send stays as it is.
        let edit = match (self.failing, self.got_close) {
            (true, _) => self.settings.failing_close,
            (false, true) => self.settings.answering_close,
            (false, false) => None,
        };
        let pings = std::mem::take(&mut self.pings);
        out.extend(control::outgoing(rest, &pings, edit, &mut self.random));
        out
    }

    fn send(&mut self, endpoint: &mut Endpoint, count: usize) {
        let count = count.min(self.queue.len());
        for frame in self.queue.drain(..count) {
            endpoint.send_frame(frame.opcode, frame.fin, frame.rsv, &frame.payload);
        }
    }

    fn queue_unsolicited(&mut self) {
        let size = [0, 1, 4, 8, 125, below(&mut self.random, 126)][below(&mut self.random, 6)];
        let payload = (0..size).map(|_| self.random.next() as u8).collect();
        let unsolicited = self.settings.unsolicited;
        let kinds: &[Opcode] = match (unsolicited.pings, unsolicited.pongs) {
            (true, true) => &[Opcode::PING, Opcode::PONG],
            (_, true) => &[Opcode::PONG],
            _ => &[Opcode::PING],
        };
        let opcode = kinds[below(&mut self.random, kinds.len())];
        self.queue.push_back(Frame {
            opcode,
            fin: true,
            rsv: 0,
            payload,
        });
    }
}
