//! One connection of a peer in some form: the echoing application, and the way its output takes to the wire.

use std::sync::Arc;

use wsspec_core::Role;
use wsspec_core::endpoint::{Endpoint, Event, Phase};
use wsspec_core::frame::Opcode;

use super::frames::Pongs;
use super::messages::{Frame, Late, Sender};
use super::{Habits, below, frames, heads};
use wsspec_vectors::SplitMix64;

/// How a connection is gone about.
#[derive(Debug)]
pub(in crate::peer) struct Manner {
    habits: Arc<Habits>,
    role: Role,
    random: SplitMix64,
    sender: Sender,
    /// What is ready to be sent, but put off.
    later: std::collections::VecDeque<Frame>,
    /// Its head is written.
    past_head: bool,
    /// Pings whose answers are on their way, where not all of them go out.
    pings: Vec<Vec<u8>>,
    /// The peer has closed.
    close_came: bool,
    /// The peer broke a rule, for which the connection is failed.
    broken: bool,
    /// Pings and pongs that it still sends of itself as time passes.
    ticks: usize,
}

impl Manner {
    pub(super) fn new(habits: Arc<Habits>, role: Role, random: SplitMix64) -> Manner {
        let ticks = habits.unasked.ticks;
        Manner {
            sender: Sender::default(),
            habits,
            role,
            random,
            later: std::collections::VecDeque::new(),
            past_head: false,
            pings: Vec::new(),
            close_came: false,
            broken: false,
            ticks,
        }
    }

    /// Takes what happened on the connection and answers it.
    pub(in crate::peer) fn drive(&mut self, endpoint: &mut Endpoint) {
        while let Some(event) = endpoint.poll() {
            // Not for a pong: each may be the answer to a ping of our own.
            let always = self.habits.unasked.always && !matches!(event, Event::Pong(_));
            match event {
                Event::Opened(opened) => {
                    let agreed = opened
                        .compression
                        .map(|parameters| parameters.context(self.role));
                    self.sender.agreed(agreed, &self.habits);
                    if self.habits.unasked.at_once {
                        self.unasked();
                    }
                }
                Event::Message(kind, payload) => {
                    let frames = self.sender.message(
                        kind.opcode(),
                        &payload,
                        &self.habits,
                        &mut self.random,
                    );
                    let last = frames.len() - 1;
                    if self.habits.unasked.around {
                        self.unasked();
                    }
                    for (i, frame) in frames.into_iter().enumerate() {
                        self.later.push_back(frame);
                        if i < last && self.habits.unasked.between {
                            self.unasked();
                        }
                    }
                    if self.habits.unasked.around {
                        self.unasked();
                    }
                }
                Event::Ping(payload) if self.habits.pongs == Pongs::Twice => {
                    endpoint.send_frame(Opcode::PONG, true, 0, &payload);
                }
                Event::Ping(payload) if self.habits.pongs == Pongs::Latest => {
                    self.pings.push(payload)
                }
                Event::Close(_) => self.close_came = true,
                Event::Broken(..) => self.broken = true,
                _ => {}
            }
            if always {
                self.unasked();
            }
        }
        if self.habits.late == Late::Never {
            self.send(endpoint, usize::MAX);
        }
    }

    /// A little time has passed: sends some of what was put off.
    pub(in crate::peer) fn pause(&mut self, endpoint: &mut Endpoint) {
        if self.later.is_empty() && self.ticks > 0 {
            self.ticks -= 1;
            self.unasked();
        }
        let count = match self.habits.late {
            Late::Fragments => 1 + below(&mut self.random, 3),
            Late::Never | Late::Messages => usize::MAX,
        };
        self.send(endpoint, count);
    }

    /// Whether it will send more without being asked.
    pub(in crate::peer) fn puts_off(&self, endpoint: &Endpoint) -> bool {
        endpoint.phase() == Phase::Open && (!self.later.is_empty() || self.ticks > 0)
    }

    /// Whether it ends TCP where an ordinary endpoint would leave that to the other.
    pub(in crate::peer) fn ends(&self, endpoint: &Endpoint) -> bool {
        self.habits.ends && self.close_came && endpoint.phase() == Phase::Closed
    }

    /// What goes out of what the endpoint says: whole frames, and the head first.
    pub(in crate::peer) fn outgoing(&mut self, said: Vec<u8>) -> Vec<u8> {
        let mut head = Vec::new();
        let mut rest = said;
        if !self.past_head
            && let Some(end) = heads::end(&rest)
        {
            let behind = rest.split_off(end);
            let edited = heads::edit(&rest, &self.habits.heads, &mut self.random);
            self.past_head = true;
            if edited.refuses {
                return [edited.head, edited.body.unwrap_or(behind)].concat();
            }
            (head, rest) = (edited.head, behind);
        }
        // A Close that it was told to send stays as it was told.
        let closing = match (self.broken, self.close_came) {
            (true, _) => self.habits.failing,
            (false, true) => self.habits.answering,
            (false, false) => None,
        };
        head.extend(frames::outgoing(
            rest,
            &std::mem::take(&mut self.pings),
            closing,
            &mut self.random,
        ));
        head
    }

    fn send(&mut self, endpoint: &mut Endpoint, count: usize) {
        let count = count.min(self.later.len());
        for Frame {
            opcode,
            fin,
            rsv,
            payload,
        } in self.later.drain(..count)
        {
            endpoint.send_frame(opcode, fin, rsv, &payload);
        }
    }

    fn unasked(&mut self) {
        let size = [0, 1, 4, 8, 125, below(&mut self.random, 126)][below(&mut self.random, 6)];
        let payload = (0..size).map(|_| self.random.next() as u8).collect();
        let kinds: &[Opcode] = match (self.habits.unasked.pings, self.habits.unasked.pongs) {
            (true, true) => &[Opcode::PING, Opcode::PONG],
            (_, true) => &[Opcode::PONG],
            _ => &[Opcode::PING],
        };
        let opcode = kinds[below(&mut self.random, kinds.len())];
        self.later.push_back(Frame {
            opcode,
            fin: true,
            rsv: 0,
            payload,
        });
    }
}
