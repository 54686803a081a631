//! The reference peer at the other end of many streams of bytes: HTTP/3 without QUIC.
//!
//! As over QUIC, bytes of one stream stay in order, and nothing orders the streams among each other:
//! cut at random, they also overtake each other.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::io;
use std::time::Duration;

use wsspec_core::Role;
use wsspec_core::http3::ErrorCode;
use wsspec_vectors::{Case, Tell};

use super::{Chunking, Cutter, PAUSE, PER_PIECE};
use crate::binding::EndOfStream;
use crate::binding::carrier::OnChannel;
use crate::binding::http3::{CONNECTION, number};
use crate::exchange::{Conclusion, Cut, Exchange, QuicAction, Setup, WireAction};
use crate::peer::{Carried, Party, Recording, ReferencePeer};
use crate::wire::{Arrival, ReadUp, World, drive_at_once};

/// A connection of streams to the peer, and its clock.
pub(super) struct Streams<'a> {
    now: Duration,
    /// `None` for a client that refuses the URL.
    peer: Option<Carried>,
    cut: Cutter,
    /// What the peer did and the exchange was not given yet.
    on_way: OnWay,
    /// Channels that are not read for now.
    held: BTreeSet<u32>,
    /// Channels of which nothing more is wanted.
    stopped: BTreeSet<u32>,
    recording: Option<&'a mut Recording>,
}

impl<'a> Streams<'a> {
    pub(super) fn new(
        case: &Case,
        setup: &Setup,
        peer: &ReferencePeer,
        chunking: Chunking,
        recording: Option<&'a mut Recording>,
    ) -> Streams<'a> {
        let seed = setup.client_seed(&case.id);
        let party = match setup.target {
            Role::Server => Some(Party::server(peer, setup.over, seed)),
            Role::Client => Party::client(peer, case, setup, seed),
        };
        let mut streams = Streams {
            now: Duration::ZERO,
            peer: party.and_then(Party::into_carried),
            cut: Cutter::new(chunking),
            on_way: OnWay::default(),
            held: BTreeSet::new(),
            stopped: BTreeSet::new(),
            recording,
        };
        if streams.peer.is_none() {
            let close = QuicAction::Close(ErrorCode::NO_ERROR);
            streams.on_way.send(CONNECTION, WireAction::Quic(close));
        }
        streams.speak();
        streams
    }

    pub(super) fn run(mut self, case: &Case, setup: &Setup) -> Conclusion {
        let mut exchange = Exchange::new(case, setup);
        drive_at_once(&mut exchange, &mut self, usize::MAX);
        if let (Some(recording), Some(peer)) = (self.recording, &self.peer) {
            recording.finish_carried(peer);
        }
        exchange.conclude()
    }

    /// Takes what the peer has to say.
    fn speak(&mut self) {
        let Some(peer) = &mut self.peer else {
            return;
        };
        for (channel, action) in peer.take_output() {
            if self.stopped.contains(&channel) {
                continue;
            }
            let WireAction::Write(bytes) = action else {
                self.on_way.send(channel, action);
                continue;
            };
            if let Some(recording) = &mut self.recording {
                recording.sent(&bytes);
            }
            for piece in self.cut.pieces(bytes) {
                self.on_way.send(channel, WireAction::Write(piece));
            }
        }
    }

    fn write(&mut self, channel: u32, bytes: Vec<u8>) {
        for piece in self.cut.pieces(bytes) {
            if let Some(recording) = &mut self.recording {
                recording.read(&piece);
            }
            if let Some(peer) = &mut self.peer {
                peer.receive(channel, &piece);
            }
            self.speak();
        }
    }

    /// What comes next of what is on its way, on a channel that is read.
    fn next(&mut self) -> Option<OnChannel> {
        let mut readable = self.on_way.channels(&self.held);
        // The connection is closed after all that was sent before.
        if readable.len() > 1 {
            readable.retain(|channel| *channel != CONNECTION);
        }
        let channel = *readable.get(self.cut.draw(readable.len()))?;
        Some((channel, self.on_way.take(channel)?))
    }
}

/// What was sent and has not come, by channel. Channels are ordered by what was sent first on them.
#[derive(Default)]
struct OnWay {
    queues: BTreeMap<u32, VecDeque<(u64, WireAction)>>,
    sent: u64,
}

impl OnWay {
    fn send(&mut self, channel: u32, action: WireAction) {
        self.sent += 1;
        let queue = self.queues.entry(channel).or_default();
        queue.push_back((self.sent, action));
    }

    /// The channels on which something is to come, but for those that are held.
    fn channels(&self, held: &BTreeSet<u32>) -> Vec<u32> {
        let waiting = self.queues.iter().filter(|(on, _)| !held.contains(on));
        let mut first: Vec<(u64, u32)> = waiting
            .filter_map(|(on, queue)| Some((queue.front()?.0, *on)))
            .collect();
        first.sort_unstable();
        first.into_iter().map(|(_, on)| on).collect()
    }

    fn take(&mut self, channel: u32) -> Option<WireAction> {
        let queue = self.queues.get_mut(&channel)?;
        queue.pop_front().map(|(_, action)| action)
    }
}

/// Passes the actions of the peer to the exchange.
fn arrival((channel, action): OnChannel) -> Arrival {
    match action {
        WireAction::Write(bytes) => Arrival::Bytes(channel, bytes),
        WireAction::Finish => Arrival::End(channel, EndOfStream::Finished),
        WireAction::Quic(QuicAction::Reset(code)) => {
            Arrival::End(channel, EndOfStream::Cancelled(number(code)))
        }
        WireAction::Quic(QuicAction::Stop(code)) => Arrival::Stopped(channel, number(code)),
        WireAction::Quic(QuicAction::Close(code)) => {
            Arrival::End(CONNECTION, EndOfStream::Aborted(Some(number(code))))
        }
        WireAction::Reset | WireAction::StopReading | WireAction::ReadAgain => Arrival::Nothing,
    }
}

impl World for Streams<'_> {
    fn now(&self) -> Duration {
        self.now
    }

    fn act(&mut self, channel: u32, action: WireAction) {
        if let WireAction::Write(bytes) = action {
            return self.write(channel, bytes);
        }
        match action {
            WireAction::StopReading => _ = self.held.insert(channel),
            WireAction::ReadAgain => _ = self.held.remove(&channel),
            WireAction::Quic(QuicAction::Stop(_)) => {
                self.stopped.insert(channel);
                self.on_way.queues.remove(&channel);
            }
            _ => {}
        }
        let Some(peer) = &mut self.peer else {
            return;
        };
        match arrival((channel, action)) {
            Arrival::End(channel, end) => peer.ended(channel, end),
            Arrival::Stopped(channel, code) => peer.stopped(channel, code),
            Arrival::Bytes(..) | Arrival::Tls(..) | Arrival::Nothing => {}
        }
        self.speak();
    }

    /// Every conversation is a stream of the same connection.
    async fn connect(&mut self, _: u32) -> io::Result<()> {
        Ok(())
    }

    async fn wait(&mut self, until: Duration) -> Arrival {
        if let Some(next) = self.next() {
            self.now += PER_PIECE;
            return arrival(next);
        }
        match &mut self.peer {
            Some(peer) if peer.has_delayed_output() => {
                self.now = self.now.max(until.min(self.now + PAUSE));
                peer.tick();
                self.speak();
            }
            _ => self.now = self.now.max(until),
        }
        Arrival::Nothing
    }

    /// The peer reads each write on its own.
    async fn read_up(&mut self, _: Cut) -> ReadUp {
        ReadUp::Yes
    }

    fn tell(&mut self, tell: &Tell) -> bool {
        if let Some(peer) = &mut self.peer {
            peer.tell(tell);
        }
        self.speak();
        true
    }

    async fn serves_another(&mut self) -> bool {
        self.peer.as_ref().is_none_or(Carried::serves_others)
    }
}
