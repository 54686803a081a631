//! Exchanges with a peer that does as arbitrary bytes say, in memory and on a simulated clock.
//!
//! The peer is the conforming one with a script in front of it: each time the suite waits, the next
//! byte of the script says what happens, its upper half what, its lower half how much. What the
//! conforming peer would have sent can be sent, cut, corrupted or lost; anything else can be sent
//! in its place. At the end of the script the peer goes on as its [`Ending`] says.

use std::io;
use std::time::Duration;

use wsspec_core::Role;
use wsspec_core::frame::{FrameWriter, Opcode};
use wsspec_reports::Transport;
use wsspec_vectors::{Case, Tell};

use super::{Arrival, ReadUp, World, drive_at_once};
use crate::binding::EndOfStream;
use crate::exchange::{Conclusion, Cut, Exchange, Setup, WireAction};
use crate::peer::{Party, ReferencePeer};

/// Most bytes that the script sends at once.
const MAX_SEND: usize = 16 << 10;

/// Bytes that pass over the simulated wire in a millisecond: few enough that a flood which lasts until
/// the deadline can be read in no time, and more than a target may send in it.
pub const BYTES_PER_MS: u64 = 8 << 10;

/// What the peer does when its script is at its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// Goes on as a conforming peer.
    Conforms,
    /// Sends nothing more.
    Silent,
    /// Sends what it sent last again and again.
    Floods,
    /// Ends the connection.
    Ends,
}

/// What came of it.
#[derive(Debug)]
pub struct Played {
    /// The result of the case.
    pub conclusion: Conclusion,
    /// Actions that the exchange asked for.
    pub actions: usize,
    /// Bytes the suite wrote.
    pub written: u64,
    /// Bytes it was given.
    pub received: u64,
    /// The peer ended the connection.
    pub ended: bool,
}

/// Runs a case against a peer that follows `script`; `None` when the exchange asks for more than
/// `limit` actions.
pub fn run(
    case: &Case,
    setup: &Setup,
    script: &[u8],
    ending: Ending,
    limit: usize,
) -> Option<Played> {
    let mut exchange = Exchange::new(case, setup);
    let mut world = Scripted {
        target: Target::new(case, setup, script, ending),
        now: Duration::ZERO,
        reading: true,
        ended: false,
        written: 0,
        received: 0,
    };
    let actions = drive_at_once(&mut exchange, &mut world, limit)?;
    Some(Played {
        conclusion: exchange.conclude(),
        actions,
        written: world.written,
        received: world.received,
        ended: world.ended,
    })
}

/// A simulated wire with one scripted peer at its end.
struct Scripted<'a> {
    target: Target<'a>,
    now: Duration,
    reading: bool,
    ended: bool,
    written: u64,
    received: u64,
}

impl World for Scripted<'_> {
    fn now(&self) -> Duration {
        self.now
    }

    fn act(&mut self, on: u32, action: WireAction) {
        if on != 1 {
            return;
        }
        match action {
            WireAction::Write(mut bytes) => {
                self.written += bytes.len() as u64;
                self.target.party.receive(&mut bytes);
            }
            WireAction::Finish => self.target.party.receive_end(),
            WireAction::Reset => self.target.party.receive_reset(),
            WireAction::StopReading => self.reading = false,
            WireAction::ReadAgain => self.reading = true,
            WireAction::Quic(_) => {}
        }
    }

    /// A further conversation is with a peer that never says anything.
    async fn connect(&mut self, _: u32) -> io::Result<()> {
        Ok(())
    }

    async fn wait(&mut self, until: Duration) -> Arrival {
        if !self.reading || self.ended {
            self.now = self.now.max(until);
            return Arrival::Nothing;
        }
        match self.target.act() {
            Act::Send(bytes) if bytes.is_empty() => {
                self.now += Duration::from_micros(1);
                Arrival::Nothing
            }
            Act::Send(bytes) => {
                let size = bytes.len() as u64;
                self.received += size;
                self.now += Duration::from_micros(1 + size * 1000 / BYTES_PER_MS);
                Arrival::Bytes(1, bytes)
            }
            Act::End(end) => {
                self.ended = true;
                Arrival::End(1, end)
            }
            Act::Wait(pause) => {
                self.now = until.min(self.now.saturating_add(pause));
                Arrival::Nothing
            }
        }
    }

    /// The peer reads each write on its own.
    async fn read_up(&mut self, _: Cut) -> ReadUp {
        ReadUp::Yes
    }

    fn tell(&mut self, tell: &Tell) -> bool {
        self.target.party.tell(tell);
        true
    }

    async fn serves_another(&mut self) -> bool {
        self.target.serves_another()
    }
}

/// What the peer does while the suite waits.
enum Act {
    Send(Vec<u8>),
    End(EndOfStream),
    Wait(Duration),
}

struct Target<'a> {
    party: Party,
    role: Role,
    over_streams: bool,
    script: &'a [u8],
    ending: Ending,
    /// What the conforming peer has sent and the suite has not been given.
    pending: Vec<u8>,
    /// What was sent last.
    before: Vec<u8>,
}

impl<'a> Target<'a> {
    fn new(case: &Case, setup: &Setup, script: &'a [u8], ending: Ending) -> Target<'a> {
        let (peer, seed) = (ReferencePeer::conforming(), setup.client_seed(&case.id));
        let party = match setup.target {
            Role::Server => Party::server(&peer, setup.over, seed),
            Role::Client => Party::client(&peer, case, setup, seed)
                .unwrap_or_else(|| Party::Direct(Box::new(peer.connection(Role::Client, seed)))),
        };
        Target {
            party,
            role: setup.target,
            over_streams: setup.over == Transport::H2,
            script,
            ending,
            pending: Vec::new(),
            before: Vec::new(),
        }
    }

    fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.script.split_first()?;
        self.script = rest;
        Some(*first)
    }

    fn bytes(&mut self, size: usize) -> Vec<u8> {
        let (taken, rest) = self.script.split_at(size.min(self.script.len()));
        self.script = rest;
        taken.to_vec()
    }

    fn serves_another(&mut self) -> bool {
        self.byte().is_none_or(|byte| byte % 4 != 0)
    }

    /// What it does now.
    fn act(&mut self) -> Act {
        self.pending.extend(self.party.take_output());
        let act = match self.byte() {
            Some(byte) => self.scripted(byte >> 4, usize::from(byte & 15)),
            None => match self.ending {
                Ending::Conforms => self.conforms(),
                Ending::Silent => Act::Wait(Duration::MAX),
                Ending::Floods if self.before.is_empty() => Act::Wait(Duration::MAX),
                Ending::Floods => Act::Send(self.repeated(MAX_SEND)),
                Ending::Ends => Act::End(EndOfStream::Finished),
            },
        };
        if let Act::Send(bytes) = &act
            && !bytes.is_empty()
        {
            self.before.clone_from(bytes);
        }
        act
    }

    fn scripted(&mut self, what: u8, how: usize) -> Act {
        Act::Send(match what {
            0..=3 => return self.conforms(),
            4 => self
                .pending
                .drain(..self.pending.len().min(how * how + 1))
                .collect(),
            5 => self.corrupted(how),
            6 => {
                self.pending.clear();
                Vec::new()
            }
            7 => self.bytes(how + 1),
            8 if self.over_streams => self.stream_frame(how as u8),
            8 => self.frame(how as u8),
            9 => self.repeated(1 << how),
            10 => return Act::Wait(Duration::from_millis(1 << how)),
            11 => b"HTTP/1.1 103 Early Hints\r\n\r\n".repeat(how + 1),
            12 if how >= 12 => return Act::End(EndOfStream::Finished),
            13 if how >= 12 => return Act::End(EndOfStream::Reset),
            12 | 13 => return Act::Wait(Duration::ZERO),
            14 => [[0x80 | how as u8, 127].to_vec(), self.bytes(8)].concat(),
            _ => {
                let line = [
                    &b"HTTP/1.1 101 X"[..],
                    b"HTTP/1.1 200 OK",
                    b"GET / HTTP/1.1",
                    b"HTTP/2.0 101",
                ][how % 4];
                let upgrade: &[u8] = b"\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nHost: x\r\nContent-Length: 9";
                [
                    line,
                    if how & 4 == 0 { upgrade } else { b"" },
                    if how & 8 == 0 { b"\r\n\r\n" } else { b"\r\n" },
                ]
                .concat()
            }
        })
    }

    fn conforms(&mut self) -> Act {
        match (self.pending.is_empty(), self.party.wants_end()) {
            (false, _) => Act::Send(std::mem::take(&mut self.pending)),
            (true, true) => Act::End(EndOfStream::Finished),
            (true, false) => Act::Wait(Duration::MAX),
        }
    }

    /// The conforming answer with a byte changed, left out, or put in.
    fn corrupted(&mut self, how: usize) -> Vec<u8> {
        let mut bytes = std::mem::take(&mut self.pending);
        let (at, by) = (self.byte().unwrap_or_default(), self.byte().unwrap_or(1));
        let at = usize::from(at) * bytes.len() / 256;
        match (how % 4, bytes.get_mut(at)) {
            (0 | 1, Some(byte)) => *byte ^= by,
            (2, Some(_)) => _ = bytes.remove(at),
            _ => bytes.insert(at, by),
        }
        bytes
    }

    /// A frame, legal or not.
    fn frame(&mut self, opcode: u8) -> Vec<u8> {
        let bits = self.byte().unwrap_or_default();
        let size = usize::from(self.byte().unwrap_or_default());
        let payload = self.bytes(size.min(126 + usize::from(bits & 1)));
        let masked = (self.role == Role::Client) != (bits & 2 == 2);
        let rsv = if bits & 4 == 4 { bits >> 5 } else { 0 };
        let frame = FrameWriter::new(Opcode::from_bits(opcode), &payload)
            .fin(bits & 8 == 0)
            .rsv(rsv);
        let frame = if bits & 16 == 16 {
            frame.length(u64::from(bits) << 20)
        } else {
            frame
        };
        frame.mask(masked.then_some([bits, 2, 3, 4])).to_vec()
    }

    /// A frame of HTTP/2, legal or not.
    fn stream_frame(&mut self, kind: u8) -> Vec<u8> {
        let flags = self.byte().unwrap_or_default();
        let stream = self.byte().unwrap_or_default();
        let size = usize::from(self.byte().unwrap_or_default());
        let payload = self.bytes(size);
        let length = (payload.len() as u32).to_be_bytes();
        let head = [
            length[1], length[2], length[3], kind, flags, 0, 0, 0, stream,
        ];
        [&head[..], &payload].concat()
    }

    /// What was sent last, `times` times, but no more than [`MAX_SEND`] bytes of it.
    fn repeated(&self, times: usize) -> Vec<u8> {
        self.before
            .repeat(times.min(MAX_SEND / self.before.len().max(1)).max(1))
    }
}
