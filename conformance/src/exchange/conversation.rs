//! One conversation with the target: how it was opened, what either side has sent, and how quickly
//! it goes.

use std::time::Duration;

use wsspec_core::Role;
use wsspec_core::deflate::message::Deflator;
use wsspec_core::deflate::negotiation::Parameters;
use wsspec_core::tls;
use wsspec_reports::MessageBehaviour;

use super::Setup;
use super::framing::Clues;
use super::sent::Sent;
use super::view::{Activity, Incoming, MessageUse, View};
use crate::binding::Binding;

/// The barrier of the expectation that is waited on: a ping whose answer proves that all before it
/// was read.
#[derive(Debug, Default)]
pub(crate) struct Barrier {
    pub(crate) payload: Vec<u8>,
    pub(crate) sent: Option<Duration>,
    pub(crate) answered: Option<Duration>,
}

/// How quickly a target answers on one connection.
#[derive(Debug, Default)]
pub(crate) struct Pace {
    /// When the head was sent.
    pub(crate) opened_at: Option<Duration>,
    /// How long the opening took, and the bytes of both heads.
    opening: Option<(Duration, u64)>,
    /// The shortest round trip.
    pub(crate) round_trip: Option<Duration>,
    /// The longest round trip: how busy the target is now, which waits go by.
    pub(crate) slowest: Duration,
}

/// A conversation that is under way.
#[derive(Debug)]
pub(crate) struct Conversation {
    target: Role,
    /// Messages come back as they are.
    echoes: bool,
    pub(crate) binding: Box<dyn Binding>,
    pub(crate) view: View,
    pub(crate) sent: Sent,
    /// Bytes written, heads included.
    pub(crate) sent_bytes: u64,
    pub(crate) barrier: Barrier,
    /// Barriers sent so far; each has its number in its payload.
    pub(crate) barriers: u32,
    pub(crate) pace: Pace,
    /// What the target had sent when a step began to go out in pieces: what it sends meanwhile is
    /// for the next expectation.
    pub(crate) activity_before: Option<Activity>,
    /// The terms of permessage-deflate, once there are any.
    pub(crate) agreed: Option<Parameters>,
    /// Compresses our messages, once that was agreed on.
    pub(crate) deflator: Option<Deflator>,
    /// An outcome has ended the connection.
    pub(crate) over: bool,
    /// Messages at the beginning that a prelude brought about.
    pub(crate) settled: usize,
    /// Our direction was ended or reset.
    pub(crate) end_sent: bool,
    /// Tells TLS of the target from clear text, where our side is no TLS.
    pub(crate) screen: Option<tls::Reader>,
}

impl Conversation {
    pub(crate) fn new(setup: &Setup, binding: Box<dyn Binding>, weight: u64) -> Conversation {
        Conversation {
            target: setup.target,
            echoes: setup.peer == MessageBehaviour::Echo,
            binding,
            view: View::new(setup.target, weight),
            sent: Sent::new(setup.target, setup.watching),
            sent_bytes: 0,
            barrier: Barrier::default(),
            barriers: 0,
            pace: Pace::default(),
            activity_before: None,
            agreed: None,
            deflator: None,
            over: false,
            settled: 0,
            end_sent: false,
            screen: None,
        }
    }

    /// Reads on in the frames of the target; see [`View::read_on`].
    pub(crate) fn read_on(&mut self, last: bool) -> Option<Vec<Incoming>> {
        let echo = self.sent.debts.front().filter(|_| self.echoes);
        let asked = self.barrier.sent.is_some() && self.barrier.answered.is_none();
        let clues = Clues {
            echo: echo.map(|debt| debt.payload.as_slice()),
            barrier: asked.then_some(self.barrier.payload.as_slice()),
            limit: self.view.max_message(),
        };
        self.view.read_on(&clues, last)
    }

    /// Whether both ends are through the opening handshake.
    pub(crate) fn is_open(&self) -> bool {
        self.view.is_open() && (self.target == Role::Server || self.binding.accepted().opened)
    }

    /// Whether the target can be asked for a sign of life now.
    pub(crate) fn can_ask(&self, pongs: bool) -> bool {
        let possible = if pongs {
            self.sent.takes_control()
        } else {
            self.sent.takes_message()
        };
        self.is_open() && !self.view.over() && possible && !self.over
    }

    /// Forgets what was sent and received until now.
    pub(crate) fn settle(&mut self) {
        self.sent.debts.clear();
        self.settled = self.view.messages.len();
        for message in &mut self.view.messages {
            message.use_ = MessageUse::Settled;
        }
    }

    /// Whether a Close frame of ours could go out now and be read.
    pub(crate) fn can_close(&self) -> bool {
        self.is_open()
            && self.sent.takes_control()
            && self.view.end.is_none()
            && !self.view.moved_on
    }

    /// The barrier was answered.
    pub(crate) fn barrier_answered(&mut self, now: Duration) {
        self.barrier.answered = Some(now);
        if let Some(sent) = self.barrier.sent {
            let trip = now.saturating_sub(sent);
            self.pace.round_trip = Some(self.pace.round_trip.map_or(trip, |least| least.min(trip)));
            self.pace.slowest = self.pace.slowest.max(trip);
        }
    }

    /// The answer to our opening request is complete.
    pub(crate) fn opening_answered(&mut self, now: Duration) {
        if let Some(at) = self.pace.opened_at {
            let trip = now.saturating_sub(at);
            self.pace.round_trip = Some(trip);
            self.pace.opening = Some((trip, self.sent_bytes + self.view.activity.bytes));
            self.pace.slowest = trip;
        }
    }
}

impl Pace {
    /// What a KiB of the opening took beyond a round trip.
    pub(crate) fn per_kib(&self) -> Option<Duration> {
        let (took, bytes) = self.opening?;
        let beyond = took.saturating_sub(self.round_trip?);
        Some(beyond.mul_f64(1024.0 / bytes.max(1) as f64))
    }
}
